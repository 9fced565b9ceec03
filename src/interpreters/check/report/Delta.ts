/**
 * What changed between two values, as edits at paths: what people look at, and
 * what keeps a file of sixty large states small.
 */
import * as Schema from "effect/Schema"
import { isList, isObject, type Json, tagOf } from "./Plain.ts"

const Path = Schema.Array(Schema.Union([Schema.String, Schema.Int]))
export type Path = typeof Path.Type

/** A place that is written, added (no `before`) or removed (no `after`). */
const Put = Schema.Struct({
  path: Path,
  before: Schema.optionalKey(Schema.Json),
  after: Schema.optionalKey(Schema.Json)
})
export type Put = typeof Put.Type

/** Items of the list at this path that went and came, from the index `at` on. */
const Splice = Schema.Struct({
  path: Path,
  at: Schema.Int,
  removed: Schema.Array(Schema.Json),
  added: Schema.Array(Schema.Json)
})
export type Splice = typeof Splice.Type

export const Edit = Schema.Union([Splice, Put])
export type Edit = typeof Edit.Type

export const isSplice = (edit: Edit): edit is Splice => "at" in edit

const isEqual = (one: Json, other: Json): boolean => between(one, other).length === 0

const ofLists = (before: ReadonlyArray<Json>, after: ReadonlyArray<Json>, path: Path): ReadonlyArray<Edit> => {
  const shorter = Math.min(before.length, after.length)
  let at = 0
  while (at < shorter && isEqual(before[at]!, after[at]!)) at++
  let end = 0
  while (end < shorter - at && isEqual(before[before.length - 1 - end]!, after[after.length - 1 - end]!)) end++
  const removed = before.slice(at, before.length - end)
  const added = after.slice(at, after.length - end)
  const pairs = Math.min(removed.length, added.length)
  const edits = removed.slice(0, pairs).flatMap((item, index) => between(item, added[index]!, [...path, at + index]))
  if (removed.length === added.length) return edits
  const rest = { path, at: at + pairs, removed: removed.slice(pairs), added: added.slice(pairs) }
  const whole = { path, at, removed, added }
  return pairs === 0 || isShorter([whole], [...edits, rest]) ? [whole] : [...edits, rest]
}

const isShorter = (one: ReadonlyArray<Edit>, other: ReadonlyArray<Edit>): boolean =>
  JSON.stringify(one).length <= JSON.stringify(other).length

/** The edits that lead from one value to another, each at a place of its own; none for equal ones. */
export const between = (before: Json, after: Json, path: Path = []): ReadonlyArray<Edit> => {
  if (Object.is(before, after)) return []
  if (isList(before) && isList(after)) return ofLists(before, after, path)
  if (!isObject(before) || !isObject(after) || tagOf(before) !== tagOf(after)) return [{ path, before, after }]
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key))
  return [
    ...gone.map((key) => ({ path: [...path, key], before: before[key]! })),
    ...Object.entries(after).flatMap(([key, value]) =>
      Object.hasOwn(before, key)
        ? between(before[key]!, value, [...path, key])
        : [{ path: [...path, key], after: value }]
    )
  ]
}

const here = (value: Json, edit: Edit): Json | undefined => {
  if (!isSplice(edit)) return edit.after
  if (!isList(value)) throw new RangeError("a list was expected here")
  return value.toSpliced(edit.at, edit.removed.length, ...edit.added)
}

const inObject = (value: Readonly<Record<string, Json>>, key: string, edit: Edit, depth: number): Json => {
  const isNew = depth + 1 === edit.path.length && !isSplice(edit) && edit.before === undefined
  if (!Object.hasOwn(value, key) && !isNew) throw new RangeError(`there is no ${JSON.stringify(key)}`)
  const next = at(value[key] ?? null, edit, depth + 1)
  const others = Object.entries(value).filter(([name]) => name !== key)
  if (next === undefined) return Object.fromEntries(others)
  return Object.fromEntries(
    Object.hasOwn(value, key)
      ? Object.entries(value).map(([name, held]) => [name, name === key ? next : held])
      : [...others, [key, next]]
  )
}

const at = (value: Json, edit: Edit, depth: number): Json | undefined => {
  const key = edit.path[depth]
  if (key === undefined) return here(value, edit)
  if (typeof key === "string" && isObject(value)) return inObject(value, key, edit, depth)
  if (typeof key === "number" && isList(value) && key < value.length) {
    return value.with(key, at(value[key]!, edit, depth + 1) ?? null)
  }
  throw new RangeError(`there is no ${JSON.stringify(key)}`)
}

/** The value after these edits. Throws `RangeError` for an edit of a place that is not there. */
export const apply = (value: Json, edits: ReadonlyArray<Edit>): Json =>
  edits.reduce<Json>((held, edit) => at(held, edit, 0) ?? null, value)
