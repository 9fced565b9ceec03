/** What a person may get wrong in a controller or its model: one sentence, and no verdict for what was not explored. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { crd, resource } from "../../../examples/controller/Greeting.ts"
import { always, leadsTo, sometimes } from "../../../src/domain/check/Properties.ts"
import type { Controller, Key } from "../../../src/domain/Controller.ts"
import { Get, Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
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
    passesEnd("operator", "careless"),
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
  ...["there are two", "every pass of careless ends (operator)", "another comes"].map(
    (property) => `${property}: undecided what follows is not explored: careless default/hello: ${sentence}`
  )
]

describe("a function without an end", () => {
  const forever = (): never => {
    for (;;);
  }
  const broken = Effect.fnUntraced(function* (model: Partial<Model>) {
    const whole = { ...of(Effect.void), ...model }
    const { message, what } = yield* Effect.flip(Effect.suspend(() => check(compile(whole), { patience: 300 })))
    return `${what} ${message}`
  })
  const late = "an endless loop: it did not come to an end within 0.3 s"

  it.effect("is broken off, wherever it is, and says which it was", () =>
    Effect.gen(function* () {
      const inProgram = of(Effect.sync(forever))
      assert.strictEqual(yield* broken(inProgram), `Endless action "operator: careless begins": ${late}`)
      const inProperty = [always<Parts>("all is well", (read) => kindIn(read, resource).size < 1 || forever())]
      assert.strictEqual(yield* broken({ properties: inProperty }), `Endless property "all is well": ${late}`)
      const sources = [{ _tag: "Objects", resource, keysOf: forever }] as const
      const inSource = [{ ...controller(() => Effect.void), sources }]
      assert.match(yield* broken({ controllers: inSource }), /^Endless .*: an endless loop/)
      assert.isAbove(Date.now(), 0)
      assert.strictEqual(typeof setTimeout(() => {}, 0), "object")
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
        "every pass of careless ends (operator): holds",
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
