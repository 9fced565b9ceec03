/**
 * A primary without a backlog takes another replication id when its first replica
 * attaches. One that died before that was on record was succeeded by its own
 * restart, and what its replicas had acknowledged was lost.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Process from "../../src/models/valkey/Process.ts"
import * as Lab from "../programs/valkey/Lab.ts"

const turnsUntil = (operator: Lab.Operator, wanted: Effect.Effect<boolean, never, Lab.World>) =>
  Effect.gen(function* () {
    for (let turn = 0; turn < 200; turn++) {
      if (yield* wanted) return
      yield* operator.turn
    }
    assert.fail("it does not come to that in 200 passes")
  })

const isReady = Effect.map(Lab.condition("Ready"), (ready) => ready?.status === "True")
const kill = (pod: string) => Lab.change(pod, (nodes, id) => Process.kill(nodes, id))

describe("a cluster that has just become ready", () => {
  it.effect("has the history that its primary leads on record, and all replicas in sync with it", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      yield* turnsUntil(Lab.operator(), isReady)
      const { conditions, nodeStatuses, phase, primary } = yield* Lab.status
      assert.strictEqual(primary?.replid, (yield* Lab.nodeOf(primary!.pod))?.replid)
      for (const pod of ["demo-1", "demo-2"]) assert.strictEqual((yield* Lab.nodeOf(pod))?.replid, primary?.replid)
      assert.isTrue(nodeStatuses.every(({ healthy }) => healthy))
      assert.strictEqual(conditions.find(({ type }) => type === "Progressing")?.status, "False")
      assert.strictEqual(phase, "Running")
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("loses its primary at that moment, and none of what was acknowledged", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* turnsUntil(operator, isReady)
      assert.strictEqual(yield* Lab.command("demo-0", "SET", "a", "1"), "OK")
      yield* kill("demo-0")
      yield* operator.run(2000)
      const { primary } = yield* Lab.status
      assert.notStrictEqual(primary?.pod, "demo-0")
      assert.strictEqual(yield* Lab.command(primary!.pod, "GET", "a"), "1")
      assert.strictEqual(yield* Lab.isWhole(), "whole")
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("leads no client to its primary before that, and accepts nothing that could be lost", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      const routed = Effect.map(
        Lab.find({ group: "", version: "v1", plural: "services", kind: "Service", namespaced: true }, "demo-client"),
        (service) => (service?.["spec"] as { readonly selector?: object } | undefined)?.selector !== undefined
      )
      yield* turnsUntil(operator, routed)
      const { primary } = yield* Lab.status
      assert.strictEqual(primary?.replid, (yield* Lab.nodeOf("demo-0"))?.replid)
      assert.isDefined((yield* Lab.nodeOf("demo-0"))?.backlog)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("loses its primary under an operator that has just started, which knows by the record who leads on", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      yield* turnsUntil(Lab.operator(), isReady)
      assert.strictEqual(yield* Lab.command("demo-0", "SET", "a", "1"), "OK")
      yield* kill("demo-0")
      yield* Lab.operator().run(2000)
      const { primary } = yield* Lab.status
      assert.notStrictEqual(primary?.pod, "demo-0")
      assert.strictEqual(yield* Lab.command(primary!.pod, "GET", "a"), "1")
    }).pipe(Effect.provide(Lab.layer()))
  )
})
