import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Components, Read, System } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"

const base: System<Components> = {
  name: "system",
  initial: [{ n: 0, other: {} }],
  actions: [
    { name: "count", fairness: "weak", outcomes: (read) => [{ key: "n", set: { n: read("n") === 0 ? 1 : 0 } }] }
  ],
  budgets: {},
  properties: [{ _tag: "Sometimes", name: "one", holds: (read) => read("n") === 1 }]
}

const problem = (system: Partial<System<Components>>) =>
  Effect.map(Effect.flip(check({ ...base, ...system })), ({ message, what }) => `${what} ${message}`)

const acting = (outcomes: (read: Read<Components>) => Components) => ({
  actions: [
    {
      name: "act",
      fairness: "weak" as const,
      outcomes: (read: Read<Components>) => [{ key: "k", set: outcomes(read) }]
    }
  ]
})

const warnings = (system: Partial<System<Components>>) =>
  Effect.map(check({ ...base, ...system }), ({ coverage }) => coverage.warnings.join("; "))

describe("what cannot be explored is one clear error", () => {
  it.effect("values that are not plain data, with their path", () =>
    Effect.gen(function* () {
      const secret = { pods: [{ name: "v-0", password: Redacted.make("x") }] }
      const inInitial = yield* problem({ initial: [{ n: 0, other: secret }] })
      assert.match(inInitial, /^NotPlain initial state, component other\.pods\.0\.password: .*plain data/)
      const inAction = yield* problem(acting(() => ({ other: { when: new Date(0) } })))
      assert.match(inAction, /^NotPlain action "act", key "k", component other\.when: an instance of Date/)
      assert.match(yield* problem(acting(() => ({ other: { again: () => 1 } }))), /other\.again: a function/)
      const circle: Record<string, unknown> = {}
      circle["self"] = circle
      assert.match(yield* problem({ initial: [{ n: 0, other: circle }] }), /circular/)
    })
  )

  it.effect("functions that throw, read what is not there, or depend on more than they read", () =>
    Effect.gen(function* () {
      const thrown = yield* problem(
        acting((read) => {
          throw new Error(`no ${String(read("n"))}`)
        })
      )
      assert.match(thrown, /^Threw action "act": threw "no 0", having read n = 0/)
      assert.match(
        yield* problem(acting((read) => ({ n: read("m") }))),
        /^Unknown action "act": reads the component "m"/
      )
      assert.match(yield* problem(acting(() => ({ m: 1 }))), /^Unknown .*sets the component "m"/)
      let calls = 0
      const unsteady = acting((read) => ({ n: read("n"), other: ++calls }))
      assert.match(yield* problem(unsteady), /^Unsteady action "act"/)
      let late: Read<Components> | undefined
      const kept = acting((read) => {
        if (late !== undefined && late !== read) return {}
        late = read
        return { n: 5 }
      })
      yield* check({ ...base, ...kept })
      assert.throws(() => late?.("n"), /after the function/)
    })
  )

  it.effect("eager steps without an end", () =>
    Effect.gen(function* () {
      const eager = [{ name: "flip", next: (read: Read<Components>) => ({ n: read("n") === 0 ? 1 : 0 }) }]
      assert.match(yield* problem({ eager }), /^Endless system: eager steps .*"flip"/)
    })
  )

  it.effect("malformed systems", () =>
    Effect.gen(function* () {
      assert.match(yield* problem({ initial: [] }), /no initial state/)
      assert.match(
        yield* problem({ initial: [{ n: 0, other: {} }, { n: 1 }] }),
        /do not have the same components: other/
      )
      assert.match(yield* problem({ budgets: { crash: -1 } }), /budget of "crash" is -1/)
      assert.match(yield* problem({ budgets: { crash: 2 ** 30 } }), /^Outgrown/)
      assert.match(yield* problem({ actions: [...base.actions, ...base.actions] }), /two actions have the name "count"/)
      assert.match(yield* problem({ properties: [...base.properties, ...base.properties] }), /two properties/)
      const [action] = base.actions
      for (const fairness of ["often", { budget: "crash", weak: true }, undefined] as const) {
        // As a program without types may give it.
        const wrong = { ...action, fairness } as unknown as (typeof base.actions)[number]
        assert.match(
          yield* problem({ actions: [wrong] }),
          /^Malformed system: the fairness of "count" is .*is expected$/
        )
      }
      const [property] = base.properties
      const late = { ...property, holds: async () => true } as unknown as (typeof base.properties)[number]
      assert.strictEqual(
        yield* problem({ properties: [late] }),
        `Malformed property "one": returned a promise: true or false is expected`
      )
      const { message } = yield* Effect.flip(check(base, { only: ["two"] }))
      assert.strictEqual(message, `system: there is no property "two"`)
    })
  )
})

