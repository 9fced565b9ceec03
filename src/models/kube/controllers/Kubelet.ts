/**
 * The kubelets of all nodes: the API side of bound pods (admission, status,
 * readiness, end) and what they want done to containers. What a container does
 * is asked of `Containers`; nothing here knows what runs in it.
 */
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import { isFields, same } from "../api/Types.ts"
import { type BuiltIn, earliest, type Move, overItems, remove, update, type View } from "./BuiltIn.ts"
import type { Action, Container, Containers } from "./Containers.ts"
import { type Addresses, spread } from "./PodAddress.ts"
import {
  type Condition,
  type ContainerSpec,
  isFinished,
  isTerminating,
  isTrue,
  type Node,
  type Pod,
  type PodStatus,
  withCondition
} from "./Shapes.ts"

export interface Options {
  readonly containers: Containers
  readonly addresses?: Addresses
  /** How long a container that ended for the nth time (from 0) waits for its next start. */
  readonly backoffMillis?: (restarts: number) => number
}

/** The real kubelet's: at once, then 10 s, doubled up to 5 minutes. */
export const backoffMillis = (restarts: number): number =>
  restarts === 0 ? 0 : Math.min(300_000, 10_000 * 2 ** (restarts - 1))

const nodeOf = (view: View, pod: Pod): Node | undefined => view.get<Node>(Kinds.Node, "", pod.spec.nodeName ?? "")

const isBound = (view: View, pod: Pod, { containers }: Options): boolean =>
  Boolean(pod.spec.nodeName) && nodeOf(view, pod) !== undefined && containers.reaches(pod.spec.nodeName!)

const boundPods = (view: View, options: Options): ReadonlyArray<Pod> =>
  view.list<Pod>(Kinds.Pod).filter((pod) => isBound(view, pod, options))

type Slot = readonly [spec: ContainerSpec, container: Container | undefined]

const slotsOf = (pod: Pod, containers: Containers): ReadonlyArray<Slot> =>
  pod.spec.containers.map((spec) => [spec, containers.at(pod, spec.name)])

const startsAgain = (pod: Pod, exitCode: number): boolean => {
  const policy = pod.spec.restartPolicy ?? "Always"
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0)
}

const isOver = (pod: Pod, container: Container | undefined): boolean =>
  container?.run._tag === "Ended" && !startsAgain(pod, container.run.exitCode)

const phaseOf = (pod: Pod, slots: ReadonlyArray<Slot>): string => {
  if (slots.every(([, container]) => container === undefined)) return "Pending"
  if (!slots.every(([, container]) => isOver(pod, container))) return "Running"
  return slots.every(([, one]) => one?.run._tag === "Ended" && one.run.exitCode === 0) ? "Succeeded" : "Failed"
}

const isReadyNow = (container: Container | undefined): boolean =>
  container?.run._tag === "Running" && container.run.isReady

const ended = (id: string, exitCode: number, startedMillis: number, endedMillis: number) => ({
  terminated: {
    containerID: id,
    exitCode,
    finishedAt: seconds(endedMillis),
    reason: exitCode === 0 ? "Completed" : "Error",
    startedAt: seconds(startedMillis)
  }
})

const stateOf = (pod: Pod, container: Container | undefined) => {
  if (container === undefined) return { waiting: { reason: "ContainerCreating" } }
  const { id, run, startedMillis } = container
  if (run._tag === "Running") return { running: { startedAt: seconds(startedMillis) } }
  return isOver(pod, container) || container.restarts === 0
    ? ended(id, run.exitCode, startedMillis, run.endedMillis)
    : { waiting: { reason: "CrashLoopBackOff" } }
}

const lastStateOf = (container: Container | undefined) => {
  const last = container?.last
  return last === undefined ? {} : ended(last.id, last.exitCode, last.startedMillis, last.endedMillis)
}

const containerStatus = (pod: Pod, [{ image = "", name }, container]: Slot) => ({
  ...(container === undefined ? {} : { containerID: container.id }),
  image,
  imageID: container === undefined ? "" : image,
  lastState: lastStateOf(container),
  name,
  ready: isReadyNow(container),
  restartCount: container?.restarts ?? 0,
  started: container?.run._tag === "Running",
  state: stateOf(pod, container)
})

