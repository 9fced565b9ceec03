/**
 * The laws that every interpreter of the Kubernetes capability obeys: what is
 * found out in memory counts for a real cluster because both pass them.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import {
  BroadcastTopology,
  ClaimLease,
  CreatePassword,
  EmitEvent,
  Get,
  Kubernetes,
  List,
  PatchService
} from "../../domain/kube/Kubernetes.ts"
import { Apply } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import { configMap, create, holds, type Law, law, refused, same, uidOf, versionOf } from "./KubernetesLaw.ts"
import * as Reads from "./KubernetesReads.ts"
import * as Writes from "./KubernetesWrites.ts"

export type { Law } from "./KubernetesLaw.ts"
export { LawBroken } from "./KubernetesLaw.ts"

const service = (namespace: string, spec: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s", namespace },
  spec
})

const selectorOf = (object: KubeObject) => (object["spec"] as { readonly selector?: unknown }).selector

const ownedBy = (object: KubeObject, manager: string) =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager && entry.operation === "Apply")?.fieldsV1

const ownCommands: ReadonlyArray<Law> = [
  law("PatchService owns the selector and nothing else, and others leave it alone", function* (namespace) {
    const owner = (ports: number) =>
      Kubernetes.perform(
        new Apply({
          resource: Kinds.Service,
          object: service(namespace, { ports: [{ port: ports, protocol: "TCP" }] }),
          manager: "resources"
        })
      )
    const created = yield* owner(6379)
    const route = (service: KubeObject, pod: string, uid = uidOf(service)) => {
      const resourceVersion = versionOf(service)
      const at = { namespace, name: "s", uid, resourceVersion }
      return Kubernetes.perform(new PatchService({ ...at, selector: { pod }, manager: "routing" }))
    }
    const routed = yield* route(created, "a")
    yield* same(selectorOf(routed), { pod: "a" }, "selector")
    yield* same(ownedBy(routed, "routing"), { "f:spec": { "f:selector": {} } }, "fields of the manager")
    const after = yield* owner(6380)
    yield* same(selectorOf(after), { pod: "a" }, "selector after its owner applied the rest")
    yield* refused(route(after, "b", "00000000-dead-beef-0000-000000000000"), "Conflict", "Invalid")
    yield* refused(route(routed, "b"), "Conflict")
    const moved = yield* route(after, "b")
    yield* same(selectorOf(moved), { pod: "b" }, "selector")
    yield* same(
      (moved["spec"] as { ports: Array<{ port: number }> }).ports.map(({ port }) => port),
      [6380],
      "ports"
    )
  }),

  law("a Lease is claimed by absence, then by the version that was read", function* (namespace) {
    const claim = (holder: string, observed?: KubeObject, durationSeconds = 6) =>
      Kubernetes.perform(
        new ClaimLease({
          namespace,
          name: "l",
          holder,
          durationSeconds,
          transitions: 0,
          acquired: observed === undefined,
          ...(observed === undefined ? {} : { observed })
        })
      )
    const first = yield* claim("one")
    yield* refused(claim("two"), "AlreadyExists")
    // Another duration: at one reading of a clock the same claim again would change nothing.
    const second = yield* claim("one", first, 7)
    yield* refused(claim("two", first), "Conflict")
    const { acquireTime, holderIdentity, renewTime } = second["spec"] as Record<string, string>
    yield* same(holderIdentity, "one", "holder")
    yield* same(acquireTime, (first["spec"] as Record<string, string>)["acquireTime"], "acquireTime of a renewal")
    yield* holds(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(renewTime ?? ""), `renewTime is ${renewTime}`)
    const released = yield* claim("", second)
    yield* same((released["spec"] as Record<string, string>)["holderIdentity"] ?? "", "", "holder after a release")
  }),

  law("a generated password is in the Secret and shown to nobody", function* (namespace) {
    const object: KubeObject = { apiVersion: "v1", kind: "Secret", metadata: { name: "p", namespace } }
    const created = yield* Kubernetes.perform(new CreatePassword({ object, key: "password", manager: "law" }))
    const read = yield* Kubernetes.perform(new Get({ resource: Kinds.Secret, namespace, name: "p" }))
    const word = (secret: KubeObject) => (secret["data"] as Record<string, unknown>)["password"]
    const [first, second] = [word(created), word(read)]
    yield* holds(Redacted.isRedacted(first) && Redacted.isRedacted(second), "the password is not redacted")
    const clear = (value: unknown) => (Redacted.isRedacted(value) ? String(Redacted.value(value)) : "")
    yield* holds(clear(first).length >= 40 && clear(first) === clear(second), "it is short, or not what was written")
    yield* refused(Kubernetes.perform(new CreatePassword({ object, key: "password", manager: "law" })), "AlreadyExists")
  }),

  law("secret data that is read is written back as it was", function* (namespace) {
    const object: KubeObject = { apiVersion: "v1", kind: "Secret", metadata: { name: "p", namespace } }
    yield* create(Kinds.Secret, { ...object, stringData: { a: Redacted.make("one") } })
    const read = yield* Kubernetes.perform(new Get({ resource: Kinds.Secret, namespace, name: "p" }))
    const copy = yield* create(Kinds.Secret, { ...object, metadata: { name: "q", namespace }, data: read["data"] })
    const clear = (secret: KubeObject) =>
      Object.values(secret["data"] as Record<string, Redacted.Redacted<string>>).map(Redacted.value)
    yield* same(clear(copy), ["b25l"], "data in base64")
  }),

  law("an event tells what happened to its object, and when", function* (namespace) {
    const involved = yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    yield* Kubernetes.perform(
      new EmitEvent({ involved, type: "Warning", reason: "Tested", message: "once", component: "law" })
    )
    const { items } = yield* Kubernetes.perform(new List({ resource: Kinds.CoreEvent, namespace }))
    const event = items.find((item) => item["reason"] === "Tested")
    yield* same((event?.["involvedObject"] as { uid?: string } | undefined)?.uid, uidOf(involved), "involved uid")
    const at = event?.["lastTimestamp"]
    yield* holds(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(String(at)), `lastTimestamp is ${String(at)}`)
  }),

  law("the topology record is what was said last", function* (namespace) {
    const cluster = yield* create(Kinds.ConfigMap, configMap(namespace, "owner"))
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: uidOf(cluster) }
    const say = (record: Readonly<Record<string, string>>, meant?: BroadcastTopology["meant"]) => {
      const about = { namespace, name: "t", labels: { law: "yes" }, owner, record, manager: "law" }
      return Kubernetes.perform(new BroadcastTopology({ ...about, ...(meant === undefined ? {} : { meant }) }))
    }
    const first = yield* say({ a: "primary", b: "replica" })
    const of = (object: KubeObject) => ({ uid: uidOf(object), resourceVersion: versionOf(object) })
    yield* refused(say({ b: "primary" }), "AlreadyExists")
    yield* refused(say({ b: "primary" }, { ...of(first), uid: uidOf(cluster) }), "Invalid")
    const second = yield* say({ b: "primary" }, of(first))
    yield* refused(say({ a: "primary" }, of(first)), "Conflict")
    yield* same(second["data"], { b: "primary" }, "data")
    const third = yield* say({ b: "primary" }, of(second))
    yield* same(versionOf(third), versionOf(second), "version after the same record")
  }),

  law("what a read answers is not changed by later writes", function* (namespace) {
    const created = yield* create(Kinds.ConfigMap, configMap(namespace, "a", { k: "1" }))
    const before = JSON.stringify(created)
    yield* Kubernetes.perform(
      new Apply({ resource: Kinds.ConfigMap, object: configMap(namespace, "a", { k: "2" }), manager: "law" })
    )
    yield* Effect.yieldNow
    yield* same(JSON.stringify(created), before, "the answer")
  })
]

/** Each in a namespace of its own, so they may run in any order and at the same time. */
export const laws: ReadonlyArray<Law> = [...Writes.laws, ...Reads.laws, ...ownCommands]
