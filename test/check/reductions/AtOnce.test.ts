/**
 * A request is carried out and answered in one step while a pass waits for
 * nothing else: it is exact if nobody can tell who looks at the world, and the
 * program never looks at anything but the answer.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import { looking } from "./Looker.ts"
import * as Scenes from "./Scenes.ts"
import { explored, outside, same } from "./Seen.ts"
import { waiting } from "./Waiter.ts"

const compared: ReadonlyArray<readonly [string, Model]> = [
  ["the greeter, an edit, a crash and a conflict", Scenes.greeter({ edit: 1, crash: 1, conflict: 1 })],
  ["the greeter, an edit, a crash and a late write", Scenes.greeter({ edit: 1, crash: 1, late: 1 })],
  ["the greeter, an edit, a stale cache and a lost answer", Scenes.greeter({ edit: 1, stale: 1, lose: 1 })],
  ["the greeter, an edit, a crash and a slow process", Scenes.greeter({ edit: 1, slow: 1, crash: 1 })],
  ...Scenes.spoiled({}).map((model) => [`the greeter that ${model.name}`, model] as const),
  ["one that looks into its caches", { ...looking, budgets: { crash: 1, lose: 1, stale: 1 } }],
  ["one that can tell how long it waited", waiting],
  ["Sentinel of one pod that is slow", Scenes.sentinel({ slow: 1 })],
  ["Sentinel of two pods", Scenes.sentinel({}, 2)],
  ["Resources", Scenes.resources({})]
]

describe("that an answer is heard as soon as it is given is seen by nobody", () => {
  for (const [name, model] of compared) {
    it.effect(`around ${name}`, () =>
      Effect.gen(function* () {
        const reduced = yield* explored(compile(model), outside)
        const whole = yield* explored(compile(model, { isAtOnce: false }), outside)
        assert.isAtMost(reduced.cores, whole.cores)
        same(reduced, whole, name)
      })
    )
  }
})

it.effect("who looks into its caches after it has written finds its write there, or not yet", () =>
  Effect.gen(function* () {
    const { verdicts } = yield* explored(compile(looking), outside)
    assert.include(verdicts, { "not seen yet": "holds", "seen at once": "holds" })
  })
)

it.effect("who is slow may hear late of what was carried out long ago, and can tell", () =>
  Effect.gen(function* () {
    const { verdicts } = yield* explored(compile(waiting), outside)
    assert.include(verdicts, { "the answer comes late": "holds" })
  })
)