describe("what makes a verdict worth less is said", () => {
  it.effect("budgets, vacuous properties, missing witnesses", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* warnings({}), "")
      assert.match(
        yield* warnings({ budgets: { crash: 0 } }),
        /"crash" is 0.*no action is paid from the budget "crash"/
      )
      const fault = { name: "fault", fairness: { budget: "lost" }, outcomes: () => [{ key: "k", set: { n: 9 } }] }
      assert.match(yield* warnings({ actions: [...base.actions, fault] }), /"lost", which has no budget/)
      assert.match(yield* warnings({ properties: [] }), /no witness/)
      assert.match(
        yield* warnings({ properties: [{ _tag: "Always", name: "all is well", holds: () => true }] }),
        /"all is well" reads nothing/
      )
      const never = { _tag: "LeadsTo", name: "never", premise: (read: Read<Components>) => read("n") === 7 } as const
      assert.match(
        yield* warnings({ properties: [{ ...never, goal: () => false }] }),
        /premise of "never" holds in no state/
      )
      const trivial = { _tag: "Stabilizes", name: "trivial", premise: () => true, goal: () => true } as const
      assert.match(yield* warnings({ properties: [trivial] }), /goal of "trivial" holds in every state/)
      const absent = { _tag: "Sometimes", name: "absent", holds: (read: Read<Components>) => read("n") === 7 } as const
      assert.match(yield* warnings({ properties: [absent] }), /"absent" was never reached/)
    })
  )

  it.effect("a rule that a program breaks by itself is a violation of its own", () =>
    Effect.gen(function* () {
      const breaks = "the program loops without end"
      const actions = [{ name: "run", fairness: "weak" as const, outcomes: () => [{ key: "k", set: {}, breaks }] }]
      const { verdicts } = yield* check({ ...base, actions: [...base.actions, ...actions] })
      assert.deepStrictEqual([verdicts[0]?.verdict, verdicts[0]?.because], ["violated", breaks])
      assert.strictEqual(verdicts[0]?.trace?.breaks, breaks)
      assert.strictEqual(verdicts[0]?.trace?.stem.at(-1)?.action, "run")
    })
  )

  it.effect("budgets of many classes need more than one word, and count exactly", () =>
    Effect.gen(function* () {
      const classes = Array.from({ length: 40 }, (_, i) => `class ${i}`)
      const system: System<{ readonly sum: number }> = {
        name: "many classes",
        initial: [{ sum: 0 }],
        actions: classes.map((name, i) => ({
          name,
          fairness: { budget: name },
          outcomes: (read) => {
            const isDue = i === 39 ? read("sum") >= i : read("sum") === i
            return isDue || i === 0 ? [{ key: name, set: { sum: read("sum") + 1 } }] : []
          }
        })),
        budgets: Object.fromEntries(classes.map((name, i) => [name, i === 39 ? 200 : 1])),
        properties: []
      }
      const { coverage } = yield* check(system, { dominance: false })
      assert.deepStrictEqual([coverage.cores, coverage.states], [240, 240])
      assert.strictEqual((yield* check(system)).coverage.cores, 240)
    })
  )
})
