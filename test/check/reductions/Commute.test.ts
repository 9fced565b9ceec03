/**
 * Answers that may come in any order are heard in one, and those that only end a
 * wait are heard at once: it is exact if nobody can tell from anything that lasts,
 * and a program that can is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import { racing, ways } from "./Racer.ts"
import * as Scenes from "./Scenes.ts"
import { explored, lasting, same } from "./Seen.ts"

const compared: ReadonlyArray<readonly [string, Model]> = [
  ["Sentinel of two pods", Scenes.sentinel({}, 2)],
  ["Sentinel of one pod that is slow", Scenes.sentinel({ slow: 1 })],
  ["Sentinel of one pod, and a lost answer", Scenes.sentinel({ lose: 1 })],
  ["Sentinel of one pod that crashes", Scenes.sentinel({ crash: 1 })]
]

describe("the order in which answers are heard is seen by nobody", () => {
  for (const [name, model] of compared) {
    it.effect(`around ${name}`, () =>
      Effect.gen(function* () {
        const reduced = yield* explored(compile(model), lasting)
        const whole = yield* explored(compile({ ...model, commute: false }), lasting)
        assert.isBelow(reduced.cores, whole.cores)
        same(reduced, whole, name)
      })
    )
  }
})

/** Why nothing is decided. */
const refusalOf = (model: Model) =>
  Effect.match(check(compile(model)), {
    onFailure: ({ message }): string | undefined => message,
    onSuccess: ({ verdicts }) => verdicts.find(({ verdict }) => verdict === "undecided")?.because
  })

describe("a program that reads while it writes, and says", () => {
  for (const [name, [way, isTold]] of Object.entries(ways)) {
    for (const isFenced of [true, false]) {
      it.effect(`${name}${isFenced ? "" : ", without a fence"}, is ${isTold ? "refused" : "explored as a whole"}`, () =>
        Effect.gen(function* () {
          const model = racing(way, isFenced)
          const refusal = yield* refusalOf(model)
          if (isTold) return assert.match(refusal ?? "", /can tell in which order/)
          assert.isUndefined(refusal)
          const whole = yield* explored(compile({ ...model, commute: false }), lasting)
          same(yield* explored(compile(model), lasting), whole, name)
        })
      )
    }
  }
})
