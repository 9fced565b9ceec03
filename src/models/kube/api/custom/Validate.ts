/**
 * Values against their schema, in the words of the server's OpenAPI validator.
 *
 * On an update, what is as it was before is not complained about again, so that
 * a stricter schema does not lock existing objects.
 */
import type { Cause } from "../Kind.ts"
import * as Rules from "../kinds/Rules.ts"
import { type Fields, isFields, same } from "../Types.ts"
import * as Formats from "./Formats.ts"
import { propertyOf, type Schema } from "./Schema.ts"

type Causes = ReadonlyArray<Cause>

/** Where a value is: `at` in the object, `name` as the validator of the subresource sees it. */
interface Place {
  readonly at: string
  readonly name: string
}

const below = ({ at, name }: Place, step: string): Place => ({
  at: `${at}${at === "" ? "" : "."}${step}`,
  name: `${name}${name === "" ? "" : "."}${step}`
})

const item = ({ at, name }: Place, index: number): Place => ({ at: `${at}[${index}]`, name: `${name}[${index}]` })

const fieldOf = ({ at }: Place): string => (at === "" ? "<nil>" : at)

const says = (place: Place, value: unknown, what: string): Cause =>
  Rules.invalid(fieldOf(place), value, `${place.name} in body ${what}`)

const typeNameOf = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  return typeof value === "object" ? "object" : typeof value
}

const typesOf = (schema: Schema): ReadonlyArray<string> =>
  schema["x-kubernetes-int-or-string"] === true ? ["integer", "string"] : schema.type === undefined ? [] : [schema.type]

const typeCauses = (schema: Schema, value: unknown, place: Place): Causes => {
  const [types, actual] = [typesOf(schema), typeNameOf(value)]
  const fits =
    types.length === 0 ||
    types.includes(actual) ||
    (actual === "integer" && types.includes("number")) ||
    (actual === "null" && schema.nullable === true)
  return fits
    ? []
    : [
        Rules.typeInvalid(
          fieldOf(place),
          actual,
          `${place.name} in body must be of type ${types.join(",")}: ${JSON.stringify(actual)}`
        )
      ]
}

/** The first thing wrong with a text, and its format. */
const textCauses = (schema: Schema, value: string, place: Place): Causes => {
  const { minLength, maxLength, pattern, format } = schema
  const length = [...value].length
  const own: Causes =
    maxLength !== undefined && length > maxLength
      ? [Rules.tooLong(fieldOf(place), maxLength)]
      : minLength !== undefined && length < minLength
        ? [says(place, value, `should be at least ${minLength} chars long`)]
        : pattern !== undefined && !new RegExp(pattern, "u").test(value)
          ? [says(place, value, `should match '${pattern}'`)]
          : []
  const isOff = format !== undefined && !Formats.isOf(format, value)
  const what = `${place.name} in body must be of type ${format}: ${JSON.stringify(value)}`
  return isOff ? [...own, Rules.typeInvalid(fieldOf(place), value, what)] : own
}

/** For whole numbers the server cuts the factor to a whole number too. */
const multipleCauses = (factor: number | undefined, value: number, place: Place): Causes => {
  if (factor === undefined) return []
  const used = Number.isInteger(value) ? Math.trunc(factor) : factor
  if (used <= 0) {
    const what = `factor MultipleOf declared for ${place.name} must be positive: ${used}`
    return [Rules.invalid(fieldOf(place), used, what)]
  }
  return value % used === 0 ? [] : [says(place, value, `should be a multiple of ${factor}`)]
}

const numberCauses = (schema: Schema, value: number, place: Place): Causes => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  return [
    ...multipleCauses(multipleOf, value, place),
    ...(maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)
      ? [says(place, value, `should be less than ${exclusiveMaximum === true ? "" : "or equal to "}${maximum}`)]
      : []),
    ...(minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)
      ? [says(place, value, `should be greater than ${exclusiveMinimum === true ? "" : "or equal to "}${minimum}`)]
      : [])
  ]
}

/** The old item that an item of a list goes with: only lists with keys say. */
const oldItem = (schema: Schema, value: unknown, old: unknown): unknown => {
  const keys = schema["x-kubernetes-list-map-keys"]
  if (schema["x-kubernetes-list-type"] !== "map" || keys === undefined || !Array.isArray(old) || !isFields(value)) {
    return undefined
  }
  return old.filter(isFields).find((other) => keys.every((key) => same(other[key], value[key])))
}

const listCauses = (schema: Schema, value: ReadonlyArray<unknown>, old: unknown, place: Place): Causes => {
  const { items, minItems, maxItems } = schema
  return [
    ...(items === undefined
      ? []
      : value.flatMap((one, index) => causes(items, one, oldItem(schema, one, old), item(place, index)))),
    ...(minItems !== undefined && value.length < minItems
      ? [says(place, value.length, `should have at least ${minItems} items`)]
      : []),
    ...(maxItems !== undefined && value.length > maxItems
      ? [Rules.tooMany(fieldOf(place), value.length, maxItems)]
      : [])
  ]
}

