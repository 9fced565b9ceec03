/**
 * What can be created below a pod: its binding to a node, and its eviction,
 * which asks the disruption budgets first.
 */
import * as Result from "effect/Result"
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import type { Names } from "../../Names.ts"
import { kindAt } from "./Catalog.ts"
import type { Answer, Call } from "./Change.ts"
import { valueAt } from "./FieldSelector.ts"
import { conditionsWith } from "./Hooks.ts"
import * as Options from "./Options.ts"
import { removeOne } from "./Remove.ts"
import * as Selector from "./Selector.ts"
import { owned } from "./Place.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { all, find, keyOf, pathOf, put, type State } from "./Store.ts"
import { isFields } from "./Types.ts"
import * as Write from "./Write.ts"

const pods = keyOf(Kinds.Pod)

/** The refusal of a body that names another pod, another namespace or another kind. */
const misdirected = ({ body, name, namespace }: Call, kind: string): Reply | undefined => {
  if (!isFields(body) || (body["kind"] !== undefined && body["kind"] !== kind)) {
    return Status.badRequest(`the object provided is unrecognized (must be of type ${kind})`)
  }
  const own = valueAt(body, ["metadata", "namespace"])
  if (typeof own === "string" && own !== "" && own !== namespace) {
    return Status.badRequest("the namespace of the provided object does not match the namespace sent on the request")
  }
  return valueAt(body, ["metadata", "name"]) === name
    ? undefined
    : Status.badRequest(`name in URL does not match name in ${kind} object`)
}

const withStatus = (pod: KubeObject, fields: { readonly [field: string]: unknown }): KubeObject => ({
  ...pod,
  status: { ...(isFields(pod["status"]) ? pod["status"] : {}), ...fields }
})

const bindingOf = (
  call: Call
): Result.Result<{ readonly node: string; readonly annotations: object; readonly labels: object }, Reply> => {
  const wrong = misdirected(call, "Binding")
  if (wrong !== undefined) return Result.fail(wrong)
  const target = valueAt(call.body, ["target"])
  const { kind = "", name = "" } = isFields(target) ? target : {}
  if (kind !== "" && kind !== "Node") {
    return Result.fail(
      Status.unexplained(`target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", ""`)
    )
  }
  if (typeof name !== "string" || name === "") return Result.fail(Status.unexplained("target.name: Required value"))
  const annotations = valueAt(call.body, ["metadata", "annotations"])
  const labels = valueAt(call.body, ["metadata", "labels"])
  return Result.succeed({
    node: name,
    annotations: isFields(annotations) ? annotations : {},
    labels: isFields(labels) ? labels : {}
  })
}

const unbindable = (pod: KubeObject): string | undefined => {
  const { name } = pod.metadata
  const node = valueAt(pod, ["spec", "nodeName"])
  if (pod.metadata.deletionTimestamp !== undefined) return `pod ${name} is being deleted, cannot be assigned to a host`
  return node ? `pod ${name} is already assigned to node ${JSON.stringify(node)}` : undefined
}

/** `pods/binding`: what a scheduler does. */
export const bind = (state: State, call: Call, names: Names): Answer => {
  const options = Options.write("CreateOptions", call.query, call.contentType)
  if (Result.isFailure(options)) return [state, options.failure]
  const binding = bindingOf(call)
  if (Result.isFailure(binding)) return [state, binding.failure]
  const path = pathOf(call.namespace, call.name)
  const pod = find(state, pods, path)
  if (pod === undefined) return [state, Status.notFound(Status.qualified(Kinds.Pod), call.name)]
  const uid = valueAt(call.body, ["metadata", "uid"])
  const why =
    typeof uid === "string" && uid !== "" && uid !== pod.metadata.uid
      ? `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`
      : unbindable(pod)
  if (why !== undefined) return [state, Status.conflict({ group: "", resource: "pods/binding" }, call.name, why)]
  if (options.success.dryRun) return [state, Status.done]
  const { annotations, labels, node } = binding.success
  const merged = (own: object | undefined, more: object) => (Object.keys(more).length === 0 ? own : { ...own, ...more })
  const allAnnotations = merged(pod.metadata.annotations, annotations)
  const allLabels = merged(pod.metadata.labels, labels)
  const bound = withStatus(pod, {
    conditions: podConditions(pod, { type: "PodScheduled", status: "True" }, names)
  })
  const next = {
    ...bound,
    metadata: {
      ...pod.metadata,
      // Decoded: maps of text.
      ...(allAnnotations === undefined ? {} : { annotations: allAnnotations as Readonly<Record<string, string>> }),
      ...(allLabels === undefined ? {} : { labels: allLabels as Readonly<Record<string, string>> })
    },
    spec: { ...(isFields(pod["spec"]) ? pod["spec"] : {}), nodeName: node }
  }
  return [put(state, pods, path, next, names)[0], Status.done]
}

