/**
 * The disruption controller: how many pods of each PodDisruptionBudget may be
 * evicted now.
 */
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { ofObject } from "../api/Selector.ts"
import { earliest, overItems, update, type View } from "./BuiltIn.ts"
import {
  type Condition,
  conditionOf,
  controllerOf,
  isReady,
  isTerminating,
  nameOf,
  namespaceOf,
  type Pod,
  type StatefulSet,
  uidOf,
  withCondition
} from "./Shapes.ts"

interface Budget extends KubeObject {
  readonly spec: {
    readonly selector?: unknown
    readonly minAvailable?: number | string
    readonly maxUnavailable?: number | string
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly disruptedPods?: Readonly<Record<string, string>>
    readonly disruptionsAllowed?: number
    readonly currentHealthy?: number
    readonly desiredHealthy?: number
    readonly expectedPods?: number
    readonly conditions?: ReadonlyArray<Condition>
  }
}

/** How long an eviction counts against the budget while its pod is still there. */
const deletionTimeoutMillis = 120_000

const scaled = (value: number | string, total: number): number =>
  typeof value === "number" ? value : Math.ceil((Number.parseFloat(value) * total) / 100)

/** The replicas that the controllers of the pods want together, or the name of a pod without a known controller. */
const expectedScale = (view: View, pods: ReadonlyArray<Pod>): number | { readonly unknown: string } => {
  const scales = new Map<string, number>()
  for (const pod of pods) {
    const owner = controllerOf(pod)
    if (owner === undefined) continue
    const set = view.get<StatefulSet>(Kinds.StatefulSet, pod.metadata.namespace ?? "", owner.name)
    if (owner.kind !== "StatefulSet" || set === undefined || uidOf(set) !== owner.uid) return { unknown: nameOf(pod) }
    scales.set(owner.uid, set.spec.replicas ?? 1)
  }
  return [...scales.values()].reduce((sum, scale) => sum + scale, 0)
}

interface Counts {
  readonly expectedPods: number
  readonly desiredHealthy: number
}

const counted = (view: View, { spec }: Budget, pods: ReadonlyArray<Pod>): Counts | { readonly unknown: string } => {
  const { maxUnavailable, minAvailable } = spec
  if (maxUnavailable === undefined && minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 }
  if (maxUnavailable === undefined && typeof minAvailable === "number") {
    return { expectedPods: pods.length, desiredHealthy: minAvailable }
  }
  const expectedPods = expectedScale(view, pods)
  if (typeof expectedPods !== "number") return expectedPods
  const desiredHealthy =
    maxUnavailable === undefined
      ? scaled(minAvailable!, expectedPods)
      : Math.max(0, expectedPods - scaled(maxUnavailable, expectedPods))
  return { expectedPods, desiredHealthy }
}

/** Evictions whose pods are still there and not yet asked to go. */
const stillDisrupted = ({ status }: Budget, pods: ReadonlyArray<Pod>, nowMillis: number) =>
  Object.fromEntries(
    Object.entries(status?.disruptedPods ?? {}).filter(
      ([name, time]) =>
        pods.some((pod) => nameOf(pod) === name && !isTerminating(pod)) &&
        Date.parse(time) + deletionTimeoutMillis > nowMillis
    )
  )

const allowedCondition = (budget: Budget, isAllowed: boolean, nowMillis: number): Condition => ({
  type: "DisruptionAllowed",
  status: isAllowed ? "True" : "False",
  reason: isAllowed ? "SufficientPods" : "InsufficientPods",
  message: "",
  lastTransitionTime: seconds(nowMillis),
  ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation })
})

const isUpToDate = ({ status }: Budget, next: NonNullable<Budget["status"]>): boolean => {
  const [old, condition] = [status?.conditions, next.conditions].map((all) => conditionOf(all, "DisruptionAllowed"))
  const disrupted = [status, next].map((one) =>
    Object.entries(one?.disruptedPods ?? {})
      .sort()
      .join()
  )
  return (
    (["observedGeneration", "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const).every(
      (field) => (status?.[field] ?? 0) === (next[field] ?? 0)
    ) &&
    old?.status === condition?.status &&
    old?.reason === condition?.reason &&
    old?.message === condition?.message &&
    disrupted[0] === disrupted[1]
  )
}

/** Nothing may be evicted while the count is not known. */
const failedSafe = (budget: Budget, pod: string, nowMillis: number): NonNullable<Budget["status"]> => ({
  ...budget.status,
  disruptionsAllowed: 0,
  conditions: withCondition(budget.status?.conditions, {
    ...allowedCondition(budget, false, nowMillis),
    reason: "SyncFailed",
    message: `found no controllers for pod "${pod}"`,
    observedGeneration: budget.status?.observedGeneration ?? 0
  })
})

const statusOf = (view: View, budget: Budget, nowMillis: number): NonNullable<Budget["status"]> => {
  const selector = ofObject(budget.spec.selector)
  const pods = selector === undefined ? [] : view.selected<Pod>(Kinds.Pod, namespaceOf(budget), selector)
  const counts = counted(view, budget, pods)
  if ("unknown" in counts) return failedSafe(budget, counts.unknown, nowMillis)
  const { desiredHealthy, expectedPods } = counts
  const disruptedPods = stillDisrupted(budget, pods, nowMillis)
  const isHealthy = (pod: Pod) => !isTerminating(pod) && !(nameOf(pod) in disruptedPods) && isReady(pod)
  const currentHealthy = pods.filter(isHealthy).length
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0
  return {
    ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation }),
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: withCondition(budget.status?.conditions, allowedCondition(budget, disruptionsAllowed > 0, nowMillis))
  }
}

export const disruptionBudget = overItems<Budget>("disruption", {
  items: (view) => view.list(Kinds.PodDisruptionBudget),
  moves: (view, budget, nowMillis) => {
    const status = statusOf(view, budget, nowMillis)
    return isUpToDate(budget, status) ? [] : [update(Kinds.PodDisruptionBudget, { ...budget, status }, "status")]
  },
  due: (_view, { status }, nowMillis) =>
    earliest(
      Object.values(status?.disruptedPods ?? {})
        .map((time) => Date.parse(time) + deletionTimeoutMillis)
        .filter((time) => time > nowMillis)
    )
})
