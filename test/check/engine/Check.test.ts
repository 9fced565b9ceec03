import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Action, Property, System } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { isConsistent, type TwoPhase, twoPhase } from "./TwoPhase.ts"

type Lamp = { readonly lamp: "off" | "on" | "broken" }

const lamp = (
  properties: ReadonlyArray<Property<Lamp>>,
  fairness: Action<Lamp>["fairness"] = "weak",
  budgets: Readonly<Record<string, number>> = { break: 1 }
): System<Lamp> => ({
  name: "lamp",
  initial: [{ lamp: "off" }],
  actions: [
    {
      name: "user: switch on",
      fairness,
      outcomes: (read) => (read("lamp") === "off" ? [{ key: "lamp", set: { lamp: "on" } }] : [])
    },
    {
      name: "lamp: break",
      fairness: { budget: "break" },
      outcomes: (read) => (read("lamp") === "on" ? [{ key: "lamp", set: { lamp: "broken" } }] : [])
    },
    {
      name: "user: repair",
      fairness: "weak",
      outcomes: (read) => (read("lamp") === "broken" ? [{ key: "lamp", set: { lamp: "off" } }] : [])
    }
  ],
  budgets,
  properties
})

const isOn: Property<Lamp> = {
  _tag: "Stabilizes",
  name: "stays on",
  premise: () => true,
  goal: (read) => read("lamp") === "on"
}

describe("check", () => {
  for (const [count, states] of [
    [3, 288],
    [5, 8832]
  ] as const) {
    it.effect(`two-phase commit of ${count} managers has ${states} states`, () =>
      Effect.gen(function* () {
        const system = twoPhase(count)
        const isSafe: Property<TwoPhase> = {
          _tag: "Always",
          name: "consistent",
          holds: (read) => isConsistent(read, count)
        }
        const { coverage, verdicts } = yield* check(
          { ...system, properties: [...system.properties, isSafe] },
          { symmetry: false }
        )
        assert.strictEqual(coverage.cores, states)
        assert.deepStrictEqual(
          verdicts.map(({ verdict }) => verdict),
          ["holds", "holds"]
        )
      })
    )
  }

  it.effect("what an action looks at for the first time after many states is told apart from then on", () =>
    Effect.gen(function* () {
      type Late = { readonly n: number; readonly kind: number; readonly done: boolean }
      const system: System<Late> = {
        name: "late look",
        initial: [0, 1].map((kind) => ({ n: 0, kind, done: false })),
        actions: [
          {
            name: "count",
            fairness: "weak",
            outcomes: (read) => (read("n") < 30 ? [{ key: "n", set: { n: read("n") + 1 } }] : [])
          },
          {
            name: "look",
            fairness: "weak",
            outcomes: (read) => (read("n") < 20 || read("kind") === 0 ? [] : [{ key: "done", set: { done: true } }])
          }
        ],
        budgets: {},
        properties: []
      }
      assert.strictEqual((yield* check(system)).coverage.cores, 31 + 31 + 11)
    })
  )

  it.effect("what is fair happens, and faults end", () =>
    Effect.gen(function* () {
      const { coverage, verdicts } = yield* check(lamp([isOn]))
      assert.strictEqual(verdicts[0]?.verdict, "holds")
      assert.strictEqual(coverage.cores, 3)
      assert.deepStrictEqual(coverage.weak, ["user: switch on", "user: repair"])
    })
  )

  it.effect("a run may stop where nothing is fair", () =>
    Effect.gen(function* () {
      const { verdicts } = yield* check(lamp([isOn], "none"))
      const [{ trace, verdict } = { verdict: undefined, trace: undefined }] = verdicts
      assert.strictEqual(verdict, "violated")
      assert.isTrue(trace?.isLasso)
      assert.deepStrictEqual([trace?.stem, trace?.cycle], [[], []])
    })
  )

  it.effect("the path to a bad state is shortest, and says what it was paid from", () =>
    Effect.gen(function* () {
      const never: Property<Lamp> = { _tag: "Always", name: "never breaks", holds: (read) => read("lamp") !== "broken" }
      const { verdicts } = yield* check(lamp([never]))
      assert.deepStrictEqual(
        verdicts[0]?.trace?.stem.map(({ action, changes, cost }) => ({ action, cost, to: changes[0]?.after })),
        [
          { action: "user: switch on", cost: undefined, to: "on" },
          { action: "lamp: break", cost: "break", to: "broken" }
        ]
      )
    })
  )
})
