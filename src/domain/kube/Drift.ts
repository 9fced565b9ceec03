/**
 * Whether an apply would change an object, decided from the object as it was
 * last seen: a settled world gets no request.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ManagedFields from "./ManagedFields.ts"
import type { KubeObject } from "./Object.ts"
import * as Quantity from "./Quantity.ts"

type Fields = { readonly [field: string]: unknown }

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null

/** Maps that the API leaves out when they are empty; any other empty object says something (`emptyDir: {}`). */
const maps = new Set(["labels", "annotations", "nodeSelector", "data", "matchLabels", "requests", "limits"])

const saysNothing = (field: string, value: unknown): boolean =>
  isAbsent(value) ||
  (Array.isArray(value) && value.length === 0) ||
  (maps.has(field) && isFields(value) && Object.values(value).every(isAbsent))

/** Values below these fields, and this field itself, are quantities. */
const holdsQuantities = new Set(["requests", "limits", "capacity"])

/** Objects, and items of lists, that an apply replaces as a whole (OpenAPI of Kubernetes 1.34, `x-kubernetes-map-type: atomic`). */
const atomic = new Set([
  "selector",
  "labelSelector",
  "namespaceSelector",
  "nodeSelector",
  "fieldRef",
  "resourceFieldRef",
  "secretKeyRef",
  "configMapKeyRef",
  "ownerReferences"
])

/** What the API server adds inside of what an apply replaces as a whole. */
const added: Readonly<Record<string, Fields>> = {
  fieldRef: { apiVersion: "v1" },
  volumeClaimTemplates: { apiVersion: "v1", kind: "PersistentVolumeClaim", status: { phase: "Pending" } }
}

/** Fields that tell the items of a list apart, the first set that the item has (`x-kubernetes-list-map-keys`). */
const listKeys: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>> = {
  containers: [["name"]],
  initContainers: [["name"]],
  ephemeralContainers: [["name"]],
  env: [["name"]],
  volumes: [["name"]],
  imagePullSecrets: [["name"]],
  volumeMounts: [["mountPath"]],
  volumeDevices: [["devicePath"]],
  ports: [
    ["containerPort", "protocol"],
    ["port", "protocol"]
  ],
  topologySpreadConstraints: [["topologyKey", "whenUnsatisfiable"]],
  ownerReferences: [["uid"]],
  conditions: [["type"]],
  hostAliases: [["ip"]],
  nodeStatuses: [["podName"]]
}

/** Lists of which every manager owns single items (`x-kubernetes-list-type: set`). */
const sets = new Set(["finalizers"])

const keysOf = (field: string, item: unknown): ReadonlyArray<string> | undefined =>
  isFields(item) ? listKeys[field]?.find(([first]) => item[first!] !== undefined) : undefined

const keyValue = (item: Fields, key: string): unknown => item[key] ?? (key === "protocol" ? "TCP" : undefined)

const itemLike = (items: unknown, keys: ReadonlyArray<string>, values: Fields): Fields | undefined =>
  Array.isArray(items)
    ? items.find((item) => isFields(item) && keys.every((key) => keyValue(item, key) === keyValue(values, key)))
    : undefined

/** An empty value takes away what is there; where parts have owners of their own it says nothing. */
const empties = (field: string, value: unknown): boolean =>
  Array.isArray(value)
    ? listKeys[field] === undefined && !sets.has(field)
    : isFields(value) && (field === "matchLabels" || atomic.has(field))

/** What `live` says is what `desired` says; `whole`: and it says nothing else. */
const agrees = (field: string, live: unknown, desired: unknown, whole: boolean): boolean => {
  if (saysNothing(field, desired)) return !(whole || empties(field, desired)) || saysNothing(field, live)
  if (isAbsent(live)) return false
  if (Array.isArray(desired)) return Array.isArray(live) && listsAgree(field, live, desired, whole)
  if (!isFields(desired)) return live === desired || (field === "sizeLimit" && Quantity.equals(live, desired))
  return isFields(live) && fieldsAgree(field, live, desired, whole || atomic.has(field))
}

const fieldsAgree = (field: string, live: Fields, desired: Fields, whole: boolean): boolean => {
  const names = whole ? new Set([...Object.keys(live), ...Object.keys(desired)]) : Object.keys(desired)
  const quantities = holdsQuantities.has(field)
  for (const name of names) {
    const wanted = desired[name] ?? (whole ? added[field]?.[name] : undefined)
    const found = live[name] ?? (whole ? added[field]?.[name] : undefined)
    if (!(quantities && Quantity.equals(found, wanted)) && !agrees(name, found, wanted, whole)) return false
  }
  return true
}

