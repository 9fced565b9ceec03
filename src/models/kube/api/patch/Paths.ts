/**
 * Sets of field paths as a trie, and their wire form `fieldsV1`.
 *
 * A step is written as the wire writes it: `f:name` a field, `k:{...}` an item
 * by its keys, `v:...` an item by its value, `i:0` an item by position.
 */
import type { Json } from "../../../../domain/kube/Object.ts"
import { isFields, type Type } from "../Types.ts"

/** `self`: the path that ends here is in the set; `below`: longer ones that are. */
export interface Node {
  readonly self: boolean
  readonly below: Paths
}

export type Paths = ReadonlyMap<string, Node>

export type Path = ReadonlyArray<string>

const none: Paths = new Map()

export const empty: Paths = none

/** A set under construction. */
export type Builder = Map<string, { self: boolean; below: Builder }>

/** Adds a path; the empty one is in no set. */
export const insert = (builder: Builder, path: Path): void => {
  let here = builder
  path.forEach((step, index) => {
    let node = here.get(step)
    if (node === undefined) here.set(step, (node = { self: false, below: new Map() }))
    if (index === path.length - 1) node.self = true
    here = node.below
  })
}

export const of = (paths: ReadonlyArray<Path>): Paths => {
  const builder: Builder = new Map()
  for (const path of paths) insert(builder, path)
  return builder
}

const build = (entries: Iterable<readonly [string, Node]>): Paths => {
  const result = new Map<string, Node>()
  for (const [step, node] of entries) if (node.self || node.below.size > 0) result.set(step, node)
  return result
}

export const union = (left: Paths, right: Paths): Paths => {
  if (right.size === 0) return left
  const result = new Map(left)
  for (const [step, node] of right) {
    const other = left.get(step)
    const both = other === undefined ? node : { self: node.self || other.self, below: union(other.below, node.below) }
    result.set(step, both)
  }
  return result
}

export const intersection = (left: Paths, right: Paths): Paths =>
  build(
    [...left].flatMap(([step, node]) => {
      const other = right.get(step)
      return other === undefined
        ? []
        : [[step, { self: node.self && other.self, below: intersection(node.below, other.below) }] as const]
    })
  )

/** `left` with what `reduce` leaves of the steps that are in `right` too; the very same where that is all. */
const reduced = (left: Paths, right: Paths, reduce: (node: Node, other: Node) => Node): Paths => {
  let isSame = true
  const result = new Map<string, Node>()
  for (const [step, node] of left) {
    const other = right.get(step)
    const next = other === undefined ? node : reduce(node, other)
    const isKept = next.self === node.self && next.below === node.below
    if (!isKept) isSame = false
    if (next.self || next.below.size > 0) result.set(step, isKept ? node : next)
  }
  return isSame ? left : result
}

/** Path by path: what is below a removed path stays. */
export const difference = (left: Paths, right: Paths): Paths =>
  reduced(left, right, (node, other) => ({
    self: node.self && !other.self,
    below: difference(node.below, other.below)
  }))

/** Without the paths of `right` and all that is below them. */
export const without = (left: Paths, right: Paths): Paths =>
  reduced(left, right, (node, other) =>
    other.self ? { self: false, below: none } : { self: node.self, below: without(node.below, other.below) }
  )

export const has = (paths: Paths, path: Path): boolean => {
  const [step, ...rest] = path
  const node = step === undefined ? undefined : paths.get(step)
  return node !== undefined && (rest.length === 0 ? node.self : has(node.below, rest))
}

export const equal = (left: Paths, right: Paths): boolean =>
  left.size === right.size &&
  [...left].every(([step, node]) => {
    const other = right.get(step)
    return other !== undefined && node.self === other.self && equal(node.below, other.below)
  })

const stepType = (type: Type | undefined, step: string): Type | undefined => {
  if (type?._tag === "keyed" && step.startsWith("f:")) return type.fields().get(step.slice(2)) ?? type.rest
  if (type?._tag === "list" && step.startsWith("k:")) return type.of
  return type?._tag === "any" ? type : undefined
}

