/** No law of `Sentinel` is about nothing: some model reaches each decision of `Decide`, each phase and each kind. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Sentinel from "../../../src/laws/valkey/models/Sentinel.ts"
import * as Witnesses from "../../../src/laws/valkey/models/Witnesses.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"

type Scenario = readonly [budgets: Readonly<Record<string, number>>, options: Sentinel.Options, maxCores: number]

/** The smallest that together reach everything; what is found before the bound is found. */
const scenarios: ReadonlyArray<Scenario> = [
  [{}, {}, 200],
  // A pod that is deleted and runs on: its kubelet is slow.
  [{ deletePod: 1, slowBuiltIn: 1 }, { pods: 2, builtIns: ["kubelet"] }, 1500],
  // The chosen one dies before it is recorded.
  [{ kill: 1 }, { pods: 1, fromBirth: true }, 600],
  // Everything is lost that an earlier life had.
  [{ wipe: 1 }, { pods: 1, status: { hadData: true } }, 1200]
]

const reached = Effect.fnUntraced(function* ([budgets, options, maxCores]: Scenario) {
  const model = Sentinel.model("witnesses", budgets, options)
  const { verdicts } = yield* check(compile({ ...model, properties: Witnesses.all, requests: [] }), { maxCores })
  return verdicts.flatMap(({ property, verdict }) => (verdict === "holds" ? [property] : []))
})

it.effect("every decision, phase and kind of a failover is reached by some scenario", () =>
  Effect.gen(function* () {
    const all = new Set((yield* Effect.forEach(scenarios, reached)).flat())
    assert.deepStrictEqual(
      Witnesses.all.map(({ name }) => name).filter((name) => !all.has(name)),
      []
    )
  })
)
