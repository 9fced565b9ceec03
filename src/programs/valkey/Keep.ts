/**
 * One object as the cluster wants it: made when it is missing, applied when it
 * has drifted, never taken from somebody else.
 */
import * as Effect from "effect/Effect"
import type { NotLeader } from "../../domain/Capability.ts"
import { drifted } from "../../domain/kube/Drift.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Apply, Create, Get, Kubernetes, OwnByApply } from "../../domain/kube/Kubernetes.ts"
import { ownsByUpdate } from "../../domain/kube/ManagedFields.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import type * as Cluster from "../../domain/valkey/Cluster.ts"
import { isControlledBy } from "../../domain/valkey/Members.ts"
import { NameTaken } from "../../domain/valkey/NameTaken.ts"
import { selectorLabels } from "../../domain/valkey/resources/Metadata.ts"
import type { SubResource } from "../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../domain/valkey/Settings.ts"
import { cached, find } from "./Observe.ts"
import { isSized, sized } from "./Sizing.ts"

export type Failure = KubeError | NotLeader | Cluster.InvalidCluster | NameTaken

export type Made<E = never> = Effect.Effect<KubeObject, KubeError | NotLeader | E, Kubernetes>

/** By absence, as it is. */
export const create = ({ creation, resource }: SubResource): Made =>
  Kubernetes.perform(new Create({ resource, object: creation.object, manager: creation.manager }))

/** A Secret that a person has made for this cluster: nobody's, and it says so itself. */
const isOffered = ({ kind, metadata }: KubeObject, cluster: Cluster.Cluster): boolean =>
  kind === "Secret" &&
  (metadata.ownerReferences ?? []).every(({ controller }) => controller !== true) &&
  Object.entries(selectorLabels(cluster)).every(([name, value]) => metadata.labels?.[name] === value)

/** Another object of that name stays as it is: we wait, and say whose it is. */
const refuseForeign = (live: KubeObject, cluster: Cluster.Cluster): Effect.Effect<void, NameTaken> =>
  isControlledBy(live, cluster.metadata.uid) || isOffered(live, cluster)
    ? Effect.void
    : Effect.fail(
        new NameTaken({
          kind: live.kind,
          namespace: cluster.metadata.namespace,
          name: live.metadata.name ?? "",
          owner: live.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? "nobody"
        })
      )

/** What was created by POST is handed over to apply at once; the password stays with the POST, so that no apply removes it. */
const handOver = ({ creation, resource }: SubResource, live: KubeObject): Made =>
  creation._tag === "Object" && ownsByUpdate(live.metadata.managedFields, creation.manager)
    ? Kubernetes.perform(new OwnByApply({ resource, object: live, manager: creation.manager }))
    : Effect.succeed(live)

/** At rest this reads the cache and sends nothing. `make` answers for its absence. */
export const keep = Effect.fnUntraced(function* <E = never>(
  wanted: SubResource,
  cluster: Cluster.Cluster,
  make: (sub: SubResource) => Made<E>
): Effect.fn.Return<KubeObject, Failure | E, Kubernetes> {
  const { namespace } = cluster.metadata
  const where = { resource: wanted.resource, namespace, name: wanted.object.metadata.name! }
  const live = (yield* cached(wanted.resource, cluster.metadata, where.name)) ?? (yield* find(new Get(where)))
  if (live !== undefined) yield* refuseForeign(live, cluster)
  const sub = yield* sized(wanted, cluster, live)
  if (live === undefined) return yield* Effect.flatMap(make(sub), (made) => handOver(sub, made))
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
