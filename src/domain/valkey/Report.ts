/**
 * What the Sentinel program writes into the status: the record of intent, and
 * what people read beside it. Nothing here changes every second.
 */
import { type Condition, setCondition } from "../kube/Condition.ts"
import type { Cluster, Status } from "./Cluster.ts"
import type { ConditionType } from "./cluster/Status.ts"
import type { Decision } from "./Decision.ts"
import { lineageOf } from "./Election.ts"
import type { Facts } from "./Facts.ts"
import { evidenceAgainst, type Health, isCertain, millisSince, minLooks, plightOf, type PodView } from "./Health.ts"
import type { Failover, LastFailover, Primary } from "./Intent.ts"
import { follows, isOld, isProcess, present, type Situation } from "./Situation.ts"
import type { Node } from "./Valkey.ts"

/** Bytes that may be under way between a primary and its replicas beyond what was last seen: its socket buffers. */
const inFlightBytes = 4 * 1024 * 1024
/** From the look at the nodes to the record of the promotion, on a busy machine. */
const slackMillis = 1000

/** -1: not bounded. */
type Loss = Pick<LastFailover, "lossBytes" | "lossMillis">

const unbounded: Loss = { lossBytes: -1, lossMillis: -1 }

/**
 * What a promotion may have cost (`failover:7.5` step 7): everything that the
 * old primary acknowledged after the last look at which the new one had it all.
 * The bytes are known as long as there was not much time for more of them.
 */
export const loss = (health: Health, promotedOffset: number): Loss => {
  const last = health.samples[0]
  const age = millisSince(health, promotedOffset)
  if (last === undefined || age === undefined) return unbounded
  return {
    lossBytes: last.ageMillis > slackMillis ? -1 : Math.max(0, last.offset - promotedOffset) + inFlightBytes,
    lossMillis: age + slackMillis
  }
}

/**
 * One that was neither fenced nor seen to have ended may acknowledge writes
 * still, whatever their size: until it notices that it has lost its replicas,
 * or for ever, when it needs none (`failover:2.5`, inv-I11).
 */
const lossOfOneAtLarge = ({ lossMillis }: Loss, { desire, patience }: Situation): Loss => ({
  lossBytes: -1,
  lossMillis: lossMillis < 0 || desire.minReplicas === 0 ? -1 : lossMillis + patience.toStarve
})

/** Offsets of another history, such as that of a node which somebody promoted by hand, say nothing of what is lost. */
const isContinued = (from: Primary | undefined, parent: Primary["parent"]): boolean =>
  parent === undefined || parent.replid === from?.replid || parent.replid === from?.parent?.replid

const mayServe = (situation: Situation, failover: Failover): boolean => {
  const { from } = failover
  if (from === undefined) return false
  const old = present(situation).find(isOld(failover))
  if (old !== undefined) return old.facts.role === "primary"
  const { health, pods, thresholds } = situation
  const evidence = evidenceAgainst(from, pods, health, thresholds)
  return evidence === undefined || !isCertain(evidence)
}

/** The record of a node that has just become the primary. */
export const primaryOf = ({ address, pod, runId, uid }: Node, facts: Facts): Primary => ({
  pod,
  uid,
  runId,
  address,
  ...lineageOf(facts)
})

/** What the open failover has cost, for `lastFailover`; a planned one that reached the final offset cost nothing. */
export const lastFailover = (
  situation: Situation,
  failover: Failover,
  primary: Primary,
  facts: Facts
): LastFailover => {
  const { parent } = primary
  const promotedAt = parent?.offset ?? facts.offset
  const { desire, intent } = situation
  const isWhole =
    failover.kind === "Bootstrap" ||
    // Nobody was ever led to the one before.
    (intent.untouched !== undefined && !desire.hadData) ||
    (failover.finalOffset !== undefined && promotedAt >= failover.finalOffset)
  const lost = isContinued(failover.from, parent) ? loss(situation.health, promotedAt) : unbounded
  return {
    epoch: failover.epoch,
    kind: failover.kind,
    ...(failover.from === undefined ? {} : { from: failover.from.pod }),
    to: primary.pod,
    ...(isWhole
      ? { lossBytes: 0, lossMillis: 0 }
      : mayServe(situation, failover)
        ? lossOfOneAtLarge(lost, situation)
        : lost)
  }
}

