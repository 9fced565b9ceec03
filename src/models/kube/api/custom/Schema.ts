/**
 * A structural OpenAPI schema as a definition carries it, and the type that it
 * gives to values: how they merge and who can own which part.
 */
import { type Fields, isFields, listOf, mapOf, scalar, type Keyed, type Type } from "../Types.ts"
import { objectMeta } from "../kinds/Model.ts"

export interface Rule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
  readonly fieldPath?: string
  readonly reason?: string
  readonly optionalOldSelf?: boolean
}

/** JSONSchemaProps, as far as it is read here. */
export interface Schema {
  readonly type?: string
  readonly format?: string
  readonly nullable?: boolean
  readonly default?: unknown
  readonly enum?: ReadonlyArray<unknown>
  readonly properties?: { readonly [name: string]: Schema }
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly required?: ReadonlyArray<string>
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly allOf?: ReadonlyArray<Schema>
  readonly anyOf?: ReadonlyArray<Schema>
  readonly oneOf?: ReadonlyArray<Schema>
  readonly not?: Schema
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean
  readonly "x-kubernetes-int-or-string"?: boolean
  readonly "x-kubernetes-embedded-resource"?: boolean
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map"
  readonly "x-kubernetes-list-map-keys"?: ReadonlyArray<string>
  readonly "x-kubernetes-map-type"?: "atomic" | "granular"
  readonly "x-kubernetes-validations"?: ReadonlyArray<Rule>
}

/** The schema of the values of keys that are no property; undefined: there are no such keys. */
export const restOf = (schema: Schema): Schema | undefined =>
  schema.additionalProperties === true
    ? { "x-kubernetes-preserve-unknown-fields": true }
    : schema.additionalProperties || undefined

export const propertyOf = (schema: Schema | undefined, name: string): Schema | undefined =>
  schema?.properties !== undefined && Object.hasOwn(schema.properties, name)
    ? schema.properties[name]
    : schema === undefined
      ? undefined
      : restOf(schema)

export const keepsUnknown = (schema: Schema): boolean => schema["x-kubernetes-preserve-unknown-fields"] === true

const anything: Type = { _tag: "any", atomic: false }

const keyedOf = (schema: Schema): Keyed => {
  const rest = restOf(schema)
  const atomic = schema["x-kubernetes-map-type"] === "atomic"
  if (schema.properties === undefined && rest !== undefined) return mapOf(typeOf(rest), atomic)
  let fields: ReadonlyMap<string, Type> | undefined
  const embedded: ReadonlyArray<readonly [string, Type]> =
    schema["x-kubernetes-embedded-resource"] === true
      ? [
          ["apiVersion", scalar("string")],
          ["kind", scalar("string")],
          ["metadata", objectMeta]
        ]
      : []
  return {
    _tag: "keyed",
    name: "",
    fields: () =>
      (fields ??= new Map([
        ...Object.entries(schema.properties ?? {}).map(([name, property]) => [name, typeOf(property)] as const),
        ...embedded
      ])),
    ...(rest !== undefined ? { rest: typeOf(rest) } : keepsUnknown(schema) ? { rest: anything } : {}),
    atomic
  }
}

const defaultsOf = (items: Schema | undefined, keys: ReadonlyArray<string>): Fields =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = propertyOf(items, key)?.default
      return value === undefined ? [] : [[key, value]]
    })
  )

const typeOf = (schema: Schema): Type => {
  if (schema["x-kubernetes-int-or-string"] === true) return scalar("intOrString")
  switch (schema.type) {
    case "object":
      return keyedOf(schema)
    case "array": {
      const keys = schema["x-kubernetes-list-map-keys"] ?? []
      return {
        ...listOf(schema.items === undefined ? anything : typeOf(schema.items)),
        list: schema["x-kubernetes-list-type"] ?? "atomic",
        keys,
        keyDefaults: defaultsOf(schema.items, keys)
      }
    }
    case "integer":
      return scalar("int64")
    case "number":
      return scalar("number")
    case "boolean":
      return scalar("boolean")
    case "string":
      return scalar("string")
    default:
      return keepsUnknown(schema) && schema.properties !== undefined ? keyedOf(schema) : anything
  }
}

/** The schema of a whole custom object: what it says about `metadata` is about its name only. */
export const rootOf = (value: unknown): Schema | undefined => (isFields(value) ? value : undefined)

/** The type of a whole custom object. */
export const rootType = (schema: Schema | undefined): Keyed => {
  const root = schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true }
  const { properties = {}, ...others } = root
  const { apiVersion: _1, kind: _2, metadata: _3, ...own } = properties
  return keyedOf({ ...others, properties: own, "x-kubernetes-embedded-resource": true })
}
