/**
 * How many pods a drain may take away at once.
 */
import type { KubeObject } from "../../kube/Object.ts"
import type { Cluster } from "../Cluster.ts"
import { metadata, names, selectorLabels } from "./Metadata.ts"

/**
 * A minority (`gungnir:G13`), but at least one: a budget of none would block the
 * drain of a node for ever. A pod that is not ready may always go.
 */
export const podDisruptionBudget = (cluster: Cluster): KubeObject => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: metadata(cluster, names(cluster.metadata).podDisruptionBudget),
  spec: {
    maxUnavailable: Math.max(1, Math.floor((cluster.spec.replicas - 1) / 2)),
    unhealthyPodEvictionPolicy: "AlwaysAllow",
    selector: { matchLabels: selectorLabels(cluster) }
  }
})
