/**
 * The StatefulSet controller: one pod for each ordinal, at the right revision,
 * in the order that the policy asks for; and the status that says so.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import { matches, ofObject } from "../api/Selector.ts"
import { create, earliest, type Move, overItems, patchMetadata, remove, update, type View } from "./BuiltIn.ts"
import { type History, historyOf, remembered, templateOf, truncated } from "./Revisions.ts"
import * as Pods from "./SetPods.ts"
import {
  conditionOf,
  controllerOf,
  isFinished,
  isReady,
  isTerminating,
  nameOf,
  namespaceOf,
  ownedBy,
  ownersOf,
  type Pod,
  type SetStatus,
  type StatefulSet,
  uidOf
} from "./Shapes.ts"

/** One set at one moment: what every rule below reads. */
interface Situation {
  readonly view: View
  readonly nowMillis: number
  readonly set: StatefulSet
  readonly history: History
  readonly pods: ReadonlyArray<Pod>
  readonly isOrdered: boolean
}

const revisionOf = (pod: Pod): string => pod.metadata.labels?.[Pods.revisionLabel] ?? ""

const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === "Running" && isReady(pod)

/** When a ready pod has been ready for long enough; undefined while it is not ready. */
const availableAt = (set: StatefulSet, pod: Pod): number | undefined => {
  if (!isReady(pod)) return undefined
  const since = Date.parse(conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime ?? "") || 0
  return set.spec.minReadySeconds ? since + set.spec.minReadySeconds * 1000 + 1 : 0
}

const isAvailable = ({ nowMillis, set }: Situation, pod: Pod): boolean => {
  const at = availableAt(set, pod)
  return at !== undefined && at <= nowMillis
}

const isUnavailable = (situation: Situation, pod: Pod): boolean => !isAvailable(situation, pod) || isTerminating(pod)

const partitionOf = ({ spec }: StatefulSet): number | undefined => spec.updateStrategy?.rollingUpdate?.partition

const liveOf = (pods: ReadonlyArray<Pod>, revision: string): number =>
  pods.filter((pod) => !isTerminating(pod) && revisionOf(pod) === revision).length

/**
 * Pods below the partition come back as they were; without a partition as many
 * as are still at the old revision (counted now: the status may say an old number).
 */
const creation = ({ history, pods, set }: Situation, ordinal: number): Move => {
  const isRolling = set.spec.updateStrategy?.type !== "OnDelete"
  const partition = partitionOf(set) ?? liveOf(pods, nameOf(history.current))
  const revision = isRolling && ordinal < Pods.startOf(set) + partition ? history.current : history.update
  return create(Kinds.Pod, Pods.podDraft(set, templateOf(revision), nameOf(revision), ordinal))
}

/** What one ordinal needs, and whether the ones after it may go on. */
interface Step {
  readonly moves: ReadonlyArray<Move>
  readonly isDone: boolean
}

const absent = (situation: Situation, ordinal: number): Step => {
  const { set, view } = situation
  if (Pods.isClaimBlocked(view, set, ordinal)) return { moves: [], isDone: false }
  const claims = Pods.missingClaims(view, set, ordinal)
  return { moves: claims.length > 0 ? claims : [creation(situation, ordinal)], isDone: false }
}

const present = (situation: Situation, pod: Pod, ordinal: number): Step => {
  const { set, view } = situation
  if (isFinished(pod)) return { moves: isTerminating(pod) ? [] : [remove(Kinds.Pod, pod)], isDone: false }
  const isPending = pod.status?.phase === "Pending"
  const claims = isPending ? Pods.missingClaims(view, set, ordinal) : []
  const isDone = !isTerminating(pod) && isRunningAndReady(pod) && isAvailable(situation, pod)
  const mayMend = isDone || !situation.isOrdered
  return {
    moves: [
      ...claims,
      ...(isPending || mayMend ? Pods.retained(view, set, pod, ordinal) : []),
      ...(mayMend ? Pods.identified(set, pod, ordinal) : [])
    ],
    isDone
  }
}

