/**
 * What the Sentinel program writes into the status: the record of intent, and
 * what people read beside it. Nothing here changes every second.
 */
import { type Condition, setCondition } from "../kube/Condition.ts"
import type { Cluster, Status } from "./Cluster.ts"
import type { ConditionType } from "./cluster/Status.ts"
import type { Decision } from "./Decision.ts"
import type { Facts } from "./Facts.ts"
import { type Health, passesSince, type PodView } from "./Health.ts"
import type { Failover, LastFailover, Primary } from "./Intent.ts"
import { follows, nodeOf, present, type Situation } from "./Situation.ts"
import type { Node } from "./Valkey.ts"

/** Bytes that may be under way between a primary and its replicas beyond what was last seen: its socket buffers. */
const inFlightBytes = 4 * 1024 * 1024
/** A pass with a silent node takes two probe intervals; the rest is for a busy machine. */
const millisPerPass = 300
const slackMillis = 1000

/**
 * What a promotion may have cost (`failover:7.5` step 7): everything that the
 * old primary acknowledged after the last look at which the new one had it all.
 */
export const loss = (
  health: Health,
  promotedOffset: number
): { readonly lossBytes: number; readonly lossMillis: number } => {
  const last = health.samples[0]
  const passes = passesSince(health, promotedOffset)
  if (last === undefined || passes === undefined) return { lossBytes: -1, lossMillis: -1 }
  return {
    lossBytes: Math.max(0, last.offset - promotedOffset) + inFlightBytes,
    lossMillis: (passes + 1) * millisPerPass + slackMillis
  }
}

/** The record of a node that has just become the primary. */
export const primaryOf = (node: Node, facts: Facts): Primary => ({
  pod: node.pod,
  uid: node.uid,
  runId: node.runId,
  address: node.address,
  replid: facts.replid,
  ...(facts.replid2 === undefined || facts.secondOffset < 1
    ? {}
    : { parent: { replid: facts.replid2, offset: facts.secondOffset - 1 } })
})

/** What the open failover has cost, for `lastFailover`; a planned one that reached the final offset cost nothing. */
export const lastFailover = (failover: Failover, primary: Primary, facts: Facts, health: Health): LastFailover => {
  const promotedAt = primary.parent?.offset ?? facts.offset
  const isWhole =
    failover.kind === "Bootstrap" || (failover.finalOffset !== undefined && promotedAt >= failover.finalOffset)
  return {
    epoch: failover.epoch,
    kind: failover.kind,
    ...(failover.from === undefined ? {} : { from: failover.from.pod }),
    to: primary.pod,
    ...(isWhole ? { lossBytes: 0, lossMillis: 0 } : loss(health, promotedAt))
  }
}

type Claim = readonly [type: ConditionType, status: "True" | "False", reason: string, message: string]

const withConditions = (status: Status, generation: number, claims: ReadonlyArray<Claim>): ReadonlyArray<Condition> =>
  claims.reduce<ReadonlyArray<Condition>>(
    (conditions, [type, truth, reason, message]) =>
      setCondition(conditions, { type, status: truth, reason, message, observedGeneration: generation }),
    status.conditions
  )

const roleOf = (view: PodView): "Master" | "Replica" | "Unknown" =>
  view.answer._tag !== "Answered" ? "Unknown" : view.answer.facts.role === "primary" ? "Master" : "Replica"

const isHealthy = (view: PodView, leader: Node | undefined): boolean => {
  if (view.answer._tag !== "Answered" || leader === undefined) return false
  const { facts } = view.answer
  return facts.role === "primary" ? view.pod === leader.pod : facts.following?.linkUp === true && follows(facts, leader)
}

const leaderOf = (situation: Situation): Node | undefined => {
  const { primary } = situation.intent
  const view = situation.pods.find(({ pod, uid }) => pod === primary?.pod && uid === primary.uid)
  return view?.answer._tag === "Answered" && view.answer.facts.runId === primary?.runId
    ? nodeOf(view, view.answer.facts, situation)
    : undefined
}

const claims = (cluster: Cluster, situation: Situation, decision: Decision): ReadonlyArray<Claim> => {
  const { failover, primary } = situation.intent
  const leader = leaderOf(situation)
  const healthy = situation.pods.filter((view) => isHealthy(view, leader)).length
  const { replicas } = situation.desire
  const attached = `${healthy} of ${replicas} nodes are attached`
  const isServing = decision._tag === "Settled" && failover === undefined
  const why =
    decision._tag === "Wait" ? `waits for ${decision.for}` : decision._tag === "Halt" ? decision.because : attached
  const isWhole = isServing && healthy >= replicas && situation.pods.length === replicas
  return [
    [
      "Ready",
      isServing ? "True" : "False",
      isServing ? "Serving" : primary === undefined ? "NoPrimary" : decision._tag,
      isServing ? `${primary?.pod} serves; ${attached}` : why
    ],
    ["Progressing", isWhole ? "False" : "True", isWhole ? "Settled" : decision._tag, isWhole ? attached : why],
    [
      "Degraded",
      isServing && !isWhole ? "True" : "False",
      isServing && !isWhole ? "ReplicasMissing" : "AsDesired",
      isWhole ? attached : why
    ],
    [
      "FailoverInProgress",
      failover === undefined ? "False" : "True",
      failover?.kind ?? "None",
      failover === undefined ? "" : `epoch ${failover.epoch}`
    ],
    [
      "DataLoss",
      decision._tag === "Halt" ? "True" : "False",
      decision._tag === "Halt" ? "AllNodesEmpty" : "None",
      decision._tag === "Halt"
        ? `${decision.because}; restore the volumes, or set spec.failover.policy to fast to start empty`
        : ""
    ],
    ...(cluster.spec.replicas < 3
      ? [
          [
            "Unsupported",
            "False",
            "FewReplicas",
            `${cluster.spec.replicas} pods cannot survive the loss of one; 3 can`
          ] as const
        ]
      : [])
  ]
}

const phaseOf = (situation: Situation, decision: Decision): Status["phase"] => {
  if (decision._tag === "Halt") return "Failed"
  if (situation.intent.primary === undefined) return "Creating"
  if (situation.intent.failover !== undefined)
    return situation.intent.failover.kind === "Planned" ? "Updating" : "Failing"
  if (decision._tag === "Wait" || decision._tag === "Replace") return "Failing"
  return situation.pods.length === situation.desire.replicas ? "Running" : "Updating"
}

/** The status that says how things stand; the record of intent stays as it is. */
export const report = (cluster: Cluster, situation: Situation, decision: Decision, selector: string): Status => {
  const leader = leaderOf(situation)
  const { status } = cluster
  return {
    ...status,
    phase: phaseOf(situation, decision),
    readyReplicas: situation.pods.filter(({ isReady }) => isReady).length,
    replicas: situation.pods.length,
    selector,
    observedGeneration: cluster.metadata.generation,
    hadData: status.hadData || present(situation).some(({ facts }) => facts.keys > 0),
    nodeStatuses: situation.pods.map((view) => ({
      podName: view.pod,
      role: roleOf(view),
      healthy: isHealthy(view, leader)
    })),
    conditions: withConditions(status, cluster.metadata.generation, claims(cluster, situation, decision))
  }
}
