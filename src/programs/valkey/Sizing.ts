/**
 * The StatefulSet as it may be applied now: never so few pods that a primary
 * goes with its ordinal, and the pods that run, not those that would.
 */
import * as Effect from "effect/Effect"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Get, Kubernetes } from "../../domain/kube/Kubernetes.ts"
import { field, type KubeObject } from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { ordinalOf } from "../../domain/valkey/Members.ts"
import { asRunning } from "../../domain/valkey/resources/Rollout.ts"
import type { SubResource } from "../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../domain/valkey/Settings.ts"

/** Sentinel moves a primary before its ordinal goes (`failover:5.3`); one that is being promoted counts too. */
export const podsWanted = ({ metadata, spec, status }: Cluster.Cluster): number => {
  const needed = [status.primary?.pod, status.failover?.to?.pod, status.failover?.from?.pod].map((pod) =>
    pod === undefined ? 0 : (ordinalOf(metadata.name, pod) ?? -1) + 1
  )
  return Math.max(spec.replicas, ...needed)
}

const replicasOf = (object: KubeObject | undefined): number => {
  const replicas = field(object, "spec", "replicas")
  return typeof replicas === "number" ? replicas : 0
}

/** Fewer pods only by a record read now: a cache may not know yet who the primary is. */
const replicas = Effect.fnUntraced(function* (
  cluster: Cluster.Cluster,
  live: KubeObject | undefined
): Effect.fn.Return<number, KubeError | Cluster.InvalidCluster, Kubernetes> {
  const wanted = podsWanted(cluster)
  if (wanted >= replicasOf(live)) return wanted
  const { name, namespace, uid } = cluster.metadata
  const object = yield* Kubernetes.perform(new Get({ resource: Cluster.resource, namespace, name }))
  const fresh = yield* Cluster.decode(object)
  return fresh.metadata.uid === uid ? podsWanted(fresh) : replicasOf(live)
})

/** What is applied of it depends on what is there. */
export const isSized = ({ name }: SubResource): boolean => name === "StatefulSet"

/** Any other sub-resource as it is. */
export const sized = Effect.fnUntraced(function* (
  sub: SubResource,
  cluster: Cluster.Cluster,
  live: KubeObject | undefined
): Effect.fn.Return<SubResource, KubeError | Cluster.InvalidCluster, Kubernetes> {
  if (!isSized(sub)) return sub
  const running = asRunning(live, cluster)
  const object: KubeObject = { ...running, spec: { ...running.spec, replicas: yield* replicas(cluster, live) } }
  return { ...sub, object, creation: { _tag: "Object", object, manager: resourcesManager } }
})
