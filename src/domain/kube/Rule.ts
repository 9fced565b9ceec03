/**
 * Rules on a custom resource that its types cannot say. Each is built with its
 * CEL text and its meaning side by side, so that the API server and the pure
 * core cannot disagree about it.
 */
import type { Json } from "./Object.ts"

type Fields = { readonly [field: string]: Json | undefined }

/** Kubernetes documentation, "Validation rules": `cel` sees `self`, and in a transition rule `oldSelf`. */
export interface Rule {
  /** Path of the value it is attached to, `spec.persistence`; empty for the object itself. */
  readonly at: string
  readonly cel: string
  readonly message: string
  /** Only holds of an update in which the value was there before and is there after. */
  readonly isTransition: boolean
  readonly holds: (self: Json, oldSelf: Json) => boolean
}

export interface Violation {
  readonly field: string
  readonly message: string
}

const fieldsOf = (value: Json): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** Equality of JSON values, whatever the order of keys. */
export const isSame = (left: Json | undefined, right: Json | undefined): boolean => {
  if (left === right) return true
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const before = left as Fields
  const after = right as Fields
  const names = Object.keys(before).filter((name) => before[name] !== undefined)
  const others = Object.keys(after).filter((name) => after[name] !== undefined)
  return names.length === others.length && names.every((name) => isSame(before[name], after[name]))
}

/** A value that is always there never changes. */
export const immutable = (at: string): Rule => ({
  at,
  cel: "self == oldSelf",
  message: `${at} cannot be changed`,
  isTransition: true,
  holds: isSame
})

/** An optional field is neither added, removed nor changed. */
export const immutableOptional = (at: string, field: string): Rule => ({
  at,
  cel: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${at}.${field} cannot be added, removed or changed`,
  isTransition: true,
  holds: (self, oldSelf) => isSame(fieldsOf(self)[field], fieldsOf(oldSelf)[field])
})

/** An optional field is given at creation or never; it may be removed. */
export const onlyAtCreation = (at: string, field: string): Rule => ({
  at,
  cel: `!has(self.${field}) || (has(oldSelf.${field}) && self.${field} == oldSelf.${field})`,
  message: `${at}.${field} can be given at creation only`,
  isTransition: true,
  holds: (self, oldSelf) =>
    fieldsOf(self)[field] === undefined || isSame(fieldsOf(self)[field], fieldsOf(oldSelf)[field])
})

/** A switch that is on needs another field beside it. */
export const needs = (at: string, on: string, field: string): Rule => ({
  at,
  cel: `!self.${on} || has(self.${field})`,
  message: `${at}.${field} is needed when ${at}.${on} is true`,
  isTransition: false,
  holds: (self) => fieldsOf(self)[on] !== true || fieldsOf(self)[field] !== undefined
})

/** A map has none of these keys. */
export const lacksKeys = (at: string, keys: ReadonlyArray<string>): Rule => ({
  at,
  cel: keys.map((key) => `!('${key}' in self)`).join(" && "),
  message: `${at} must not set ${keys.join(", ")}`,
  isTransition: false,
  holds: (self) => keys.every((key) => fieldsOf(self)[key] === undefined)
})

/** The name of the object is a label of DNS-1035 with at most `size` characters. */
export const shortName = (size: number, why: string): Rule => ({
  at: "",
  cel: `size(self.metadata.name) <= ${size} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
  message: `metadata.name must be at most ${size} characters [-a-z0-9], the first a letter, the last not '-': ${why}`,
  isTransition: false,
  holds: (self) => {
    const name = fieldsOf(fieldsOf(self)["metadata"] ?? null)["name"]
    return typeof name === "string" && name.length <= size && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)
  }
})

const at = (value: Json, path: string): Json | undefined =>
  path === ""
    ? value
    : path
        .split(".")
        .reduce<Json | undefined>((inner, name) => (inner === undefined ? undefined : fieldsOf(inner)[name]), value)

/** What `next` breaks by itself. */
export const violations = (rules: ReadonlyArray<Rule>, next: Json): ReadonlyArray<Violation> =>
  rules.flatMap((rule) => {
    const self = at(next, rule.at)
    return rule.isTransition || self === undefined || rule.holds(self, null)
      ? []
      : [{ field: rule.at === "" ? "metadata.name" : rule.at, message: rule.message }]
  })

/** What the step from `old` to `next` breaks. */
export const transitionViolations = (rules: ReadonlyArray<Rule>, old: Json, next: Json): ReadonlyArray<Violation> =>
  rules.flatMap((rule) => {
    const self = at(next, rule.at)
    const oldSelf = at(old, rule.at)
    return !rule.isTransition || self === undefined || oldSelf === undefined || rule.holds(self, oldSelf)
      ? []
      : [{ field: rule.at, message: rule.message }]
  })
