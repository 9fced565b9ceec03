/**
 * What a state holds, as JSON: what JSON cannot say is tagged with a "$", so
 * that files, differences and pages need to know no other shape.
 */
import type * as Schema from "effect/Schema"

export type Json = Schema.Json

interface Fields {
  readonly [key: string]: Json
}

const isRecord = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export const isObject = (value: Json): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The mark of what JSON has no word for. */
export const tagOf = (value: Fields): string | undefined => {
  const [key = "", ...more] = Object.keys(value)
  return key.startsWith("$") && more.length === 0 ? key : undefined
}

export const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

const fieldsOf = (entries: Iterable<readonly [string, unknown]>): Fields =>
  Object.fromEntries([...entries].map(([key, value]) => [key, encode(value)]))

const ofMap = (map: ReadonlyMap<unknown, unknown>): Json => {
  const entries = [...map]
  const named = entries.flatMap(([key, value]) => (typeof key === "string" ? [[key, value] as const] : []))
  return named.length === entries.length
    ? { $map: fieldsOf(named) }
    : { $entries: entries.map(([key, value]) => [encode(key), encode(value)]) }
}

/** Of a class: what it says of itself (a secret says "<redacted>"), else its fields; which class it was is lost. */
const ofInstance = (value: object): Json => {
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const said: unknown = value.toJSON()
    if (said !== value) return encode(said)
  }
  const tag = "_tag" in value && !Object.hasOwn(value, "_tag") ? [["_tag", value._tag] as const] : []
  return fieldsOf([...tag, ...Object.entries(value)])
}

/** What a program was answered, newest first: a list, of which each item holds those before. */
interface Link {
  readonly slot: unknown
  readonly before: unknown
}

const isLink = (value: unknown): value is Link =>
  typeof value === "object" && value !== null && "slot" in value && "before" in value && isRecord(value)

const items = new WeakMap<object, Json>()

const itemOf = (link: Link): Json => {
  const known = items.get(link)
  if (known !== undefined) return known
  const item = fieldsOf(Object.entries(link).filter(([key]) => key !== "before"))
  items.set(link, item)
  return item
}

/** Oldest first, as a list: else each step would change every item. Undefined: it does not end as such lists do. */
const ofChain = (newest: Link): Json | undefined => {
  const chain: Array<Json> = []
  let link: unknown = newest
  for (; isLink(link); link = link.before) chain.push(itemOf(link))
  return link === null ? { $chain: chain.toReversed() } : undefined
}

const chained = (chain: Json): unknown =>
  itemsOf(chain).reduce((before, item) => (typeof item === "object" ? { ...item, before } : before), null)

const ofObject = (value: object): Json => {
  if (Array.isArray(value)) return value.map(encode)
  if (value instanceof Map) return ofMap(value)
  if (value instanceof Set) return { $set: [...value].map(encode) }
  if (value instanceof Uint8Array) return { $bytes: [...value] }
  if (!isRecord(value)) return ofInstance(value)
  const chain = isLink(value) ? ofChain(value) : undefined
  if (chain !== undefined) return chain
  const fields = fieldsOf(Object.entries(value))
  return Object.keys(fields).some((key) => key.startsWith("$")) ? { $object: fields } : fields
}

/** States are never changed in place, and share what did not change: so do their encodings. */
const encoded = new WeakMap<object, Json>()

const known = (value: object): Json => {
  const before = encoded.get(value)
  if (before !== undefined) return before
  const json = ofObject(value)
  encoded.set(value, json)
  return json
}

export const encode = (value: unknown): Json => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      return Number.isFinite(value) ? value : { $number: `${value}` }
    case "bigint":
      return { $bigint: `${value}` }
    case "object":
      return value === null ? null : known(value)
    case "undefined":
      return { $undefined: true }
    default:
      return { $code: String(value) }
  }
}

const valuesOf = (fields: Json): ReadonlyArray<readonly [string, unknown]> =>
  isObject(fields) ? Object.entries(fields).map(([key, value]) => [key, decode(value)] as const) : []

const itemsOf = (items: Json): ReadonlyArray<unknown> => (isList(items) ? items.map(decode) : [])

const pairsOf = (items: Json): ReadonlyArray<readonly [unknown, unknown]> =>
  isList(items)
    ? items.map((item) => (isList(item) ? [decode(item[0] ?? null), decode(item[1] ?? null)] : [item, null]))
    : []

/** The inverse, but for classes, which come back as plain data. */
export const decode = (json: Json): unknown => {
  if (isList(json)) return json.map(decode)
  if (!isObject(json)) return json
  const tag = tagOf(json)
  if (tag === undefined) return Object.fromEntries(valuesOf(json))
  const held = json[tag] ?? null
  switch (tag) {
    case "$map":
      return new Map(valuesOf(held))
    case "$entries":
      return new Map(pairsOf(held))
    case "$set":
      return new Set(itemsOf(held))
    case "$bytes":
      return Uint8Array.from(isList(held) ? held.map(Number) : [])
    case "$number":
      return Number(held)
    case "$bigint":
      return BigInt(String(held))
    case "$chain":
      return chained(held)
    case "$undefined":
      return undefined
    case "$object":
      return Object.fromEntries(valuesOf(held))
    default:
      return String(held)
  }
}

const ofTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Sets, and maps by anything but texts, have no order of their own. */
const unordered = new Set(["$set", "$entries"])

const sorted = (json: Json): Json => {
  if (isList(json)) return json.map(sorted)
  if (!isObject(json)) return json
  const isUnordered = unordered.has(tagOf(json) ?? "")
  const entries = Object.entries(json).map(([key, value]) => [key, sorted(value)] as const)
  return Object.fromEntries(
    isUnordered
      ? entries.map(([key, items]) => [key, isList(items) ? items.toSorted(byText) : items])
      : entries.toSorted(([one], [other]) => ofTexts(one, other))
  )
}

const byText = (one: Json, other: Json): number => ofTexts(JSON.stringify(one), JSON.stringify(other))

const textOf = (json: Json): string => JSON.stringify(sorted(json))

/** The same text for values that cannot be told apart, in whatever order their keys were written. */
export const text = (value: unknown): string => textOf(encode(value))

/** As their texts, but that what they share is not looked at: states share nearly everything. */
const isSameJson = (one: Json, other: Json): boolean => {
  if (one === other) return true
  if (isList(one))
    return isList(other) && one.length === other.length && one.every((item, at) => isSameJson(item, other[at]!))
  if (!isObject(one) || !isObject(other)) return false
  if (unordered.has(tagOf(one) ?? "")) return textOf(one) === textOf(other)
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSameJson(one[key]!, other[key]!))
  )
}

export const isSame = (one: unknown, other: unknown): boolean =>
  Object.is(one, other) || isSameJson(encode(one), encode(other))
