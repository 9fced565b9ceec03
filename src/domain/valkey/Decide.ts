/**
 * The one decision of the Sentinel program: from facts and intent to what to
 * do next. Pure and total.
 */
import type { Decision } from "./Decision.ts"
import { elect } from "./Election.ts"
import type { Facts } from "./Facts.ts"
import { asLastSeen, evidenceAgainst, plightOf } from "./Health.ts"
import type { Primary } from "./Intent.ts"
import { relearn, resume, richest } from "./Resume.ts"
import {
  candidatesOf,
  isNothingToLose,
  isProcess,
  isStaying,
  type Present,
  present,
  type Situation
} from "./Situation.ts"
import { stragglersOf } from "./Stragglers.ts"

export const decide = (situation: Situation): Decision => {
  const { failover, primary: recorded } = situation.intent
  if (failover !== undefined) return resume(situation, failover)
  if (recorded === undefined) return bootstrap(situation)
  const primary = asLastSeen(recorded, situation.health)
  const evidence = evidenceAgainst(primary, situation.pods, situation.health, situation.thresholds)
  if (evidence !== undefined) return { _tag: "Replace", from: primary, evidence }
  const leader = present(situation).find(isProcess(primary))
  if (leader === undefined) {
    const plight = plightOf(situation.pods.find(({ pod }) => pod === primary.pod))
    return { _tag: "Wait", for: `${primary.pod}, which ${plight}, to answer` }
  }
  return relearn(recorded, leader.facts) ?? departure(situation, primary, leader) ?? maintain(situation, leader)
}

/** Who of the pods that are wanted does not answer, and why. */
const missing = ({ desire: { replicas }, pods }: Situation): string =>
  Array.from({ length: replicas }, (_, ordinal) => pods.find((view) => view.ordinal === ordinal) ?? ordinal)
    .filter((view) => typeof view === "number" || view.answer._tag !== "Answered")
    .map((view) => (typeof view === "number" ? `the one of ordinal ${view}` : `${view.pod}, which ${plightOf(view)}`))
    .join(", ")

/** Only when every pod answers, so that no dataset is overlooked: one that holds data, else ordinal 0 (`failover:7.2`). */
const bootstrap = (situation: Situation): Decision => {
  const { replicas } = situation.desire
  const nodes = present(situation)
  const wanted = nodes.filter(({ view }) => view.ordinal < replicas)
  if (isNothingToLose(situation)) {
    // All were heard once, and whoever was chosen then is gone.
    const staying = wanted.filter(({ view }) => isStaying(view))
    if (staying.length > 0)
      return { _tag: "Bootstrap", to: richest(staying).node, untouched: situation.intent.untouched }
  }
  if (wanted.length < replicas) {
    const count = `${replicas - wanted.length} of ${replicas} pods`
    return { _tag: "Wait", for: `${count} to answer, which may hold data: ${missing(situation)}` }
  }
  const leaving = nodes.find(({ view }) => view.isDeleting)
  if (leaving !== undefined) return { _tag: "Wait", for: `${leaving.node.pod}, which is being deleted, to come back` }
  const loading = nodes.find(({ facts }) => facts.loading)
  if (loading !== undefined) return { _tag: "Wait", for: `${loading.node.pod} to load its dataset` }
  // A record that was lost says nothing of clients that were led somewhere; the Service does.
  const isUntouched = situation.routedTo === undefined && nodes.every(({ facts }) => facts.keys === 0)
  return { _tag: "Bootstrap", to: richest(nodes).node, untouched: isUntouched ? replicas : undefined }
}

/** A primary that is about to go, by its ordinal or by a deletion, is moved while it answers (`failover:7.4`). */
const departure = (situation: Situation, primary: Primary, leader: Present): Decision | undefined => {
  const { replicas } = situation.desire
  const isSurplus = leader.view.ordinal >= replicas
  if (!isSurplus && !leader.view.isDeleting) return undefined
  // Behind by less than a few probes: so it catches up while the primary is fenced, and no attempt is in vain.
  const oldest = situation.health.samples.at(-1)?.offset ?? Number.MAX_SAFE_INTEGER
  const staying = present(situation).filter(
    ({ facts, view }) =>
      view.ordinal < replicas && facts.role === "replica" && facts.following?.linkUp === true && facts.offset >= oldest
  )
  const to = elect({
    candidates: candidatesOf(situation, staying, primary, undefined).filter(({ inSync }) => inSync === true),
    lineage: primary,
    // It will have caught up before it is promoted, or is not promoted.
    maxOffsetGap: Number.MAX_SAFE_INTEGER
  })
  if (to === undefined) return undefined
  const because = isSurplus ? "its ordinal is being removed" : "its pod is being deleted"
  return { _tag: "SwitchOver", from: primary, to: to.node, because }
}

/** Where the number is not known, whether there is one must do. */
const isGuarded = ({ guarded, minReplicas }: Facts, wanted: number): boolean =>
  minReplicas === undefined ? guarded === wanted > 0 : minReplicas === wanted

const maintain = (situation: Situation, leader: Present): Decision => {
  const stragglers = stragglersOf(situation, leader.node)
  const isRouted = situation.routedTo === leader.node.pod
  const isGuardRight = isGuarded(leader.facts, situation.desire.minReplicas)
  const { isPublished, isRoutable } = situation
  if (!isGuardRight || !isPublished || stragglers.length > 0 || (isRoutable && !isRouted)) {
    return { _tag: "Maintain", primary: leader.node, isRouted, isGuardRight, isPublished, stragglers }
  }
  return isRouted
    ? { _tag: "Settled", primary: leader.node }
    : { _tag: "Wait", for: "a client Service of this cluster, to lead clients to its primary" }
}
