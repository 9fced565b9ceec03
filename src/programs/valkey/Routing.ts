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
import { type Cluster, type InvalidCluster, resource } from "../../domain/valkey/Cluster.ts"
import type { Failover, Intent } from "../../domain/valkey/Intent.ts"
import { fieldsOf, isControlledBy } from "../../domain/valkey/Members.ts"
import { labels, names, ownerReference, selectorText } from "../../domain/valkey/resources/Metadata.ts"
import { podSelector, routedPod } from "../../domain/valkey/resources/Services.ts"
import { sentinelManager } from "../../domain/valkey/Settings.ts"
import { present, type Situation } from "../../domain/valkey/Situation.ts"
import { KillClients, type Node, Valkey } from "../../domain/valkey/Valkey.ts"
import { attempt, type Scene, type Written } from "./Scene.ts"

type Led = Pick<Situation, "isPublished" | "isRoutable" | "routedTo" | "taken">
type Published = { readonly [field: string]: string }

const isPublished = (configMap: KubeObject | undefined, record: Published): boolean => {
  const data = fieldsOf(configMap?.["data"])
  return Object.entries(record).every(([name, value]) => data[name] === value)
}

const versionOf = (object: KubeObject | undefined): string | undefined => object?.metadata.resourceVersion

/** What the cache does not show yet. */
export const stillHidden = ({ record, route }: Written, { service, topology }: Scene["objects"]): Written => ({
  ...(route !== undefined && route.before === versionOf(service) ? { route } : {}),
  ...(record !== undefined && record.before === versionOf(topology) ? { record } : {})
})

/** How clients are led now. What is somebody else's is named, and counts as done. */
export const ledBy = (cluster: Cluster, objects: Scene["objects"], hidden: Written, record: Published): Led => {
  const { service, topology: configMap } = objects
  const foreign = [service, configMap].filter((object) => object !== undefined && !isOwned(object, cluster))
  const isTold = hidden.record === undefined ? isPublished(configMap, record) : hidden.record.text === textOf(record)
  return {
    isPublished: foreign.includes(configMap) || isTold,
    isRoutable: service !== undefined && !foreign.includes(service),
    routedTo: hidden.route === undefined ? routedPod(cluster, service) : hidden.route.pod,
    taken: foreign.map((object) => `${object?.kind} ${object?.metadata.name}`)
  }
}

const textOf = (record: Published): string => JSON.stringify(record)

/**
 * Pins the client Service to the primary, of the version that this was decided
 * from: an operator that crashed may have left a patch under way, and must not
 * lead clients back once another one has led them on. Never tried again with a
 * later version before the next look: whoever wrote that may know more. Without
 * a Service there is nothing to route: `Resources` makes it.
 */
export const route = (scene: Scene, primary: Node): Effect.Effect<Scene, NotLeader | InvalidCluster, Kubernetes> => {
  const { cluster, objects, situation } = scene
  const { service } = objects
  if (situation.routedTo === primary.pod || service === undefined || !isOwned(service, cluster)) {
    return Effect.succeed(scene)
  }
  const meant = versionMeant(service, scene.written.route)
  if (meant === undefined) return Effect.succeed(scene)
  const patch = new PatchService({
    namespace: cluster.metadata.namespace,
    name: names(cluster.metadata).clientService,
    ...meant,
    selector: podSelector(cluster, primary.pod),
    manager: sentinelManager
  })
  const led = (answer: KubeObject): Scene => ({
    ...scene,
    written: {
      ...scene.written,
      route: { before: versionOf(service), version: versionOf(answer), pod: primary.pod }
    },
    situation: { ...situation, routedTo: primary.pod }
  })
  return attempt(scene, "Route", Effect.map(Kubernetes.perform(patch), led))
}

/** Of what is there, as far as is known: what this operator has written itself is known by its answer first. */
const versionMeant = (
  object: KubeObject | undefined,
  hidden: { readonly version: string | undefined } | undefined
): { readonly uid: string; readonly resourceVersion: string } | undefined => {
  const { uid } = object?.metadata ?? {}
  const resourceVersion = hidden?.version ?? versionOf(object)
  return uid === undefined || resourceVersion === undefined ? undefined : { uid, resourceVersion }
}

const isOwned = (object: KubeObject, cluster: Cluster): boolean => isControlledBy(object, cluster.metadata.uid)

const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** Every address that the client Service leads to is the primary's, as far as the cache knows (`failover:5.6`). */
export const hasConverged = Effect.fnUntraced(function* (
  cluster: Cluster,
  { address }: Pick<Node, "address">
): Effect.fn.Return<boolean, KubeError, Kubernetes> {
  const { items } = yield* Kubernetes.perform(
    new CachedList({
      resource: Kinds.EndpointSlice,
      namespace: cluster.metadata.namespace,
      // Slices carry the labels of their Service: without these the watch cache could not answer.
      labelSelector: `${selectorText(cluster)},kubernetes.io/service-name=${names(cluster.metadata).clientService}`
    })
  )
  const addresses = items
    .flatMap((slice) => list(slice["endpoints"]))
    .flatMap((one) => list(fieldsOf(one)["addresses"]))
  return addresses.every((one) => one === address)
})

/** Who replicates whom, as people and clients read it. */
const topology = (
  { port }: Situation["desire"],
  { epoch, primary }: Intent,
  pods: ReadonlyArray<string>
): Published => ({
  epoch: String(epoch),
  primary: primary?.pod ?? "",
  primaryAddress: primary === undefined ? "" : `${primary.address}:${port}`,
  replicas: pods.filter((pod) => pod !== primary?.pod).join(",")
})

/** The record of a situation. */
export const recordOf = ({ desire, intent, pods }: Pick<Situation, "desire" | "intent" | "pods">): Published =>
  topology(
    desire,
    intent,
    pods.map(({ pod }) => pod)
  )

/** Tells people and clients. */
export const broadcast = (scene: Scene): Effect.Effect<Scene, NotLeader | InvalidCluster, Kubernetes> => {
  const { cluster, objects, situation } = scene
  const live = objects.topology
  if (live !== undefined && !isOwned(live, cluster)) return Effect.succeed(scene)
  const meant = versionMeant(live, scene.written.record)
  const record = recordOf(situation)
  const command = new BroadcastTopology({
    namespace: cluster.metadata.namespace,
    name: names(cluster.metadata).topology,
    ...(meant === undefined ? {} : { meant }),
    labels: labels(cluster),
    owner: ownerReference(cluster),
    record,
    manager: sentinelManager
  })
  const told = (answer: KubeObject): Scene => ({
    ...scene,
    written: {
      ...scene.written,
      record: { before: versionOf(live), version: versionOf(answer), text: textOf(record) }
    },
    situation: { ...situation, isPublished: true }
  })
  return attempt(scene, "Publish", Effect.map(Kubernetes.perform(command), told))
}

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
