/**
 * `x-kubernetes-validations`: CEL rules over a custom object, with `oldSelf` on
 * updates, and the functions that Kubernetes adds to CEL.
 */
import { Environment } from "@marcbachmann/cel-js"
import type { Cause } from "../Kind.ts"
import * as Rules from "../kinds/Rules.ts"
import * as Quantity from "../Quantity.ts"
import { type Fields, isFields, same } from "../Types.ts"
import { propertyOf, type Rule, type Schema } from "./Schema.ts"

type Causes = ReadonlyArray<Cause>

/** The library tells its types apart by class. */
class Amount {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

const amountOf = (text: string): Amount => {
  const parsed = Quantity.parse(text)
  // The library's way to fail an expression is to throw.
  if (typeof parsed === "string") throw new Error(parsed)
  return new Amount(parsed.nanos)
}

const nano = 1_000_000_000n

const compare = (left: unknown, right: unknown): number =>
  left === right ? 0 : (left as bigint) < (right as bigint) ? -1 : 1

const extreme = (list: ReadonlyArray<unknown>, sign: number): unknown =>
  list.reduce((best, one) => (compare(one, best) * sign > 0 ? one : best))

const isSorted = (list: ReadonlyArray<unknown>): boolean =>
  list.every((one, index) => index === 0 || compare(list[index - 1], one) <= 0)

const sum = (list: ReadonlyArray<unknown>): unknown =>
  list.length === 0 ? 0n : (list as ReadonlyArray<bigint>).reduce((total, one) => total + one)

const findAll = (text: string, pattern: string, limit?: bigint): ReadonlyArray<string> => {
  const found = text.match(new RegExp(pattern, "gu")) ?? []
  return limit === undefined || limit < 0n ? found : found.slice(0, Number(limit))
}

const replaced = (text: string, from: string, to: string, limit: bigint): string => {
  const parts = text.split(from)
  const at = limit < 0n ? parts.length : Number(limit) + 1
  return [parts.slice(0, at).join(to), ...parts.slice(at)].join(from)
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true
})
  .registerType("Quantity", { ctor: Amount })
  .registerFunction("quantity(string): Quantity", amountOf)
  .registerFunction("isQuantity(string): bool", (text: string) => typeof Quantity.parse(text) !== "string")
  .registerFunction("Quantity.isLessThan(Quantity): bool", (left: Amount, right: Amount) => left.nanos < right.nanos)
  .registerFunction("Quantity.isGreaterThan(Quantity): bool", (left: Amount, right: Amount) => left.nanos > right.nanos)
  .registerFunction("Quantity.compareTo(Quantity): int", (left: Amount, right: Amount) =>
    BigInt(compare(left.nanos, right.nanos))
  )
  .registerFunction("Quantity.sign(): int", (one: Amount) => BigInt(compare(one.nanos, 0n)))
  .registerFunction("Quantity.isInteger(): bool", (one: Amount) => one.nanos % nano === 0n)
  .registerFunction("Quantity.asInteger(): int", (one: Amount) => one.nanos / nano)
  .registerFunction("Quantity.asApproximateFloat(): double", (one: Amount) => Number(one.nanos) / 1e9)
  .registerFunction(
    "Quantity.add(Quantity): Quantity",
    (left: Amount, right: Amount) => new Amount(left.nanos + right.nanos)
  )
  .registerFunction(
    "Quantity.sub(Quantity): Quantity",
    (left: Amount, right: Amount) => new Amount(left.nanos - right.nanos)
  )
  .registerOperator("Quantity == Quantity", (left: Amount, right: Amount) => left.nanos === right.nanos)
  .registerFunction("list.isSorted(): bool", isSorted)
  .registerFunction("list.sum(): dyn", sum)
  .registerFunction("list.min(): dyn", (list: ReadonlyArray<unknown>) => extreme(list, -1))
  .registerFunction("list.max(): dyn", (list: ReadonlyArray<unknown>) => extreme(list, 1))
  .registerFunction("list.indexOf(dyn): int", (list: ReadonlyArray<unknown>, one: unknown) => BigInt(list.indexOf(one)))
  .registerFunction("list.lastIndexOf(dyn): int", (list: ReadonlyArray<unknown>, one: unknown) =>
    BigInt(list.lastIndexOf(one))
  )
  .registerFunction(
    "string.find(string): string",
    (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? ""
  )
  .registerFunction("string.findAll(string): list", (text: string, pattern: string) => findAll(text, pattern))
  .registerFunction("string.findAll(string, int): list", findAll)
  .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
    text.replaceAll(from, to)
  )
  .registerFunction("string.replace(string, string, int): string", replaced)
  .registerFunction("isURL(string): bool", (text: string) => URL.canParse(text))

