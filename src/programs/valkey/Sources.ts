/**
 * What may wake the controllers of a cluster: every kind that their passes read
 * or write, and the end of a connection to a node.
 */
import type { Key, Source } from "../../domain/Controller.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import { field, type KubeObject } from "../../domain/kube/Object.ts"
import { resource } from "../../domain/valkey/Cluster.ts"
import { label } from "../../domain/valkey/Labels.ts"

const byInstance = (object: KubeObject): ReadonlyArray<Key> => {
  const name = object.metadata.labels?.[label.instance]
  return name === undefined ? [] : [{ namespace: object.metadata.namespace ?? "", name }]
}

const itself = ({ metadata }: KubeObject): ReadonlyArray<Key> => [
  { namespace: metadata.namespace ?? "", name: metadata.name ?? "" }
]

const ours = `${label.name}=valkey`

/** `10.0.0.7:6379`; undefined while the pod has no address. */
const addressOf = (pod: KubeObject): string | undefined => {
  const host = field(pod, "status", "podIP")
  const port = field(pod, "spec", "containers", 0, "ports", 0, "containerPort")
  return typeof host === "string" && host !== "" && typeof port === "number" ? `${host}:${port}` : undefined
}

/** A connection to each node is held: its end is the first sign of a death (`failover:6.1`). */
export const sources: ReadonlyArray<Source> = [
  { _tag: "Objects", resource: resource, keysOf: itself },
  { _tag: "Objects", resource: Kinds.Pod, labelSelector: ours, keysOf: byInstance },
  { _tag: "Objects", resource: Kinds.Service, labelSelector: ours, keysOf: byInstance },
  { _tag: "Objects", resource: Kinds.EndpointSlice, labelSelector: ours, keysOf: byInstance },
  { _tag: "Objects", resource: Kinds.ConfigMap, labelSelector: ours, keysOf: byInstance },
  { _tag: "Objects", resource: Kinds.Secret, labelSelector: ours, keysOf: byInstance },
  { _tag: "Objects", resource: Kinds.StatefulSet, labelSelector: ours, keysOf: byInstance },
  { _tag: "Objects", resource: Kinds.PodDisruptionBudget, labelSelector: ours, keysOf: byInstance },
  {
    _tag: "Nodes",
    resource: Kinds.Pod,
    labelSelector: ours,
    nodesOf: (pod) => {
      const address = addressOf(pod)
      return address === undefined ? [] : byInstance(pod).map((key) => ({ address, key }))
    }
  }
]
