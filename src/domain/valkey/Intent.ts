/**
 * The operator's own record in the status of a cluster: what it has decided,
 * and how far it has come. Changed by compare-and-swap only; the single
 * linearisation point of a failover.
 */

/** The history of replication that a primary leads. */
export interface Lineage {
  readonly replid: string
  /** The history it continues, and the last offset the two share (`second_repl_offset` less one). */
  readonly parent?: { readonly replid: string; readonly offset: number }
}

/** The process that is the primary, and what it leads. */
export interface Primary extends Lineage {
  readonly pod: string
  readonly uid: string
  readonly runId: string
  readonly address: string
}

/** Whom an open failover promotes. */
export interface Target {
  readonly pod: string
  readonly uid: string
  readonly runId: string
}

/**
 * `Fencing`: the old primary and all replicas are being made harmless.
 * `Promoting`: `to` is chosen, `REPLICAOF NO ONE` may have been sent.
 * `Routing`: `primary` is recorded, clients and replicas are being led to it.
 * Phases move forward; only before `Promoting` is there a way back.
 */
export type Phase = "Fencing" | "Promoting" | "Routing"

/** `Planned` fences a primary that lives; `Unplanned` replaces one that does not; `Bootstrap` has none before. */
export type Kind = "Bootstrap" | "Unplanned" | "Planned"

export interface Failover {
  readonly epoch: number
  readonly kind: Kind
  readonly phase: Phase
  readonly from?: Primary
  readonly to?: Target
  /** Where the fenced primary stopped: what a planned target must reach. */
  readonly finalOffset?: number
}

export interface Intent {
  /** Grows with each failover; 0 before the first primary. */
  readonly epoch: number
  /**
   * So many pods, all that were wanted, were heard to be empty when the first
   * primary was chosen, and clients have been led to none since. Absent: one
   * held data, or clients may have been acknowledged something.
   */
  readonly untouched?: number
  readonly primary?: Primary
  readonly failover?: Failover
}

/** What the last failover may have cost, declared: writes acknowledged within the window, together no larger than the bytes. */
export interface LastFailover {
  readonly epoch: number
  readonly kind: Kind
  readonly from?: string
  readonly to: string
  readonly lossBytes: number
  readonly lossMillis: number
}
