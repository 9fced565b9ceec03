/**
 * What follows a write inside the server: a definition is established, and
 * goes away with the last of its objects. The real server's own controllers do
 * this a few milliseconds later; here it is part of the same request.
 */
import { seconds } from "../../../domain/kube/Body.ts"
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import type { Names } from "../../Names.ts"
import { definitionOf, definitions, kindAt } from "./Catalog.ts"
import { valueAt } from "./FieldSelector.ts"
import { managed } from "./patch/Patch.ts"
import { all, keyOf, put, remove, type State } from "./Store.ts"
import { isFields, same } from "./Types.ts"

/** Keeps a definition until its objects are gone. */
export const cleanup = "customresourcecleanup.apiextensions.k8s.io"

export interface Condition {
  readonly type: string
  readonly status: string
  readonly lastTransitionTime: string
  readonly [field: string]: unknown
}

/** The conditions with one of them set; its transition time moves only with its status. */
export const conditionsWith = (object: KubeObject, condition: Condition): ReadonlyArray<unknown> => {
  const found = valueAt(object, ["status", "conditions"])
  const conditions = Array.isArray(found) ? found.filter(isFields) : []
  const old = conditions.find(({ type }) => type === condition.type)
  if (old === undefined) return [...conditions, condition]
  const next =
    old["status"] === condition.status ? { ...condition, lastTransitionTime: old["lastTransitionTime"] } : condition
  return conditions.map((one) => (one === old ? next : one))
}

const established = (definition: KubeObject, time: string): KubeObject => {
  const set = (object: KubeObject, type: string, reason: string, message: string): KubeObject => {
    const status = isFields(object["status"]) ? object["status"] : {}
    const condition = { lastTransitionTime: time, message, reason, status: "True", type }
    return { ...object, status: { ...status, conditions: conditionsWith(object, condition) } }
  }
  const named = set(definition, "NamesAccepted", "NoConflicts", "no conflicts found")
  const served = set(named, "Established", "InitialNamesAccepted", "the initial names have been accepted")
  // `set` has made it one.
  const status = served["status"] as Readonly<Record<string, unknown>>
  return { ...served, status: { ...status, acceptedNames: valueAt(definition, ["spec", "names"]) } }
}

const establish = (state: State, definition: KubeObject, names: Names): State => {
  const time = seconds(names.nowMillis)
  const next = established(definition, time)
  if (same(next["status"], definition["status"])) return state
  const kind = kindAt(state, "apiextensions.k8s.io", "v1", "customresourcedefinitions")
  const by = { manager: "kube-apiserver", subresource: "status", time }
  const managedFields = kind === undefined ? [] : managed(kind, definition, next, by)
  const owned = managedFields.length === 0 ? next : { ...next, metadata: { ...next.metadata, managedFields } }
  // Named: it is stored.
  return put(state, definitions, definition.metadata.name!, owned, names)[0]
}

/** After an object was stored. */
export const stored = (
  state: State,
  resource: Resource,
  _before: KubeObject | undefined,
  after: KubeObject,
  names: Names
): State =>
  keyOf(resource) === definitions && after.metadata.deletionTimestamp === undefined
    ? establish(state, after, names)
    : state

/** After an object was removed. */
export const removed = (state: State, resource: Resource, _last: KubeObject, names: Names): State => {
  if (all(state, keyOf(resource)).size > 0) return state
  const definition = definitionOf(state, resource.group, resource.plural)
  return definition?.metadata.deletionTimestamp === undefined ? state : finished(state, definition, names)
}

/** Takes the finalizer off a definition without objects, and removes it unless someone else has one there. */
export const finished = (state: State, definition: KubeObject, names: Names): State => {
  // Named: it is stored.
  const name = definition.metadata.name!
  const { finalizers = [], ...metadata } = definition.metadata
  const others = finalizers.filter((one) => one !== cleanup)
  if (others.length === 0) return remove(state, definitions, name, names)?.[0] ?? state
  return put(state, definitions, name, { ...definition, metadata: { ...metadata, finalizers: others } }, names)[0]
}
