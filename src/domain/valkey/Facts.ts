/**
 * What one Valkey node says about itself: the facts that decisions are made from.
 */

/** One replica as its primary lists it; refreshed about once a second (`failover:2.1`). */
export interface AttachedReplica {
  readonly address: string
  readonly port: number
  readonly state: string
  readonly offset: number
}

/** Whom a replica follows. */
export interface Following {
  readonly host: string
  readonly port: number
  readonly linkUp: boolean
  /** A full resynchronisation is under way: the dataset is partial. */
  readonly syncing: boolean
  /** -1 when the server does not say. */
  readonly linkDownSeconds: number
}

/**
 * From INFO of the node itself: sections server, replication, persistence,
 * keyspace. `offset` is what has been applied: `slave_repl_offset` of a
 * replica, `master_repl_offset` of a primary (`failover:2.1`).
 */
export interface Facts {
  readonly runId: string
  /** `valkey_version`, else `redis_version`. */
  readonly version: string
  readonly role: "primary" | "replica"
  readonly offset: number
  readonly replid: string
  /** The history this one continues; undefined when none (forty zeros). */
  readonly replid2: string | undefined
  /** Up to where `replid2` and `replid` agree; -1 when none. */
  readonly secondOffset: number
  /**
   * It keeps what its replicas may continue from. A primary that does not takes
   * another `replid`, which tells nothing of the one before, when its first
   * replica attaches (measured on 8.0.1).
   */
  readonly hasBacklog: boolean
  readonly loading: boolean
  /** 0: never promote. */
  readonly priority: number
  /** Keys over all databases. */
  readonly keys: number
  /** min-replicas-to-write is in force: a primary refuses writes without enough attached replicas (`failover:2.5`). */
  readonly guarded: boolean
  /** How many it needs; INFO does not say, so undefined where only INFO was asked. */
  readonly minReplicas?: number
  /** Of a replica. */
  readonly following: Following | undefined
  /** Of a primary, or of a replica with replicas of its own. */
  readonly replicas: ReadonlyArray<AttachedReplica>
}
