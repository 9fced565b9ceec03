/**
 * Strategic merge patch: a merge patch that knows which lists merge by a key,
 * with its directives `$patch`, `$retainKeys`, `$setElementOrder/x` and
 * `$deleteFromPrimitiveList/x`.
 */
import { type Fields, fieldOf, isFields, type ListOf, type Type } from "../Types.ts"
import { goText } from "./Check.ts"

/** What the server answers to a patch it cannot follow. */
export interface Rejection {
  readonly status: number
  readonly reason: string
  readonly message: string
}

interface Walk {
  rejected: Rejection | undefined
}

const order = "$setElementOrder"
const deletion = "$deleteFromPrimitiveList/"

const badRequest = (walk: Walk, message: string): undefined => {
  walk.rejected ??= { status: 400, reason: "BadRequest", message }
  return undefined
}

/** Errors that the server does not translate end as a bare 500. */
const unexpected = (walk: Walk, message: string): undefined => {
  walk.rejected ??= { status: 500, reason: "", message }
  return undefined
}

type Value = unknown
type List = ReadonlyArray<unknown>

const badOrder = "invalid patch format of setElementOrder list"
const badRetained = "invalid patch format of retainKeys"

/** The one field that its type says to replace as a whole. */
const isReplaced = (type: Type | undefined, name: string): boolean =>
  type?._tag === "keyed" && type.name === "PodDisruptionBudgetSpec" && name === "selector"

const mergeKeyOf = (type: Type | undefined): string | undefined =>
  type?._tag === "list" ? type.strategic?.mergeKey : undefined

/** A value that is new to the object: directives go, and nulls with them. Undefined: it was a directive itself. */
const plain = (value: Value): Value => {
  if (Array.isArray(value)) return value.map(plain).filter((item) => item !== undefined)
  if (!isFields(value)) return value
  if (value["$patch"] !== undefined) return undefined
  const entries = Object.entries(value).flatMap(([name, child]): Array<[string, unknown]> => {
    const kept = child === null ? undefined : plain(child)
    return kept === undefined ? [] : [[name, kept]]
  })
  return Object.fromEntries(entries)
}

const keyOf = (item: unknown, mergeKey: string | undefined): unknown =>
  mergeKey === undefined ? item : isFields(item) ? item[mergeKey] : undefined

const positionIn = (list: List, item: unknown, mergeKey: string | undefined): number =>
  list.findIndex((other) => keyOf(other, mergeKey) === keyOf(item, mergeKey))

/** Sorted by a list of keys or items; those that are not in it stay where they are. */
const sortedBy = (list: List, by: List, mergeKey: string | undefined): List =>
  list.toSorted((left, right) => {
    const [mine, other] = [positionIn(by, left, mergeKey), positionIn(by, right, mergeKey)]
    return mine < 0 || other < 0 ? 0 : mine - other
  })

/** Items of the patch in its order, the server's own among them where the live order puts them. */
const ordered = (items: List, patchOrder: List, liveOrder: List, mergeKey: string | undefined): List => {
  const isPatched = (item: unknown) => positionIn(patchOrder, item, mergeKey) >= 0
  const mine = sortedBy(items.filter(isPatched), patchOrder, mergeKey)
  const others = sortedBy(
    items.filter((item) => !isPatched(item)),
    liveOrder,
    mergeKey
  )
  const result: Array<unknown> = []
  let [left, right] = [0, 0]
  while (left < others.length || right < mine.length) {
    const at = positionIn(liveOrder, others[left], mergeKey)
    const before = positionIn(liveOrder, mine[right], mergeKey)
    const takesOther = right >= mine.length || (left < others.length && at >= 0 && before >= 0 && at < before)
    result.push(takesOther ? others[left++] : mine[right++])
  }
  return result
}

const withoutDirectives = (walk: Walk, live: List, patch: List, mergeKey: string): readonly [List, List] => {
  let left = live
  let isReplace = false
  const items: Array<unknown> = []
  for (const item of patch) {
    const directive = isFields(item) ? item["$patch"] : undefined
    if (directive === undefined) items.push(item)
    else if (directive === "replace") isReplace = true
    else if (directive === "delete" && keyOf(item, mergeKey) !== undefined) {
      left = left.filter((other) => keyOf(other, mergeKey) !== keyOf(item, mergeKey))
    } else if (directive === "delete") {
      unexpected(walk, `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`)
    } else if (directive === "merge") {
      unexpected(walk, "merging lists cannot yet be specified in the patch")
    } else {
      unexpected(walk, `unknown patch type: ${goText(directive)} in map: ${goText(item)}`)
    }
  }
  return isReplace ? [items, []] : [left, items]
}

const mergeItems = (walk: Walk, type: ListOf, live: List, patch: List, mergeKey: string): List => {
  const [left, items] = withoutDirectives(walk, live, patch, mergeKey)
  const result = [...left]
  for (const item of items) {
    if (!isFields(item) || item[mergeKey] === undefined) {
      unexpected(walk, `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`)
      continue
    }
    const at = positionIn(result, item, mergeKey)
    if (at < 0) result.push(item)
    else result[at] = mergeFields(walk, type.of, isFields(result[at]) ? result[at] : {}, item)
  }
  return ordered(result, items, left, mergeKey)
}

