/** What a person may get wrong in a controller or its model: one sentence, and no verdict for what was not explored. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { crd, resource } from "../../../examples/controller/Greeting.ts"
import type { Read } from "../../../src/domain/check/System.ts"
import { always, leadsTo, sometimes } from "../../../src/domain/check/Properties.ts"
import type { Controller, Key } from "../../../src/domain/Controller.ts"
import { Get, Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import * as Replay from "../../../src/interpreters/check/report/Replay.ts"
import type { Passes } from "../../../src/interpreters/check/step/Operator.ts"
import { simulate } from "../../../src/interpreters/check/Simulate.ts"
import { passesEnd } from "../../../src/laws/kube/Passes.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import { kindIn, type Parts } from "../../../src/models/closed/Parts.ts"
import { world } from "../../../src/models/closed/World.ts"

const at = { namespace: "default", name: "hello" }
const object = { apiVersion: "example.org/v1", kind: "Greeting", metadata: at, spec: { to: "world" } }
const get = Kubernetes.perform(new Get({ resource, ...at }))

const controller = (
  pass: (key: Key) => Effect.Effect<unknown, unknown, Kubernetes>
): Controller<null, unknown, Kubernetes> => ({
  name: "careless",
  primary: resource,
  sources: [{ _tag: "Objects", resource, keysOf: () => [at] }],
  initialMemory: null,
  pass: (key) => Effect.as(pass(key), { memory: null })
})

const of = (program: Effect.Effect<unknown, unknown, Kubernetes>): Model => ({
  name: "careless",
  controllers: [controller(() => program)],
  world: world({ definitions: [crd], objects: [{ resource, object }], nodes: 0 }),
  budgets: {},
  properties: [
    sometimes("there is a Greeting", (read) => kindIn(read, resource).size === 1),
    sometimes("there are two", (read) => kindIn(read, resource).size === 2),
    passesEnd("operator", "careless", at),
    leadsTo(
      "another comes",
      () => true,
      (read) => kindIn(read, resource).size === 2
    )
  ]
})

const verdictsOf = Effect.fnUntraced(function* (program: Effect.Effect<unknown, unknown, Kubernetes>) {
  const { verdicts } = yield* check(compile(of(program)), { maxCores: 20_000 })
  return verdicts.map(({ because = "", property, verdict }) =>
    `${property}: ${verdict} ${because.replace(/:\d+:\d+\)$/, ")")}`.trim()
  )
})

const here = "(test/check/model/BadInput.test.ts)"

/** What is decided all the same, and what is not. */
const cut = (sentence: string): ReadonlyArray<string> => [
  `the programs keep their own rules: violated careless default/hello: ${sentence}`,
  "there is a Greeting: holds",
  ...["there are two", "every pass of careless on default/hello ends (operator)", "another comes"].map(
    (property) => `${property}: undecided what follows is not explored: careless default/hello: ${sentence}`
  )
]

/** Whether a pass is under way, and has done something. */
const hasBegun = (read: Read<Parts>): boolean =>
  // The passes of a process are a record by key.
  Object.values(read("operator/passes of careless") as Passes).some(({ isStarted }) => isStarted)

