/**
 * Which kinds are served: the built-in ones and those of the established
 * CustomResourceDefinitions of a state.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import { valueAt } from "./FieldSelector.ts"
import { builtIn, builtInOnLoopback, fromDefinition, type Kind } from "./Kind.ts"
import { all, find, keyOf, type State } from "./Store.ts"
import { isFields } from "./Types.ts"

export const definitions = keyOf(Kinds.CustomResourceDefinition)

interface Condition {
  readonly type?: unknown
  readonly status?: unknown
}

const conditionsOf = (object: KubeObject): ReadonlyArray<Condition> => {
  const conditions = valueAt(object, ["status", "conditions"])
  return Array.isArray(conditions) ? conditions : []
}

const hasCondition = (object: KubeObject, type: string): boolean =>
  conditionsOf(object).some((one) => one.type === type && one.status === "True")

/**
 * Kinds by the `spec` of their definition: schemas take long to prepare, and a
 * state is data. A cache of a pure function, not part of any state.
 */
const prepared = new WeakMap<object, ReadonlyArray<Kind>>()

/** The served versions of a definition. */
export const kindsOf = (definition: KubeObject): ReadonlyArray<Kind> => {
  const spec = definition["spec"]
  if (!isFields(spec)) return []
  const known = prepared.get(spec)
  if (known !== undefined) return known
  const kinds = fromDefinition(definition)
  prepared.set(spec, kinds)
  return kinds
}

export const definitionOf = (state: State, group: string, plural: string): KubeObject | undefined =>
  group === "" ? undefined : find(state, definitions, `${plural}.${group}`)

export const kindAt = (state: State, group: string, version: string, plural: string): Kind | undefined => {
  const table = state.loopbackAddresses === true ? builtInOnLoopback : builtIn
  const own = table.get(`${group}/${plural}`)
  if (own !== undefined) return own.resource.version === version ? own : undefined
  const definition = definitionOf(state, group, plural)
  if (definition === undefined || !hasCondition(definition, "Established")) return undefined
  return kindsOf(definition).find(({ resource }) => resource.version === version)
}

/** Every served kind: built-in ones first, in the order of their table, then custom ones by name. */
export const served = (state: State): ReadonlyArray<Kind> => [
  ...builtIn.values(),
  ...[...all(state, definitions).values()].flatMap((definition) =>
    hasCondition(definition, "Established") ? kindsOf(definition) : []
  )
]

/** Whether a group and version belong to the server itself: its 404 is a `Status`, that of others is not. */
export const isOwnGroup = (group: string, version: string): boolean => {
  for (const { resource } of builtIn.values()) {
    if (resource.group === group && resource.version === version) return true
  }
  return false
}

const versionsOf = (definition: KubeObject): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const versions = valueAt(definition, ["spec", "versions"])
  return Array.isArray(versions) ? versions.filter(isFields) : []
}

export const storageVersion = (definition: KubeObject): string | undefined => {
  const name = versionsOf(definition).find((version) => version["storage"] === true)?.["name"]
  return typeof name === "string" ? name : undefined
}

/** Paths that `fieldSelector` may name beyond metadata; undefined for built-in kinds. */
export const selectableFields = (state: State, { custom, resource }: Kind): ReadonlyArray<string> | undefined => {
  if (!custom) return undefined
  const definition = definitionOf(state, resource.group, resource.plural)
  const version = definition && versionsOf(definition).find(({ name }) => name === resource.version)
  const fields = version?.["selectableFields"]
  if (!Array.isArray(fields)) return []
  return fields.filter(isFields).map(({ jsonPath }) => String(jsonPath).replace(/^\./, ""))
}

/** The object in the version that was asked for: versions of one kind differ in nothing but the name. */
export const inVersion = (resource: Resource, object: KubeObject): KubeObject => {
  const apiVersion = Kinds.apiVersionOf(resource)
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}
