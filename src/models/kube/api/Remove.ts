/**
 * Deletes: preconditions, grace, finalizers and the three propagation modes,
 * in the order of kube-apiserver's generic registry.
 */
import * as Result from "effect/Result"
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import type { Names } from "../../Names.ts"
import { definitions, kindsOf } from "./Catalog.ts"
import { cleanup, conditionsWith, finished, removed } from "./Hooks.ts"
import type { Kind } from "./Kind.ts"
import * as Namespaces from "./Namespaces.ts"
import * as Options from "./Options.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { all, find, keyOf, pathOf, put, remove, type State } from "./Store.ts"
import { strategyOf } from "./Strategy.ts"
import { isFields, same } from "./Types.ts"

type Removed = Result.Result<readonly [State, Reply], Reply>

interface Target {
  readonly kind: Kind
  readonly key: string
  readonly path: string
  readonly name: string
  readonly options: Options.DeleteOptions
}

const answer = ({ kind, name }: Target, last: KubeObject): Reply =>
  strategyOf(kind.resource).returnsDeleted
    ? { status: 200, body: last }
    : Status.deleted(Status.qualified(kind.resource), name, last.metadata.uid ?? "")

/** Of an object that is there for a while yet. */
const waiting = ({ options }: Target, body: KubeObject): Reply => ({ status: options.accepts ? 202 : 200, body })

const store = (state: State, { key, options, path }: Target, live: KubeObject, next: KubeObject, names: Names) => {
  if (same(live, next)) return [state, live] as const
  return options.dryRun ? ([state, next] as const) : put(state, key, path, next, names)
}

const drop = (state: State, target: Target, live: KubeObject, names: Names): readonly [State, Reply] => {
  const gone = target.options.dryRun ? undefined : remove(state, target.key, target.path, names)
  if (gone === undefined) return [state, answer(target, live)]
  return [removed(gone[0], target.kind.resource, gone[1], names), answer(target, gone[1])]
}

const precondition = (target: Target, live: KubeObject): Reply | undefined => {
  const { kind, name, options } = target
  const { resourceVersion, uid } = live.metadata
  // The real server words these by kind, except where the kind has a check of its own.
  const own = target.key === definitions || target.key === keyOf(Kinds.Namespace)
  const what = own ? Status.qualified(kind.resource) : Status.kindOf(kind.resource)
  const said = (field: string, asked: string, has: string | undefined, fate: string) =>
    Status.conflict(
      what,
      name,
      own
        ? `Precondition failed: ${field} in precondition: ${asked}, ${field} in object meta: ${has}`
        : `the ${field} in the precondition (${asked}) does not match the ${field} in record (${has}). ${fate}`
    )
  if (options.uid !== undefined && options.uid !== uid) {
    return said("UID", options.uid, uid, "The object might have been deleted and then recreated")
  }
  return options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion
    ? said("ResourceVersion", options.resourceVersion, resourceVersion, "The object might have been modified")
    : undefined
}

/** Finalizers that the garbage collector is to see: those of the object, with its own two as the delete asks. */
const finalizersOf = (live: KubeObject, options: Options.DeleteOptions, collected: boolean): ReadonlyArray<string> => {
  const finalizers = live.metadata.finalizers ?? []
  const others = finalizers.filter((one) => one !== "orphan" && one !== "foregroundDeletion")
  if (!collected) return others
  if (options.propagation === "Background") return others
  if (options.propagation === "Orphan") return [...others, "orphan"]
  if (options.propagation === "Foreground") return [...others, "foregroundDeletion"]
  const present = finalizers.find((one) => one === "orphan" || one === "foregroundDeletion")
  return present === undefined ? others : [...others, present]
}

const withFinalizers = (object: KubeObject, finalizers: ReadonlyArray<string>): KubeObject => {
  const { finalizers: before = [], ...metadata } = object.metadata
  if (same([...before].sort(), [...finalizers].sort())) return object
  return { ...object, metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers } }
}

/** `undefined`: this kind, or this object, has no grace; `pending`: it ends already, and not later than asked. */
const graced = (
  { kind, options }: Target,
  live: KubeObject,
  nowMillis: number
): { readonly object: KubeObject; readonly period: number } | "pending" | undefined => {
  const asked =
    options.gracePeriodSeconds === undefined
      ? undefined
      : options.gracePeriodSeconds < 0
        ? 1
        : options.gracePeriodSeconds
  const { deletionGracePeriodSeconds: left, deletionTimestamp, generation } = live.metadata
  const period = strategyOf(kind.resource).grace(live, asked)
  if (period === undefined) return undefined
  if (deletionTimestamp === undefined) {
    const metadata = {
      ...live.metadata,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
      deletionTimestamp: seconds(nowMillis + period * 1000),
      deletionGracePeriodSeconds: period
    }
    return { object: { ...live, metadata }, period }
  }
  if (left === undefined || left === 0) return undefined
  if (asked === undefined || asked >= left) return "pending"
  const end = Date.parse(deletionTimestamp) + (asked - left) * 1000
  const late = end < nowMillis
  const shorter = late && asked !== 0 ? 1 : asked
  const metadata = {
    ...live.metadata,
    deletionTimestamp: seconds(late ? nowMillis : end),
    deletionGracePeriodSeconds: shorter
  }
  return { object: { ...live, metadata }, period: shorter }
}