const replicaSteps = (situation: Situation): Step => {
  const { isOrdered, pods, set } = situation
  const start = Pods.startOf(set)
  const moves: Array<Move> = []
  for (let ordinal = start; ordinal < start + Pods.replicasOf(set); ordinal++) {
    const pod = pods.find((one) => Pods.ordinalOf(set, one) === ordinal)
    const step = pod === undefined ? absent(situation, ordinal) : present(situation, pod, ordinal)
    moves.push(...step.moves)
    if (isOrdered && !step.isDone) return { moves, isDone: false }
  }
  return { moves, isDone: true }
}

const ordinalIn = (set: StatefulSet, pod: Pod): number => Pods.ordinalOf(set, pod) ?? -1

/** Pods of ordinals that are no longer wanted, the highest first. */
const condemnedOf = ({ pods, set }: Situation): ReadonlyArray<Pod> =>
  pods
    .filter((pod) => !Pods.isInRange(set, ordinalIn(set, pod)))
    .sort((left, right) => ordinalIn(set, right) - ordinalIn(set, left))

/** The unhealthy pod of the lowest ordinal: the only one that an ordered scale-down may remove unhealthy. */
const firstUnavailable = (situation: Situation, condemned: ReadonlyArray<Pod>): Pod | undefined => {
  const { pods, set } = situation
  const wanted = pods.filter((pod) => Pods.isInRange(set, ordinalIn(set, pod)))
  return [...wanted, ...[...condemned].reverse()].find((pod) => isUnavailable(situation, pod))
}

const condemnedSteps = (situation: Situation): Step => {
  const { isOrdered, set, view } = situation
  const condemned = condemnedOf(situation)
  const claims = condemned.flatMap((pod) => Pods.retained(view, set, pod, ordinalIn(set, pod)))
  if (claims.length > 0) return { moves: claims, isDone: false }
  if (!isOrdered) {
    return { moves: condemned.filter((pod) => !isTerminating(pod)).map((pod) => remove(Kinds.Pod, pod)), isDone: true }
  }
  const [highest] = condemned
  if (highest === undefined) return { moves: [], isDone: true }
  const isBlocked =
    isTerminating(highest) || (isUnavailable(situation, highest) && highest !== firstUnavailable(situation, condemned))
  return { moves: isBlocked ? [] : [remove(Kinds.Pod, highest)], isDone: false }
}

/** Replaces outdated pods from the highest ordinal, one at a time. */
const rollingMoves = (situation: Situation): ReadonlyArray<Move> => {
  const { history, pods, set } = situation
  if (set.spec.updateStrategy?.type === "OnDelete") return []
  const wanted = pods
    .filter((pod) => Pods.isInRange(set, ordinalIn(set, pod)))
    .sort((left, right) => ordinalIn(set, right) - ordinalIn(set, left))
  const last = Pods.startOf(set) + Pods.replicasOf(set) - 1
  for (const [index, pod] of wanted.entries()) {
    if (ordinalIn(set, pod) !== last - index) return []
    if (ordinalIn(set, pod) - Pods.startOf(set) < (partitionOf(set) ?? 0)) return []
    if (revisionOf(pod) !== nameOf(history.update) && !isTerminating(pod)) return [remove(Kinds.Pod, pod)]
    if (isUnavailable(situation, pod)) return []
  }
  return []
}

const statusOf = (situation: Situation): SetStatus => {
  const { history, pods, set } = situation
  const ready = pods.filter(isRunningAndReady)
  const updated = liveOf(pods, nameOf(history.update))
  const counted = {
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isAvailable(situation, pod)).length,
    updatedReplicas: updated
  }
  const wanted = Pods.replicasOf(set)
  const isComplete =
    set.spec.updateStrategy?.type !== "OnDelete" &&
    [counted.updatedReplicas, counted.readyReplicas, counted.replicas].every((count) => count === wanted)
  const current = nameOf(isComplete ? history.update : history.current)
  return {
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    ...counted,
    currentReplicas: isComplete ? updated : liveOf(pods, current),
    currentRevision: current,
    updateRevision: nameOf(history.update),
    collisionCount: history.collisions,
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions })
  }
}

const compared = [
  "observedGeneration",
  "replicas",
  "readyReplicas",
  "availableReplicas",
  "currentReplicas",
  "updatedReplicas",
  "currentRevision",
  "updateRevision"
] as const

