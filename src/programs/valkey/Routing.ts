/**
 * Leads clients to the primary: the Service's selector, the published record,
 * and the end of connections that no Service would ever move.
 */
import * as Effect from "effect/Effect"
import type { NotLeader } from "../../domain/Capability.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { BroadcastTopology, CachedList, EmitEvent, Kubernetes, PatchService } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import { type Cluster, resource } from "../../domain/valkey/Cluster.ts"
import type { Failover, Intent } from "../../domain/valkey/Intent.ts"
import { isControlledBy } from "../../domain/valkey/Members.ts"
import { labels, names, ownerReference, selectorText } from "../../domain/valkey/resources/Metadata.ts"
import { podSelector, routedPod } from "../../domain/valkey/resources/Services.ts"
import { sentinelManager } from "../../domain/valkey/Settings.ts"
import { present, type Situation } from "../../domain/valkey/Situation.ts"
import { KillClients, type Node, Valkey } from "../../domain/valkey/Valkey.ts"
import { cached } from "./Observe.ts"
import type { Scene } from "./Scene.ts"

type Led = Pick<Situation, "isPublished" | "isRoutable" | "routedTo" | "taken">

const isPublished = (configMap: KubeObject | undefined, record: Readonly<Record<string, string>>): boolean => {
  const data = configMap?.["data"] as Readonly<Record<string, string>> | undefined
  return data !== undefined && Object.entries(record).every(([name, value]) => data[name] === value)
}

/** How clients are led now. What is somebody else's is named, and counts as done. */
export const ledBy = (
  cluster: Cluster,
  service: KubeObject | undefined,
  configMap: KubeObject | undefined,
  record: Readonly<Record<string, string>>
): Led => {
  const foreign = [service, configMap].filter((object) => object !== undefined && !isOwned(object, cluster))
  return {
    isPublished: foreign.includes(configMap) || isPublished(configMap, record),
    isRoutable: service !== undefined && !foreign.includes(service),
    routedTo: routedPod(cluster, service),
    taken: foreign.map((object) => `${object?.kind} ${object?.metadata.name}`)
  }
}

/** Pins the client Service to the primary, and says whom it leads to. Without one there is nothing to route: `Resources` makes it. */
export const route = Effect.fnUntraced(function* (
  { cluster, situation }: Scene,
  primary: Node
): Effect.fn.Return<Situation["routedTo"], KubeError | NotLeader, Kubernetes> {
  if (situation.routedTo === primary.pod) return primary.pod
  const { namespace } = cluster.metadata
  const name = names(cluster.metadata).clientService
  const service = yield* cached(Kinds.Service, cluster.metadata, name)
  if (service?.metadata.uid === undefined || !isOwned(service, cluster)) return situation.routedTo
  const patched = yield* Kubernetes.perform(
    new PatchService({
      namespace,
      name,
      uid: service.metadata.uid,
      selector: podSelector(cluster, primary.pod),
      manager: sentinelManager
    })
  )
  return routedPod(cluster, patched)
})

const isOwned = (object: KubeObject, cluster: Cluster): boolean => isControlledBy(object, cluster.metadata.uid)

type Slice = {
  readonly endpoints?: ReadonlyArray<{ readonly addresses?: ReadonlyArray<string> }> | null
}

/** Every address that the client Service leads to is the primary's, as far as the cache knows (`failover:5.6`). */
export const hasConverged = Effect.fnUntraced(function* (
  { cluster, situation }: Scene,
  primary: Node
): Effect.fn.Return<boolean, KubeError, Kubernetes> {
  if (!situation.isRoutable) return true
  const { items } = yield* Kubernetes.perform(
    new CachedList({
      resource: Kinds.EndpointSlice,
      namespace: cluster.metadata.namespace,
      // Slices carry the labels of their Service: without these the watch cache could not answer.
      labelSelector: `${selectorText(cluster)},kubernetes.io/service-name=${names(cluster.metadata).clientService}`
    })
  )
  const addresses = items
    .flatMap((slice) => (slice as unknown as Slice).endpoints ?? [])
    .flatMap((one) => one.addresses ?? [])
  return addresses.every((address) => address === primary.address)
})

/** Who replicates whom, as people and clients read it. */
export const topology = (
  { port }: Situation["desire"],
  { epoch, primary }: Intent,
  pods: ReadonlyArray<string>
): Readonly<Record<string, string>> => ({
  epoch: String(epoch),
  primary: primary?.pod ?? "",
  primaryAddress: primary === undefined ? "" : `${primary.address}:${port}`,
  replicas: pods.filter((pod) => pod !== primary?.pod).join(",")
})

/** Tells people and clients. */
export const broadcast = Effect.fnUntraced(function* ({
  cluster,
  situation
}: Scene): Effect.fn.Return<void, KubeError | NotLeader, Kubernetes> {
  const name = names(cluster.metadata).topology
  const live = yield* cached(Kinds.ConfigMap, cluster.metadata, name)
  if (live !== undefined && !isOwned(live, cluster)) return
  yield* Kubernetes.perform(
    new BroadcastTopology({
      namespace: cluster.metadata.namespace,
      name,
      ...(live?.metadata.uid === undefined ? {} : { uid: live.metadata.uid }),
      labels: labels(cluster),
      owner: ownerReference(cluster),
      record: topology(
        situation.desire,
        situation.intent,
        situation.pods.map(({ pod }) => pod)
      ),
      manager: sentinelManager
    })
  )
})

/**
 * Ends the connections to the demoted primary, once new ones no longer lead
 * there; established ones would stay for ever (`failover:5.6`, M17).
 */
export const dismissClients = Effect.fnUntraced(function* (
  { situation }: Scene,
  failover: Failover
): Effect.fn.Return<void, NotLeader, Valkey> {
  const old = present(situation).find(
    ({ node }) => node.pod === failover.from?.pod && node.runId === failover.from.runId
  )
  if (old === undefined || old.facts.role === "primary") return
  yield* Effect.catchTag(Valkey.perform(new KillClients({ node: old.node })), "NodeError", (error) =>
    Effect.logWarning(error.message)
  )
})

/** An Event on the cluster; one that cannot be written is logged, and holds nothing up. */
export const announce = (
  { cluster }: Scene,
  type: "Normal" | "Warning",
  reason: string,
  message: string
): Effect.Effect<void, NotLeader, Kubernetes> =>
  Kubernetes.perform(
    new EmitEvent({
      involved: {
        apiVersion: `${resource.group}/${resource.version}`,
        kind: resource.kind,
        metadata: cluster.metadata
      },
      type,
      reason,
      message,
      component: sentinelManager
    })
  ).pipe(Effect.catchTag("KubeError", (error) => Effect.logWarning(error.message)))
