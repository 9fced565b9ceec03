/**
 * The objects of one collection, kept up to date: list, watch from there, list
 * again when the server has forgotten. A pure reducer; the live loop and the
 * checker both step it. It has exactly one action under way at any time.
 */
import type { Listed } from "./Kubernetes.ts"
import type { Reason } from "./KubeError.ts"
import type { KubeObject, Resource } from "./Object.ts"
import type { WatchEvent } from "./Wire.ts"
import { backoff, countFailure } from "./WorkQueue.ts"

/** What is watched. Two controllers with the same scope share one reflector. */
export interface Scope {
  readonly resource: Resource
  readonly namespace?: string
  readonly labelSelector?: string
}

export const scopeText = ({ labelSelector, namespace, resource }: Scope): string =>
  `${resource.plural}.${resource.version}.${resource.group} in ${namespace ?? "*"} where ${labelSelector ?? "*"}`

/** Milliseconds. */
export interface Policy {
  readonly backoffBase: number
  readonly backoffCap: number
}

export const defaults: Policy = { backoffBase: 50, backoffCap: 10_000 }

export type Phase =
  | { readonly _tag: "Listing" }
  | { readonly _tag: "Watching" }
  /** `next` is what happens after so many milliseconds. */
  | { readonly _tag: "Waiting"; readonly millis: number; readonly next: "List" | "Watch" }

export interface State {
  readonly phase: Phase
  /** Whether the objects have been known once; from then on they are never older than `version`. */
  readonly isSynced: boolean
  /** Where the next watch begins; "" before the first list. */
  readonly version: string
  /** By namespace and name, in this order. */
  readonly objects: ReadonlyArray<KubeObject>
  /** In a row; a list that works does not make up for watches that do not. */
  readonly listFailures: number
  readonly watchFailures: number
  /** How long the watch under way has been quiet, up to the cap, while there are failures to be forgiven. */
  readonly quiet: number
  /** Why the last attempt failed, until one works. */
  readonly problem: Reason | undefined
}

export type Event =
  | { readonly _tag: "Listed"; readonly listed: Listed }
  | { readonly _tag: "Delivered"; readonly events: ReadonlyArray<WatchEvent> }
  | { readonly _tag: "Failed"; readonly reason: Reason; readonly retryAfterMillis?: number }
  | { readonly _tag: "Elapsed"; readonly millis: number }

export type Action =
  | { readonly _tag: "List" }
  | { readonly _tag: "Watch"; readonly from: string }
  /** Feed `Elapsed` after so many milliseconds. */
  | { readonly _tag: "SetTimer"; readonly millis: number }
  /** What changed of one object. Both are there when it was changed, or replaced by another of its name. */
  | { readonly _tag: "Notify"; readonly before: KubeObject | undefined; readonly after: KubeObject | undefined }
  /** Once per change; undefined: it works again. */
  | { readonly _tag: "Report"; readonly problem: Reason | undefined }
  /** The server knows less than before: restored from a backup, or another server. All was read anew. */
  | { readonly _tag: "WentBack"; readonly from: string; readonly to: string }

type Step = readonly [State, ReadonlyArray<Action>]

/** The state before the first event; its one action under way is a list. */
export const start: Step = [
  {
    phase: { _tag: "Listing" },
    isSynced: false,
    version: "",
    objects: [],
    listFailures: 0,
    watchFailures: 0,
    quiet: 0,
    problem: undefined
  },
  [{ _tag: "List" }]
]

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const compare = (left: KubeObject, right: KubeObject): number =>
  compareText(left.metadata.namespace ?? "", right.metadata.namespace ?? "") ||
  compareText(left.metadata.name ?? "", right.metadata.name ?? "")