/** Values as CEL has them: whole numbers of an integer schema are integers, all others are doubles. */
const celValue = (schema: Schema | undefined, value: unknown): unknown => {
  if (typeof value === "number") {
    return schema?.type === "number" || !Number.isInteger(value) ? value : BigInt(value)
  }
  if (Array.isArray(value)) return value.map((item) => celValue(schema?.items, item))
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [escaped(name, schema), celValue(propertyOf(schema, name), child)])
  )
}

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " "
  )
)

/** Property names that are no CEL identifiers have another spelling in rules; keys of maps stay. */
const escaped = (name: string, schema: Schema | undefined): string => {
  if (schema?.properties?.[name] === undefined) return name
  if (reserved.has(name)) return `__${name}__`
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__")
}

type Outcome = { readonly value: unknown } | { readonly error: string }

const maxPrograms = 1000
const programs = new Map<string, ReturnType<typeof environment.parse>>()

/** A cache of a pure function: a rule is asked at every write, and its text takes long to read. */
const parsed = (expression: string): ReturnType<typeof environment.parse> => {
  const known = programs.get(expression)
  if (known !== undefined) return known
  const program = environment.parse(expression)
  if (programs.size >= maxPrograms) programs.clear()
  programs.set(expression, program)
  return program
}

/** A rule's value, or why it has none: a foreign boundary, since the library throws. */
const evaluated = (expression: string, context: Fields): Outcome => {
  try {
    return { value: parsed(expression)(context) }
  } catch (error) {
    const text = error instanceof Error ? error.message.split("\n")[0]! : String(error)
    return {
      error: text
        .replace(/^No such key: index out of bounds, index (\d+).*/, "index out of bounds: $1")
        .replace(/^No such key/, "no such key")
    }
  }
}

const isTransition = ({ rule }: Rule): boolean => /\boldSelf\b/.test(rule)

const ruleText = ({ rule }: Rule): string => rule.trim()

const complaint = (rule: Rule, at: string, type: string, message: string): Cause => {
  switch (rule.reason) {
    case "FieldValueForbidden":
      return Rules.forbidden(at, message)
    case "FieldValueRequired":
      return Rules.required(at, message)
    case "FieldValueDuplicate":
      return Rules.duplicate(at, type)
    default:
      return Rules.invalid(at, type, message)
  }
}

const optionalOf = (value: unknown): unknown =>
  parsed(value === undefined ? "optional.none()" : "optional.of(value)")({ value })

interface Here {
  readonly schema: Schema
  readonly value: unknown
  readonly old: unknown
  readonly at: string
  /** The value, or one that holds it, is as it was: what it complained about then is let pass. */
  readonly isUnchanged: boolean
}

const pathBelow = (at: string, path: string | undefined): string => {
  const below = (path ?? "").replace(/^\./, "")
  const root = at === "" ? "" : at
  if (below === "") return root === "" ? "<nil>" : root
  return root === "" ? below : `${root}.${below}`
}

const said = new WeakMap<object, Map<Rule, Outcome>>()

/**
 * What the rule says. A cache of a pure function: most writes leave most of an
 * object as it is, and then nothing that such a rule reads is different.
 */
const outcomeOf = ({ value, old }: Here, rule: Rule, context: () => Fields): Outcome => {
  if (!isFields(value) || (isTransition(rule) && old !== value)) return evaluated(rule.rule, context())
  let known = said.get(value)
  if (known === undefined) said.set(value, (known = new Map()))
  let outcome = known.get(rule)
  // A rule belongs to one schema.
  if (outcome === undefined) known.set(rule, (outcome = evaluated(rule.rule, context())))
  return outcome
}

