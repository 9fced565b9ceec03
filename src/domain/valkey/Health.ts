/**
 * What is known of each pod of a cluster: what it answered just now, and what
 * a pass must remember of it for the next. Ages are no clock readings and stop at
 * the largest that anybody reads, so that a memory has finitely many values.
 */
import type { Facts } from "./Facts.ts"
import { lineageOf } from "./Election.ts"
import type { Lineage, Primary } from "./Intent.ts"
import type { Member } from "./Members.ts"

/** What came back from a pod's address within one probe. */
export type Answer =
  | { readonly _tag: "Answered"; readonly facts: Facts }
  /** A process lives there but says no more: LOADING, BUSY, MASTERDOWN. */
  | { readonly _tag: "Alive"; readonly reason: string }
  | { readonly _tag: "Silent" }
  /** No process listens, or the pod has no address. */
  | { readonly _tag: "Gone" }
  /** What answers is not known to be a node of this cluster, but may be: another password, an answer that is no INFO. */
  | { readonly _tag: "Foreign"; readonly reason: string }
  /** What listens does not speak the protocol: no client is served there, and nothing can be asked. */
  | { readonly _tag: "NotValkey" }

/** A pod as the API names it, with what its address answered. */
export interface PodView extends Member {
  readonly answer: Answer
}

/** What is the matter with a pod that does not answer as a node: "v-1 does not answer". */
export const plightOf = (view: PodView | undefined): string => {
  if (view === undefined) return "does not exist"
  const { address, answer, isDeleting } = view
  switch (answer._tag) {
    case "Answered":
      return answer.facts.loading
        ? "loads its dataset"
        : isDeleting
          ? "is being deleted"
          : "is not the process on record"
    case "Alive":
      return `answers ${answer.reason}`
    case "Silent":
      return "does not answer"
    case "Gone":
      return address === undefined ? "does not run" : "refuses connections"
    case "Foreign":
      return `is no node of this cluster: ${answer.reason}`
    case "NotValkey":
      return "is no node of this cluster: NotValkey, what listens there does not speak the protocol"
  }
}

/** What the next pass must know of one pod; forgotten with its uid. */
export interface Seen {
  readonly uid: string
  readonly runId: string | undefined
  /** For how long no word of a server has come back from it; undefined: one did. Stops at `maxAgeMillis`. */
  readonly silentMillis: number | undefined
  /** Probes in a row that none came back from; stops counting at `minSilentProbes`. */
  readonly silentProbes: number
  /** Of the primary that this process was seen to have caught up with (`failover:2.1`, M19). */
  readonly syncedWith: string | undefined
}

/** Where the recorded primary was, so long ago; the age stops at `maxAgeMillis`. */
export interface Sample {
  readonly offset: number
  readonly ageMillis: number
}

export interface Health {
  readonly pods: { readonly [pod: string]: Seen }
  /**
   * What the recorded primary led when it was last seen. Not always what was
   * recorded: a primary without a backlog takes a new id when its first replica
   * attaches (measured on 8.0.1). `looks`: how often it was seen to lead that;
   * stops counting at `minLooks`.
   */
  readonly led: ({ readonly runId: string; readonly looks: number } & Lineage) | undefined
  /** The newest first; at most `maxSamples`. */
  readonly samples: ReadonlyArray<Sample>
}

export const unknown: Health = { pods: {}, led: undefined, samples: [] }

const maxSamples = 4
export const maxAgeMillis = 60_000

/**
 * Time alone is no silence: an operator that stood still for two seconds has
 * heard nothing in them because it did not ask (`failover:G9`).
 */
export const minSilentProbes = 3

/** Looks at a primary after which it is known who is in sync: what one has at the first, the others have at the next. */
export const minLooks = 3

/** Milliseconds after which silence means down: with a witness, and without. */
export interface Thresholds {
  readonly withWitness: number
  readonly alone: number
}

