/**
 * Names that servers choose are given anew after each step, and what follows by
 * itself happens in one order: it is exact if nobody can tell from anything else.
 */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Compiled, compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import * as Scenes from "./Scenes.ts"
import { explored, lasting, same } from "./Seen.ts"

const anew = "names are given anew"

/** Each keeps the name that it got. */
const keeping = (system: Compiled): Compiled => ({
  ...system,
  eager: (system.eager ?? []).filter(({ name }) => name !== anew)
})

/** The other way round, but for what must come last. */
const reversed = (system: Compiled): Compiled => {
  const eager = system.eager ?? []
  return {
    ...system,
    eager: [...eager.filter(({ name }) => name !== anew).toReversed(), ...eager.filter(({ name }) => name === anew)]
  }
}

const compared: ReadonlyArray<readonly [string, Model]> = [
  ["the greeter, an edit, a crash and a conflict", Scenes.greeter({ edit: 1, crash: 1, conflict: 1 })],
  ...Scenes.spoiled({ late: 1 }).map((model) => [`the greeter that ${model.name}`, model] as const),
  ["Sentinel of two pods", Scenes.sentinel({}, 2)],
  ["Resources", Scenes.resources({})]
]

describe("what a name is", () => {
  for (const [name, model] of compared) {
    it.effect(`is seen by nobody around ${name}`, () =>
      Effect.gen(function* () {
        const reduced = yield* explored(compile(model), lasting)
        const whole = yield* explored(keeping(compile(model)), lasting)
        same(reduced, whole, name)
      })
    )
  }
})

describe("the order in which things settle", () => {
  for (const [name, model] of compared) {
    it.effect(`is seen by nobody around ${name}`, () =>
      Effect.gen(function* () {
        const reduced = yield* explored(compile(model), lasting)
        const other = yield* explored(reversed(compile(model)), lasting)
        same(reduced, other, name)
      })
    )
  }
})
