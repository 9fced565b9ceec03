/**
 * Whoever is to lead first is lost before anybody was led to it. Where all were
 * empty another one leads: the operator waited for ever for what nobody could
 * have lost. Where a volume had data of an earlier life it is waited for.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import * as Lab from "../programs/valkey/Lab.ts"

/** No server hears another one: nobody attaches, so clients are led to nobody for five seconds. */
const apart = Lab.change("demo-0", (nodes) => {
  const all = Object.keys(nodes.nodes)
  return all.reduce(
    (now, one) => all.reduce((cut, other) => (one < other ? Faults.cut(cut, one, other) : cut), now),
    nodes
  )
})

const together = Lab.change("demo-1", Faults.healAll)

const cordon = Effect.fnUntraced(function* (unschedulable: true | null) {
  const machines = (yield* Lab.list(Kinds.Node))["items"] as ReadonlyArray<{
    readonly metadata: { readonly name: string }
  }>
  for (const { metadata } of machines) yield* Lab.patch(Kinds.Node, metadata.name, { spec: { unschedulable } })
})

/** Its pod is deleted, and no machine takes the next one. */
const lose = Effect.fnUntraced(function* (pod: string) {
  yield* cordon(true)
  yield* Lab.remove(Kinds.Pod, pod)
})

/** The first primary is on record, and clients are led to nobody. */
const born = Effect.fnUntraced(function* (operator: Lab.Operator) {
  yield* Lab.applyResources
  yield* apart
  yield* operator.run(1000)
  const status = yield* Lab.status
  assert.deepInclude(status.failover, { kind: "Bootstrap", phase: "Routing" })
  return { ...status, masterPod: status.masterPod ?? "" }
})

describe("a first primary that is lost before clients were led to it", () => {
  it.effect("is not waited for where all were empty", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      const { masterPod, untouched } = yield* born(operator)
      assert.strictEqual(untouched, 3)
      yield* lose(masterPod)
      yield* together
      yield* operator.run(4000)
      const after = yield* Lab.status
      assert.notStrictEqual(after.masterPod, masterPod)
      assert.isUndefined(after.failover)
      assert.isUndefined(after.untouched)
      assert.deepInclude(after.lastFailover, { from: masterPod, lossBytes: 0, lossMillis: 0 })
      assert.deepInclude(yield* Lab.condition("Degraded"), { status: "True", reason: "ReplicasMissing" })
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("is not waited for where it needs no replica to take writes: clients wait for its first one as well", () =>
    Effect.gen(function* () {
      yield* Lab.begin({ replicas: 2 })
      const operator = Lab.operator()
      const { masterPod, untouched } = yield* born(operator)
      assert.strictEqual(untouched, 2)
      yield* lose(masterPod)
      yield* together
      yield* operator.run(4000)
      const after = yield* Lab.status
      assert.notStrictEqual(after.masterPod, masterPod)
      assert.isUndefined(after.failover)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("that has nobody to wait for leads clients at once", () =>
    Effect.gen(function* () {
      yield* Lab.begin({ replicas: 1 })
      const operator = Lab.operator()
      yield* Lab.applyResources
      yield* operator.run(300)
      assert.strictEqual(yield* Lab.isWhole(1), "whole")
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("is waited for where a volume had data of an earlier life", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      yield* Lab.command("demo-0", "SET", "a", "1")
      yield* operator.run(500)
      yield* Lab.remove(Cluster.resource, Lab.name)
      yield* operator.run(3000)
      yield* Lab.create(Cluster.resource, Lab.cluster())
      const { masterPod, untouched } = yield* born(operator)
      assert.isUndefined(untouched)
      yield* lose(masterPod)
      yield* together
      yield* operator.run(20_000)
      const after = yield* Lab.status
      assert.strictEqual(after.masterPod, masterPod)
      assert.include((yield* Lab.condition("Ready"))?.message, `${masterPod}, which does not run: it may hold data`)
      assert.include((yield* Lab.condition("Ready"))?.message, "delete its claim and the pod")
      yield* Lab.remove(Kinds.PersistentVolumeClaim, `data-${masterPod}`)
      yield* Lab.remove(Kinds.Pod, masterPod)
      yield* cordon(null)
      yield* operator.run(5000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      const next = (yield* Lab.status).masterPod!
      assert.notStrictEqual(next, masterPod)
      assert.strictEqual(yield* Lab.command(next, "GET", "a"), "1")
    }).pipe(Effect.provide(Lab.layer()))
  )
})
