/** Which pods belong to a cluster (`gungnir:W17`, `gungnir:W18`, `failover:G2`). */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { type Family, membersOf, ordinalOf } from "../../../src/domain/valkey/Members.ts"

const controller = (kind: string, name: string, uid: string) => [
  { apiVersion: "apps/v1", kind, name, uid, controller: true, blockOwnerDeletion: true }
]
const statefulSet = (uid = "set", owner = "cluster"): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "v", namespace: "n", uid, ownerReferences: controller("ValkeyCluster", "v", owner) }
})
const pod = (name: string, status: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "n",
    uid: `uid-${name}`,
    ownerReferences: controller("StatefulSet", "v", "set"),
    ...metadata
  },
  status
})
const family: Family = { name: "v", uid: "cluster", known: [] }
const names = (set: KubeObject | undefined, pods: ReadonlyArray<KubeObject>, known: ReadonlyArray<string> = []) =>
  membersOf({ ...family, known }, set, pods).map((member) => member.pod)

describe("the pods of a cluster", () => {
  it("are those of its StatefulSet, in the order of their ordinals", () => {
    assert.deepStrictEqual(names(statefulSet(), [pod("v-10"), pod("v-2"), pod("v-0")]), ["v-0", "v-2", "v-10"])
  })

  it("are none of a stranger with our labels, of another StatefulSet, or with a name that is no ordinal", () => {
    const strangers = [
      pod("v-0", {}, { ownerReferences: [] }),
      pod("v-1", {}, { ownerReferences: controller("StatefulSet", "w", "other") }),
      pod("v-2", {}, { ownerReferences: controller("ReplicaSet", "v", "replicas") }),
      pod("v-x"),
      pod("v-01"),
      pod("other-1")
    ]
    assert.deepStrictEqual(names(statefulSet(), strangers), [])
  })

  it("are none of a StatefulSet that another cluster owns, or nobody", () => {
    assert.deepStrictEqual(names(statefulSet("set", "another"), [pod("v-0")]), [])
    const orphan = { ...statefulSet(), metadata: { ...statefulSet().metadata, ownerReferences: [] } }
    assert.deepStrictEqual(names(orphan, [pod("v-0")]), [])
  })

  it("stay those that were its own when their StatefulSet is deleted, until somebody else owns them", () => {
    const left = [pod("v-0"), pod("v-1", {}, { ownerReferences: [] }), pod("v-2")]
    const known = ["uid-v-0", "uid-v-1"]
    assert.deepStrictEqual(names(undefined, left, known), ["v-0", "v-1"])
    assert.deepStrictEqual(names(statefulSet("set-2"), left, known), ["v-0", "v-1"])
    const adopted = pod("v-0", {}, { ownerReferences: controller("StatefulSet", "w", "other") })
    assert.deepStrictEqual(names(undefined, [adopted], known), [])
  })

  it("have an address while they run, and are ready and leaving as the API says", () => {
    const ready = { podIP: "10.0.0.1", phase: "Running", conditions: [{ type: "Ready", status: "True" }] }
    const of = (status: object, metadata: object = {}) =>
      membersOf(family, statefulSet(), [pod("v-0", status, metadata)])[0]
    assert.deepInclude(of(ready), { address: "10.0.0.1", isReady: true, isDeleting: false, uid: "uid-v-0" })
    assert.deepInclude(of({ ...ready, phase: "Failed" }), { address: undefined })
    assert.deepInclude(of({ ...ready, phase: "Succeeded" }), { address: undefined })
    assert.deepInclude(of({ phase: "Pending" }), { address: undefined, isReady: false })
    assert.deepInclude(of({ podIP: "" }), { address: undefined })
    assert.deepInclude(of({ ...ready, conditions: [{ type: "Ready", status: "False" }] }), { isReady: false })
    assert.deepInclude(of(ready, { deletionTimestamp: "1970-01-01T00:00:00Z" }), { isDeleting: true })
  })

  it("may have a status of any shape", () => {
    for (const status of [undefined, null, 7, "x", [], { podIP: 7 }, { conditions: {} }, { conditions: [null, 7] }]) {
      const odd: KubeObject = { ...pod("v-0"), status: status as never }
      assert.deepInclude(membersOf(family, statefulSet(), [odd])[0], { address: undefined, isReady: false })
    }
  })
})

it.prop(
  "the ordinal of a pod is read back from its name, and from no other",
  [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9999 })), Schema.String],
  ([ordinal, text]) => {
    assert.strictEqual(ordinalOf("v", `v-${ordinal}`), ordinal)
    const read = ordinalOf("v", text)
    if (read !== undefined) assert.strictEqual(text, `v-${read}`)
  }
)