const mergeList = (walk: Walk, type: Type | undefined, live: List, patch: List): List => {
  if (type?._tag !== "list" || type.strategic === undefined) return patch
  if (live.length === 0 && patch.length === 0) return live
  const mergeKey = type.strategic.mergeKey
  if (mergeKey !== undefined) return mergeItems(walk, type, live, patch, mergeKey)
  return ordered([...new Set([...live, ...patch])], patch, live, undefined)
}

const matchesOrder = (patch: List, wanted: List, mergeKey: string | undefined): boolean => {
  const items = patch.filter((item) => !isFields(item) || item["$patch"] === undefined)
  let found = 0
  for (const entry of wanted) {
    if (found < items.length && keyOf(items[found], mergeKey) === keyOf(entry, mergeKey)) found += 1
  }
  return found === items.length || wanted.length === 0
}

/** A list that comes with its order; undefined when the patch changes nothing about it. */
const mergeOrdered = (
  walk: Walk,
  type: Type | undefined,
  live: unknown,
  patch: unknown,
  wanted: unknown
): List | undefined => {
  if (!Array.isArray(wanted)) {
    return unexpected(walk, `expected a []interface {}, but received a ${goTypeName(wanted)}`)
  }
  if (patch !== undefined && !Array.isArray(patch)) return badRequest(walk, badOrder)
  const mergeKey = mergeKeyOf(type)
  if (patch !== undefined && !matchesOrder(patch, wanted, mergeKey)) {
    return unexpected(
      walk,
      `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(wanted)}\n`
    )
  }
  if (!Array.isArray(live)) {
    const added = patch === undefined ? undefined : plain(patch)
    return Array.isArray(added) ? ordered(added, wanted, [], mergeKey) : undefined
  }
  const merged = patch === undefined ? live : mergeList(walk, type, live, patch)
  return ordered(merged, wanted, live, mergeKey)
}

const isDirective = (name: string): boolean =>
  name === "$patch" || name === "$retainKeys" || name.startsWith(order) || name.startsWith(deletion)

const retained = (walk: Walk, live: Fields, patch: Fields): Fields => {
  const keys = patch["$retainKeys"]
  if (keys === undefined) return live
  if (!Array.isArray(keys)) {
    badRequest(walk, badRetained)
    return live
  }
  const strays = Object.entries(patch).filter(
    ([name, value]) => value !== null && !isDirective(name) && !keys.includes(name)
  )
  if (strays.length > 0) badRequest(walk, badRetained)
  return Object.fromEntries(Object.entries(live).filter(([name]) => keys.includes(name)))
}

const goTypeName = (value: unknown): string =>
  isFields(value)
    ? "map[string]interface {}"
    : typeof value === "number"
      ? "int64"
      : typeof value === "boolean"
        ? "bool"
        : typeof value

const mergeValue = (walk: Walk, type: Type | undefined, live: unknown, value: unknown): unknown => {
  if (Array.isArray(live) && Array.isArray(value)) return mergeList(walk, type, live, value)
  return isFields(live) && isFields(value) ? mergeFields(walk, type, live, value) : plain(value)
}

const mergeFields = (walk: Walk, type: Type | undefined, live: Fields, patch: Fields): Fields => {
  const { $patch: directive, ...others } = patch
  if (directive === "replace") return others
  if (directive === "delete") return {}
  if (directive !== undefined) unexpected(walk, `unknown patch type: ${goText(directive)} in map: ${goText(patch)}`)
  const result: Record<string, unknown> = { ...retained(walk, live, patch) }
  const handled = new Set<string>()
  for (const [name, wanted] of Object.entries(patch)) {
    if (!name.startsWith(order)) continue
    const field = name.slice(order.length + 1)
    const list = mergeOrdered(walk, type && fieldOf(type, field), result[field], patch[field] ?? undefined, wanted)
    if (list !== undefined) result[field] = list
    if (patch[field] !== null) handled.add(field)
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(deletion)) {
      const [field, list] = [name.slice(deletion.length), result[name.slice(deletion.length)]]
      if (Array.isArray(list) && Array.isArray(value)) result[field] = list.filter((item) => !value.includes(item))
    } else if (!isDirective(name) && !handled.has(name)) {
      const fieldType = type && fieldOf(type, name)
      const next =
        value === null ? undefined : isReplaced(type, name) ? value : mergeValue(walk, fieldType, result[name], value)
      if (next === undefined) delete result[name]
      else result[name] = next
    }
  }
  return result
}

/** The patched object, or why the server would not. */
export const strategic = (
  type: Type,
  live: Fields,
  patch: Fields
): { readonly value: unknown } | { readonly rejected: Rejection } => {
  const walk: Walk = { rejected: undefined }
  const value = mergeFields(walk, type, live, patch)
  return walk.rejected === undefined ? { value } : { rejected: walk.rejected }
}
