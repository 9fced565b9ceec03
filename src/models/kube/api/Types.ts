/**
 * The types of the API as a small tree: what a value may be, how two values
 * merge, and which parts of it can have an owner.
 */

export type ScalarName =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "number"
  | "bytes"
  | "time"
  | "microTime"
  | "quantity"
  | "intOrString"

export interface Scalar {
  readonly _tag: "scalar"
  readonly of: ScalarName
}

/** A struct, a map, or both: named fields, and a type for the other keys. */
export interface Keyed {
  readonly _tag: "keyed"
  /** Of the Go type, for error texts; empty for maps. */
  readonly name: string
  /** A function, since types refer to themselves. */
  readonly fields: () => ReadonlyMap<string, Type>
  /** The type of keys that are no field; absent: those are unknown. */
  readonly rest?: Type
  readonly atomic: boolean
  /** Of a struct of the server: which empty fields stay, and what Go calls their types. Absent: all values stay as they are. */
  readonly shape?: ReadonlyMap<string, Shape>
}

export interface Shape {
  /** `always`: also when absent; `null`: then as null; `zero`: when given; `filled`: unless empty. */
  readonly keep: "always" | "null" | "zero" | "filled"
  readonly goType?: string
}

export interface ListOf {
  readonly _tag: "list"
  readonly of: Type
  readonly list: "atomic" | "set" | "map"
  readonly keys: ReadonlyArray<string>
  /** Of keys that an item may leave out. */
  readonly keyDefaults: Readonly<Record<string, unknown>>
  /** Of a strategic merge patch; absent: the list is replaced. */
  readonly strategic?: { readonly mergeKey?: string; readonly retainKeys: boolean }
}

/** Any JSON. `atomic` false: objects in it merge key by key (preserve-unknown-fields). */
export interface Anything {
  readonly _tag: "any"
  readonly atomic: boolean
}

export type Type = Scalar | Keyed | ListOf | Anything

export type Fields = { readonly [name: string]: unknown }

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const scalar = (of: ScalarName): Scalar => ({ _tag: "scalar", of })

export const mapOf = (rest: Type, atomic = false): Keyed => ({
  _tag: "keyed",
  name: "",
  fields: () => new Map(),
  rest,
  atomic
})

export const listOf = (of: Type): ListOf => ({ _tag: "list", of, list: "atomic", keys: [], keyDefaults: {} })

/** The type of one field, or undefined when the type has none of that name. */
export const fieldOf = (type: Type, name: string): Type | undefined => {
  switch (type._tag) {
    case "keyed":
      return type.fields().get(name) ?? type.rest
    case "any":
      return type
    case "list":
    case "scalar":
      return undefined
  }
}

/** `next` with those of its parts that are in `old` already, down to the order of fields. */
export const sharing = <A>(old: unknown, next: A): A => {
  if (Object.is(old, next) || typeof old !== "object" || old === null) return next
  if (typeof next !== "object" || next === null || Array.isArray(old) !== Array.isArray(next)) return next
  const [before, names] = [Object.keys(old), Object.keys(next)]
  // Records or arrays, both of them.
  const [mine, others] = [old as Fields, next as Fields]
  const parts = names.map((name) => sharing(mine[name], others[name]))
  const isOld = names.length === before.length && names.every((name, at) => name === before[at])
  if (isOld && parts.every((part, at) => Object.is(part, mine[names[at]!]))) return old as A
  if (parts.every((part, at) => Object.is(part, others[names[at]!]))) return next
  // Of the same fields or items as `next`, and equal to them.
  return (Array.isArray(next) ? parts : Object.fromEntries(names.map((name, at) => [name, parts[at]]))) as A
}

/** Equal as JSON values; an absent field and an undefined one are the same. */
export const same = (left: unknown, right: unknown): boolean => {
  if (Object.is(left, right)) return true
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]))
  }
  if (!isFields(left) || !isFields(right)) return false
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  for (const name of names) if (!same(left[name], right[name])) return false
  return true
}
