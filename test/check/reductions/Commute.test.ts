/**
 * Answers that may come in any order are heard in one, and those that only end a
 * wait are heard at once: it is exact if nobody can tell from anything that lasts.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
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