const podConditions = (
  pod: KubeObject,
  condition: { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string },
  names: Names
): ReadonlyArray<unknown> =>
  conditionsWith(pod, { lastProbeTime: null, ...condition, lastTransitionTime: seconds(names.nowMillis) })

const isReady = (pod: KubeObject): boolean => {
  const conditions = valueAt(pod, ["status", "conditions"])
  return Array.isArray(conditions) && conditions.some((one) => one?.type === "Ready" && one?.status === "True")
}

/** Its disruption has happened or cannot: budgets are not asked. */
const isPastDisruption = (pod: KubeObject): boolean =>
  ["Succeeded", "Failed", "Pending"].includes(String(valueAt(pod, ["status", "phase"]))) ||
  pod.metadata.deletionTimestamp !== undefined

const budgetsOf = (state: State, pod: KubeObject): ReadonlyArray<KubeObject> =>
  [...all(state, keyOf(Kinds.PodDisruptionBudget)).values()].filter((budget) => {
    if (budget.metadata.namespace !== pod.metadata.namespace) return false
    const selector = Selector.ofObject(valueAt(budget, ["spec", "selector"]))
    return selector !== undefined && Selector.matches(selector, pod.metadata.labels)
  })

const violation = "Cannot evict pod as it would violate the pod's disruption budget."

const numberAt = (budget: KubeObject, field: string): number => Number(valueAt(budget, ["status", field]) ?? 0)

/** Why this budget does not allow one more disruption now. */
const denied = (budget: KubeObject): Reply | undefined => {
  const { generation = 0, name } = budget.metadata
  if (numberAt(budget, "observedGeneration") < generation) {
    return Status.tooManyRequests(
      violation,
      `The disruption budget ${name} is still being processed by the server.`,
      10
    )
  }
  if (numberAt(budget, "disruptionsAllowed") > 0) return undefined
  const needs = numberAt(budget, "desiredHealthy")
  const has = numberAt(budget, "currentHealthy")
  return Status.tooManyRequests(
    violation,
    `The disruption budget ${name} needs ${needs} healthy pods and has ${has} currently`
  )
}

const spent = (budget: KubeObject, pod: string, names: Names): KubeObject => {
  const time = seconds(names.nowMillis)
  const allowed = numberAt(budget, "disruptionsAllowed") - 1
  const disrupted = valueAt(budget, ["status", "disruptedPods"])
  const conditions =
    allowed > 0
      ? {}
      : {
          conditions: conditionsWith(budget, {
            lastTransitionTime: time,
            message: "",
            observedGeneration: numberAt(budget, "observedGeneration"),
            reason: "InsufficientPods",
            status: "False",
            type: "DisruptionAllowed"
          })
        }
  const disruptedPods = { ...(isFields(disrupted) ? disrupted : {}), [pod]: time }
  return withStatus(budget, { ...conditions, disruptedPods, disruptionsAllowed: allowed })
}