const isPrimaryNow = (view: PodView, primary: Primary | undefined): boolean =>
  primary !== undefined &&
  view.answer._tag === "Answered" &&
  view.uid === primary.uid &&
  view.answer.facts.runId === primary.runId &&
  view.answer.facts.role === "primary"

/** A replica that has applied all that the primary had at the pass before, on its present link. */
const hasCaughtUp = (facts: Facts, primary: Facts | undefined, sample: Sample | undefined): boolean =>
  facts.role === "replica" &&
  facts.following?.linkUp === true &&
  !facts.following.syncing &&
  primary !== undefined &&
  facts.replid === primary.replid &&
  sample !== undefined &&
  facts.offset >= sample.offset

/** No word of a server: nothing at all, or what no server would say. */
const isWordless = ({ _tag }: Answer): boolean => _tag === "Silent" || _tag === "NotValkey"

const ledBy = (leading: Facts | undefined, before: Health["led"]): Health["led"] => {
  if (leading === undefined) return before
  const isSame = before?.runId === leading.runId && before.replid === leading.replid
  const looks = isSame ? Math.min(before.looks + 1, minLooks) : 1
  return { runId: leading.runId, looks, ...lineageOf(leading) }
}

/** The memory after one more look. Pods that are gone from the API are forgotten. */
export const look = (before: Health, views: ReadonlyArray<PodView>, primary: Primary | undefined): Health => {
  const leader = views.find((view) => isPrimaryNow(view, primary))?.answer
  const leading = leader?._tag === "Answered" ? leader.facts : undefined
  const last = before.samples[0]
  const pods: Record<string, Seen> = {}
  for (const view of views.toSorted((left, right) => left.ordinal - right.ordinal)) {
    const { answer } = view
    const known = before.pods[view.pod]
    const kept = known?.uid === view.uid ? known : undefined
    const runId = answer._tag === "Answered" ? answer.facts.runId : kept?.runId
    const isSameProcess = kept !== undefined && kept.runId === runId
    pods[view.pod] = {
      uid: view.uid,
      runId,
      silentMillis: isWordless(answer) ? (kept?.silentMillis ?? 0) : undefined,
      silentProbes: isWordless(answer) ? Math.min((kept?.silentProbes ?? 0) + 1, minSilentProbes) : 0,
      syncedWith:
        answer._tag === "Answered" && hasCaughtUp(answer.facts, leading, last)
          ? answer.facts.replid
          : isSameProcess
            ? kept.syncedWith
            : undefined
    }
  }
  const samples = leading === undefined ? before.samples : [{ offset: leading.offset, ageMillis: 0 }, ...before.samples]
  return { pods, led: ledBy(leading, before.led), samples: samples.slice(0, maxSamples) }
}

/** No word of a server has come back from this pod for so long, by probes and by time. */
export const isSilentFor = ({ pods }: Health, pod: string, millis: number): boolean => {
  const seen = pods[pod]
  return seen !== undefined && seen.silentProbes >= minSilentProbes && (seen.silentMillis ?? 0) >= millis
}

/** The same some time later. */
export const aged = (health: Health, millis: number): Health => ({
  pods: Object.fromEntries(
    Object.entries(health.pods).map(([pod, seen]) => [
      pod,
      seen.silentMillis === undefined
        ? seen
        : { ...seen, silentMillis: Math.min(seen.silentMillis + millis, maxAgeMillis) }
    ])
  ),
  led: health.led,
  samples: health.samples.map(({ ageMillis, offset }) => ({
    offset,
    ageMillis: Math.min(ageMillis + millis, maxAgeMillis)
  }))
})

/** How long ago the primary was last seen at or before `offset`; undefined: longer than remembered. */
export const millisSince = (health: Health, offset: number): number | undefined => {
  const age = health.samples.find((sample) => sample.offset <= offset)?.ageMillis
  return age === undefined || age >= maxAgeMillis ? undefined : age
}

