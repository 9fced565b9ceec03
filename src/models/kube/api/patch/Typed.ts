/**
 * Values under a type: merging two, comparing two, removing paths from one, and
 * the set of paths that one holds. The algebra under server-side apply.
 */
import { type Fields, isFields, type Keyed, type ListOf, same, scalar, type Type } from "../Types.ts"
import * as Paths from "./Paths.ts"

const looseList: ListOf = {
  _tag: "list",
  of: { _tag: "any", atomic: true },
  list: "atomic",
  keys: [],
  keyDefaults: {}
}
const looseMap: Keyed = {
  _tag: "keyed",
  name: "",
  fields: () => new Map(),
  rest: { _tag: "any", atomic: false },
  atomic: false
}
const leaf = scalar("string")

type Shaped = Exclude<Type, { _tag: "any" }>

/** The type that a value of any type shows to have. */
const shapeOf = (type: Type, value: unknown): Shaped => {
  if (type._tag !== "any") return type
  if (type.atomic) return leaf
  return Array.isArray(value) ? looseList : isFields(value) || value === null ? looseMap : leaf
}

const unknownField: Type = { _tag: "any", atomic: false }

const typeOfField = (type: Keyed, name: string): Type => type.fields().get(name) ?? type.rest ?? unknownField

const asFields = (value: unknown): Fields => (isFields(value) ? value : {})
const asList = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const isLeaf = (type: Shaped, left: unknown, right: unknown): boolean => {
  switch (type._tag) {
    case "scalar":
      return true
    case "keyed":
      return type.atomic || (Object.keys(asFields(left)).length === 0 && Object.keys(asFields(right)).length === 0)
    case "list":
      return type.list === "atomic" || (asList(left).length === 0 && asList(right).length === 0)
  }
}

/** The step to an item of an associative list; keys left out take their default, or are no part of it. */
export const stepOf = (type: ListOf, item: unknown): string => {
  if (type.list === "set") return `v:${JSON.stringify(item)}`
  const fields = asFields(item)
  const keys = [...type.keys].sort().flatMap((key) => {
    const value = fields[key] ?? type.keyDefaults[key]
    return value === undefined ? [] : [[key, value]]
  })
  return `k:${JSON.stringify(Object.fromEntries(keys))}`
}