const listsAgree = (field: string, live: ReadonlyArray<unknown>, desired: ReadonlyArray<unknown>, whole: boolean) => {
  const keys = keysOf(field, desired[0])
  if (keys !== undefined && !whole) {
    return desired.every(
      (item) => isFields(item) && fieldsAgree(field, itemLike(live, keys, item) ?? {}, item, atomic.has(field))
    )
  }
  if (sets.has(field)) return desired.every((item) => live.includes(item))
  return (
    live.length === desired.length &&
    desired.every((item, index) => {
      const found = live[index]
      return isFields(item) && isFields(found)
        ? fieldsAgree(field, found, item, true)
        : agrees(field, found, item, true)
    })
  )
}

/** Something is owned that `desired` does not say: an apply takes it away, or gives it up. */
const ownsMore = (owned: unknown, desired: unknown): boolean =>
  isFields(owned) &&
  Object.entries(owned).some(([key, below]) => {
    if (key === ".") return false
    const inner = ownedPart(key, desired)
    return isAbsent(inner) || ownsMore(below, inner)
  })

const readKeys = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const maxKeys = 10_000
const keys = new Map<string, Fields>()

/** Of `k:{"name":"a"}`; none when it is unreadable. A cache: few different keys are read again and again. */
const keyFields = (key: string): Fields => {
  const known = keys.get(key)
  if (known !== undefined) return known
  const fields = Option.getOrElse(readKeys(key.slice(2)), () => ({}))
  if (keys.size >= maxKeys) keys.clear()
  keys.set(key, fields)
  return fields
}

/** `f:name`, `k:{"name":"a"}`, `v:"a"` (Kubernetes documentation, FieldsV1): the part of a value that it names. */
const ownedPart = (key: string, value: unknown): unknown => {
  const name = key.slice(2)
  if (key.startsWith("f:")) return isFields(value) ? value[name] : undefined
  if (key.startsWith("k:")) {
    const values = keyFields(key)
    return itemLike(value, Object.keys(values), values)
  }
  if (key.startsWith("v:"))
    return Array.isArray(value) ? value.find((item) => JSON.stringify(item) === name) : undefined
  return value
}

/** Something is said that is not owned: without an apply it would outlive the day when nobody says it any more. */
const ownsLess = (owned: unknown, desired: unknown, field: string): boolean => {
  if (saysNothing(field, desired)) return false
  if (!isFields(owned)) return true
  if (Object.keys(owned).length === 0) return false
  if (isFields(desired)) {
    return Object.entries(desired).some(([name, value]) => ownsLess(owned[`f:${name}`], value, name))
  }
  if (!Array.isArray(desired)) return false
  const items: ReadonlyArray<unknown> = desired
  if (sets.has(field)) return items.some((item) => owned[`v:${JSON.stringify(item)}`] === undefined)
  const keys = keysOf(field, items[0])
  if (keys === undefined) return false
  return items.some((item) => {
    const key = Object.keys(owned).find(
      (candidate) => candidate.startsWith("k:") && itemLike([item], keys, keyFields(candidate))
    )
    return key === undefined || ownsLess(owned[key], item, field)
  })
}

const identity = new Set(["generateName", "name", "namespace", "resourceVersion", "uid"])

/** What an apply may own of an object: all but its identity. */
const ownable = (object: KubeObject): Fields => {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([name]) => !identity.has(name)))
  return { ...object, apiVersion: undefined, kind: undefined, metadata }
}

/**
 * An apply of `desired` by `manager` would change what `live` says, or what
 * `manager` owns of it. Defaults of the API server and other ways to write a
 * quantity are no difference; nor is the order of items that have keys.
 *
 * **Gotchas** Where the cache keeps no `managedFields` only content is compared.
 * `desired` must not spell out zero values that the API leaves out (`readOnly:
 * false`): they would differ for ever.
 */
export const drifted = (live: KubeObject | undefined, desired: KubeObject, manager: string): boolean => {
  if (live === undefined) return true
  const last = compared.get(live)
  if (last?.desired === desired && last.manager === manager) return last.isDrifted
  const isDrifted = differs(live, desired, manager)
  compared.set(live, { desired, manager, isDrifted })
  return isDrifted
}

/** The last comparison with each object: a cache, since at rest both sides stay the same. */
const compared = new WeakMap<
  KubeObject,
  { readonly desired: KubeObject; readonly manager: string; readonly isDrifted: boolean }
>()

const differs = (live: KubeObject, desired: KubeObject, manager: string): boolean => {
  const wanted = ownable(desired)
  if (!fieldsAgree("", ownable(live), wanted, false)) return true
  if (live.metadata.managedFields === undefined) return false
  const owned = ManagedFields.appliedBy(live.metadata.managedFields, manager)
  return ownsMore(owned, wanted) || ownsLess(owned, wanted, "")
}

/** What `live` says at `path` is not what `desired` says there; ownership aside. */
export const differsAt = (path: ReadonlyArray<string>, live: KubeObject, desired: KubeObject): boolean => {
  const at = (object: unknown) =>
    path.reduce<unknown>((value, name) => (isFields(value) ? value[name] : undefined), object)
  return !agrees(path.at(-1) ?? "", at(live), at(desired), false)
}