/** What it may have cost, as people read it; undefined: nothing. */
export const costText = ({ lossBytes, lossMillis }: LastFailover): string | undefined => {
  if (lossBytes === 0 && lossMillis === 0) return undefined
  const window = lossMillis < 0 ? "writes may be lost, since an unknown time" : `writes of ${lossMillis} ms may be lost`
  return lossBytes < 0 ? window : `${window}, ${lossBytes} bytes at most`
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

/** The primary, or a replica that is attached to it and was seen to have all that it had. */
const isHealthy = ({ health, intent }: Situation, view: PodView, leader: Node | undefined): boolean => {
  if (view.answer._tag !== "Answered" || leader === undefined) return false
  const { facts } = view.answer
  if (facts.role === "primary") return view.pod === leader.pod
  const isInSync = health.pods[view.pod]?.syncedWith === intent.primary?.replid
  return facts.following?.linkUp === true && follows(facts, leader) && isInSync
}

const leaderOf = (situation: Situation): Node | undefined => {
  const { primary } = situation.intent
  const leader = primary === undefined ? undefined : present(situation).find(isProcess(primary))
  return leader?.node
}

/** Pods that answer otherwise than a node does, and how: it does not pass by itself. */
const strangers = ({ pods }: Situation): ReadonlyArray<string> =>
  pods
    .filter(({ answer: { _tag } }) => _tag === "Foreign" || _tag === "NotValkey" || _tag === "Alive")
    .map((view) => `${view.pod} ${plightOf(view)}`)

/** What is wrong with a cluster that has served: that it does not serve at all, or that nodes are missing. */
interface Wants {
  readonly service?: string
  readonly nodes?: string
}

const degraded = ({ desire: { replicas }, refused, taken }: Situation, { nodes: missing, service }: Wants): Claim => {
  if (taken.length > 0)
    return ["Degraded", "True", "NameTaken", `${taken.join(", ")}: of somebody else, and left as it is`]
  if (refused.length > 0) return ["Degraded", "True", "Refused", refused.join("; ").slice(0, 1000)]
  if (service !== undefined) return ["Degraded", "True", "NotServing", service]
  if (missing !== undefined) return ["Degraded", "True", "ReplicasMissing", missing]
  if (replicas < 3) return ["Degraded", "True", "FewReplicas", `${replicas} of 3 pods that survive the loss of one`]
  return ["Degraded", "False", "AsDesired", ""]
}

/**
 * A cluster becomes ready once everybody who is wanted is in sync with the
 * history on record: whoever dies then, another has it all. It stays so while as
 * many are as its primary needs to accept writes.
 */
const isReady = (status: Status, { desire }: Situation, healthy: number): boolean =>
  healthy >= (status.phase === "Creating" ? desire.replicas : desire.minReplicas + 1)

const claims = (status: Status, situation: Situation, decision: Decision): ReadonlyArray<Claim> => {
  const { failover, primary } = situation.intent
  const leader = leaderOf(situation)
  const { replicas } = situation.desire
  const healthy = situation.pods.filter((view) => isHealthy(situation, view, leader)).length
  const attached = [`${healthy} of ${replicas} nodes are attached`, ...strangers(situation)].join("; ")
  const isServing = decision._tag === "Settled" || (decision._tag === "Maintain" && decision.isRouted)
  const isWhole = isServing && healthy >= replicas && situation.pods.length === replicas
  const why =
    decision._tag === "Wait" ? `waits for ${decision.for}` : decision._tag === "Halt" ? decision.because : attached
  const isMade = status.phase !== "Creating" || decision._tag === "Halt"
  const isForeign = situation.pods.some(({ answer: { _tag } }) => _tag === "Foreign" || _tag === "NotValkey")
  const wants: Wants = isServing ? (isWhole ? {} : { nodes: attached }) : isMade || isForeign ? { service: why } : {}
  return [
    !isServing
      ? ["Ready", "False", primary === undefined ? "NoPrimary" : decision._tag, why]
      : isReady(status, situation, healthy)
        ? ["Ready", "True", "Serving", `${primary?.pod} serves`]
        : ["Ready", "False", "ReplicasMissing", attached],
    isWhole ? ["Progressing", "False", "Settled", attached] : ["Progressing", "True", decision._tag, why],
    degraded(situation, wants),
    failover === undefined
      ? ["FailoverInProgress", "False", "None", ""]
      : ["FailoverInProgress", "True", failover.kind, `epoch ${failover.epoch}`],
    decision._tag === "Halt"
      ? [
          "DataLoss",
          "True",
          "AllNodesEmpty",
          `${decision.because}; restore the volumes, or set spec.failover.policy to fast to start empty`
        ]
      : ["DataLoss", "False", "None", ""]
  ]
}

/** `Creating` until it is ready for the first time. */
const phaseOf = (
  before: Status["phase"],
  situation: Situation,
  decision: Decision,
  said: ReadonlyArray<Claim>
): Status["phase"] => {
  if (decision._tag === "Halt") return "Failed"
  const isReadyNow = said.some(([type, truth]) => type === "Ready" && truth === "True")
  if (situation.intent.primary === undefined || (before === "Creating" && !isReadyNow)) return "Creating"
  if (situation.intent.failover !== undefined)
    return situation.intent.failover.kind === "Planned" ? "Updating" : "Failing"
  if (decision._tag === "Wait" || decision._tag === "Replace") return "Failing"
  return situation.pods.length === situation.desire.replicas ? "Running" : "Updating"
}

/**
 * A node that missed a probe or two says nothing yet: what people read changes
 * when its silence lasts. Nor does one look at a primary: who is in sync with it
 * is seen at the next.
 */
export const isClear = (situation: Situation): boolean => {
  const { health, intent, pods, thresholds } = situation
  const { led } = health
  const isKnown = led?.runId === intent.primary?.runId && (led?.looks ?? 0) >= minLooks
  const isSilence = pods.every(
    ({ answer, pod }) => answer._tag !== "Silent" || (health.pods[pod]?.silentMillis ?? 0) >= thresholds.withWitness
  )
  return isSilence && (isKnown || leaderOf(situation) === undefined)
}

/** The status that says how things stand; the record of intent stays as it is. */
export const report = (cluster: Cluster, situation: Situation, decision: Decision, selector: string): Status => {
  const leader = leaderOf(situation)
  const { status } = cluster
  const said = claims(status, situation, decision)
  return {
    ...status,
    phase: phaseOf(status.phase, situation, decision, said),
    readyReplicas: situation.pods.filter(({ isReady }) => isReady).length,
    replicas: situation.pods.length,
    selector,
    observedGeneration: cluster.metadata.generation,
    hadData: status.hadData || present(situation).some(({ facts }) => facts.keys > 0),
    nodeStatuses: situation.pods.map((view) => ({
      podName: view.pod,
      role: roleOf(view),
      healthy: isHealthy(situation, view, leader)
    })),
    conditions: withConditions(status, cluster.metadata.generation, said)
  }
}
