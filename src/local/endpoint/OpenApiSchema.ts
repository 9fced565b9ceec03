/**
 * The server's types as schemas of OpenAPI, with the extensions that say how
 * their values merge.
 */
import type { Kind } from "../../models/kube/api/Kind.ts"
import type { Keyed, ListOf, ScalarName, Type } from "../../models/kube/api/Types.ts"
import { describe } from "./Descriptions.ts"

export type Schema = { readonly [field: string]: unknown }
export type Schemas = { readonly [name: string]: Schema }

/** How types refer to each other in one document. */
export interface SchemaNames {
  readonly of: (goName: string) => string
  readonly reference: (goName: string) => Schema
}

const scalars: Readonly<Record<ScalarName, Schema>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  number: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
  time: { type: "string", format: "date-time" },
  microTime: { type: "string", format: "date-time" },
  quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
  intOrString: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] }
}

const isStruct = (type: Type): boolean => type._tag === "keyed" && type.shape !== undefined

const listExtensions = ({ keys, list, strategic }: ListOf): Schema => ({
  "x-kubernetes-list-type": list,
  ...(list === "map" ? { "x-kubernetes-list-map-keys": keys } : {}),
  ...(strategic === undefined
    ? {}
    : {
        "x-kubernetes-patch-strategy": strategic.retainKeys ? "merge,retainKeys" : "merge",
        ...(strategic.mergeKey === undefined ? {} : { "x-kubernetes-patch-merge-key": strategic.mergeKey })
      })
})

const schemaOf = (type: Type, names: SchemaNames): Schema => {
  switch (type._tag) {
    case "scalar":
      return scalars[type.of]
    case "list":
      return { type: "array", items: schemaOf(type.of, names), ...listExtensions(type) }
    case "keyed":
      if (isStruct(type)) return names.reference(type.name)
      return {
        type: "object",
        ...(type.rest === undefined ? {} : { additionalProperties: schemaOf(type.rest, names) }),
        ...(type.atomic ? { "x-kubernetes-map-type": "atomic" } : {})
      }
    case "any":
      return { "x-kubernetes-preserve-unknown-fields": true }
  }
}

const structSchema = (struct: Keyed, names: SchemaNames): Schema => {
  const { fields, type } = describe(struct.name)
  const property = (name: string, of: Type): Schema => {
    const description = fields.get(name)
    return { ...(description === undefined ? {} : { description }), ...schemaOf(of, names) }
  }
  const required = [...(struct.shape ?? [])].flatMap(([name, { keep }]) =>
    keep === "always" && struct.fields().get(name)?._tag === "scalar" ? [name] : []
  )
  return {
    ...(type === undefined ? {} : { description: type }),
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries([...struct.fields()].map(([name, of]) => [name, property(name, of)])),
    ...(struct.atomic ? { "x-kubernetes-map-type": "atomic" } : {})
  }
}

/** Every struct that a type leads to, itself included. */
const reach = (type: Type, found: Map<string, Keyed>): Map<string, Keyed> => {
  switch (type._tag) {
    case "list":
      return reach(type.of, found)
    case "keyed":
      if (isStruct(type)) {
        if (found.has(type.name)) return found
        found.set(type.name, type)
      }
      for (const field of type.fields().values()) reach(field, found)
      return type.rest === undefined ? found : reach(type.rest, found)
    default:
      return found
  }
}

/** Schemas of these types and of all that they refer to. */
export const schemasOf = (types: ReadonlyArray<Type>, names: SchemaNames): Schemas => {
  const found = new Map<string, Keyed>()
  for (const type of types) reach(type, found)
  return Object.fromEntries([...found].map(([name, struct]) => [names.of(name), structSchema(struct, names)]))
}

const meta = new Set([
  "Condition",
  "LabelSelector",
  "LabelSelectorRequirement",
  "ManagedFieldsEntry",
  "ObjectMeta",
  "OwnerReference"
])

/** Names as the API's own documents have them: by the package of the Go type, core types first. */
export const namesOf = (kinds: ReadonlyArray<Kind>, prefix: string): SchemaNames => {
  const packages = new Map<string, string>()
  const ordered = kinds
    .filter(({ custom }) => !custom)
    .toSorted((left, right) => left.resource.group.localeCompare(right.resource.group))
  for (const { resource, type } of ordered) {
    const family = resource.group === "" ? "core" : resource.group.split(".")[0]
    for (const name of reach(type, new Map()).keys()) {
      if (!packages.has(name)) packages.set(name, `io.k8s.api.${family}.${resource.version}`)
    }
  }
  const of = (name: string): string =>
    `${meta.has(name) ? "io.k8s.apimachinery.pkg.apis.meta.v1" : (packages.get(name) ?? "io.k8s.api")}.${name}`
  return { of, reference: (name) => ({ allOf: [{ $ref: `${prefix}${of(name)}` }] }) }
}