/** Marked for deletion without grace: somebody's finalizer holds it. */
const marked = (live: KubeObject, nowMillis: number): KubeObject => {
  const { deletionTimestamp, generation } = live.metadata
  const future = deletionTimestamp === undefined || Date.parse(deletionTimestamp) > nowMillis
  const metadata = {
    ...live.metadata,
    ...(deletionTimestamp === undefined && generation !== undefined ? { generation: generation + 1 } : {}),
    ...(future ? { deletionTimestamp: seconds(nowMillis) } : {}),
    deletionGracePeriodSeconds: 0
  }
  return { ...live, metadata }
}

const generic = (state: State, target: Target, live: KubeObject, names: Names): readonly [State, Reply] => {
  const grace = graced(target, live, names.nowMillis)
  if (grace === "pending") return [state, answerPending(target, live)]
  const before = grace === undefined ? live : grace.object
  const { collected } = strategyOf(target.kind.resource)
  const kept = withFinalizers(before, finalizersOf(live, target.options, collected))
  const held = (kept.metadata.finalizers ?? []).length > 0
  if (grace === undefined && !held) return drop(state, target, live, names)
  const [after, updated] = store(state, target, live, grace === undefined ? marked(kept, names.nowMillis) : kept, names)
  if (held || (grace !== undefined && grace.period > 0) || target.options.dryRun) {
    return [after, waiting(target, updated)]
  }
  return drop(after, target, updated, names)
}

const answerPending = (target: Target, live: KubeObject): Reply =>
  strategyOf(target.kind.resource).returnsDeleted ? { status: 200, body: live } : answer(target, live)

const ofNamespace = (state: State, target: Target, live: KubeObject, names: Names): readonly [State, Reply] => {
  if (live.metadata.deletionTimestamp === undefined) {
    const finalizers = finalizersOf(live, target.options, true)
    const [after, updated] = store(
      state,
      target,
      live,
      Namespaces.terminating(live, finalizers, names.nowMillis),
      names
    )
    return [after, waiting(target, updated)]
  }
  if (Namespaces.hasFinalizers(live)) return [state, waiting(target, live)]
  return generic(state, target, live, names)
}

/** Deletes every object of a definition that is being deleted; those with finalizers stay until these go. */
const cleaned = (state: State, definition: KubeObject, names: Names): State => {
  const kind = kindsOf(definition)[0]
  if (kind === undefined) return finished(state, definition, names)
  const key = keyOf(kind.resource)
  let next = state
  for (const [path, object] of all(state, key)) {
    // Named: it is stored.
    const target = { kind, key, path, name: object.metadata.name!, options: Options.plainly }
    next = generic(next, target, object, names)[0]
  }
  const left = find(next, definitions, definition.metadata.name!)
  return left === undefined || all(next, key).size > 0 ? next : finished(next, left, names)
}

const ofDefinition = (state: State, target: Target, live: KubeObject, names: Names): readonly [State, Reply] => {
  if (live.metadata.deletionTimestamp !== undefined) return generic(state, target, live, names)
  const time = seconds(names.nowMillis)
  const finalizers = live.metadata.finalizers ?? []
  const conditions = conditionsWith(live, {
    lastTransitionTime: time,
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    reason: "InstanceDeletionPending",
    status: "True",
    type: "Terminating"
  })
  const marked = {
    ...live,
    metadata: {
      ...live.metadata,
      deletionTimestamp: time,
      finalizers: finalizers.includes(cleanup) ? finalizers : [...finalizers, cleanup]
    },
    status: { ...(isFields(live["status"]) ? live["status"] : {}), conditions }
  }
  const [after, updated] = store(state, target, live, marked, names)
  const reply = waiting(target, updated)
  return [target.options.dryRun ? after : cleaned(after, updated, names), reply]
}

/** Deletes one object. */
export const removeOne = (
  state: State,
  kind: Kind,
  namespace: string,
  name: string,
  options: Options.DeleteOptions,
  names: Names
): Removed => {
  const key = keyOf(kind.resource)
  const path = pathOf(namespace, name)
  const live = find(state, key, path)
  if (live === undefined) return Result.fail(Status.notFound(Status.qualified(kind.resource), name))
  const target: Target = { kind, key, path, name, options }
  const refused = precondition(target, live) ?? Namespaces.admitsDelete(kind.resource, name)
  if (refused !== undefined) return Result.fail(refused)
  if (key === keyOf(Kinds.Namespace)) return Result.succeed(ofNamespace(state, target, live, names))
  if (key === definitions) return Result.succeed(ofDefinition(state, target, live, names))
  return Result.succeed(generic(state, target, live, names))
}