const fieldsCauses = (schema: Schema, value: Fields, old: unknown, place: Place): Causes => {
  const { minProperties, maxProperties, required = [] } = schema
  const size = Object.keys(value).length
  const before = isFields(old) ? old : {}
  return [
    ...(minProperties !== undefined && size < minProperties
      ? [says(place, size, `should have at least ${minProperties} properties`)]
      : []),
    ...(maxProperties !== undefined && size > maxProperties
      ? [Rules.tooMany(fieldOf(place), size, maxProperties)]
      : []),
    ...required.filter((name) => value[name] === undefined).map((name) => Rules.required(fieldOf(below(place, name)))),
    ...Object.entries(value).flatMap(([name, child]) => {
      const property = propertyOf(schema, name)
      return property === undefined || child === undefined
        ? []
        : causes(property, child, before[name], below(place, name))
    })
  ]
}

const alone = (place: Place, what: string): Cause => Rules.invalid("<nil>", "", `${JSON.stringify(place.name)} ${what}`)

const fits = (schema: Schema, value: unknown, place: Place): boolean =>
  causes(schema, value, undefined, place).length === 0

const combined = (schema: Schema, value: unknown, place: Place): Causes => {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema
  const matching = oneOf.filter((one) => fits(one, value, place)).length
  return [
    ...(anyOf.length > 0 && !anyOf.some((one) => fits(one, value, place))
      ? [alone(place, "must validate at least one schema (anyOf)"), ...causes(anyOf[0]!, value, undefined, place)]
      : []),
    ...(oneOf.length > 0 && matching !== 1
      ? [
          alone(
            place,
            `must validate one and only one schema (oneOf). Found ${matching === 0 ? "none valid" : `${matching} valid alternatives`}`
          ),
          ...(matching === 0 ? causes(oneOf[0]!, value, undefined, place) : [])
        ]
      : []),
    ...allOf.flatMap((one) => causes(one, value, undefined, place)),
    ...(allOf.length > 0 && !allOf.every((one) => fits(one, value, place))
      ? [alone(place, "must validate all the schemas (allOf)")]
      : []),
    ...(not !== undefined && fits(not, value, place) ? [alone(place, "must not validate the schema (not)")] : [])
  ]
}

/** The type of a list of scalars or compounds to be compared. */
const enumCauses = (schema: Schema, value: unknown, place: Place): Causes =>
  schema.enum === undefined || schema.enum.some((one) => same(one, value))
    ? []
    : [
        Rules.notSupported(
          fieldOf(place),
          value,
          schema.enum.map((one) => (typeof one === "string" ? one : JSON.stringify(one)))
        )
      ]

const causes = (schema: Schema, value: unknown, old: unknown, place: Place): Causes => {
  if (old !== undefined && same(value, old)) return []
  const own = typeCauses(schema, value, place)
  if (value === null) return own
  const inner =
    typeof value === "string"
      ? textCauses(schema, value, place)
      : typeof value === "number"
        ? numberCauses(schema, value, place)
        : Array.isArray(value)
          ? listCauses(schema, value, old, place)
          : isFields(value)
            ? fieldsCauses(schema, value, old, place)
            : []
  return [...own, ...combined(schema, value, place), ...inner, ...enumCauses(schema, value, place)]
}

/** What is wrong with a value at `at`; `old` is what was there before, if anything. */
export const value = (schema: Schema, next: unknown, old: unknown, at = ""): Causes =>
  causes(schema, next, old, { at, name: "" })

const repeated = (schema: Schema, list: ReadonlyArray<unknown>, at: string): Causes => {
  const keys = schema["x-kubernetes-list-map-keys"] ?? []
  const isMap = schema["x-kubernetes-list-type"] === "map"
  const keyOf = (one: unknown): unknown =>
    isMap
      ? Object.fromEntries(keys.flatMap((key) => (isFields(one) && one[key] !== undefined ? [[key, one[key]]] : [])))
      : one
  const counts = new Map<string, number>()
  return list.flatMap((one, index) => {
    const key = keyOf(one)
    const text = JSON.stringify(key)
    const count = (counts.get(text) ?? 0) + 1
    counts.set(text, count)
    return count === 2 ? [Rules.duplicate(`${at}[${index}]`, key)] : []
  })
}

/** Items that a set or a list with keys has twice. */
export const lists = (schema: Schema | undefined, next: unknown, at = ""): Causes => {
  if (schema === undefined) return []
  if (Array.isArray(next)) {
    const kind = schema["x-kubernetes-list-type"]
    return [
      ...(kind === "set" || kind === "map" ? repeated(schema, next, at) : []),
      ...next.flatMap((one, index) => lists(schema.items, one, `${at}[${index}]`))
    ]
  }
  return isFields(next)
    ? Object.entries(next).flatMap(([name, child]) => {
        const isProperty = schema.properties?.[name] !== undefined
        return lists(
          propertyOf(schema, name),
          child,
          isProperty ? `${at}${at === "" ? "" : "."}${name}` : `${at}[${name}]`
        )
      })
    : []
}
