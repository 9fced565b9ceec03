/**
 * The controller that keeps the six sub-resources of a cluster: made when they
 * are missing, applied when they have drifted, never taken from somebody else.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { NotLeader } from "../../domain/Capability.ts"
import type { Controller, Key, Verdict } from "../../domain/Controller.ts"
import { drifted } from "../../domain/kube/Drift.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Apply, Create, CreatePassword, Get, Kubernetes, OwnByApply } from "../../domain/kube/Kubernetes.ts"
import { ownsByUpdate } from "../../domain/kube/ManagedFields.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { unsupportedSpec } from "../../domain/valkey/cluster/Unsupported.ts"
import { isControlledBy } from "../../domain/valkey/Members.ts"
import { NameTaken } from "../../domain/valkey/NameTaken.ts"
import { passwordKey } from "../../domain/valkey/resources/Config.ts"
import { names } from "../../domain/valkey/resources/Metadata.ts"
import { pendingChanges } from "../../domain/valkey/resources/Rollout.ts"
import { subResources, type SubResource } from "../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../domain/valkey/Settings.ts"
import { blame } from "./Blame.ts"
import { cached, find } from "./Observe.ts"
import { isSized, sized } from "./Sizing.ts"
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
  wanted: SubResource,
  cluster: Cluster.Cluster,
  memory: Memory
): Effect.fn.Return<KubeObject, Failure, Kubernetes> {
  const where = at(wanted, cluster)
  const seen = yield* cached(wanted.resource, cluster.metadata, where.name)
  const live = seen ?? (yield* find(new Get(where)))
  if (live !== undefined) yield* refuseForeign(live, cluster)
  const sub = yield* sized(wanted, cluster, live)
  if (live === undefined) return yield* Effect.flatMap(create(sub, memory), (made) => handOver(sub, made))
  const owned = yield* handOver(sub, live)
  if (live.metadata.deletionTimestamp !== undefined || !drifted(owned, sub.object, resourcesManager)) return owned
  const { resourceVersion, uid } = owned.metadata
  // What was decided from the object holds for this version of it only.
  const precondition = { uid: uid!, ...(isSized(sub) ? { resourceVersion: resourceVersion! } : {}) }
  return yield* Kubernetes.perform(
    new Apply({
      resource: sub.resource,
      manager: resourcesManager,
      object: { ...sub.object, metadata: { ...sub.object.metadata, ...precondition } }
    })
  )
})

/** All six, whatever becomes of one: then the first failure. */
const keepAll = Effect.fnUntraced(function* (
  cluster: Cluster.Cluster,
  memory: Memory
): Effect.fn.Return<Memory, Failure, Kubernetes> {
  let password = memory.password
  let failure: Failure | undefined
  for (const sub of subResources(cluster)) {
    const exit = yield* Effect.result(keep(sub, cluster, memory))
    if (Result.isSuccess(exit)) password = sub.name === "Secret" ? (passwordOf(exit.success) ?? password) : password
    else failure ??= exit.failure
  }
  return failure === undefined ? { password } : yield* failure
})

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
    const decoded = Cluster.decode(object)
    if (Exit.isFailure(decoded)) return { memory: yield* blame(object, [], Effect.as(decoded, memory)) }
    const cluster = decoded.value
    const refused = unsupportedSpec(cluster.spec)
    if (refused.length > 0) return { memory: yield* blame(object, refused, Effect.succeed(memory)) }
    const live = yield* cached(Kinds.StatefulSet, key, names(cluster.metadata).statefulSet)
    return { memory: yield* blame(object, pendingChanges(cluster, live), keepAll(cluster, memory)) }
  })
}