const mergeKeyed = (type: Keyed, left: Fields, right: Fields): Fields | undefined => {
  const entries: Array<[string, unknown]> = []
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const merged = merge(typeOfField(type, name), left[name], right[name])
    if (merged !== undefined) entries.push([name, merged])
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/**
 * Items of both lists: those of `right` in its order, those of `left` alone
 * where they stood before or between the shared ones.
 */
const mergeList = (type: ListOf, left: ReadonlyArray<unknown>, right: ReadonlyArray<unknown>): unknown => {
  const leftSteps = left.map((item) => stepOf(type, item))
  const rightSteps = right.map((item) => stepOf(type, item))
  const [inLeft, inRight] = [new Set(leftSteps), new Set(rightSteps)]
  const single = (step: string): unknown =>
    leftSteps.indexOf(step) === leftSteps.lastIndexOf(step) ? left[leftSteps.indexOf(step)] : undefined
  const shared = rightSteps.filter((step) => inLeft.has(step))
  const taken = new Set<string>()
  const result: Array<unknown> = []
  let [l, r, s] = [0, 0, 0]
  const takeRight = () => {
    const step = rightSteps[r]!
    result.push(merge(type.of, single(step), right[r]))
    taken.add(step)
    if (shared[s] === step) s += 1
    r += 1
  }
  while (l < left.length || r < right.length) {
    const step = leftSteps[l]
    if (step !== undefined && r < right.length) {
      if (step === rightSteps[r]) {
        takeRight()
        l += 1
        continue
      }
      if (inRight.has(step) && s < shared.length && shared[s] !== step) {
        l += 1
        continue
      }
    }
    if (step !== undefined) {
      if (!inRight.has(step)) {
        result.push(left[l])
        l += 1
        continue
      }
      if (taken.has(step)) l += 1
    }
    if (r < right.length) takeRight()
  }
  return result.filter((item) => item !== undefined)
}

/** `right` put over `left`; undefined: nothing is left to say. */
export const merge = (type: Type, left: unknown, right: unknown): unknown => {
  const shaped = shapeOf(type, right === undefined ? left : right)
  if (isLeaf(shaped, left, right)) return right === undefined ? left : right
  return shaped._tag === "list"
    ? mergeList(shaped, asList(left), asList(right))
    : shaped._tag === "keyed"
      ? mergeKeyed(shaped, asFields(left), asFields(right))
      : right
}

export interface Comparison {
  readonly added: Paths.Paths
  readonly modified: Paths.Paths
  readonly removed: Paths.Paths
}

interface Changes {
  readonly added: Paths.Builder
  readonly modified: Paths.Builder
  readonly removed: Paths.Builder
}

const grouped = (type: ListOf, list: ReadonlyArray<unknown>): ReadonlyMap<string, ReadonlyArray<unknown>> =>
  Map.groupBy(list, (item) => stepOf(type, item))

const compareItems = (changes: Changes, type: ListOf, left: unknown, right: unknown, path: Paths.Path): void => {
  const [mine, others] = [grouped(type, asList(left)), grouped(type, asList(right))]
  for (const step of new Set([...mine.keys(), ...others.keys()])) {
    const [before, after, here] = [mine.get(step) ?? [], others.get(step) ?? [], [...path, step]]
    if (before.length <= 1 && after.length <= 1) {
      walk(changes, type.of, before[0], after[0], here)
    } else if (before.length > 1 && after.length > 1) {
      if (!same(before, after)) Paths.insert(changes.modified, here)
    } else if (before.length > 1) {
      if (after.length > 0) walk(changes, type.of, undefined, after[0], here)
      Paths.insert(changes.removed, here)
    } else {
      if (before.length > 0) walk(changes, type.of, before[0], undefined, here)
      Paths.insert(changes.added, here)
    }
  }
}

const walk = (changes: Changes, type: Type, left: unknown, right: unknown, path: Paths.Path): void => {
  if (left === right) return
  const shaped = shapeOf(type, right === undefined ? left : right)
  if (isLeaf(shaped, left, right)) {
    if (left === undefined) Paths.insert(changes.added, path)
    else if (right === undefined) Paths.insert(changes.removed, path)
    else if (!same(left, right)) Paths.insert(changes.modified, path)
    return
  }
  if (shaped._tag === "list") compareItems(changes, shaped, left, right, path)
  if (shaped._tag === "keyed") {
    const [mine, others] = [asFields(left), asFields(right)]
    for (const name of new Set([...Object.keys(mine), ...Object.keys(others)])) {
      if (mine[name] === undefined && others[name] === undefined) continue
      walk(changes, typeOfField(shaped, name), mine[name], others[name], [...path, `f:${name}`])
    }
  }
  if (left === undefined) Paths.insert(changes.added, path)
  else if (right === undefined) Paths.insert(changes.removed, path)
}

export const compare = (type: Type, left: unknown, right: unknown): Comparison => {
  const changes: Changes = { added: new Map(), modified: new Map(), removed: new Map() }
  walk(changes, type, left, right, [])
  return changes
}

const collect = (set: Paths.Builder, type: Type, value: unknown, path: Paths.Path): void => {
  const shaped = shapeOf(type, value)
  if (shaped._tag === "scalar" || (shaped._tag === "keyed" ? shaped.atomic : shaped.list === "atomic")) {
    Paths.insert(set, path)
    return
  }
  if (shaped._tag === "list") {
    for (const [step, items] of grouped(shaped, asList(value))) {
      if (items.length === 1) collect(set, shaped.of, items[0], [...path, step])
      Paths.insert(set, [...path, step])
    }
    return
  }
  for (const [name, child] of Object.entries(asFields(value))) {
    if (child === undefined) continue
    const here = [...path, `f:${name}`]
    collect(set, typeOfField(shaped, name), child, here)
    const isBare = child === null || (isFields(child) && Object.keys(child).length === 0)
    if (isBare || !shaped.fields().has(name)) Paths.insert(set, here)
  }
}

/** The paths that a value sets. */
export const pathsOf = (type: Type, value: unknown): Paths.Paths => {
  const set: Paths.Builder = new Map()
  collect(set, type, value, [])
  return set
}

/** The value without these paths; what loses all its content becomes null. */
export const remove = (type: Type, value: unknown, paths: Paths.Paths): unknown => {
  const shaped = shapeOf(type, value)
  if (shaped._tag === "scalar") return value
  if (shaped._tag === "list") {
    if (shaped.list === "atomic") return null
    const items = asList(value).flatMap((item) => {
      const node = paths.get(stepOf(shaped, item))
      if (node?.self === true) return []
      return [node === undefined || node.below.size === 0 ? item : remove(shaped.of, item, node.below)]
    })
    return items.length === 0 ? null : items
  }
  if (shaped.atomic) return null
  const entries = Object.entries(asFields(value)).flatMap(([name, child]): Array<[string, unknown]> => {
    const node = paths.get(`f:${name}`)
    if (node?.self === true) return []
    return [
      [name, node === undefined || node.below.size === 0 ? child : remove(typeOfField(shaped, name), child, node.below)]
    ]
  })
  return entries.length === 0 ? null : Object.fromEntries(entries)
}
