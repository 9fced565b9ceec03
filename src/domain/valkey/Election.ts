/**
 * Which replica is promoted: one deterministic choice, in place of
 * `gungnir:4.2` and `failover:1.4` (ARCHITECTURE.md, "Decisions").
 */
import type { Facts } from "./Facts.ts"
import type { Lineage } from "./Intent.ts"
import type { Node } from "./Valkey.ts"

/** A node that answered. `inSync`: seen to have caught up with the recorded primary; undefined: nobody looked. */
export interface Candidate {
  readonly node: Node
  readonly facts: Facts
  readonly inSync: boolean | undefined
}

export interface Electorate {
  readonly candidates: ReadonlyArray<Candidate>
  /** Of the recorded primary. */
  readonly lineage: Lineage
  /** Bytes by which a candidate may trail the best one. */
  readonly maxOffsetGap: number
}

/** The history that a primary leads, as it says itself. */
export const lineageOf = ({ replid, replid2, secondOffset }: Facts): Lineage => ({
  replid,
  ...(replid2 === undefined || secondOffset < 1 ? {} : { parent: { replid: replid2, offset: secondOffset - 1 } })
})

/**
 * Its dataset is a part of that history: it carries the id, continues it, or
 * stopped in the parent's history before the two parted (PSYNC 2,
 * `failover:2.2`). Offsets of such nodes count the same bytes.
 */
export const isOfLineage = (facts: Facts, { parent, replid }: Lineage): boolean =>
  facts.replid === replid ||
  facts.replid2 === replid ||
  (parent !== undefined && facts.replid === parent.replid && facts.offset <= parent.offset)

/**
 * How much of that history a node of it has. What one that somebody promoted by
 * hand was told since is of another, and must not outweigh what the others have.
 */
export const offsetIn = ({ replid }: Lineage, { offset, replid: own, replid2, secondOffset }: Facts): number =>
  own !== replid && replid2 === replid ? Math.min(offset, secondOffset - 1) : offset

const isWhole = ({ loading, following }: Facts): boolean => !loading && following?.syncing !== true

/**
 * Eligible: of the recorded lineage, seen in sync, whole, priority not 0, and
 * within `maxOffsetGap` of the best of these. Where nobody was ever looked at
 * (an operator that has just started), lineage and wholeness must do.
 */
export const eligible = ({ candidates, lineage, maxOffsetGap }: Electorate): ReadonlyArray<Candidate> => {
  const electable = candidates.filter(
    ({ facts }) => facts.priority !== 0 && isWhole(facts) && isOfLineage(facts, lineage)
  )
  const seen = electable.filter(({ inSync }) => inSync === true)
  const trusted = seen.length > 0 ? seen : electable.filter(({ inSync }) => inSync === undefined)
  const best = Math.max(...trusted.map(({ facts }) => offsetIn(lineage, facts)))
  return trusted.filter(({ facts }) => offsetIn(lineage, facts) >= best - maxOffsetGap)
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Priority ascending, offset in that history descending, run id ascending, pod name ascending: a total order. */
export const compare =
  (lineage: Lineage) =>
  (left: Candidate, right: Candidate): number =>
    left.facts.priority - right.facts.priority ||
    offsetIn(lineage, right.facts) - offsetIn(lineage, left.facts) ||
    compareText(left.facts.runId, right.facts.runId) ||
    compareText(left.node.pod, right.node.pod)

/** The first of the eligible; undefined exactly if none is eligible. */
export const elect = (electorate: Electorate): Candidate | undefined =>
  eligible(electorate).toSorted(compare(electorate.lineage))[0]
