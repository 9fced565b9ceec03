/**
 * A custom object brought into the shape of its schema: unknown fields pruned,
 * nulls dropped, defaults filled in at every depth.
 */
import { type Fields, isFields } from "../Types.ts"
import { keepsUnknown, propertyOf, restOf, type Schema } from "./Schema.ts"

const typeMeta = new Set(["apiVersion", "kind", "metadata"])

const pruneFields = (value: Fields, schema: Schema | undefined, path: string, unknown: Array<string>): Fields => {
  const keeps = schema !== undefined && keepsUnknown(schema)
  const isEmbedded = schema?.["x-kubernetes-embedded-resource"] === true
  const entries = Object.entries(value).flatMap(([name, child]): Array<[string, unknown]> => {
    if (isEmbedded && typeMeta.has(name)) return [[name, child]]
    const here = path === "" ? name : `${path}.${name}`
    const property = propertyOf(schema, name)
    if (property !== undefined) return [[name, pruned(child, property, here, unknown)]]
    if (keeps) return [[name, child]]
    unknown.push(here)
    return []
  })
  return Object.fromEntries(entries)
}

/** The value without unknown fields, whose paths are added to `unknown`. */
export const pruned = (value: unknown, schema: Schema | undefined, path: string, unknown: Array<string>): unknown => {
  if (Array.isArray(value)) {
    return value.map((item, index) => pruned(item, schema?.items, `${path}[${index}]`, unknown))
  }
  return isFields(value) ? pruneFields(value, schema, path, unknown) : value
}

/** A null that the schema does not allow. */
const isBare = (value: unknown, schema: Schema | undefined): boolean =>
  value === null && schema !== undefined && schema.nullable !== true

const defaultedFields = (value: Fields, schema: Schema): Fields => {
  const result: Record<string, unknown> = {}
  for (const [name, child] of Object.entries(value)) {
    const property = propertyOf(schema, name)
    if (!isBare(child, property)) result[name] = child
    else if (schema.properties?.[name] === undefined) result[name] = property?.default ?? null
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (result[name] === undefined && property.default !== undefined) result[name] = property.default
  }
  return Object.fromEntries(
    Object.entries(result).map(([name, child]) => [name, defaulted(child, propertyOf(schema, name))])
  )
}

/** The value with the defaults of its schema, and without nulls that it does not allow. */
export const defaulted = (value: unknown, schema: Schema | undefined): unknown => {
  if (schema === undefined) return value
  if (Array.isArray(value)) {
    return value.map((item) =>
      defaulted(isBare(item, schema.items) ? (schema.items?.default ?? null) : item, schema.items)
    )
  }
  return isFields(value) && (schema.properties !== undefined || restOf(schema) !== undefined)
    ? defaultedFields(value, schema)
    : value
}