describe("a function without an end", () => {
  const forever = (): never => {
    for (;;);
  }
  const patience = 300
  const promised =
    "careless default/hello: a program used Promise.prototype.then: make it a command: the checker cannot answer a promise"
  const whole = (model: Partial<Model>): Model => ({ ...of(Effect.void), ...model })
  const told = <A, E extends { readonly message: string }>(of: Effect.Effect<A, E>) =>
    Effect.map(Effect.flip(of), (problem) => `${"what" in problem ? problem.what : "?"} ${problem.message}`)
  const broken = (model: Partial<Model>) => told(check(compile(whole(model)), { patience }))
  const walked = (model: Partial<Model>) => told(simulate(compile(whole(model)), { patience, walks: 2 }))
  const late = "an endless loop: it did not come to an end within 0.3 s"
  const inProgram = of(Effect.sync(forever))
  const begins = `Endless action "operator: careless begins": ${late}`
  const inProperty = [always<Parts>("all is well", (read) => kindIn(read, resource).size < 1 || forever())]
  const inKeys = [
    { ...controller(() => Effect.void), sources: [{ _tag: "Objects", resource, keysOf: forever }] }
  ] as const

  it.effect("is broken off, wherever it is, and says which it was", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* broken(inProgram), begins)
      assert.strictEqual(yield* broken({ properties: inProperty }), `Endless property "all is well": ${late}`)
      assert.match(yield* broken({ controllers: inKeys }), /^Endless .*: an endless loop/)
      assert.isAbove(Date.now(), 0)
      assert.strictEqual(typeof setTimeout(() => {}, 0), "object")
    })
  )

  it.effect("in random runs as well", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* walked(inProgram), begins)
      assert.strictEqual(yield* walked({ properties: inProperty }), `Endless property "all is well": ${late}`)
      assert.match(yield* walked({ controllers: inKeys }), /^Endless .*: an endless loop/)
      const { verdicts } = yield* simulate(compile(of(Effect.promise(() => Promise.resolve(1)))), { walks: 2 })
      assert.strictEqual(verdicts[0]?.because, `${promised} (seed 1)`)
      assert.isAbove(Date.now(), 0)
    })
  )

  it.effect("and where a run is taken again", () =>
    Effect.gen(function* () {
      const properties = [always<Parts>("none begins", (read) => !hasBegun(read))]
      const asking = { ...of(get), properties }
      const { verdicts } = yield* check(compile(asking))
      const { trace } = verdicts[0]!
      assert.strictEqual(trace?.stem.length, 1)
      const again = (model: Partial<Model>) =>
        told(Replay.replay(compile({ ...asking, ...model }), trace!, { patience }))
      assert.strictEqual(yield* again({ controllers: inProgram.controllers }), begins)
      const endless = [always<Parts>("none begins", (read) => !hasBegun(read) || forever())]
      assert.strictEqual(yield* again({ properties: endless }), `Endless property "none begins": ${late}`)
      const awaits = yield* again(of(Effect.promise(() => Promise.resolve(1))))
      assert.include(awaits, `"operator: careless begins" default/hello: ${promised}`)
      assert.isAbove(Date.now(), 0)
    })
  )
})

describe("what says something of a state, and looks at something else", () => {
  const found = (read: Read<Parts>) => kindIn(read, resource).size === 1
  const told = Effect.fnUntraced(function* (model: Partial<Model>) {
    const whole = { ...of(Effect.void), ...model }
    const { message } = yield* Effect.flip(Effect.suspend(() => check(compile(whole))))
    const walked = yield* Effect.flip(Effect.suspend(() => simulate(compile(whole), { walks: 2 })))
    const withoutPlace = (text: string) => text.replace(/:\d+:\d+\)/, ")")
    assert.strictEqual(withoutPlace(walked.message), withoutPlace(message))
    return withoutPlace(message)
  })
  const depends = `${here}: it must depend on what it reads and on nothing else`

  it.effect("is refused with its name, whatever it is", () =>
    Effect.gen(function* () {
      const clock = [always<Parts>("all is well", (read) => found(read) || Date.now() > 0)]
      const early = [always<Parts>("all is well", (read) => Date.now() > 0 && found(read))]
      assert.strictEqual(yield* told({ properties: early }), `property "all is well": used Date.now ${depends}`)
      assert.strictEqual(
        (yield* check(compile({ ...of(Effect.void), properties: clock }))).verdicts[0]?.verdict,
        "holds"
      )
      const chance = [leadsTo<Parts>("a goal", found, (read) => Math.random() < 2 && found(read))]
      assert.strictEqual(yield* told({ properties: chance }), `property "a goal", goal: used Math.random ${depends}`)
      const premise = [leadsTo<Parts>("a goal", (read) => performance.now() > 0 && found(read), found)]
      assert.strictEqual(
        yield* told({ properties: premise }),
        `property "a goal", premise: used performance.now ${depends}`
      )
    })
  )

  it.effect("a source, an action, and one that catches what it is told", () =>
    Effect.gen(function* () {
      const keysOf = () => (Date.now() > 0 ? [at] : [])
      const controllers = [
        { ...controller(() => Effect.void), sources: [{ _tag: "Objects", resource, keysOf }] }
      ] as const
      assert.match(yield* told({ controllers }), /: used Date\.now \(test.*: it must depend on what it reads/)
      const act = { name: "act", fairness: "weak", outcomes: () => (Math.random() < 2 ? [] : []) } as const
      assert.strictEqual(yield* told({ actions: [act] }), `action "act": used Math.random ${depends}`)
      const caught = always<Parts>("all is well", (read) => {
        try {
          return found(read) && crypto.randomUUID().length > 0
        } catch {
          return true
        }
      })
      assert.strictEqual(
        yield* told({ properties: [caught] }),
        `property "all is well": used crypto.randomUUID ${depends}`
      )
    })
  )
})

