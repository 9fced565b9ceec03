/**
 * Continues an open failover from what the nodes say now, whoever opened it
 * and however far it had come (`failover:7.4`, 7.5, 7.7 A and B).
 */
import type { Decision } from "./Decision.ts"
import { elect, isOfLineage, lineageOf } from "./Election.ts"
import type { Facts } from "./Facts.ts"
import { asLastSeen, evidenceAgainst, isCertain, isSilentFor, plightOf, type PodView } from "./Health.ts"
import type { Failover, Primary } from "./Intent.ts"
import {
  candidatesOf,
  isHarmless,
  isNothingToLose,
  isOld,
  isProcess,
  isStaying,
  type Present,
  present,
  type Situation
} from "./Situation.ts"
import { stragglersOf } from "./Stragglers.ts"
import type { Node } from "./Valkey.ts"

export const resume = (situation: Situation, failover: Failover): Decision => {
  switch (failover.phase) {
    case "Fencing":
      return fencing(situation, failover)
    case "Promoting":
      return promoting(situation, failover)
    case "Routing":
      return routing(situation, failover)
  }
}

const fencing = (situation: Situation, failover: Failover): Decision => {
  const nodes = present(situation)
  const alive = nodes.filter(({ facts }) => !facts.loading)
  const old = alive.find(isOld(failover))
  if (failover.kind === "Planned" && old === undefined && !isDown(situation, failover)) {
    return { _tag: "Wait", for: `${failover.from?.pod} to answer, or to count as down` }
  }
  // A planned one keeps the replicas attached: they must receive what the primary still holds for them.
  const exposed = failover.kind === "Planned" && old !== undefined ? [old] : alive
  const unfenced = exposed.filter(({ facts }) => !isHarmless(facts))
  if (unfenced.length > 0) return { _tag: "Fence", failover, nodes: unfenced.map(({ node }) => node) }
  return failover.kind === "Planned" && old !== undefined
    ? planned(situation, failover, nodes, old)
    : unplanned(situation, failover, nodes)
}

/** A probe that a primary misses does not make a planned move an unplanned one: it may serve, and not be fenced yet. */
const isDown = ({ health, pods, thresholds }: Situation, { from }: Failover): boolean =>
  from !== undefined && evidenceAgainst(from, pods, health, thresholds) !== undefined

const planned = (situation: Situation, failover: Failover, nodes: ReadonlyArray<Present>, old: Present): Decision => {
  const target = nodes.find((one) => failover.to !== undefined && isProcess(failover.to)(one))
  const hasAll = target?.facts.replid === old.facts.replid && target.facts.offset === old.facts.offset
  if (target !== undefined && hasAll && isStaying(target.view)) {
    return {
      _tag: "Choose",
      failover: { ...failover, finalOffset: old.facts.offset },
      to: { node: target.node, facts: target.facts, inSync: true }
    }
  }
  const name = failover.to?.pod ?? "the target"
  // Too late: nothing was sent to promote, so the fenced primary, which holds everything, serves on.
  return situation.phaseMillis < situation.patience.toCatchUp
    ? { _tag: "Wait", for: `${name} to catch up with ${old.node.pod}, which is fenced` }
    : { _tag: "Choose", failover, to: { node: old.node, facts: old.facts, inSync: true } }
}

const unplanned = (situation: Situation, failover: Failover, nodes: ReadonlyArray<Present>): Decision => {
  const { from } = failover
  if (from === undefined) return { _tag: "Reconsider", failover, because: "it names no primary to replace" }
  const atLarge = situation.pods.find((view) => view.pod !== from.pod && mayAcknowledge(view))
  const evidence = evidenceAgainst(from, situation.pods, situation.health, situation.thresholds)
  const mayServe = !nodes.some(isOld(failover)) && (evidence === undefined || !isCertain(evidence))
  const mustStarve = mayServe && situation.desire.isSafe && situation.desire.minReplicas > 0
  if (atLarge !== undefined && mustStarve && situation.phaseMillis < situation.patience.toStarve) {
    return { _tag: "Wait", for: `${from.pod} to stop accepting writes, which ${atLarge.pod} may still acknowledge` }
  }
  const { maxOffsetGap } = situation.desire
  const winner = elect({ candidates: candidatesOf(situation, nodes, from, from), lineage: from, maxOffsetGap })
  return winner === undefined ? salvage(situation, failover, from, nodes) : { _tag: "Choose", failover, to: winner }
}

/** It is not known to be harmless, so it may be a replica of the old primary still, or about to be one. */
const mayAcknowledge = ({ answer }: PodView): boolean =>
  answer._tag === "Answered" ? !isHarmless(answer.facts) : answer._tag !== "Gone"

/**
 * No node continues the recorded lineage: all have restarted, or none was ever
 * whole. The recorded primary with what its disk kept had everything, whatever
 * the others hold; without it nobody leads before all are heard (`failover:7.2`),
 * but of a cluster that nobody could have lost anything of.
 */
