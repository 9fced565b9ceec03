/**
 * All that the Sentinel program knows when it decides: what should be, what was
 * decided before, and what the nodes say.
 */
import type { Candidate } from "./Election.ts"
import type { Facts } from "./Facts.ts"
import type { Health, PodView, Thresholds } from "./Health.ts"
import type { Failover, Intent, Lineage, Target } from "./Intent.ts"
import { type Node, nowhere } from "./Valkey.ts"
import type { Credentials } from "./Wire.ts"

/** What the cluster should be, as far as the decision depends on it. */
export interface Desire {
  readonly replicas: number
  readonly port: number
  /** Bytes; see `Election`. */
  readonly maxOffsetGap: number
  /** min-replicas-to-write; 0: a primary accepts writes without any replica. */
  readonly minReplicas: number
  readonly isSafe: boolean
  readonly isPersistent: boolean
  /** A dataset existed: all nodes empty would mean that it is lost. */
  readonly hadData: boolean
}

/** Milliseconds that an open failover waits at most. */
export interface Patience {
  /** For a primary that reaches no replica to stop accepting writes: max-lag + 2 s (`failover:2.5`, M13). */
  readonly toStarve: number
  /** For the target of a planned switchover to catch up (`failover:7.8`). */
  readonly toCatchUp: number
  /** For a promoted primary to begin its history with a replica, and for new connections to lead nowhere else. */
  readonly toConverge: number
}

export interface Situation {
  readonly desire: Desire
  readonly intent: Intent
  readonly pods: ReadonlyArray<PodView>
  readonly health: Health
  readonly thresholds: Thresholds
  readonly patience: Patience
  /** For how long, at least, the open failover has been in its present phase. */
  readonly phaseMillis: number
  /** The published topology record is that of the intent, or cannot be ours. */
  readonly isPublished: boolean
  /** There is a client Service of ours. */
  readonly isRoutable: boolean
  /** The pod that the client Service selects; undefined: none, or no single one. */
  readonly routedTo: string | undefined
  /** New connections lead to nobody but the primary, as far as the cache knows; looked at while clients are led on. */
  readonly isConverged: boolean
  /** Objects that bear a name of ours and belong to somebody else. */
  readonly taken: ReadonlyArray<string>
  /** What the API keeps refusing, that no failover waits for. */
  readonly refused: ReadonlyArray<string>
  readonly credentials: Credentials
}

/** A pod whose node answered. */
export interface Present {
  readonly view: PodView
  readonly facts: Facts
  readonly node: Node
}

export const nodeOf = (view: PodView, facts: Facts, { credentials, desire }: Situation): Node => ({
  pod: view.pod,
  uid: view.uid,
  address: view.address ?? "",
  port: desire.port,
  credentials,
  runId: facts.runId
})

export const present = (situation: Situation): ReadonlyArray<Present> =>
  situation.pods.flatMap((view) =>
    view.answer._tag === "Answered"
      ? [{ view, facts: view.answer.facts, node: nodeOf(view, view.answer.facts, situation) }]
      : []
  )

/** The very process that was recorded: same pod, same uid, same run. */
export const isProcess =
  (target: Target) =>
  ({ node }: Present): boolean =>
    node.pod === target.pod && node.uid === target.uid && node.runId === target.runId

/** The old primary of a failover, while its process lives. */
export const isOld =
  ({ from }: Failover) =>
  (one: Present): boolean =>
    from !== undefined && isProcess(from)(one)

/** Answers with a whole dataset, and is not about to go. */
export const isStaying = ({ answer, isDeleting }: PodView): boolean =>
  answer._tag === "Answered" && !answer.facts.loading && !isDeleting

/**
 * Nothing can be on the pods that are not heard: all of them were empty when
 * they were, nobody was led to any since, and those that are heard are empty
 * still. So none has to be waited for; a dataset of an earlier life on a volume
 * was heard then, or is of a pod that was not counted, and is waited for.
 */
export const isNothingToLose = ({ desire, intent, pods }: Situation): boolean =>
  !desire.hadData &&
  desire.replicas <= (intent.untouched ?? 0) &&
  pods.every(({ answer }) => answer._tag !== "Answered" || (answer.facts.keys === 0 && !answer.facts.loading))

/** Follows nobody that exists: takes no write, loses no data. */
export const isHarmless = ({ following, role }: Facts): boolean =>
  role === "replica" && following?.host === nowhere.host && following.port === nowhere.port

export const follows = ({ following, role }: Facts, primary: Node): boolean =>
  role === "replica" && following?.host === primary.address && following.port === primary.port

/**
 * Those that may be elected to lead on from `lineage`. What was seen to be in
 * sync counts for the same process and the same lineage; the process that led
 * it needs no witness.
 */
export const candidatesOf = (
  { health }: Situation,
  among: ReadonlyArray<Present>,
  lineage: Lineage,
  leader: Target | undefined
): ReadonlyArray<Candidate> => {
  const hasLooked = Object.values(health.pods).some(({ syncedWith }) => syncedWith === lineage.replid)
  return among
    .filter(({ view }) => !view.isDeleting)
    .map((one) => {
      const seen = health.pods[one.node.pod]
      const isSeen = seen?.runId === one.node.runId && seen.syncedWith === lineage.replid
      const isLeader = leader !== undefined && isProcess(leader)(one)
      return { node: one.node, facts: one.facts, inSync: isSeen || isLeader ? true : hasLooked ? false : undefined }
    })
}