describe("a property of what is not there", () => {
  it.effect("names the kind that the world does not serve", () =>
    Effect.gen(function* () {
      const typo = { ...resource, plural: "greatings" }
      const properties = [always<Parts>("none is left", (read) => kindIn(read, typo).size === 0)]
      const { message } = yield* Effect.flip(check(compile({ ...of(Effect.void), properties })))
      assert.match(
        message,
        /^property "none is left": threw "the world serves no greatings.example.org of version v1: /
      )
    })
  )
})

describe("a program that cannot be stepped on leaves nothing decided but what was seen", () => {
  for (const [what, program, sentence] of [
    [
      "a foreign clock",
      Effect.sync(() => performance.now()),
      `a program used performance.now: ask Effect's Clock ${here}`
    ],
    [
      "a promise",
      Effect.promise(() => Promise.resolve(1)),
      "a program used Promise.prototype.then: make it a command: the checker cannot answer a promise"
    ],
    [
      "fetch",
      Effect.tryPromise(() => fetch("http://127.0.0.1:1")),
      `a program used fetch: make it a command: the checker cannot answer a promise ${here}`
    ],
    [
      "high resolution time",
      Effect.sync(() => process.hrtime.bigint()),
      `a program used process.hrtime: ask Effect's Clock ${here}`
    ],
    ["commands without end", Effect.forever(get), "an endless loop: it asked 1000 times in one pass"],
    ["sleep without end", Effect.forever(Effect.sleep(1000)), "an endless loop: it asked 1000 times in one pass"],
    ["work without end", Effect.forever(Effect.void), "an endless loop: 100000 operations without waiting for anything"]
  ] as const) {
    it.effect(what, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* verdictsOf(program), cut(sentence))
      })
    )
  }

  it.effect("not one that dies: it is tried again, as it would be", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* verdictsOf(Effect.die(new TypeError("no"))), [
        `the programs keep their own rules: violated a pass of careless died: TypeError: no ${here}`,
        "there is a Greeting: holds",
        "there are two: violated no state that is reached has it",
        "every pass of careless on default/hello ends (operator): holds",
        "another comes: violated a fair run goes round without the goal"
      ])
    })
  )
})

describe("a pass that fails", () => {
  it.effect("says why in the trace, whatever its error is", () =>
    Effect.gen(function* () {
      const failing = Effect.fail({ _tag: "PrinterError", reason: "no paper" })
      const properties = [
        leadsTo<Parts>(
          "another comes",
          () => true,
          (read) => kindIn(read, resource).size === 2
        )
      ]
      const { verdicts } = yield* check(compile({ ...of(failing), properties }))
      const { cycle = [], stem = [] } = verdicts[0]?.trace ?? {}
      const said = [...stem, ...cycle].map(({ says }) => says).join("; ")
      assert.include(said, `the pass fails: PrinterError: { _tag: "PrinterError", reason: "no paper" }`)
    })
  )
})
