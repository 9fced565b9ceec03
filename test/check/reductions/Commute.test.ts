/**
 * Answers that may come in any order are heard in one, and those that only end a
 * wait are heard at once: it is exact if nobody can tell from anything that lasts,
 * and a program that can is refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
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

describe("a program that reads while it writes, and says", () => {
  for (const [name, [way, isTold]] of Object.entries(ways)) {
    for (const isFenced of [true, false]) {
      it.effect(`${name}${isFenced ? "" : ", without a fence"}, is ${isTold ? "refused" : "explored as a whole"}`, () =>
        Effect.gen(function* () {
          const model = racing(way, isFenced)
          const whole = yield* explored(compile({ ...model, commute: false }), lasting)
          const reduced = yield* Effect.result(explored(compile(model), lasting))
          if (Result.isSuccess(reduced)) same(reduced.success, whole, name)
          else assert.match(reduced.failure.message, /can tell in which order/)
          assert.strictEqual(Result.isFailure(reduced), isTold)
        })
      )
    }
  }
})