const statusMoves = (situation: Situation): ReadonlyArray<Move> => {
  const { set } = situation
  const status = statusOf(situation)
  // Counts of zero are not stored.
  const isSame = compared.every((field) => (set.status?.[field] || 0) === (status[field] || 0))
  return isSame ? [] : [update(Kinds.StatefulSet, { ...set, status }, "status")]
}

/** Orphaned revisions of the right labels join. */
const revisionAdoptions = (view: View, set: StatefulSet): ReadonlyArray<Move> =>
  view
    .controlled(Kinds.ControllerRevision, namespaceOf(set), undefined)
    .filter((one) => !isTerminating(one) && matches(ofObject(set.spec.selector) ?? [], one.metadata.labels))
    .map((one) =>
      patchMetadata(Kinds.ControllerRevision, one, {
        ownerReferences: [...ownersOf(one), ownedBy(Kinds.StatefulSet, set)]
      })
    )

const byName = (left: Pod, right: Pod): number => (nameOf(left) < nameOf(right) ? -1 : 1)

/** Pods of the right name and labels join; pods whose labels left the selector leave. */
const podAdoptions = (view: View, set: StatefulSet): ReadonlyArray<Move> => {
  const selector = ofObject(set.spec.selector) ?? []
  const pods = [undefined, uidOf(set)].flatMap((uid) => view.controlled<Pod>(Kinds.Pod, namespaceOf(set), uid))
  return pods.sort(byName).flatMap((pod) => {
    const owner = controllerOf(pod)
    const isMember = Pods.ordinalOf(set, pod) !== undefined && matches(selector, pod.metadata.labels)
    if (owner === undefined && isMember && !isTerminating(pod)) {
      return [patchMetadata(Kinds.Pod, pod, { ownerReferences: [...ownersOf(pod), ownedBy(Kinds.StatefulSet, set)] })]
    }
    if (owner?.uid === uidOf(set) && !isMember) {
      const ownerReferences = ownersOf(pod).filter(({ uid }) => uid !== uidOf(set))
      return [patchMetadata(Kinds.Pod, pod, { ownerReferences })]
    }
    return []
  })
}

const podsOf = (view: View, set: StatefulSet): ReadonlyArray<Pod> =>
  view
    .controlled<Pod>(Kinds.Pod, namespaceOf(set), uidOf(set))
    .filter((pod) => Pods.ordinalOf(set, pod) !== undefined)
    .sort((left, right) => ordinalIn(set, left) - ordinalIn(set, right))

const podMoves = (situation: Situation): ReadonlyArray<Move> => {
  if (isTerminating(situation.set)) return []
  const replicas = replicaSteps(situation)
  if (!replicas.isDone) return replicas.moves
  const condemned = condemnedSteps(situation)
  const moves = [...replicas.moves, ...condemned.moves]
  return condemned.isDone && moves.length === 0 ? rollingMoves(situation) : moves
}

const movesOf = (view: View, set: StatefulSet, nowMillis: number): ReadonlyArray<Move> => {
  const adoptions = isTerminating(set) ? [] : [...revisionAdoptions(view, set), ...podAdoptions(view, set)]
  if (adoptions.length > 0) return adoptions
  const history = historyOf(view, set)
  // A terminating set makes nothing again that the garbage collector has just taken.
  if ("request" in history && !isTerminating(set)) return [history]
  const isOrdered = set.spec.podManagementPolicy !== "Parallel"
  const known = "request" in history ? remembered(set) : history
  const situation = { view, nowMillis, set, history: known, pods: podsOf(view, set), isOrdered }
  const used = new Set(situation.pods.map(revisionOf))
  return [...podMoves(situation), ...statusMoves(situation), ...truncated(set, known, used)]
}

export const statefulSet = overItems<StatefulSet>("statefulset", {
  items: (view) => view.list(Kinds.StatefulSet),
  moves: movesOf,
  due: (view, set, nowMillis) =>
    earliest(
      podsOf(view, set)
        .map((pod) => availableAt(set, pod) ?? 0)
        .filter((at) => at > nowMillis)
    )
})