/** With each named field on the way to a path: removing `a.b` of a struct may remove `a`, of a map not. */
export const withNamedFields = (paths: Paths, type: Type | undefined): Paths =>
  new Map(
    [...paths].map(([step, node]) => {
      const isField = type?._tag === "keyed" && step.startsWith("f:") && type.fields().has(step.slice(2))
      return [
        step,
        {
          self: node.self || (isField && node.below.size > 0),
          below: withNamedFields(node.below, stepType(type, step))
        }
      ]
    })
  )

const rank = (step: string): number => "fkvi".indexOf(step[0]!)

const compareValues = (left: unknown, right: unknown): number => {
  if (typeof left === "number" && typeof right === "number") return left - right
  if (typeof left === typeof right) return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0
  return typeof left === "number" ? -1 : 1
}

const compareKeys = (left: string, right: string): number => {
  const [mine, others] = [Object.entries(JSON.parse(left)), Object.entries(JSON.parse(right))]
  for (let index = 0; index < Math.min(mine.length, others.length); index += 1) {
    const [name, value] = mine[index]!
    const [otherName, otherValue] = others[index]!
    const order = compareValues(name, otherName) || compareValues(value, otherValue)
    if (order !== 0) return order
  }
  return mine.length - others.length
}

/** The order of the server: fields by name, then items by keys, by value, by position. */
const compareSteps = (left: string, right: string): number => {
  if (rank(left) !== rank(right)) return rank(left) - rank(right)
  const [mine, other] = [left.slice(2), right.slice(2)]
  if (left[0] === "k") return compareKeys(mine, other)
  return left[0] === "f" ? compareValues(mine, other) : compareValues(JSON.parse(mine), JSON.parse(other))
}

const sorted = (paths: Paths) => [...paths].toSorted(([left], [right]) => compareSteps(left, right))

/** All paths, those of a level before those below it. */
export const toList = (paths: Paths, prefix: Path = []): ReadonlyArray<Path> => {
  const steps = sorted(paths)
  return [
    ...steps.filter(([, { self }]) => self).map(([step]) => [...prefix, step]),
    ...steps.flatMap(([step, { below }]) => toList(below, [...prefix, step]))
  ]
}

const stepText = (step: string): string => {
  const rest = step.slice(2)
  switch (step[0]) {
    case "f":
      return `.${rest}`
    case "k":
      return `[${Object.entries(JSON.parse(rest))
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`
    case "v":
      return `[=${rest}]`
    default:
      return `[${rest}]`
  }
}

/** As conflicts name it: `.spec.ports[port=80,protocol="TCP"].name`. */
export const pathText = (path: Path): string => path.map(stepText).join("")

/** Caches of pure functions: from write to write most sets stay the same. */
const written = new WeakMap<Paths, Json>()
const read = new WeakMap<object, Paths>()

export const toFields = (paths: Paths): Json => {
  const known = written.get(paths)
  if (known !== undefined) return known
  const fields = Object.fromEntries(
    sorted(paths).map(([step, { self, below }]) => [
      step,
      below.size === 0 ? {} : { ...(self ? { ".": {} } : {}), ...(toFields(below) as { [step: string]: Json }) }
    ])
  )
  written.set(paths, fields)
  return fields
}

const known = /^(f:|v:|k:\{|i:\d)/

/** Steps of a kind that is not known are dropped. */
export const fromFields = (fields: unknown): Paths => {
  if (!isFields(fields)) return none
  const before = read.get(fields)
  if (before !== undefined) return before
  const paths = new Map(
    Object.entries(fields)
      .filter(([step]) => known.test(step))
      .map(([step, child]) => {
        const below = fromFields(child)
        return [step, { self: below.size === 0 || (isFields(child) && "." in child), below }]
      })
  )
  read.set(fields, paths)
  return paths
}
