/**
 * The controller that keeps the six sub-resources of a cluster: made when they
 * are missing, applied when they have drifted, never taken from somebody else.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { NotLeader } from "../../domain/Capability.ts"
import type { Controller, Key, Verdict } from "../../domain/Controller.ts"
import { drifted } from "../../domain/kube/Drift.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Apply, Create, CreatePassword, Get, Kubernetes, OwnByApply } from "../../domain/kube/Kubernetes.ts"
import { ownsByUpdate } from "../../domain/kube/ManagedFields.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { unsupportedSpec } from "../../domain/valkey/cluster/Unsupported.ts"
import { isControlledBy, ordinalOf } from "../../domain/valkey/Members.ts"
import { NameTaken } from "../../domain/valkey/NameTaken.ts"
import { passwordKey } from "../../domain/valkey/resources/Config.ts"
import { subResources, type SubResource } from "../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../domain/valkey/Settings.ts"
import { blame } from "./Blame.ts"
import { cached, find } from "./Observe.ts"
import { sources } from "./Sources.ts"

/** What one pass tells the next. */
export interface Memory {
  /** The password last seen in the Secret, base64: a Secret that somebody deletes comes back with the one that the nodes use. */
  readonly password: Redacted.Redacted<string> | undefined
}

const nothing: Memory = { password: undefined }

export type Failure = KubeError | NotLeader | Cluster.InvalidCluster | NameTaken

type Made<A> = Effect.Effect<A, KubeError | NotLeader | NameTaken, Kubernetes>

const at = (sub: SubResource, cluster: Cluster.Cluster) => ({
  resource: sub.resource,
  namespace: cluster.metadata.namespace,
  name: sub.object.metadata.name!
})

/** Another object of that name stays as it is: we wait, and say whose it is. */
const refuseForeign = (live: KubeObject, cluster: Cluster.Cluster): Effect.Effect<void, NameTaken> =>
  isControlledBy(live, cluster.metadata.uid)
    ? Effect.void
    : Effect.fail(
        new NameTaken({
          kind: live.kind,
          namespace: cluster.metadata.namespace,
          name: live.metadata.name ?? "",
          owner: live.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? "nobody"
        })
      )

const passwordOf = (secret: KubeObject): Redacted.Redacted<string> | undefined => {
  const value = (secret["data"] as Readonly<Record<string, unknown>> | undefined)?.[passwordKey]
  return Redacted.isRedacted(value) ? Redacted.make(String(Redacted.value(value))) : undefined
}

/** By absence. A Secret comes back with the password that was there before, while this operator remembers it. */
const create = (sub: SubResource, { password }: Memory): Made<KubeObject> => {
  const { creation, resource } = sub
  if (creation._tag === "Object") {
    return Kubernetes.perform(new Create({ resource, object: creation.object, manager: creation.manager }))
  }
  const { key, manager, object } = creation
  return password === undefined
    ? Kubernetes.perform(new CreatePassword({ object, key, manager }))
    : Kubernetes.perform(new Create({ resource, object: { ...object, data: { [key]: password } }, manager }))
}

/** What was created by POST is handed over to apply at once; the password stays with the POST, so that no apply removes it. */
const handOver = (sub: SubResource, live: KubeObject): Made<KubeObject> => {
  const { creation, resource } = sub
  return creation._tag === "Object" && ownsByUpdate(live.metadata.managedFields, creation.manager)
    ? Kubernetes.perform(new OwnByApply({ resource, object: live, manager: creation.manager }))
    : Effect.succeed(live)
}

/** One sub-resource as it should be. At rest this reads the cache and sends nothing. */
const keep = Effect.fnUntraced(function* (
  sub: SubResource,
  cluster: Cluster.Cluster,
  memory: Memory
): Effect.fn.Return<KubeObject, KubeError | NotLeader | NameTaken, Kubernetes> {
  const where = at(sub, cluster)
  const seen = yield* cached(sub.resource, cluster.metadata, where.name)
  const live = seen ?? (yield* find(new Get(where)))
  if (live === undefined) return yield* Effect.flatMap(create(sub, memory), (made) => handOver(sub, made))
  yield* refuseForeign(live, cluster)
  const owned = yield* handOver(sub, live)
  if (live.metadata.deletionTimestamp !== undefined || !drifted(owned, sub.object, resourcesManager)) return owned
  return yield* Kubernetes.perform(
    new Apply({
      resource: sub.resource,
      manager: resourcesManager,
      object: { ...sub.object, metadata: { ...sub.object.metadata, uid: live.metadata.uid! } }
    })
  )
})

/**
 * How many pods to ask for: never so few that the recorded primary, or the one
 * that is being promoted, goes with its ordinal; Sentinel moves it first
 * (`failover:5.3`).
 */
const podsWanted = ({ metadata, spec, status }: Cluster.Cluster): number => {
  const needed = [status.primary?.pod, status.failover?.to?.pod, status.failover?.from?.pod].map((pod) =>
    pod === undefined ? 0 : (ordinalOf(metadata.name, pod) ?? -1) + 1
  )
  return Math.max(spec.replicas, ...needed)
}

const replicasOf = (object: KubeObject | undefined): number =>
  (object?.["spec"] as { readonly replicas?: number } | undefined)?.replicas ?? 0

/** Fewer pods only by a record read now: a cache may not know yet who the primary is. */
const scaled = Effect.fnUntraced(function* (
  sub: SubResource,
  cluster: Cluster.Cluster
): Effect.fn.Return<SubResource, KubeError | Cluster.InvalidCluster, Kubernetes> {
  if (sub.name !== "StatefulSet") return sub
  const live = yield* cached(sub.resource, cluster.metadata, sub.object.metadata.name!)
  const isShrinking = podsWanted(cluster) < replicasOf(live)
  const { name, namespace, uid } = cluster.metadata
  const fresh = isShrinking
    ? yield* Effect.flatMap(
        Kubernetes.perform(new Get({ resource: Cluster.resource, namespace, name })),
        Cluster.decode
      )
    : cluster
  const replicas = fresh.metadata.uid === uid ? podsWanted(fresh) : Math.max(podsWanted(cluster), replicasOf(live))
  return { ...sub, ...withReplicas(sub, replicas) }
})

const withReplicas = (sub: SubResource, replicas: number): Pick<SubResource, "object" | "creation"> => {
  const object: KubeObject = { ...sub.object, spec: { ...(sub.object["spec"] as object), replicas } }
  return { object, creation: { _tag: "Object", object, manager: resourcesManager } }
}

export const resources: Controller<Memory, Failure, Kubernetes> = {
  name: resourcesManager,
  primary: Cluster.resource,
  sources: sources.filter(({ _tag }) => _tag === "Objects"),
  initialMemory: nothing,
  pass: Effect.fn("Resources.pass")(function* (
    key: Key,
    memory: Memory
  ): Effect.fn.Return<Verdict<Memory>, Failure, Kubernetes> {
    const object = yield* cached(Cluster.resource, key, key.name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { memory: nothing }
    return yield* blame(
      object,
      Effect.gen(function* () {
        const cluster = yield* Cluster.decode(object)
        if (unsupportedSpec(cluster.spec).length > 0) return { memory }
        let password = memory.password
        for (const sub of subResources(cluster)) {
          const live = yield* keep(yield* scaled(sub, cluster), cluster, memory)
          if (sub.name === "Secret") password = passwordOf(live) ?? password
        }
        return { memory: { password } }
      })
    )
  })
}
