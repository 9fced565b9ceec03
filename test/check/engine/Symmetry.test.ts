/** Interchangeable elements. R5 of verification:2.1: what is owed to each element by name is not lost. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Action, Property, System } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compare } from "./Fuzz.ts"
import { twoPhase } from "./TwoPhase.ts"
import { validate } from "./Validate.ts"

type Turn = { readonly turn: string; readonly done: boolean }

/** The turn goes round; whoever has it may finish. */
const turns = (elements: ReadonlyArray<string>, passes: Action<Turn>["fairness"]): System<Turn> => ({
  name: "turns",
  initial: [{ turn: elements[0]!, done: false }],
  actions: [
    {
      name: "pass",
      fairness: passes,
      outcomes: (read) =>
        read("done") ? [] : elements.filter((to) => to !== read("turn")).map((turn) => ({ key: turn, set: { turn } }))
    },
    ...elements.map((self): Action<Turn> => ({
      name: `${self}: finish`,
      fairness: "weak",
      outcomes: (read) => (read("turn") === self && !read("done") ? [{ key: self, set: { done: true } }] : [])
    }))
  ],
  budgets: {},
  properties: [{ _tag: "Stabilizes", name: "done", premise: () => true, goal: (read) => read("done") }],
  symmetric: { elements, rename: ({ done, turn }, renaming) => ({ turn: renaming.get(turn)!, done }) }
})

describe("symmetry", () => {
  for (const [count, orbits] of [
    [3, 80],
    [5, 314],
    [7, 920]
  ] as const) {
    it.effect(`two-phase commit of ${count} managers has ${orbits} orbits`, () =>
      Effect.gen(function* () {
        const { coverage, verdicts } = yield* check(twoPhase(count))
        assert.strictEqual(coverage.cores, orbits)
        assert.strictEqual(verdicts[0]?.verdict, "holds")
        assert.match(coverage.merged.join(), /rm-0, rm-1.* are interchangeable/)
      })
    )
  }

  it.effect("R5: a part that looks unfair to whoever has the turn is fair to each by name", () =>
    Effect.gen(function* () {
      const system = turns(["x", "y", "z"], "none")
      const { coverage, verdicts } = yield* check(system)
      assert.strictEqual(coverage.cores, 2)
      assert.strictEqual(verdicts[0]?.verdict, "violated")
      assert.isAbove(verdicts[0]?.trace?.cycle.length ?? 0, 1)
      validate(system, system.properties[0]!, verdicts[0]!.trace!)
    })
  )

  it.effect("and what holds for each by name holds", () =>
    Effect.gen(function* () {
      const system = turns(["x", "y"], "none")
      const strong = system.actions.map((action) =>
        action.name === "pass" ? action : { ...action, fairness: "strong" as const }
      )
      const { verdicts } = yield* check({ ...system, actions: strong })
      assert.strictEqual(verdicts[0]?.verdict, "holds")
    })
  )

  for (const seed of [3563, 4143]) {
    it.effect(`random system ${seed}: the last step of a trace costs what the step that was found costs`, () =>
      Effect.gen(function* () {
        assert.isUndefined(yield* compare(seed))
      })
    )
  }

  it.effect("elements that are not interchangeable are found out", () =>
    Effect.gen(function* () {
      const system = turns(["x", "y"], "weak")
      const unequal = yield* Effect.flip(check({ ...system, actions: system.actions.slice(0, 2) }))
      assert.match(unequal.message, /not interchangeable: they do not have the same steps.*x as y/)
      const told = yield* Effect.flip(
        check({
          ...system,
          properties: [{ _tag: "Sometimes", name: "y has it", holds: (read) => read("turn") === "y" }]
        })
      )
      assert.match(told.message, /a property tells them apart/)
      const step: Property<Turn> = { _tag: "Step", name: "not to y", holds: (_, after) => after("turn") !== "y" }
      const toldOfSteps = yield* Effect.flip(check({ ...system, properties: [step] }))
      assert.match(toldOfSteps.message, /a property tells them apart/)
    })
  )
})