/** Where the object of this namespace and name is, or would have to be. */
export const position = (objects: ReadonlyArray<KubeObject>, namespace: string, name: string): number => {
  let low = 0
  let high = objects.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const { metadata } = objects[middle]!
    const order = compareText(metadata.namespace ?? "", namespace) || compareText(metadata.name ?? "", name)
    if (order < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Decimal versions grow; others can only be told equal or not (Kubernetes: API concepts, resource versions). */
const isBefore = (left: string, right: string): boolean => {
  const areNumbers = /^[0-9]+$/.test(left) && /^[0-9]+$/.test(right)
  return areNumbers && (left.length === right.length ? left < right : left.length < right.length)
}

const isSame = (left: KubeObject, right: KubeObject): boolean =>
  left.metadata.uid === right.metadata.uid && left.metadata.resourceVersion === right.metadata.resourceVersion

/** What is different between two sorted lists; what went away unseen is reported too. */
const differences = (before: ReadonlyArray<KubeObject>, after: ReadonlyArray<KubeObject>): ReadonlyArray<Action> => {
  const actions: Array<Action> = []
  let left = 0
  let right = 0
  while (left < before.length || right < after.length) {
    const old = before[left]
    const now = after[right]
    const order = old === undefined ? 1 : now === undefined ? -1 : compare(old, now)
    if (order <= 0) left++
    if (order >= 0) right++
    if (order === 0 && isSame(old!, now!)) continue
    actions.push({
      _tag: "Notify",
      before: order <= 0 ? old : undefined,
      after: order >= 0 ? now : undefined
    })
  }
  return actions
}

const recovered = (state: State): ReadonlyArray<Action> =>
  state.problem === undefined ? [] : [{ _tag: "Report", problem: undefined }]

const listed = (state: State, { items, resourceVersion }: Listed): Step => {
  const objects = items.toSorted(compare)
  const wentBack: ReadonlyArray<Action> = isBefore(resourceVersion, state.version)
    ? [{ _tag: "WentBack", from: state.version, to: resourceVersion }]
    : []
  const next: State = {
    ...state,
    phase: { _tag: "Watching" },
    isSynced: true,
    version: resourceVersion,
    objects,
    listFailures: 0,
    quiet: 0,
    problem: undefined
  }
  const changes = differences(state.objects, objects)
  return [next, [...recovered(state), ...wentBack, ...changes, { _tag: "Watch", from: resourceVersion }]]
}

/** One event on the objects, and what it says about which. An event may come twice. */
const apply = (
  objects: ReadonlyArray<KubeObject>,
  { object, type }: WatchEvent
): readonly [ReadonlyArray<KubeObject>, Action | undefined] => {
  const at = position(objects, object.metadata.namespace ?? "", object.metadata.name ?? "")
  const found = objects[at]
  const before = found !== undefined && compare(found, object) === 0 ? found : undefined
  if (type === "DELETED") {
    if (before === undefined) return [objects, undefined]
    return [objects.toSpliced(at, 1), { _tag: "Notify", before, after: undefined }]
  }
  if (before === undefined) return [objects.toSpliced(at, 0, object), { _tag: "Notify", before, after: object }]
  return isSame(before, object)
    ? [objects, undefined]
    : [objects.with(at, object), { _tag: "Notify", before, after: object }]
}

const delivered = (policy: Policy, state: State, events: ReadonlyArray<WatchEvent>): Step => {
  let { objects, version } = state
  const actions: Array<Action> = [...recovered(state)]
  for (const event of events) {
    const at = event.object.metadata.resourceVersion ?? version
    if (isBefore(at, version)) {
      const [next, more] = failed(policy, { ...state, objects, version, problem: undefined }, "Expired", undefined)
      return [next, [...actions, { _tag: "WentBack", from: version, to: at }, ...more]]
    }
    version = at
    if (event.type === "BOOKMARK" || event.type === "ERROR") continue
    const [after, change] = apply(objects, event)
    objects = after
    if (change !== undefined) actions.push(change)
  }
  const next: State = { ...state, objects, version, watchFailures: 0, quiet: 0, problem: undefined }
  return [next, [...actions, { _tag: "Watch", from: version }]]
}

/** These mean that watching on from `version` is pointless: what is there has to be listed. */
const mustList: ReadonlySet<Reason> = new Set<Reason>(["Expired", "NotFound", "BadRequest", "Invalid", "NotSupported"])

const wait = (state: State, millis: number, next: "List" | "Watch"): Step =>
  millis > 0
    ? [{ ...state, phase: { _tag: "Waiting", millis, next } }, [{ _tag: "SetTimer", millis }]]
    : proceed(state, next)

const proceed = (state: State, next: "List" | "Watch"): Step =>
  next === "List"
    ? [{ ...state, phase: { _tag: "Listing" } }, [{ _tag: "List" }]]
    : [{ ...state, phase: { _tag: "Watching" }, quiet: 0 }, [{ _tag: "Watch", from: state.version }]]

/** The first 410 after a good stretch is no failure to wait for; the same again is. */
const failed = (policy: Policy, state: State, reason: Reason, retryAfterMillis: number | undefined): Step => {
  const { backoffBase, backoffCap } = policy
  const isExpiry = reason === "Expired"
  const field = state.phase._tag === "Listing" ? "listFailures" : "watchFailures"
  const failures = countFailure(state[field], backoffBase, backoffCap)
  const pause = isExpiry && state[field] === 0 ? 0 : backoff(failures, backoffBase, backoffCap)
  // A watch that ends is no news; one that fails again is.
  const isNews = !isExpiry && (field === "listFailures" || failures > 1)
  const problem = isNews ? reason : state.problem
  const report: ReadonlyArray<Action> = problem === state.problem ? [] : [{ _tag: "Report", problem }]
  const next = state.phase._tag === "Listing" || mustList.has(reason) ? "List" : "Watch"
  const asked = Math.min(retryAfterMillis ?? 0, backoffCap)
  const [after, actions] = wait({ ...state, [field]: failures, quiet: 0, problem }, Math.max(pause, asked), next)
  return [after, [...report, ...actions]]
}

const elapsed = (policy: Policy, state: State, millis: number): Step => {
  const { phase } = state
  if (phase._tag === "Waiting") {
    if (millis >= phase.millis) return proceed(state, phase.next)
    const left = phase.millis - millis
    return [{ ...state, phase: { ...phase, millis: left } }, [{ _tag: "SetTimer", millis: left }]]
  }
  if (phase._tag === "Listing" || state.watchFailures === 0) return [state, []]
  const quiet = state.quiet + millis
  // A watch that has been open for so long works, although it had nothing to say.
  return quiet < policy.backoffCap
    ? [{ ...state, quiet }, []]
    : [{ ...state, watchFailures: 0, quiet: 0, problem: undefined }, recovered(state)]
}

/** One event. Answers that do not belong to the action under way change nothing. */
export const step = (policy: Policy, state: State, event: Event): Step => {
  switch (event._tag) {
    case "Listed":
      return state.phase._tag === "Listing" ? listed(state, event.listed) : [state, []]
    case "Delivered":
      return state.phase._tag === "Watching" ? delivered(policy, state, event.events) : [state, []]
    case "Failed":
      return state.phase._tag === "Waiting" ? [state, []] : failed(policy, state, event.reason, event.retryAfterMillis)
    case "Elapsed":
      return elapsed(policy, state, event.millis)
  }
}
