/**
 * What the operator's flags say, in the units of the flags (`gungnir:6.1`),
 * and their defaults. A cluster's own fields override them.
 */
export interface Settings {
  /** Between two probes of a node, and the time a probe may take. */
  readonly pingIntervalMillis: number
  /** Silence after which a primary is down when a replica has lost it too. */
  readonly downAfterMillis: number
  /** Silence after which it is down on the operator's word alone. */
  readonly downAfterAloneMillis: number
  /** Between two reconciliations without a trigger. */
  readonly resyncMillis: number
  /** Between two passes of an open failover that waits for nodes; default 10. */
  readonly hurryMillis?: number
}

export const defaults: Settings = {
  pingIntervalMillis: 100,
  downAfterMillis: 500,
  downAfterAloneMillis: 2000,
  resyncMillis: 10_000
}

/** Name under which the operator owns fields of the sub-resources. */
export const resourcesManager = "gungnir-resources"

/** Name under which it owns the client Service's selector, the topology record and the status. */
export const sentinelManager = "gungnir-sentinel"
