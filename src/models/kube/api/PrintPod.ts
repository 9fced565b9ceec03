/**
 * The columns of a pod: what its containers are doing, in one word.
 */
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { since } from "./Age.ts"
import { valueAt } from "./FieldSelector.ts"
import { type Fields, isFields } from "./Types.ts"

const list = (value: unknown): ReadonlyArray<Fields> => (Array.isArray(value) ? value.filter(isFields) : [])

const inState = (status: Fields, name: string): Fields | undefined => {
  const state = valueAt(status, ["state", name])
  return isFields(state) ? state : undefined
}

const ended = (terminated: Fields): string =>
  String(
    terminated["reason"] ||
      (terminated["signal"] ? `Signal:${String(terminated["signal"])}` : `ExitCode:${String(terminated["exitCode"])}`)
  )

const waitingReason = (status: Fields): string => String(inState(status, "waiting")?.["reason"] ?? "")

/** What an init container that is not through makes of the pod; undefined when all are. */
const initialising = (pod: KubeObject): string | undefined => {
  const total = list(valueAt(pod, ["spec", "initContainers"])).length
  for (const [index, status] of list(valueAt(pod, ["status", "initContainerStatuses"])).entries()) {
    const terminated = inState(status, "terminated")
    if (terminated?.["exitCode"] === 0 || status["started"] === true) continue
    if (terminated !== undefined) return `Init:${ended(terminated)}`
    const waiting = waitingReason(status)
    return waiting !== "" && waiting !== "PodInitializing" ? `Init:${waiting}` : `Init:${index}/${total}`
  }
  return undefined
}

const isRunning = (status: Fields): boolean => status["ready"] === true && inState(status, "running") !== undefined

const hasTrue = (pod: KubeObject, type: unknown): boolean =>
  list(valueAt(pod, ["status", "conditions"])).some((one) => one["type"] === type && one["status"] === "True")

/** The last container with something to tell speaks for the pod. */
const containersSay = (pod: KubeObject, statuses: ReadonlyArray<Fields>, otherwise: string): string => {
  const words = statuses.flatMap((status) => {
    const waiting = waitingReason(status)
    const terminated = inState(status, "terminated")
    return waiting !== "" ? [waiting] : terminated === undefined ? [] : [ended(terminated)]
  })
  const word = words[0] ?? otherwise
  if (word !== "Completed" || !statuses.some(isRunning)) return word
  return hasTrue(pod, "Ready") ? "Running" : "NotReady"
}

const statusOf = (pod: KubeObject, statuses: ReadonlyArray<Fields>): string => {
  const phase = String(valueAt(pod, ["status", "phase"]) ?? "")
  const reason = String(valueAt(pod, ["status", "reason"]) || phase)
  if (pod.metadata.deletionTimestamp !== undefined && reason === "NodeLost") return "Unknown"
  if (pod.metadata.deletionTimestamp !== undefined && phase !== "Succeeded" && phase !== "Failed") return "Terminating"
  const init = initialising(pod)
  return init !== undefined && !hasTrue(pod, "Initialized") ? init : containersSay(pod, statuses, reason)
}

const restarts = (statuses: ReadonlyArray<Fields>, nowMillis: number): string => {
  const total = statuses.reduce((sum, { restartCount }) => sum + Number(restartCount ?? 0), 0)
  const last = statuses
    .map((status) => valueAt(status, ["lastState", "terminated", "finishedAt"]))
    .filter((time) => typeof time === "string")
    .sort()
    .pop()
  return total === 0 || last === undefined ? String(total) : `${total} (${since(last, nowMillis)} ago)`
}

const gates = (pod: KubeObject): string => {
  const all = list(valueAt(pod, ["spec", "readinessGates"]))
  return all.length === 0
    ? "<none>"
    : `${all.filter(({ conditionType }) => hasTrue(pod, conditionType)).length}/${all.length}`
}

const orNone = (value: unknown): string => (value ? String(value) : "<none>")

export const podCells = (pod: KubeObject, nowMillis: number): ReadonlyArray<string> => {
  const statuses = list(valueAt(pod, ["status", "containerStatuses"]))
  const sidecars = list(valueAt(pod, ["spec", "initContainers"])).filter(
    ({ restartPolicy }) => restartPolicy === "Always"
  )
  const sidecarNames = new Set(sidecars.map(({ name }) => name))
  const beside = list(valueAt(pod, ["status", "initContainerStatuses"])).filter(({ name }) => sidecarNames.has(name))
  const total = list(valueAt(pod, ["spec", "containers"])).length + sidecars.length
  const ready = statuses.filter(isRunning).length + beside.filter((status) => status["ready"] === true).length
  return [
    pod.metadata.name ?? "",
    `${ready}/${total}`,
    statusOf(pod, statuses),
    restarts([...statuses, ...beside], nowMillis),
    since(pod.metadata.creationTimestamp, nowMillis),
    orNone(list(valueAt(pod, ["status", "podIPs"]))[0]?.["ip"]),
    orNone(valueAt(pod, ["spec", "nodeName"])),
    orNone(valueAt(pod, ["status", "nominatedNodeName"])),
    gates(pod)
  ]
}
