/**
 * Everything the Sentinel program may do next, as one union: the program
 * handles it in a total switch and does nothing that is not named here.
 */
import type { Candidate } from "./Election.ts"
import type { Facts } from "./Facts.ts"
import type { Evidence } from "./Health.ts"
import type { Failover, Primary } from "./Intent.ts"
import type { Node } from "./Valkey.ts"

/** A node that answers and does not follow the primary. A rogue one believes to be a primary itself. */
export interface Straggler {
  readonly node: Node
  readonly isRogue: boolean
}

export type Decision =
  | { readonly _tag: "Settled"; readonly primary: Node }
  | { readonly _tag: "Wait"; readonly for: string }
  /** Nothing is promoted until a person says so. */
  | { readonly _tag: "Halt"; readonly because: string }
  /** Opens a failover without a primary before. `untouched`: see `Intent`. */
  | { readonly _tag: "Bootstrap"; readonly to: Node; readonly untouched: number | undefined }
  /** Opens an unplanned failover. */
  | { readonly _tag: "Replace"; readonly from: Primary; readonly evidence: Evidence }
  /** Opens a planned one. */
  | { readonly _tag: "SwitchOver"; readonly from: Primary; readonly to: Node; readonly because: string }
  /** The open failover makes these harmless. */
  | { readonly _tag: "Fence"; readonly failover: Failover; readonly nodes: ReadonlyArray<Node> }
  /** It records whom it will promote. */
  | { readonly _tag: "Choose"; readonly failover: Failover; readonly to: Candidate }
  | { readonly _tag: "Promote"; readonly failover: Failover; readonly to: Node }
  /** The promoted node is recorded as the primary. */
  | { readonly _tag: "Adopt"; readonly failover: Failover; readonly node: Node; readonly facts: Facts }
  /** The chosen one went before it was recorded: fence and choose again, at the next epoch. */
  | { readonly _tag: "Reconsider"; readonly failover: Failover; readonly because: string }
  /** The recorded primary leads another history than the record says. */
  | { readonly _tag: "Relearn"; readonly primary: Primary }
  /** Clients and replicas are led to the recorded primary, then the failover closes. */
  | {
      readonly _tag: "Complete"
      readonly failover: Failover
      readonly primary: Node
      readonly stragglers: ReadonlyArray<Straggler>
      /** Clients may be led to it. */
      readonly isFinal: boolean
    }
  | {
      readonly _tag: "Maintain"
      readonly primary: Node
      readonly isRouted: boolean
      readonly isGuardRight: boolean
      readonly isPublished: boolean
      readonly stragglers: ReadonlyArray<Straggler>
    }