const ruleCauses = (here: Here, rule: Rule): Causes => {
  const { schema, value, old, at, isUnchanged } = here
  const transition = isTransition(rule)
  if (transition && old === undefined && rule.optionalOldSelf !== true) return []
  const context = (): Fields => {
    const before = old === undefined ? undefined : celValue(schema, old)
    return {
      self: celValue(schema, value),
      oldSelf: rule.optionalOldSelf === true ? optionalOf(before) : before
    }
  }
  const type = schema.type ?? ""
  const outcome = outcomeOf(here, rule, context)
  if ("error" in outcome) {
    return [
      Rules.invalid(
        pathBelow(at, undefined),
        type,
        `${outcome.error} evaluating rule: ${rule.message ?? ruleText(rule)}`
      )
    ]
  }
  if (outcome.value === true || (isUnchanged && !transition)) return []
  const told = rule.messageExpression === undefined ? undefined : evaluated(rule.messageExpression, context())
  const fallback = rule.message === undefined ? `failed rule: ${ruleText(rule)}` : rule.message.trim()
  const message =
    told !== undefined && "value" in told && typeof told.value === "string" && told.value.trim() !== ""
      ? told.value
      : fallback
  return [complaint(rule, pathBelow(at, rule.fieldPath), type, message)]
}

const oldItems = ({ schema, old }: Here, item: unknown): unknown => {
  const keys = schema["x-kubernetes-list-map-keys"] ?? []
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(old) || !isFields(item)) return undefined
  return old.filter(isFields).find((other) => keys.every((key) => same(other[key], item[key])))
}

const inside = (here: Here): ReadonlyArray<Here> => {
  const { schema, value, old, at, isUnchanged } = here
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return []
    return value.map((item, index) => {
      const before = oldItems(here, item)
      return {
        schema: items,
        value: item,
        old: before,
        at: `${at}[${index}]`,
        isUnchanged: isUnchanged || (before !== undefined && same(item, before))
      }
    })
  }
  if (!isFields(value)) return []
  const correlates = schema["x-kubernetes-map-type"] !== "atomic" && isFields(old)
  return Object.entries(value).flatMap(([name, child]) => {
    const property = propertyOf(schema, name)
    if (property === undefined || child === undefined || child === null) return []
    const before = correlates ? old[name] : undefined
    const isProperty = schema.properties?.[name] !== undefined
    return [
      {
        schema: property,
        value: child,
        old: before,
        at: isProperty ? (at === "" ? name : `${at}.${name}`) : `${at}[${name}]`,
        isUnchanged: isUnchanged || (before !== undefined && same(child, before))
      }
    ]
  })
}

const walk = (here: Here): Causes => (hasRules(here.schema) ? walked(here) : [])

const walked = (here: Here): Causes => [
  ...(here.schema["x-kubernetes-validations"] ?? []).flatMap((rule) => ruleCauses(here, rule)),
  ...(here.schema.allOf ?? []).flatMap((schema) =>
    (schema["x-kubernetes-validations"] ?? []).flatMap((rule) => ruleCauses({ ...here, schema }, rule))
  ),
  ...inside(here).flatMap(walk)
]

/** What the rules of a schema say about a whole object; `old` is absent on create. */
export const rules = (schema: Schema, value: unknown, old: unknown): Causes =>
  walk({ schema, value, old, at: "", isUnchanged: old !== undefined && same(value, old) })

const ruled = new WeakMap<Schema, boolean>()

/** Whether any rule is there: most schemas have none, and the walk is not free. */
export const hasRules = (schema: Schema | undefined): boolean => {
  if (schema === undefined) return false
  const known = ruled.get(schema)
  if (known !== undefined) return known
  const found =
    (schema["x-kubernetes-validations"] ?? []).length > 0 ||
    Object.values(schema.properties ?? {}).some(hasRules) ||
    (typeof schema.additionalProperties === "object" && hasRules(schema.additionalProperties)) ||
    hasRules(schema.items) ||
    (schema.allOf ?? []).some(hasRules)
  ruled.set(schema, found)
  return found
}
