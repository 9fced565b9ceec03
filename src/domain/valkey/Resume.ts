/**
 * Continues an open failover from what the nodes say now, whoever opened it
 * and however far it had come (`failover:7.4`, 7.5, 7.7 A and B).
 */
import type { Decision } from "./Decision.ts"
import { elect, isOfLineage } from "./Election.ts"
import { evidenceAgainst, isCertain } from "./Health.ts"
import type { Failover, Primary } from "./Intent.ts"
import { candidatesOf, isHarmless, isOld, isProcess, type Present, present, type Situation } from "./Situation.ts"
import { stragglersOf } from "./Stragglers.ts"

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
  // A planned one keeps the replicas attached: they must receive what the primary still holds for them.
  const exposed = failover.kind === "Planned" && alive.some(isOld(failover)) ? alive.filter(isOld(failover)) : alive
  const unfenced = exposed.filter(({ facts }) => !isHarmless(facts))
  if (unfenced.length > 0) return { _tag: "Fence", failover, nodes: unfenced.map(({ node }) => node) }
  const old = nodes.find(isOld(failover))
  return failover.kind === "Planned" && old !== undefined
    ? planned(situation, failover, nodes, old)
    : unplanned(situation, failover, nodes)
}

const planned = (situation: Situation, failover: Failover, nodes: ReadonlyArray<Present>, old: Present): Decision => {
  const target = nodes.find((one) => failover.to !== undefined && isProcess(failover.to)(one))
  if (target !== undefined && target.facts.replid === old.facts.replid && target.facts.offset === old.facts.offset) {
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
  const silent = situation.pods.filter(({ answer, pod }) => answer._tag === "Silent" && pod !== from.pod)
  const evidence = evidenceAgainst(from, situation.pods, situation.health, situation.thresholds)
  const mayServe = !nodes.some(isOld(failover)) && (evidence === undefined || !isCertain(evidence))
  const mustStarve = mayServe && silent.length > 0 && situation.desire.isSafe && situation.desire.guarded
  if (mustStarve && situation.phaseMillis < situation.patience.toStarve) {
    return { _tag: "Wait", for: `${from.pod} to stop accepting writes, which ${silent[0]!.pod} may still acknowledge` }
  }
  const { maxOffsetGap } = situation.desire
  const winner = elect({ candidates: candidatesOf(situation, nodes, from, from), lineage: from, maxOffsetGap })
  return winner === undefined ? salvage(situation, failover, from, nodes) : { _tag: "Choose", failover, to: winner }
}

/** No node continues the recorded lineage: all have restarted, or none was ever whole (`failover:7.2`). */
const salvage = (situation: Situation, failover: Failover, from: Primary, nodes: ReadonlyArray<Present>): Decision => {
  const { desire } = situation
  const expected = situation.pods.filter(({ ordinal }) => ordinal < desire.replicas)
  const unheard = expected.find(({ answer }) => answer._tag !== "Answered" || answer.facts.loading)
  if (unheard !== undefined || expected.length < desire.replicas) {
    return { _tag: "Wait", for: `${unheard?.pod ?? "a missing pod"}: it may hold the newest data and does not answer` }
  }
  const holders = nodes.filter(({ facts }) => facts.keys > 0)
  if (holders.length === 0 && desire.hadData && desire.isPersistent && desire.isSafe) {
    return { _tag: "Halt", because: "every node is empty although the cluster held data" }
  }
  const ofLineage = holders.filter(({ facts }) => isOfLineage(facts, from))
  const own = holders.find(({ node }) => node.pod === from.pod)
  const chosen = ofLineage.length > 0 ? richest(ofLineage) : (own ?? richest(holders.length > 0 ? holders : nodes))
  return { _tag: "Choose", failover, to: { node: chosen.node, facts: chosen.facts, inSync: undefined } }
}

/** The one with the most evidence of data; where there is none, the lowest ordinal. `nodes` is not empty. */
export const richest = (nodes: ReadonlyArray<Present>): Present =>
  nodes.toSorted(
    (left, right) =>
      Number(right.facts.role === "primary") - Number(left.facts.role === "primary") ||
      Number(right.facts.keys > 0) - Number(left.facts.keys > 0) ||
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
  const isMute = view?.uid === to.uid && (view.answer._tag === "Silent" || view.answer._tag === "Alive")
  const silent = situation.health.pods[to.pod]?.silentMillis ?? 0
  // It may have been promoted: another one only when it counts as down, as any primary would.
  return isMute && silent < situation.thresholds.alone
    ? { _tag: "Wait", for: `${to.pod} to answer: it may have been promoted` }
    : { _tag: "Reconsider", failover, because: `${to.pod} was chosen and is gone` }
}

const routing = (situation: Situation, failover: Failover): Decision => {
  const { primary } = situation.intent
  if (primary === undefined) return { _tag: "Reconsider", failover, because: "it has recorded no primary" }
  const leader = present(situation).find(isProcess(primary))
  if (leader !== undefined && leader.facts.role === "primary") {
    return { _tag: "Complete", failover, primary: leader.node, stragglers: stragglersOf(situation, leader.node) }
  }
  const evidence = evidenceAgainst(primary, situation.pods, situation.health, situation.thresholds)
  return evidence === undefined
    ? { _tag: "Wait", for: `${primary.pod} to answer` }
    : { _tag: "Replace", from: primary, evidence }
}