const conditionsOf = (pod: Pod, slots: ReadonlyArray<Slot>, nowMillis: number): ReadonlyArray<Condition> => {
  const isContainersReady = slots.every(([, container]) => isReadyNow(container))
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType)
  const isGated = gates.some((type) => !isTrue(pod.status?.conditions, type))
  const unready = slots.filter(([, container]) => !isReadyNow(container)).map(([{ name }]) => name)
  const isDone = phaseOf(pod, slots) === "Succeeded"
  const why = isDone
    ? { reason: "PodCompleted" }
    : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` }
  const closed = { reason: "ReadinessGatesNotReady", message: "a readiness gate of the pod is not ready" }
  const condition = (type: string, isHolding: boolean, problem: Partial<Condition>): Condition => ({
    type,
    status: isHolding ? "True" : "False",
    lastProbeTime: null,
    lastTransitionTime: seconds(nowMillis),
    ...(isHolding ? {} : problem),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation })
  })
  const hasStarted = slots.some(([, container]) => container !== undefined)
  return [
    condition("PodReadyToStartContainers", hasStarted && !isTerminating(pod), {}),
    condition("Initialized", true, {}),
    condition("Ready", isContainersReady && !isGated, isContainersReady ? closed : why),
    condition("ContainersReady", isContainersReady, why),
    condition("PodScheduled", true, {})
  ]
}

const addressed = (view: View, pod: Pod, options: Options): Partial<PodStatus> => {
  const host = nodeOf(view, pod)?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address
  const hosts = host === undefined ? {} : { hostIP: host, hostIPs: [{ ip: host }] }
  const hasStarted = slotsOf(pod, options.containers).some(([, container]) => container !== undefined)
  if (!hasStarted) return hosts
  const own = () => (pod.spec.hostNetwork === true ? host : (options.addresses ?? spread)(view, pod))
  const ip = pod.status?.podIP ?? own()
  return ip === undefined ? hosts : { ...hosts, podIP: ip, podIPs: pod.status?.podIPs ?? [{ ip }] }
}

const statusOf = (view: View, pod: Pod, options: Options, nowMillis: number): PodStatus => {
  const slots = slotsOf(pod, options.containers)
  return {
    ...pod.status,
    ...addressed(view, pod, options),
    phase: phaseOf(pod, slots),
    startTime: pod.status?.startTime ?? seconds(nowMillis),
    conditions: conditionsOf(pod, slots, nowMillis).reduce<ReadonlyArray<Condition>>(
      withCondition,
      pod.status?.conditions ?? []
    ),
    containerStatuses: slots.map((slot) => containerStatus(pod, slot))
  }
}

/** A null field (`lastProbeTime` is one) says no more than an absent one. */
const compact = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(compact)
  if (!isFields(value)) return value
  const fields = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(fields.map(([name, field]) => [name, compact(field)]))
}

const isEnded = (pod: Pod, containers: Containers): boolean =>
  slotsOf(pod, containers).every(([, container]) => container?.run._tag !== "Running")

/** What the status of a pod said already when it was last looked at. A cache: time alone changes no status. */
interface Quiet {
  readonly node: Node | undefined
  readonly containers: ReadonlyArray<Container | undefined>
}

const quiet = new WeakMap<Pod, Quiet>()

const isQuiet = (view: View, pod: Pod, { containers }: Options): boolean => {
  const known = quiet.get(pod)
  return (
    known !== undefined &&
    known.node === nodeOf(view, pod) &&
    pod.spec.containers.every(({ name }, index) => containers.at(pod, name) === known.containers[index])
  )
}

const movesOf = (view: View, pod: Pod, options: Options, nowMillis: number): ReadonlyArray<Move> => {
  if (isTerminating(pod) && isEnded(pod, options.containers)) {
    return [remove(Kinds.Pod, pod, { gracePeriodSeconds: 0 })]
  }
  if (isFinished(pod) || isQuiet(view, pod, options)) return []
  const status = statusOf(view, pod, options, nowMillis)
  const isSame = same(compact(status), compact(pod.status))
  if (isSame && pod.status?.podIP !== undefined) {
    quiet.set(pod, { node: nodeOf(view, pod), containers: slotsOf(pod, options.containers).map(([, one]) => one) })
  }
  return isSame ? [] : [update(Kinds.Pod, { ...pod, status }, "status", "kubelet")]
}

export const kubelet = (options: Options): BuiltIn =>
  overItems("kubelet", {
    items: (view) => view.list<Pod>(Kinds.Pod),
    moves: (view, pod, nowMillis) => (isBound(view, pod, options) ? movesOf(view, pod, options, nowMillis) : [])
  })

const restartAt = ({ backoffMillis: wait = backoffMillis }: Options, container: Container): number =>
  container.run._tag === "Ended" ? container.run.endedMillis + wait(container.restarts) : 0

const startsOf = (pod: Pod, options: Options, nowMillis: number): ReadonlyArray<Action> =>
  slotsOf(pod, options.containers).flatMap(([{ name }, container]): ReadonlyArray<Action> => {
    if (container === undefined) return [{ _tag: "Start", pod, container: name, restarts: 0 }]
    const isDue = container.run._tag === "Ended" && restartAt(options, container) <= nowMillis
    return isDue && !isOver(pod, container)
      ? [{ _tag: "Start", pod, container: name, restarts: container.restarts + 1 }]
      : []
  })

const stopsOf = (pod: Pod, { containers }: Options): ReadonlyArray<Action> => {
  // The timestamp is when the grace period ends.
  const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? 0
  const sinceMillis = (Date.parse(pod.metadata.deletionTimestamp ?? "") || 0) - graceSeconds * 1000
  return slotsOf(pod, containers)
    .filter(([, container]) => container?.run._tag === "Running")
    .map(([{ name }]) => ({ _tag: "Stop", pod, container: name, sinceMillis, graceSeconds }))
}

/** What the kubelets want done to containers now. Those of pods that are no longer stored are the runner's to end. */
export const actions = (view: View, options: Options, nowMillis: number): ReadonlyArray<Action> =>
  boundPods(view, options).flatMap((pod) =>
    isTerminating(pod) ? stopsOf(pod, options) : isFinished(pod) ? [] : startsOf(pod, options, nowMillis)
  )

/** The next time at which `actions` may differ with the same store and containers. */
export const actionsDue = (view: View, options: Options, nowMillis: number): number | undefined => {
  const times = boundPods(view, options)
    .filter((pod) => !isTerminating(pod))
    .flatMap((pod) => slotsOf(pod, options.containers))
    .map(([, container]) => (container === undefined ? 0 : restartAt(options, container)))
    .filter((time) => time > nowMillis)
  return earliest(times)
}
