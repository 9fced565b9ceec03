import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { unsupportedSpec } from "../../../src/domain/valkey/cluster/Unsupported.ts"
import { setCondition } from "../../../src/domain/kube/Condition.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { cluster, object, ValidSpec } from "./Clusters.ts"

const wrong = (bad: KubeObject): ReadonlyArray<string> => {
  const decoded = Cluster.decode(bad)
  if (Exit.isSuccess(decoded)) return []
  return Option.getOrThrow(Cause.findErrorOption(decoded.cause)).fields.map(({ field }) => field)
}

describe("a ValkeyCluster", () => {
  it("has all defaults when nothing is said", () => {
    assert.deepStrictEqual(cluster().spec, {
      replicas: 3,
      image: "valkey/valkey:8",
      port: 6379,
      persistence: { enabled: true, storageSize: "1Gi" },
      sentinel: {},
      failover: { policy: "safe", maxOffsetGap: 0 },
      durability: "balanced",
      labels: {},
      annotations: {},
      nodeSelector: {}
    })
    const { conditions, epoch, nodeStatuses, observedGeneration, phase } = cluster().status
    assert.deepStrictEqual([phase, epoch, observedGeneration, conditions, nodeStatuses], ["Creating", 0, 0, [], []])
  })

  it("is refused with every field that is wrong", () => {
    const bad = object({
      replicas: 0,
      port: 70_000,
      durability: "maybe",
      persistence: { storageSize: "lots" },
      labels: { a: 1 }
    })
    assert.sameMembers(
      [...wrong(bad)],
      ["spec.replicas", "spec.port", "spec.durability", "spec.persistence.storageSize", "spec.labels.a"]
    )
    assert.deepStrictEqual(wrong({ ...object({}), spec: undefined }), ["spec"])
    assert.deepStrictEqual(wrong({ ...object({}), kind: "Other" }), ["kind"])
  })

  it("is refused for what no single type can say", () => {
    assert.deepStrictEqual(wrong(object({}, { name: "9a" })), ["metadata.name"])
    assert.deepStrictEqual(wrong(object({}, { name: "a".repeat(53) })), ["metadata.name"])
    assert.deepStrictEqual(wrong(object({}, { name: "a".repeat(52) })), [])
    assert.deepStrictEqual(wrong(object({ tls: { enabled: true } })), ["spec.tls"])
    assert.deepStrictEqual(wrong(object({ tls: { enabled: true, certSecretName: "c" } })), [])
    assert.deepStrictEqual(wrong(object({ labels: { "app.kubernetes.io/instance": "x" } })), ["spec.labels"])
  })

  it("says in words what is wrong", () => {
    const decoded = Cluster.decode(object({ port: 0 }))
    assert.match(
      String(Exit.isFailure(decoded) && Cause.pretty(decoded.cause)),
      /ValkeyCluster shop\/cache: spec\.port: Expected a value between 1 and 65535/
    )
  })

  it("names the fields that are not built", () => {
    assert.deepStrictEqual(unsupportedSpec(cluster().spec), [])
    const asked = cluster({
      tls: { enabled: true, certSecretName: "c" },
      metrics: { enabled: true },
      sentinel: { downAfterMs: 700, failoverTimeoutMs: 60_000 },
      restoreFrom: { backupName: "b" }
    })
    assert.deepStrictEqual(
      unsupportedSpec(asked.spec).map(({ field }) => field),
      ["spec.tls.enabled", "spec.metrics.enabled", "spec.sentinel.failoverTimeoutMs", "spec.restoreFrom"]
    )
    assert.deepStrictEqual(unsupportedSpec(cluster({ tls: { enabled: false }, metrics: {} }).spec), [])
  })

  it.prop(
    "may change in an update whatever is not fixed at creation, and nothing else",
    [ValidSpec, ValidSpec],
    ([before, after]) => {
      const broken = Cluster.validateTransition(cluster(before), cluster(after)).map(({ field }) => field)
      const expected = [
        ...(before.port === after.port ? [] : ["spec.port"]),
        ...(before.persistence.enabled === after.persistence.enabled ? [] : ["spec.persistence.enabled"]),
        ...(before.persistence.storageClassName === after.persistence.storageClassName ? [] : ["spec.persistence"]),
        ...(after.restoreFrom === undefined || after.restoreFrom.backupName === before.restoreFrom?.backupName
          ? []
          : ["spec"])
      ]
      assert.deepStrictEqual(broken, expected)
      assert.deepStrictEqual(Cluster.validateTransition(cluster(before), cluster(before)), [])
    }
  )
})

const merged = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = merged(result[name], value)
  }
  return result
}

describe("the status", () => {
  it.prop("reaches by its patch exactly what was meant", [Cluster.Status, Cluster.Status], ([before, after]) => {
    const patch = Cluster.statusPatch(before, after)
    assert.deepStrictEqual(patch === undefined ? before : merged(before, patch), after)
    assert.isUndefined(Cluster.statusPatch({ ...after, observedGeneration: 1 }, { ...after, observedGeneration: 1 }))
  })

  it("names every field the first time, and only what changed later", () => {
    const { status } = cluster()
    const first = { ...status, observedGeneration: 1 }
    assert.deepStrictEqual(Cluster.statusPatch(status, first), first)
    const failover = { epoch: 1, kind: "Unplanned", phase: "Fencing", finalOffset: 4 } as const
    const next = { ...first, failover }
    assert.deepStrictEqual(Cluster.statusPatch(first, next), { failover })
    assert.deepStrictEqual(Cluster.statusPatch(next, first), { failover: null })
    const begun = { ...status, epoch: 1, failover, untouched: 3 }
    assert.deepStrictEqual(Cluster.statusPatch(begun, { ...first, epoch: 1 }), {
      ...{ ...first, epoch: 1 },
      ...{ failover: null, untouched: null }
    })
  })
})

describe("a condition", () => {
  const ready = { type: "Ready", status: "True", reason: "Serving", message: "" } as const

  it("keeps its time while its status stays, and asks for a stamp when it changes", () => {
    const stored = [{ ...ready, lastTransitionTime: "2026-01-01T00:00:00Z" }]
    assert.deepStrictEqual(setCondition(stored, { ...ready, reason: "Other" }), [
      { ...ready, reason: "Other", lastTransitionTime: "2026-01-01T00:00:00Z" }
    ])
    assert.deepStrictEqual(setCondition(stored, { ...ready, status: "False" }), [{ ...ready, status: "False" }])
    assert.deepStrictEqual(setCondition([], ready), [ready])
  })
})