/** An unready pod of an application that is well enough, or whose budget says so, costs the budget nothing. */
const isFree = (budget: KubeObject, pod: KubeObject): boolean => {
  if (isReady(pod)) return false
  if (valueAt(budget, ["spec", "unhealthyPodEvictionPolicy"]) === "AlwaysAllow") return true
  const desired = numberAt(budget, "desiredHealthy")
  return desired > 0 && numberAt(budget, "currentHealthy") >= desired
}

/** Takes one disruption from the pod's budget. */
const charged = (state: State, pod: KubeObject, dryRun: boolean, names: Names): Result.Result<State, Reply> => {
  const budgets = isPastDisruption(pod) ? [] : budgetsOf(state, pod)
  const [budget] = budgets
  if (budgets.length > 1) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
    return Result.fail(Status.unexplained(message))
  }
  if (budget === undefined || isFree(budget, pod)) return Result.succeed(state)
  const refused = denied(budget)
  if (refused !== undefined) return Result.fail(refused)
  const { group, plural, version } = Kinds.PodDisruptionBudget
  const kind = kindAt(state, group, version, plural)
  if (dryRun || kind === undefined) return Result.succeed(state)
  const { name = "", namespace = "" } = budget.metadata
  const place = { kind, namespace, name, subresource: "status", manager: "kube-apiserver", dryRun }
  const written = Write.change(
    state,
    place,
    (live) => Result.succeed(owned(place, live, spent(budget, pod.metadata.name ?? "", names), names)),
    names
  )
  return Result.map(written, ([after]) => after)
}

/** The pod says why it goes; nobody owns that field. */
const markedAsTarget = (state: State, call: Call, names: Names): Result.Result<State, Reply> => {
  const place = { ...call, subresource: "status", manager: "kube-apiserver", dryRun: false }
  const reason = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" }
  const written = Write.change(
    state,
    place,
    // A change of a status meets an object.
    (live) =>
      Result.succeed(
        withStatus(live!, {
          conditions: podConditions(live!, { type: "DisruptionTarget", status: "True", ...reason }, names)
        })
      ),
    names
  )
  return Result.map(written, ([after]) => after)
}

/** `pods/eviction`: a delete that a disruption budget may refuse with 429. */
export const evict = (state: State, call: Call, names: Names): Answer => {
  const created = Options.write("CreateOptions", call.query, call.contentType)
  if (Result.isFailure(created)) return [state, created.failure]
  const wrong = misdirected(call, "Eviction")
  if (wrong !== undefined) return [state, wrong]
  const asked = Options.remove({}, valueAt(call.body, ["deleteOptions"]))
  if (Result.isFailure(asked) && asked.failure.status !== 422) return [state, asked.failure]
  const pod = find(state, pods, pathOf(call.namespace, call.name))
  if (pod === undefined) return [state, Status.notFound(Status.qualified(Kinds.Pod), call.name)]
  // What is wrong with values that can be read is said by the delete, which comes last.
  const options = Result.getOrElse(asked, () => Options.plainly)
  const dryRun = created.success.dryRun || options.dryRun
  const { resourceVersion, uid } = options
  const stale =
    (uid ?? pod.metadata.uid) !== pod.metadata.uid ||
    (resourceVersion ?? pod.metadata.resourceVersion) !== pod.metadata.resourceVersion
  const budgeted = stale ? Result.succeed(state) : charged(state, pod, dryRun, names)
  if (Result.isFailure(budgeted)) return [state, budgeted.failure]
  const marked = dryRun || stale ? budgeted : markedAsTarget(budgeted.success, call, names)
  if (Result.isFailure(marked)) return [state, marked.failure]
  if (Result.isFailure(asked)) return [marked.success, asked.failure]
  // The version was checked above; marking the pod has moved it.
  const rest = { ...options, dryRun, resourceVersion: stale ? resourceVersion : undefined }
  const removed = removeOne(marked.success, call.kind, call.namespace, call.name, rest, names)
  return Result.isFailure(removed) ? [state, removed.failure] : [removed.success[0], Status.done]
}
