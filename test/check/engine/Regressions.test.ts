/** What other checkers got wrong about liveness (verification:R1 to R8; R8 is Fuzz.test.ts, R5 is Symmetry.test.ts). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Action, Fairness, Property, System } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"

type Place = { readonly at: string }

/** "a -> b: f weak": in a, the action f leads to b; actions of one name are one action. */
const graph = (
  edges: ReadonlyArray<string>,
  properties: ReadonlyArray<Property<Place>>,
  extra: Partial<System<Place>> = {}
): System<Place> => {
  const parsed = edges.map((edge) => /^(\S+) -> (\S+): (\S+) (\S+)$/.exec(edge)!.slice(1))
  const names = [...new Set(parsed.map(([, , name]) => name!))]
  const actions = names.map((name): Action<Place> => {
    const own = parsed.filter((edge) => edge[2] === name)
    return {
      name,
      // The form of the edges above says which words these are.
      fairness: own[0]![3] as Fairness,
      outcomes: (read) =>
        own.filter(([from]) => from === read("at")).map(([, to]) => ({ key: "token", set: { at: to! } }))
    }
  })
  return { name: "graph", initial: [{ at: "a" }], actions, budgets: {}, properties, ...extra }
}

const stabilizes = (...goals: ReadonlyArray<string>): Property<Place> => ({
  _tag: "Stabilizes",
  name: "arrives",
  premise: () => true,
  goal: (read) => goals.includes(read("at"))
})

const leadsTo = (premise: string, goal: string): Property<Place> => ({
  _tag: "LeadsTo",
  name: "leads to",
  premise: (read) => read("at") === premise,
  goal: (read) => read("at") === goal
})

const verdict = (system: System<Place>, options?: Parameters<typeof check>[1]) =>
  Effect.map(check(system, options), ({ verdicts }) => verdicts[0]!.verdict)

/** Counts for ever. */
const endless: System<{ readonly n: number }> = {
  name: "counter",
  initial: [{ n: 0 }],
  actions: [{ name: "count", fairness: "weak", outcomes: (read) => [{ key: "n", set: { n: read("n") + 1 } }] }],
  budgets: {},
  properties: [
    { _tag: "Stabilizes", name: "small", premise: () => true, goal: (read) => read("n") < 5 },
    { _tag: "Always", name: "never 7", holds: (read) => read("n") !== 7 },
    { _tag: "Always", name: "natural", holds: (read) => read("n") >= 0 }
  ]
}

