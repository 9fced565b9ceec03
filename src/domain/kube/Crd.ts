/**
 * A CustomResourceDefinition from Effect schemas: the types that programs use,
 * the decoder and what the API server enforces come from one source.
 */
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { stringify } from "yaml"
import { apiVersionOf, type Json, type KubeObject, type Resource } from "./Object.ts"
import { pattern } from "./Quantity.ts"
import type { Rule } from "./Rule.ts"

type Fields = { readonly [field: string]: Json | undefined }

/** Filled in by the API server, and by the decoder for objects that never met one. */
export const withDefault = <S extends Schema.Top>(schema: S, value: S["Encoded"] & Json) =>
  schema.annotate({ default: value }).pipe(Schema.withDecodingDefaultKey<S["Rebuild"]>(Exit.succeed(value)))

/** Filled in by the decoder only: stored objects stay as short as people write them. */
export const whenAbsent = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey<S>(Exit.succeed(value)))

/** A whole number of 32 bits, as the API has it for counts and ports. */
export const int32 = (minimum: number, maximum?: number) =>
  Schema.Int.check(
    maximum === undefined ? Schema.isGreaterThanOrEqualTo(minimum) : Schema.isBetween({ minimum, maximum })
  ).annotate({ format: "int32" })

/** A whole number up to 2^53 - 1. */
export const int64 = (minimum = 0) =>
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum)).annotate({ format: "int64" })

/** Kubernetes API reference, Quantity, not negative: text, or a whole number. */
export const Quantity = Schema.Union([
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.String.check(Schema.isPattern(pattern))
]).annotate({ "x-kubernetes-int-or-string": true, minimum: 0, pattern: pattern.source })

/** A list whose items are told apart by these fields (Kubernetes documentation, "Merge strategy"). */
export const listMap = (...keys: ReadonlyArray<string>) => ({
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys
})

export interface Column {
  readonly name: string
  readonly type: "integer" | "string" | "date"
  readonly jsonPath: string
  readonly description?: string
}

export interface Definition {
  readonly resource: Resource
  readonly singular: string
  readonly shortNames: ReadonlyArray<string>
  readonly description: string
  readonly spec: Schema.Top
  readonly status: Schema.Top
  readonly rules: ReadonlyArray<Rule>
  readonly columns: ReadonlyArray<Column>
  readonly scale?: {
    readonly specReplicasPath: string
    readonly statusReplicasPath: string
    readonly labelSelectorPath: string
  }
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const mapFields = (fields: Json | undefined, use: (value: Json) => Json): Json =>
  Object.fromEntries(Object.entries(isFields(fields) ? fields : {}).map(([name, value]) => [name, use(value ?? null)]))

/** Checks of one schema come as `allOf`; a structural schema keeps them beside the type. */
const flattened = ({ allOf, ...schema }: Fields): Fields =>
  Array.isArray(allOf) ? Object.assign({}, schema, ...(allOf as ReadonlyArray<Fields>)) : schema

/** JSON Schema as the API server accepts it (Kubernetes documentation, "Specifying a structural schema"). */
const structural = (schema: Json): Json => {
  if (!isFields(schema)) return schema
  const { additionalProperties, anyOf, items, maximum, minimum, properties, ...rest } = flattened(schema)
  const isIntOrString = rest["x-kubernetes-int-or-string"] === true
  return {
    ...rest,
    ...(isIntOrString ? { anyOf: [{ type: "integer" }, { type: "string" }] } : anyOf === undefined ? {} : { anyOf }),
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
    ...(properties === undefined ? {} : { properties: mapFields(properties, structural) }),
    ...(isFields(additionalProperties) ? { additionalProperties: structural(additionalProperties) } : {}),
    ...(items === undefined ? {} : { items: structural(items) })
  }
}

/** `minimum` and `pattern` as annotations are those of `Quantity`, whose alternatives may not carry their own. */
const emitted = (key: string) => key.startsWith("x-kubernetes-") || key === "minimum" || key === "pattern"

const schemaOf = (schema: Schema.Top): Json =>
  // What the library emits is JSON by construction; its type is wider.
  structural(Schema.toJsonSchemaDocument(schema, { includeAnnotationKey: emitted }).schema as Json)

const withRules = (schema: Json, rules: ReadonlyArray<Rule>, path: string): Json => {
  if (!isFields(schema)) return schema
  const here = rules.filter((rule) => rule.at === path)
  const validations = here.map(({ cel, message }) => ({ rule: cel, message }))
  const below = Object.entries(isFields(schema["properties"]) ? schema["properties"] : {}).map(([name, inner]) => [
    name,
    withRules(inner ?? null, rules, path === "" ? name : `${path}.${name}`)
  ])
  return {
    ...schema,
    ...(validations.length === 0 ? {} : { "x-kubernetes-validations": validations }),
    ...(below.length === 0 ? {} : { properties: Object.fromEntries(below) })
  }
}

/** The definition as an object to be applied. Deterministic: the same schemas give the same object. */
export const crd = (definition: Definition): KubeObject => {
  const { columns, description, resource, rules, scale, shortNames, singular } = definition
  const openAPIV3Schema = withRules(
    {
      type: "object",
      description,
      required: ["spec"],
      properties: {
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { type: "object" },
        spec: schemaOf(definition.spec),
        status: schemaOf(definition.status)
      }
    },
    rules,
    ""
  )
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${resource.plural}.${resource.group}` },
    spec: {
      group: resource.group,
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular,
        ...(shortNames.length === 0 ? {} : { shortNames })
      },
      scope: resource.namespaced ? "Namespaced" : "Cluster",
      versions: [
        {
          name: resource.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          subresources: { status: {}, ...(scale === undefined ? {} : { scale }) },
          additionalPrinterColumns: columns
        }
      ]
    }
  }
}

/** As YAML, for `kubectl apply -f -`. */
export const toYaml = (object: KubeObject): string => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })

/** `apiVersion` and `kind` of an object of this resource. */
export const typeOf = (resource: Resource) => ({ apiVersion: apiVersionOf(resource), kind: resource.kind })
