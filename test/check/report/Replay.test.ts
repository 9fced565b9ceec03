import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Properties from "../../../src/domain/check/Properties.ts"
import type { Components, Read, System } from "../../../src/domain/check/System.ts"
import type { Trace } from "../../../src/domain/check/Trace.ts"
import * as Check from "../../../src/interpreters/check/Check.ts"
import type { Problem } from "../../../src/interpreters/check/engine/Problem.ts"
import * as Judge from "../../../src/interpreters/check/report/Judge.ts"
import * as Minimise from "../../../src/interpreters/check/report/Minimise.ts"
import * as Replay from "../../../src/interpreters/check/report/Replay.ts"
import * as Rerun from "../../../src/interpreters/check/report/Rerun.ts"
import { shortened } from "../../../src/interpreters/check/report/Shorten.ts"
import * as Told from "../../../src/interpreters/check/report/Told.ts"
import * as TraceFile from "../../../src/interpreters/check/report/TraceFile.ts"
import * as Toys from "./Toys.ts"

const primaries = Told.trace(Toys.failover, "one primary", Toys.twoPrimaries)
const endless = Told.trace(Toys.fight, "the colour settles on red", Toys.endless)
const refusal = (trace: Trace) => Effect.map(Effect.flip(Replay.replay(Toys.fight, trace)), ({ message }) => message)

interface Asked extends Components {
  readonly sum: number
  readonly "network/orphans": ReadonlyArray<unknown>
}
const isSmall = (read: Read<Asked>): boolean => read("sum") < 3 || read("network/orphans").length === 0

describe("a trace that is run again", () => {
  it.effect("breaks its property again, also when it was read from a file", () =>
    Effect.gen(function* () {
      const path = yield* Replay.replay(Toys.failover, yield* TraceFile.parse(TraceFile.print(primaries)))
      assert.deepStrictEqual(path.states, Toys.twoPrimaries.states)
      const lasso = yield* Replay.replay(Toys.fight, yield* TraceFile.parse(TraceFile.print(endless)))
      assert.strictEqual(lasso.cycleAt, 8)
    })
  )

  it.effect("is refused where it parts from the program, with the place", () =>
    Effect.gen(function* () {
      const renamed = { ...endless, stem: endless.stem.with(1, { ...endless.stem[1]!, action: "green: read" }) }
      assert.include(yield* refusal(renamed), `after 1 steps the trace and the program part: the model has no action`)
      const swapped = { ...endless, stem: [endless.stem[2]!, ...endless.stem] }
      assert.include(yield* refusal(swapped), `"red: write" colour is not enabled; enabled: red: read colour`)
      const [change] = endless.stem[1]!.changes
      const lied = { ...endless.stem[1]!, changes: [{ ...change!, after: "green" }] }
      assert.include(
        yield* refusal({ ...endless, stem: endless.stem.with(1, lied) }),
        "leads elsewhere: red/seen differ"
      )
      assert.include(yield* refusal({ ...endless, initial: { ...endless.initial, edit: 5 } }), "none of the model's")
    })
  )

  it.effect("is refused when its loop is open, paid for, left by a fair action, or no violation", () =>
    Effect.gen(function* () {
      const whole = [...endless.stem, ...endless.cycle]
      const split = (at: number, end: number) => ({ ...endless, stem: whole.slice(0, at), cycle: whole.slice(at, end) })
      assert.include(yield* refusal(split(8, 10)), "does not close")
      assert.include(yield* refusal(split(0, 12)), `"user: edit", which happens only so often`)
      assert.include(yield* refusal(split(8, 8)), "is fair, stays enabled and is never taken")
      assert.include(yield* refusal({ ...endless, property: "the sky is blue" }), "no property of this name")
      assert.include(yield* refusal({ ...endless, isLasso: false }), "holds in every state")
    })
  )

  it.effect("is followed whatever its requests are called, and says what may have been renamed", () =>
    Effect.gen(function* () {
      const under = (command: string, value: number) => ({ from: "o", system: "kubernetes", command, wire: { value } })
      const asking = (command: string, add = 1): System<Asked> => ({
        name: "asking",
        initial: [{ sum: 0, "network/orphans": [] }],
        actions: [
          {
            name: "o: c",
            fairness: "weak",
            outcomes: (read) => [
              { key: `default/x 0 ${command} things/x`, set: { sum: Math.min(3, read("sum") + add) } }
            ]
          },
          {
            name: "o: crash",
            fairness: { budget: "crash" },
            outcomes: () => [{ key: "", set: { "network/orphans": [under("Apply", 2), under(command, 1)] } }]
          }
        ],
        budgets: { crash: 1 },
        properties: [Properties.always("less than three, or no crash", isSmall)]
      })
      const { verdicts } = yield* Check.check(asking("Patch"))
      const trace = verdicts[0]!.trace!
      assert.strictEqual(trace.stem.length, 4)
      const replayed = yield* Replay.replay(asking("Apply"), trace)
      assert.strictEqual(replayed.steps.filter(({ key }) => key.includes("Apply")).length, 3)
      const other = yield* Effect.flip(Replay.replay(asking("Apply", 2), trace))
      assert.include(
        other.message,
        "default/x 0 Patch things/x is not enabled, and Apply is in the place of Patch: was it"
      )
    })
  )

  it("says of every fair action why it does not save the loop", () => {
    assert.deepStrictEqual(endless.rescue, [
      { action: "red: read", key: "colour", because: "taken", at: 0 },
      { action: "blue: read", key: "colour", because: "taken", at: 1 },
      { action: "red: write", key: "colour", because: "taken", at: 2 },
      { action: "blue: write", key: "colour", because: "taken", at: 3 }
    ])
  })

  it("gives a step the smallest names that are free, and lets eager steps follow", () => {
    const system = {
      name: "names",
      initial: [{ names: ["uid#0", "uid#2"], log: "" }],
      actions: [],
      eager: [{ name: "log", next: (read: (name: "log") => unknown) => ({ log: `${read("log")}x`.slice(0, 3) }) }],
      budgets: {},
      properties: []
    }
    const [state] = system.initial
    const { unused } = Rerun.reader(system, state!)
    assert.deepStrictEqual([unused("uid"), unused("uid", 1), unused("rv")], ["uid#1", "uid#3", "rv#0"])
    assert.strictEqual(Rerun.settled(system, state!).log, "xxx")
  })
})

