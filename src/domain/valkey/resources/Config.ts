/**
 * The configuration of the servers, and the Secrets of the password they share.
 */
import { hash } from "../../kube/Fnv.ts"
import type { KubeObject } from "../../kube/Object.ts"
import type { Cluster } from "../Cluster.ts"
import type { Durability } from "../cluster/Spec.ts"
import { metadata, names } from "./Metadata.ts"

const needed: Readonly<Record<Durability, (pods: number) => number>> = {
  available: () => 0,
  balanced: (pods) => (pods >= 3 ? 1 : 0),
  strict: (pods) => Math.floor(pods / 2)
}

/**
 * How many attached replicas, heard of within so many seconds, a primary needs
 * to accept writes (`failover:2.5`, `failover:7.8`). Settable on a running
 * server: `SetDurability`.
 */
export const durability = (cluster: Cluster): { readonly minReplicas: number; readonly maxLagSeconds: number } => ({
  minReplicas: needed[cluster.spec.durability](cluster.spec.replicas),
  maxLagSeconds: 2
})

/** Directives that only a restart changes. Who replicates whom is not among them: roles are given, never configured. */
const fixed = (cluster: Cluster): ReadonlyArray<string> => [
  `port ${cluster.spec.port}`,
  "bind 0.0.0.0",
  "protected-mode no",
  "dir /data",
  ...(cluster.spec.persistence.enabled ? ["appendonly yes"] : ["appendonly no", 'save ""']),
  "replica-read-only yes",
  "repl-diskless-sync-delay 0",
  "shutdown-timeout 5"
]

const settable = (cluster: Cluster): ReadonlyArray<string> => {
  const { maxLagSeconds, minReplicas } = durability(cluster)
  return [`min-replicas-to-write ${minReplicas}`, `min-replicas-max-lag ${maxLagSeconds}`]
}

const text = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

export const configMap = (cluster: Cluster): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: metadata(cluster, names(cluster.metadata).configMap),
  data: { "valkey.conf": text([...fixed(cluster), ...settable(cluster)]) }
})

/** Changes when running servers would need a restart to follow the configuration. */
export const checksum = (cluster: Cluster): string => hash(text(fixed(cluster)))

const opaque = (cluster: Cluster, name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: metadata(cluster, name),
  type: "Opaque"
})

/** Without its password: that is written once, and no apply of ours ever names it again, so it stays. */
export const secret = (cluster: Cluster): KubeObject => opaque(cluster, names(cluster.metadata).secret)

/** The same under the name of its copy. */
export const secretCopy = (cluster: Cluster): KubeObject => opaque(cluster, names(cluster.metadata).secretCopy)
