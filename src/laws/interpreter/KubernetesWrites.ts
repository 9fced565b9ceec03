/** Laws of writes: each has a precondition, and a refused one changes nothing. */
import * as Effect from "effect/Effect"
import { Apply, Delete, Get, Kubernetes, PatchStatus, Update } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import { configMap, create, holds, type Law, law, refused, same, uidOf, versionOf } from "./KubernetesLaw.ts"

const get = (namespace: string, name: string, resource = Kinds.ConfigMap) =>
  Kubernetes.perform(new Get({ resource, namespace, name }))

const apply = (object: KubeObject, manager: string, force = true) =>
  Kubernetes.perform(new Apply({ resource: Kinds.ConfigMap, object, manager, force }))

const update = (object: KubeObject) =>
  Kubernetes.perform(new Update({ resource: Kinds.ConfigMap, object, manager: "law" }))

const service = (namespace: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s", namespace },
  spec: { ports: [{ port: 6379 }] }
})

const ready = (status: string) => ({
  conditions: [{ type: "Ready", status, reason: "Law", message: "", lastTransitionTime: "2026-01-02T03:04:05Z" }]
})

export const laws: ReadonlyArray<Law> = [
  law("a created object is read back as the answer to its creation", function* (namespace) {
    const created = yield* create(Kinds.ConfigMap, configMap(namespace, "a", { k: "v" }))
    yield* same(yield* get(namespace, "a"), created, "read back")
    yield* same(created["data"], { k: "v" }, "data")
    yield* holds(uidOf(created) !== "" && versionOf(created) !== "", "it has no uid or no resourceVersion")
  }),

  law("creating what exists is AlreadyExists and changes nothing", function* (namespace) {
    const created = yield* create(Kinds.ConfigMap, configMap(namespace, "a", { k: "v" }))
    yield* refused(create(Kinds.ConfigMap, configMap(namespace, "a", { k: "w" })), "AlreadyExists")
    yield* same(yield* get(namespace, "a"), created, "read back")
  }),

  law("an update at a version that is not the last is a Conflict and changes nothing", function* (namespace) {
    const first = yield* create(Kinds.ConfigMap, configMap(namespace, "a", { k: "1" }))
    const second = yield* update({ ...first, data: { k: "2" } })
    yield* holds(versionOf(second) !== versionOf(first), "the update did not change the version")
    yield* refused(update({ ...first, data: { k: "3" } }), "Conflict")
    yield* same(yield* get(namespace, "a"), second, "read back")
  }),

  law("a write that changes nothing leaves the version", function* (namespace) {
    const first = yield* apply(configMap(namespace, "a", { k: "1" }), "one")
    const second = yield* apply(configMap(namespace, "a", { k: "1" }), "one")
    const third = yield* update(second)
    yield* same([versionOf(second), versionOf(third)], [versionOf(first), versionOf(first)], "versions")
  }),

  law("a delete of another uid is a Conflict and deletes nothing", function* (namespace) {
    const created = yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    const target = { resource: Kinds.ConfigMap, namespace, name: "a" }
    yield* refused(
      Kubernetes.perform(new Delete({ ...target, uid: "00000000-dead-beef-0000-000000000000" })),
      "Conflict"
    )
    yield* same(yield* get(namespace, "a"), created, "read back")
    yield* Kubernetes.perform(new Delete({ ...target, uid: uidOf(created) }))
    yield* refused(get(namespace, "a"), "NotFound")
    yield* refused(Kubernetes.perform(new Delete({ ...target, uid: uidOf(created) })), "NotFound")
  }),

  law("an object made again under its name has another uid", function* (namespace) {
    const first = yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    yield* Kubernetes.perform(new Delete({ resource: Kinds.ConfigMap, namespace, name: "a", uid: uidOf(first) }))
    const second = yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    yield* holds(uidOf(first) !== uidOf(second), "both have the uid of the first")
  }),

  law("an apply that names a uid never creates", function* (namespace) {
    const object = configMap(namespace, "a", { k: "v" }, { uid: "00000000-dead-beef-0000-000000000000" })
    yield* refused(apply(object, "one"), "Conflict", "NotFound")
    yield* refused(get(namespace, "a"), "NotFound")
  }),

  // For a patch of an object that exists, a uid of another is Invalid (immutable); for one that does not, a Conflict.
  law("an apply to another uid or version is refused and changes nothing", function* (namespace) {
    const created = yield* apply(configMap(namespace, "a", { k: "1" }), "one")
    const later = yield* apply(configMap(namespace, "a", { k: "2" }), "one")
    const at = (metadata: KubeObject["metadata"]) => apply(configMap(namespace, "a", { k: "3" }, metadata), "one")
    yield* refused(at({ resourceVersion: versionOf(created) }), "Conflict")
    yield* refused(at({ uid: "00000000-dead-beef-0000-000000000000" }), "Conflict", "Invalid")
    yield* same(yield* get(namespace, "a"), later, "read back")
    yield* at({ resourceVersion: versionOf(later), uid: uidOf(later) })
  }),

  law("a field that an apply leaves out goes, and those of others stay", function* (namespace) {
    yield* apply(configMap(namespace, "a", { mine: "1", gone: "1" }), "one")
    yield* apply(configMap(namespace, "a", { theirs: "1" }), "two")
    const after = yield* apply(configMap(namespace, "a", { mine: "2" }), "one")
    yield* same(after["data"], { mine: "2", theirs: "1" }, "data")
  }),

  law("an apply takes another's field by force only", function* (namespace) {
    yield* apply(configMap(namespace, "a", { k: "1" }), "one")
    const error = yield* refused(apply(configMap(namespace, "a", { k: "2" }), "two", false), "Conflict")
    yield* holds(error.detail.includes("one"), `the conflict does not name the owner: ${error.detail}`)
    yield* apply(configMap(namespace, "a", { k: "2" }), "two")
    const after = yield* apply(configMap(namespace, "a"), "one")
    yield* same(after["data"], { k: "2" }, "data once the first owner lets go")
  }),

  law("the status is written apart from the rest", function* (namespace) {
    const created = yield* create(Kinds.Service, service(namespace))
    const target = { resource: Kinds.Service, namespace, name: "s", manager: "law" }
    const precondition = { uid: uidOf(created), resourceVersion: versionOf(created) }
    const written = yield* Kubernetes.perform(new PatchStatus({ ...target, ...precondition, status: ready("True") }))
    yield* same(written["spec"], created["spec"], "spec after a write of the status")
    const changed = {
      ...written,
      status: ready("False"),
      spec: { ...(written["spec"] as object), sessionAffinity: "ClientIP" }
    }
    const after = yield* Kubernetes.perform(new Update({ resource: Kinds.Service, object: changed }))
    yield* same(after["status"], written["status"], "status after a write of the rest")
    yield* holds(
      (after["spec"] as { sessionAffinity?: string }).sessionAffinity === "ClientIP",
      "the rest was not written"
    )
  }),

  law("a status is written at the version and uid that were read, or not at all", function* (namespace) {
    const created = yield* create(Kinds.Service, service(namespace))
    const target = { resource: Kinds.Service, namespace, name: "s", manager: "law" }
    const at = (uid: string, resourceVersion: string, status: string) =>
      Kubernetes.perform(new PatchStatus({ ...target, uid, resourceVersion, status: ready(status) }))
    const written = yield* at(uidOf(created), versionOf(created), "True")
    yield* refused(at(uidOf(created), versionOf(created), "False"), "Conflict")
    yield* refused(at("00000000-dead-beef-0000-000000000000", versionOf(written), "False"), "Conflict", "Invalid")
    yield* same(yield* get(namespace, "s", Kinds.Service), written, "read back")
  }),

  law("errors are told apart, and name what they are about", function* (namespace) {
    const missing = yield* refused(get(namespace, "missing"), "NotFound")
    yield* holds(missing.detail.includes("missing"), `the error does not name the object: ${missing.detail}`)
    const invalid = yield* refused(create(Kinds.ConfigMap, configMap(namespace, "Not_A_Name")), "Invalid")
    yield* holds(invalid.detail.includes("metadata.name"), `the error does not name the field: ${invalid.detail}`)
    yield* refused(create(Kinds.ConfigMap, { ...configMap(namespace, "a"), kind: "Secret" }), "BadRequest")
    yield* refused(create({ ...Kinds.ConfigMap, plural: "nosuchthings" }, configMap(namespace, "a")), "NotFound")
    yield* refused(create(Kinds.ConfigMap, configMap("law-no-such-namespace", "a")), "NotFound")
  }),

  law("concurrent writers at one version: exactly one succeeds", function* (namespace) {
    const created = yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    const outcomes = yield* Effect.forEach(
      ["1", "2", "3", "4"],
      (k) => Effect.result(update({ ...created, data: { k } })),
      { concurrency: "unbounded" }
    )
    const won = outcomes.filter((outcome) => outcome._tag === "Success")
    yield* same(won.length, 1, "writers that succeeded")
    const lost = outcomes.flatMap((outcome) => (outcome._tag === "Failure" ? [outcome.failure] : []))
    yield* holds(
      lost.every((error) => error._tag === "KubeError" && error.reason === "Conflict"),
      "a loser got no Conflict"
    )
  })
]