describe("a violation made small", () => {
  const names = (trace: Trace) => [...trace.stem, ...trace.cycle].map(({ action }) => action)

  it("loses every step that it can do without", () => {
    const path = shortened(Toys.failover, Toys.failover.properties[0], Toys.twoPrimaries)
    assert.deepStrictEqual(
      path.steps.map(({ action }) => action.name),
      ["operator-1: stale observe", "operator-1: promote"]
    )
    const property = Toys.fight.properties[0]
    const lasso = shortened(Toys.fight, property, Toys.endless)
    assert.strictEqual(Judge.objection(Toys.fight, property, lasso), undefined)
    assert.strictEqual(lasso.steps.length, 8)
    assert.isFalse(lasso.steps.some(({ action }) => action.name === "user: edit"))
  })

  it.effect("loses every fault that the engine does not need", () =>
    Effect.gen(function* () {
      const asked: Array<Readonly<Record<string, number>>> = []
      const search: Minimise.Search<Problem, never> = (system) => {
        asked.push(system.budgets)
        return Effect.map(Check.check(system), ({ verdicts }) => verdicts)
      }
      const least = yield* Minimise.minimise(Toys.failover, primaries, search)
      assert.deepStrictEqual(names(least), ["operator-1: stale observe", "operator-1: promote"])
      assert.deepStrictEqual(Minimise.spent(least), { stale: 1 })
      assert.deepStrictEqual(asked.at(0), { stale: 2, crash: 1, writes: 0 })
    })
  )

  it.effect("is what the engine finds, and replays as it was found", () =>
    Effect.gen(function* () {
      const replayed = Effect.fnUntraced(function* <S extends Components>(system: System<S>) {
        const { verdicts } = yield* Check.check(system)
        const trace = verdicts.find(({ verdict }) => verdict === "violated")?.trace
        assert.isDefined(trace)
        return yield* Replay.replay(system, trace!)
      })
      assert.strictEqual((yield* replayed(Toys.failover)).steps.length, 2)
      const lasso = yield* replayed(Toys.fight)
      assert.isBelow(lasso.cycleAt!, lasso.steps.length)
    })
  )

  it.effect("that does not happen outside the engine is an error", () =>
    Effect.gen(function* () {
      const never = { ...primaries, stem: primaries.stem.slice(0, 3) }
      const error = yield* Effect.flip(Minimise.minimise(Toys.failover, never, () => Effect.succeed([])))
      assert.include(error.message, "holds in every state")
    })
  )
})
