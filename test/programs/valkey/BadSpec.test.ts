/** What is wrong with a ValkeyCluster is said on it, field by field; nothing is done, and a good one converges. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import * as Memory from "../../../src/interpreters/memory/WorldCluster.ts"
import * as Lab from "./Lab.ts"

const invalid: ReadonlyArray<readonly [spec: object, field: string]> = [
  [{ replicas: 0 }, "spec.replicas"],
  [{ replicas: "three" }, "spec.replicas"],
  [{ port: 70_000 }, "spec.port"],
  [{ image: "" }, "spec.image"],
  [{ durability: "eternal" }, "spec.durability"],
  [{ failover: { policy: "reckless" } }, "spec.failover.policy"],
  [{ failover: { maxOffsetGap: -1 } }, "spec.failover.maxOffsetGap"],
  [{ persistence: { storageSize: "much" } }, "spec.persistence.storageSize"],
  [{ sentinel: { pingIntervalMs: 1 } }, "spec.sentinel.pingIntervalMs"],
  [{ tls: { enabled: true } }, "spec.tls"],
  [{ labels: { "app.kubernetes.io/name": "mine" } }, "spec.labels"],
  [{ restoreFrom: { backupName: "" } }, "spec.restoreFrom.backupName"]
]

const collection = { group: "valkey.verilean.io", version: "v1", resource: "valkeyclusters", namespace: Lab.namespace }

const isQuiet = (operator: Lab.Operator) =>
  Effect.gen(function* () {
    const before = yield* Lab.world
    yield* operator.run(1000)
    return (yield* Lab.world).api === before.api
  })

describe("an invalid spec", () => {
  for (const [spec, field] of invalid) {
    it.effect(`${JSON.stringify(spec)} is refused by the API server, in words that name ${field}`, () =>
      Effect.gen(function* () {
        yield* Lab.applyCrd
        const { body, status } = yield* Memory.ask({ verb: "create", ...collection, body: Lab.cluster(spec) })
        assert.strictEqual(status, 422)
        assert.include(JSON.stringify(body), field)
      }).pipe(Effect.provide(Lab.layer()))
    )
  }

  it.effect("that is stored all the same is blamed by field, and nothing is made of it", () =>
    Effect.gen(function* () {
      yield* Lab.applyLaxCrd
      yield* Lab.create(Cluster.resource, Lab.cluster())
      for (const [spec, field] of invalid) {
        yield* Lab.ask({
          verb: "patch",
          ...collection,
          name: Lab.name,
          contentType: "application/json-patch+json",
          body: [{ op: "replace", path: "/spec", value: { replicas: 3, ...spec } }]
        })
        const operator = Lab.operator()
        yield* operator.turn
        assert.strictEqual((operator.failures[0] as { _tag?: string })._tag, "InvalidCluster", field)
        const reconciled = yield* Lab.condition("Reconciled")
        assert.deepInclude(reconciled, { status: "False", reason: "InvalidCluster" })
        assert.include(reconciled?.message, field)
        assert.deepStrictEqual(yield* Lab.objects, [])
        assert.isTrue(yield* isQuiet(operator), "it writes again and again")
      }
      yield* Lab.patch(Cluster.resource, Lab.name, { spec: { replicas: 3, restoreFrom: null } })
      yield* Lab.operator().run(1500)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.deepInclude(yield* Lab.condition("Reconciled"), { status: "True" })
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("of a cluster at work keeps it at work as it was", () =>
    Effect.gen(function* () {
      yield* Lab.applyLaxCrd
      yield* Lab.create(Cluster.resource, Lab.cluster())
      const operator = Lab.operator()
      yield* operator.run(1500)
      const pods = yield* Lab.podUids
      yield* Lab.patch(Cluster.resource, Lab.name, { spec: { replicas: 0 } })
      yield* operator.run(1000)
      assert.deepStrictEqual(yield* Lab.podUids, pods)
      assert.deepInclude(yield* Lab.condition("Reconciled"), { reason: "InvalidCluster" })
      yield* Lab.patch(Cluster.resource, Lab.name, { spec: { replicas: 3 } })
      yield* operator.run(500)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("whose name is too long for its objects is refused", () =>
    Effect.gen(function* () {
      yield* Lab.applyCrd
      const body = Lab.cluster({}, { name: "x".repeat(53) })
      const reply = yield* Memory.ask({ verb: "create", ...collection, body })
      assert.strictEqual(reply.status, 422)
      assert.include(JSON.stringify(reply.body), "52")
    }).pipe(Effect.provide(Lab.layer()))
  )
})

const unsupported = [
  [{ tls: { enabled: true, certSecretName: "certs" } }, "spec.tls.enabled", { tls: null }],
  [{ metrics: { enabled: true } }, "spec.metrics.enabled", { metrics: null }],
  [{ sentinel: { failoverTimeoutMs: 9000 } }, "spec.sentinel.failoverTimeoutMs", { sentinel: null }]
] as const

describe("a field that is not built", () => {
  for (const [spec, field, without] of unsupported) {
    it.effect(`${field} stops everything before the first write, and is said; without it the cluster converges`, () =>
      Effect.gen(function* () {
        yield* Lab.begin(spec)
        const operator = Lab.operator()
        yield* operator.run(300)
        assert.deepStrictEqual(yield* Lab.objects, [])
        const said = yield* Lab.condition("Unsupported")
        assert.deepInclude(said, { status: "True", reason: "NotBuilt" })
        assert.include(said?.message, field)
        assert.isTrue(yield* isQuiet(operator))
        yield* Lab.patch(Cluster.resource, Lab.name, { spec: without })
        yield* operator.run(1500)
        assert.strictEqual(yield* Lab.isWhole(), "whole")
        assert.deepInclude(yield* Lab.condition("Unsupported"), { status: "False" })
      }).pipe(Effect.provide(Lab.layer()))
    )
  }

  it.effect("spec.restoreFrom can be given at creation only, and stops everything", () =>
    Effect.gen(function* () {
      yield* Lab.begin({ restoreFrom: { backupName: "monday" } })
      yield* Lab.operator().run(300)
      assert.deepStrictEqual(yield* Lab.objects, [])
      assert.include((yield* Lab.condition("Unsupported"))?.message, "spec.restoreFrom")
    }).pipe(Effect.provide(Lab.layer()))
  )
})

const pending: ReadonlyArray<readonly [spec: object, back: object, says: string]> = [
  [{ image: "valkey/valkey:9" }, { image: "valkey/valkey:8" }, "image"],
  [{ resources: { limits: { memory: "1Gi" } } }, { resources: null }, "resources"],
  [{ labels: { team: "a" } }, { labels: null }, "labels"],
  [{ nodeSelector: { disk: "fast" } }, { nodeSelector: null }, "nodeSelector"],
  [{ persistence: { storageSize: "2Gi" } }, { persistence: { storageSize: "1Gi" } }, "spec.persistence.storageSize"]
]

describe("a change that running pods cannot follow", () => {
  for (const [spec, back, says] of pending) {
    it.effect(`${JSON.stringify(spec)} is said and not done, and the cluster is operated on`, () =>
      Effect.gen(function* () {
        yield* Lab.begin()
        const operator = Lab.operator()
        yield* operator.run(1500)
        const [pods, before] = [yield* Lab.podUids, yield* Lab.get(Kinds.StatefulSet, Lab.name)]
        yield* Lab.patch(Cluster.resource, Lab.name, { spec })
        yield* operator.run(500)
        const said = yield* Lab.condition("Unsupported")
        assert.strictEqual(said?.status, "True")
        assert.include(said?.message, says)
        assert.deepStrictEqual((yield* Lab.get(Kinds.StatefulSet, Lab.name))["spec"], before["spec"])
        assert.deepStrictEqual(yield* Lab.podUids, pods)
        assert.strictEqual(yield* Lab.isWhole(), "whole")
        yield* Lab.patch(Cluster.resource, Lab.name, { spec: { ...back, replicas: 4 } })
        yield* operator.run(2000)
        assert.strictEqual(yield* Lab.isWhole(4), "whole")
        assert.deepInclude(yield* Lab.condition("Unsupported"), { status: "False" })
      }).pipe(Effect.provide(Lab.layer()))
    )
  }
})
