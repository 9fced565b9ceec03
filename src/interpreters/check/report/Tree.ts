/**
 * What a step changed, as a small tree: only the paths that changed, items of
 * lists by their names, and chains of single branches in one line.
 */
import type { Difference } from "../../../domain/check/Trace.ts"
import * as Delta from "./Delta.ts"
import * as Plain from "./Plain.ts"

export interface Leaf {
  readonly _tag: "Leaf"
  readonly label: string
  /** Undefined: added. */
  readonly before: Plain.Json | undefined
  /** Undefined: removed. */
  readonly after: Plain.Json | undefined
}

export interface Branch {
  readonly _tag: "Branch"
  readonly label: string
  readonly children: ReadonlyArray<Tree>
}

export type Tree = Leaf | Branch

const leaf = (label: string, before: Plain.Json | undefined, after: Plain.Json | undefined): Leaf => ({
  _tag: "Leaf",
  label,
  before,
  after
})

/** What a program calls undefined. */
export const absent = (value: Plain.Json | undefined): Plain.Json | undefined =>
  value !== undefined && Plain.isObject(value) && Plain.tagOf(value) === "$undefined" ? undefined : value

const child = (value: Plain.Json | undefined, key: string | number): Plain.Json | undefined => {
  if (value === undefined) return undefined
  if (Plain.isList(value)) return typeof key === "number" ? value[key] : undefined
  return Plain.isObject(value) ? value[key] : undefined
}

/** What people call this item of a list. */
const nameOf = (item: Plain.Json | undefined): string | undefined => {
  if (item === undefined || !Plain.isObject(item)) return undefined
  const { metadata } = item
  const name = item["name"] ?? (metadata !== undefined && Plain.isObject(metadata) ? metadata["name"] : undefined)
  return typeof name === "string" ? name : undefined
}

const itemLabel = (item: Plain.Json | undefined, index: number): string => `[${nameOf(item) ?? index}]`

const leavesOf = (edit: Delta.Edit, label: string, value: Plain.Json | undefined): ReadonlyArray<Leaf> => {
  if (!Delta.isSplice(edit)) return [leaf(label, absent(edit.before), absent(edit.after))]
  const at = edit.at
  return [
    ...edit.removed.map((item, index) => leaf(itemLabel(child(value, at + index), at + index), item, undefined)),
    ...edit.added.map((item, index) => leaf(itemLabel(item, at + index), undefined, item))
  ]
}

/** The edits below one place, by their next key, as trees. */
const below = (edits: ReadonlyArray<Delta.Edit>, depth: number, value: Plain.Json | undefined): ReadonlyArray<Tree> => {
  const keys = [...new Set(edits.map(({ path }) => path[depth]))]
  return keys.flatMap((key): ReadonlyArray<Tree> => {
    const here = edits.filter(({ path }) => path[depth] === key)
    if (key === undefined) return here.flatMap((edit) => leavesOf(edit, "", value))
    const next = child(value, key)
    const label = typeof key === "number" ? itemLabel(next, key) : key.startsWith("$") ? "" : key
    return [joined(label, below(here, depth + 1, next))]
  })
}

const glued = (label: string, more: string): string =>
  label === "" || more === "" || more.startsWith("[") ? `${label}${more}` : `${label}.${more}`

const joined = (label: string, children: ReadonlyArray<Tree>): Tree => {
  const [only] = children
  if (only === undefined || children.length > 1) return { _tag: "Branch", label, children }
  return { ...only, label: glued(label, only.label) }
}

/** Undefined: nothing of it `isShown`. */
export const ofDifference = (
  { after, before, component }: Difference,
  isShown: (edit: Delta.Edit) => boolean = () => true
): Tree | undefined => {
  const from = Plain.encode(before)
  const edits = Delta.between(from, Plain.encode(after)).filter(isShown)
  return edits.length === 0 ? undefined : joined(component, below(edits, 0, from))
}

/** How many places changed. */
export const size = (tree: Tree): number =>
  tree._tag === "Leaf" ? 1 : tree.children.reduce((sum, more) => sum + size(more), 0)

const tagged = (tag: string, held: Plain.Json): string => {
  switch (tag) {
    case "$undefined":
      return "nothing"
    case "$set":
    case "$chain":
    case "$bytes":
    case "$entries":
      return `${tag.slice(1)} ${written(held)}`
    case "$number":
    case "$bigint":
    case "$code":
      return String(held)
    default:
      return written(held)
  }
}

/** A value in one line, nearer to how it is written in a program than to JSON. */
export const written = (value: Plain.Json): string => {
  if (Plain.isList(value)) return `[${value.map(written).join(", ")}]`
  if (!Plain.isObject(value)) return JSON.stringify(value)
  const tag = Plain.tagOf(value)
  if (tag !== undefined) return tagged(tag, value[tag] ?? null)
  const fields = Object.entries(value).map(
    ([key, held]) => `${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)}: ${written(held)}`
  )
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`
}

export const brief = (value: Plain.Json, most: number): string => {
  const whole = written(value)
  return whole.length <= most ? whole : `${whole.slice(0, most - 1)}…`
}