const salvage = (situation: Situation, failover: Failover, from: Primary, nodes: ReadonlyArray<Present>): Decision => {
  const { desire } = situation
  const own = nodes.find(({ node }) => node.pod === from.pod)
  if (own !== undefined && desire.isPersistent && own.facts.keys > 0 && isStaying(own.view))
    return choice(failover, own)
  const empty = nodes.filter(({ view }) => isStaying(view) && view.ordinal < desire.replicas)
  if (empty.length > 0 && isNothingToLose(situation)) return choice(failover, richest(empty))
  const expected = situation.pods.filter(({ ordinal }) => ordinal < desire.replicas)
  const unheard = expected.find((view) => !isStaying(view)) ?? nodes.find(({ facts }) => facts.loading)?.view
  if (unheard !== undefined || expected.length < desire.replicas) {
    const isAway = unheard?.answer._tag === "Gone" && desire.isPersistent
    const remedy = isAway ? "; if its volume is lost for good, delete its claim and the pod" : ""
    const name = unheard?.pod ?? "a missing pod"
    return { _tag: "Wait", for: `${name}, which ${plightOf(unheard)}: it may hold data${remedy}` }
  }
  const holders = nodes.filter(({ facts }) => facts.keys > 0)
  if (holders.length === 0 && desire.hadData && desire.isPersistent && desire.isSafe) {
    return { _tag: "Halt", because: "every node is empty although the cluster held data" }
  }
  // One that goes leads only if nobody else has data: the others get it from there while it lasts.
  const staying = holders.filter(({ view }) => isStaying(view))
  const pool = staying.length > 0 ? staying : holders.length > 0 ? holders : nodes.filter(({ view }) => isStaying(view))
  const ofLineage = pool.filter(({ facts }) => isOfLineage(facts, from))
  return choice(failover, richest(ofLineage.length > 0 ? ofLineage : pool))
}

const choice = (failover: Failover, { facts, node }: Present): Decision => ({
  _tag: "Choose",
  failover,
  to: { node, facts, inSync: undefined }
})

/** The one with the most evidence of data; where there is none, the lowest ordinal. `nodes` is not empty. */
export const richest = (nodes: ReadonlyArray<Present>): Present =>
  nodes.toSorted(
    (left, right) =>
      Number(right.facts.keys > 0) - Number(left.facts.keys > 0) ||
      Number(right.facts.role === "primary") - Number(left.facts.role === "primary") ||
      right.facts.offset - left.facts.offset ||
      right.facts.keys - left.facts.keys ||
      left.view.ordinal - right.view.ordinal
  )[0]!

const promoting = (situation: Situation, failover: Failover): Decision => {
  const { to } = failover
  if (to === undefined) return { _tag: "Reconsider", failover, because: "it names nobody to promote" }
  const chosen = present(situation).find(isProcess(to))
  if (chosen !== undefined) {
    return chosen.facts.role === "primary"
      ? { _tag: "Adopt", failover, node: chosen.node, facts: chosen.facts }
      : { _tag: "Promote", failover, to: chosen.node }
  }
  const view = situation.pods.find(({ pod }) => pod === to.pod)
  const isMute = view?.uid === to.uid && ["Silent", "NotValkey", "Alive"].includes(view.answer._tag)
  // It may have been promoted: another one only when it counts as down, as any primary would.
  return isMute && !isSilentFor(situation.health, to.pod, situation.thresholds.alone)
    ? { _tag: "Wait", for: `${to.pod} to answer: it may have been promoted` }
    : { _tag: "Reconsider", failover, because: `${to.pod} was chosen and is gone` }
}

/** Whatever dies next, its replicas are told by what is on record: so that is the history it leads now. */
export const relearn = (recorded: Primary, facts: Facts): Decision | undefined => {
  if (facts.replid === recorded.replid) return undefined
  const { address, pod, runId, uid } = recorded
  return { _tag: "Relearn", primary: { pod, uid, runId, address, ...lineageOf(facts) } }
}

/**
 * One that needs replicas cannot do without; else whoever stays, and does not
 * count as down, may be its first in a moment. What one answered last says little:
 * its connection may have ended because of what another operator had under way.
 */
const mayGetReplica = ({ desire, health, pods, thresholds }: Situation, primary: Node): boolean =>
  desire.minReplicas > 0 ||
  pods.some(
    ({ answer, isDeleting, ordinal, pod }) =>
      ["Answered", "Alive", "Silent"].includes(answer._tag) &&
      !(pod === primary.pod || ordinal >= desire.replicas || isDeleting || isSilentFor(health, pod, thresholds.alone))
  )

/**
 * The history of a primary that has never had a replica begins with the first:
 * clients are led to it once that is on record, so that whatever they are
 * answered can be told from then on, and whoever is left can lead it on.
 */
const completion = (situation: Situation, failover: Failover, { facts, node }: Present): Decision => {
  const { patience, phaseMillis } = situation
  const stragglers = stragglersOf(situation, node)
  const isFinal = facts.hasBacklog || phaseMillis >= patience.toConverge || !mayGetReplica(situation, node)
  const isLedOn = !situation.isRoutable || situation.routedTo === node.pod
  const isDone = isFinal && (!isLedOn || situation.isConverged || phaseMillis >= patience.toConverge)
  if (isDone || stragglers.length > 0) return { _tag: "Complete", failover, primary: node, stragglers, isFinal }
  return {
    _tag: "Wait",
    for: isFinal ? `new connections to lead nowhere but to ${node.pod}` : `the first replica of ${node.pod}`
  }
}

const routing = (situation: Situation, failover: Failover): Decision => {
  const { primary: recorded } = situation.intent
  if (recorded === undefined) return { _tag: "Reconsider", failover, because: "it has recorded no primary" }
  const leader = present(situation).find(isProcess(recorded))
  if (leader !== undefined && leader.facts.role === "primary") {
    return relearn(recorded, leader.facts) ?? completion(situation, failover, leader)
  }
  const primary = asLastSeen(recorded, situation.health)
  const evidence = evidenceAgainst(primary, situation.pods, situation.health, situation.thresholds)
  return evidence === undefined
    ? { _tag: "Wait", for: `${primary.pod}, which ${plightOf(situation.pods.find(({ pod }) => pod === primary.pod))}` }
    : { _tag: "Replace", from: primary, evidence }
}