describe("regressions of other checkers", () => {
  it.effect("R1: an edge is told from another one between the same states", () =>
    Effect.gen(function* () {
      const round = ["a -> b: g none", "b -> a: h none", "b -> c: f weak"]
      // f leads out of the round: for ever enabled in both, never taken in it.
      assert.strictEqual(yield* verdict(graph([...round, "a -> c: f weak"], [stabilizes("c")])), "holds")
      // f is taken within the round.
      assert.strictEqual(yield* verdict(graph([...round, "a -> b: f weak"], [stabilizes("c")])), "violated")
    })
  )

  it.effect("R2: a bound prunes nothing silently", () =>
    Effect.gen(function* () {
      const { verdicts } = yield* check(endless, { maxCores: 1000 })
      assert.deepStrictEqual(
        verdicts.map(({ because, verdict }) => [verdict, because]),
        [
          ["undecided", "more than 1000 cores"],
          ["violated", "a state is reached where it does not hold"],
          ["undecided", "more than 1000 cores"]
        ]
      )
      const small = yield* check(endless, { maxBytes: 1_000_000 })
      assert.match(small.verdicts[0]?.because ?? "", /more than 1 MB/)
      const heap = yield* check(endless, { maxHeap: 1e6 })
      assert.match(heap.verdicts[0]?.because ?? "", /the heap has more than 1 MB/)
    })
  )

  it.live("what is not explored in time is undecided, and what was seen by then is not", () =>
    Effect.gen(function* () {
      const { verdicts } = yield* check(endless, { maxMillis: 20 })
      assert.deepStrictEqual(
        verdicts.map(({ because, verdict }) => [verdict, because]),
        [
          ["undecided", "more than 0.02 s"],
          ["violated", "a state is reached where it does not hold"],
          ["undecided", "more than 0.02 s"]
        ]
      )
    })
  )

  it.effect("R3: liveness without fairness is warned of", () =>
    Effect.gen(function* () {
      const { coverage } = yield* check(graph(["a -> b: f none"], [stabilizes("b")]))
      assert.isTrue(coverage.warnings.some((warning) => warning.includes("no action is fair")))
    })
  )

  it.effect("R4: forty strong fairness constraints are forty, not two to the fortieth", () =>
    Effect.gen(function* () {
      const edges = Array.from({ length: 40 }, (_, i) => [
        `a -> x${i}: go${i} none`,
        `x${i} -> a: back${i} weak`,
        `x${i} -> end: leave${i} strong`
      ]).flat()
      assert.strictEqual(yield* verdict(graph(edges, [stabilizes("end", "a")])), "holds")
      assert.strictEqual(yield* verdict(graph(edges, [stabilizes("end")])), "violated")
      const fair = edges.map((edge) => edge.replace("none", "weak"))
      assert.strictEqual(yield* verdict(graph(fair, [stabilizes("end")])), "holds")
    })
  )

  it.effect("R6: fairness is judged on the round that is meant, and stuttering is no step", () =>
    Effect.gen(function* () {
      const round = ["a -> b: g none", "b -> a: h none", "c -> a: k none"]
      const leaves = [...round, "a -> c: f weak", "b -> c: f weak"]
      assert.strictEqual(yield* verdict(graph(leaves, [leadsTo("a", "c")])), "holds")
      assert.strictEqual(yield* verdict(graph(leaves.slice(0, 4), [leadsTo("a", "c")])), "violated")
      const strong = [...round, "a -> c: f strong"]
      // From b the run may stop, for only what is strong in a is fair.
      assert.strictEqual(yield* verdict(graph(strong, [leadsTo("a", "c")])), "violated")
      const goes = strong.map((edge) => edge.replace("h none", "h weak"))
      assert.strictEqual(yield* verdict(graph(goes, [leadsTo("a", "c")])), "holds")
      // The only fair action changes nothing: it is not enabled, so the run stops here, and taking it helps nobody.
      assert.strictEqual(yield* verdict(graph(["a -> a: f weak", "a -> b: g none"], [stabilizes("b")])), "violated")
      const idle = ["a -> b: f weak", "b -> b: f weak", "b -> a: g weak"]
      assert.strictEqual(yield* verdict(graph(idle, [stabilizes("a")])), "violated")
    })
  )

  it.effect("R7: a model that goes round is seen to go round", () =>
    Effect.gen(function* () {
      const { verdicts } = yield* check(graph(["a -> b: f weak", "b -> a: g weak"], [leadsTo("a", "c")]))
      const { trace, verdict } = verdicts[0]!
      assert.strictEqual(verdict, "violated")
      assert.deepStrictEqual(
        trace?.cycle.map(({ action }) => action),
        ["f", "g"]
      )
      assert.deepStrictEqual(
        trace?.rescue.map(({ action, because }) => [action, because]),
        [
          ["f", "taken"],
          ["g", "taken"]
        ]
      )
    })
  )

  it.effect("a goal that was waited for under faults is waited for after them", () =>
    Effect.gen(function* () {
      const fault: Action<Place> = {
        name: "fault",
        fairness: { budget: "fault" },
        outcomes: (read) => (read("at") === "p" ? [{ key: "token", set: { at: "q" } }] : [])
      }
      const base = graph(["a -> p: f weak", "p -> goal: g weak", "q -> r: h weak"], [leadsTo("p", "goal")])
      const system = { ...base, actions: [...base.actions, fault] }
      assert.strictEqual(yield* verdict({ ...system, budgets: { fault: 1 } }), "violated")
      assert.strictEqual(yield* verdict({ ...system, budgets: { fault: 0 } }), "holds")
    })
  )
})