/**
 * `ProcessEnded`: nothing listens at its address. `ProcessReplaced`: another
 * process does. Both are certain. `PodReplaced`: the API has another pod, none,
 * or one that has ended, while the old process may run on a lost node.
 * `RoleLost`: it lives and follows somebody. `Silence`: it may live. `NotValkey`:
 * something else listens at its address and no replica hears it; it may live
 * behind that, out of the operator's reach.
 */
export type Evidence = "ProcessEnded" | "ProcessReplaced" | "PodReplaced" | "RoleLost" | "Silence" | "NotValkey"

/** The old process accepts no more writes. */
export const isCertain = (evidence: Evidence): boolean =>
  evidence === "ProcessEnded" || evidence === "ProcessReplaced" || evidence === "RoleLost"

/** A replica of the primary whose link has broken; not one that has just started, or is being given the dataset. */
const isWitness = ({ answer }: PodView, primary: Primary): boolean => {
  const following = answer._tag === "Answered" ? answer.facts.following : undefined
  return following !== undefined && following.host === primary.address && !following.linkUp && !following.syncing
}

/** A replica that hears it: whatever answers the operator, the process lives and replicates. */
const isListener = ({ answer }: PodView, primary: Primary): boolean => {
  const following = answer._tag === "Answered" ? answer.facts.following : undefined
  return following !== undefined && following.host === primary.address && following.linkUp
}

/** Silence counts only while the operator reaches somebody else: an operator that reaches nobody is the one that is cut off. */
const hasGoneSilent = (
  primary: Primary,
  views: ReadonlyArray<PodView>,
  health: Health,
  thresholds: Thresholds
): boolean => {
  const others = views.filter(({ answer, pod }) => pod !== primary.pod && answer._tag === "Answered")
  const reachesMajority = others.length * 2 > views.length - 1 || others.length === views.length - 1
  if (others.length === 0 || !reachesMajority) return false
  const hasWitness = others.some((other) => isWitness(other, primary))
  return isSilentFor(health, primary.pod, hasWitness ? thresholds.withWitness : thresholds.alone)
}

/**
 * Whether the recorded primary must be replaced, and why (`failover:6.1`). One
 * that refuses our password, is busy or loads is a server, which may acknowledge
 * writes: it is waited for (`failover:I7`). What is no server acknowledges none,
 * so it counts as silence does (`failover:H3`); a proxy that answers the operator
 * in its place is told by the replicas, which go on hearing it.
 */
export const evidenceAgainst = (
  primary: Primary,
  views: ReadonlyArray<PodView>,
  health: Health,
  thresholds: Thresholds
): Evidence | undefined => {
  const view = views.find(({ pod }) => pod === primary.pod)
  if (view === undefined || view.uid !== primary.uid) return "PodReplaced"
  switch (view.answer._tag) {
    case "Gone":
      return view.address === undefined ? "PodReplaced" : "ProcessEnded"
    case "Answered":
      if (view.answer.facts.runId !== primary.runId) return "ProcessReplaced"
      return view.answer.facts.role === "primary" ? undefined : "RoleLost"
    case "Alive":
    case "Foreign":
      return undefined
    case "Silent":
      return hasGoneSilent(primary, views, health, thresholds) ? "Silence" : undefined
    case "NotValkey": {
      const isHeard = views.some((other) => isListener(other, primary))
      return !isHeard && hasGoneSilent(primary, views, health, thresholds) ? "NotValkey" : undefined
    }
  }
}

/** The record of a primary with the history that it led when it was last seen. */
export const asLastSeen = (primary: Primary, { led }: Health): Primary => {
  if (led === undefined || led.runId !== primary.runId || led.replid === primary.replid) return primary
  const { address, pod, runId, uid } = primary
  const { parent, replid } = led
  return { pod, uid, runId, address, replid, ...(parent === undefined ? {} : { parent }) }
}
