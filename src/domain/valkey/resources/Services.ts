/**
 * The two Services: one by which pods find each other, one by which clients
 * find the primary.
 */
import { field, type KubeObject } from "../../kube/Object.ts"
import type { Cluster } from "../Cluster.ts"
import { label } from "../Labels.ts"
import { metadata, names, selectorLabels } from "./Metadata.ts"

const ports = (cluster: Cluster) => [
  { name: "valkey", port: cluster.spec.port, targetPort: cluster.spec.port, protocol: "TCP" }
]

/** Names of all pods, ready or not: a node must be found before it can become ready (`failover:5.5`). */
export const headlessService = (cluster: Cluster): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: metadata(cluster, names(cluster.metadata).headlessService),
  spec: {
    type: "ClusterIP",
    clusterIP: "None",
    publishNotReadyAddresses: true,
    selector: selectorLabels(cluster),
    ports: ports(cluster)
  }
})

/**
 * Without a selector, so that it leads nowhere until somebody routes: the
 * selector is the router's field, and applying it here would take it away.
 */
export const clientService = (cluster: Cluster): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: metadata(cluster, names(cluster.metadata).clientService),
  spec: { type: "ClusterIP", ports: ports(cluster) }
})

/** Selects one pod; what `PatchService` routes clients with. */
export const podSelector = (cluster: Cluster, pod: string): Readonly<Record<string, string>> => ({
  ...selectorLabels(cluster),
  [label.podName]: pod
})

/** The pod that a client Service selects as we would have it; undefined: none, or somebody has changed the selector. */
export const routedPod = (cluster: Cluster, service: KubeObject | undefined): string | undefined => {
  const selector = field(service, "spec", "selector")
  const pod = field(selector, label.podName)
  if (typeof selector !== "object" || selector === null || typeof pod !== "string") return undefined
  const ours = Object.entries(podSelector(cluster, pod))
  const isOurs = ours.every(([key, value]) => field(selector, key) === value)
  return isOurs && Object.keys(selector).length === ours.length ? pod : undefined
}
