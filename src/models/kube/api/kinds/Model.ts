/**
 * Types of the built-in kinds, read at run time from the generated models of
 * `@kubernetes/client-node`: one file a type, and only those that are reached.
 */
import type { Type } from "../Types.ts"
import { listOf, mapOf, scalar, type Keyed, type ListOf, type Shape } from "../Types.ts"
import * as Lists from "./Lists.ts"
import { shapes } from "./Shapes.ts"

interface Attribute {
  readonly baseName: string
  readonly type: string
  readonly format: string
}

type Attributes = ReadonlyMap<string, ReadonlyArray<Attribute>>

const isModel = (name: string): boolean =>
  /^[A-Z]/.test(name) && !["Array", "Date", "IntOrString", "V1MicroTime"].includes(name)

const wordsOf = (type: string): ReadonlyArray<string> => type.match(/\w+/g) ?? []

const attributesOf = async (name: string): Promise<ReadonlyArray<Attribute>> => {
  const file = await import(`@kubernetes/client-node/dist/gen/models/${name}.js`)
  return file[name].getAttributeTypeMap()
}

/**
 * The attributes of the named models and of all they refer to. A foreign
 * boundary: module loading is a promise.
 */
const load = async (roots: ReadonlyArray<string>): Promise<Attributes> => {
  const found = new Map<string, ReadonlyArray<Attribute>>()
  for (let level = roots; level.length > 0;) {
    const loaded = await Promise.all(level.map(attributesOf))
    level.forEach((name, index) => found.set(name, loaded[index]!))
    const words = loaded.flat().flatMap(({ type }) => wordsOf(type))
    level = [...new Set(words)].filter((word) => isModel(word) && !found.has(word))
  }
  return found
}

const attributes = await load([
  "V1Namespace",
  "V1Node",
  "V1Pod",
  "V1Service",
  "V1ConfigMap",
  "V1Secret",
  "V1ServiceAccount",
  "CoreV1Event",
  "V1PersistentVolumeClaim",
  "V1PersistentVolume",
  "V1StatefulSet",
  "V1ControllerRevision",
  "V1PodDisruptionBudget",
  "V1Lease",
  "V1EndpointSlice",
  "V1CustomResourceDefinition",
  "V1StorageClass"
])

/** `CoreV1Event` is `Event` in Go. */
const goName = (model: string): string => model.replace(/^([A-Z][a-z]+)?V1(?=[A-Z])/, "")

const scalarOf = (type: string, format: string, field: string): Type => {
  if (Lists.quantities.has(field)) return scalar("quantity")
  switch (type) {
    case "boolean":
      return scalar("boolean")
    case "number":
      return scalar(format === "int32" ? "int32" : format === "int64" ? "int64" : "number")
    case "Date":
      return scalar("time")
    case "V1MicroTime":
      return scalar("microTime")
    case "IntOrString":
      return scalar("intOrString")
    case "any":
      return { _tag: "any", atomic: true }
    default:
      return scalar(format === "byte" ? "bytes" : "string")
  }
}

/** A key that the API always writes has its zero value as default, whatever the table says of others. */
const keyDefault = (
  of: Type,
  field: string,
  key: string,
  given: string | undefined
): ReadonlyArray<[string, unknown]> => {
  if (given !== undefined) return [[key, given]]
  if (Lists.keyedWithoutDefault.has(field)) return []
  const type = of._tag === "keyed" ? of.fields().get(key) : undefined
  return [[key, type?._tag === "scalar" && type.of.startsWith("int") ? 0 : ""]]
}

const listType = (of: Type, field: string): ListOf => {
  const row = Lists.associative[field]
  if (row === undefined) {
    return {
      ...listOf(of),
      ...(field === "PodStatus.hostIPs" ? { strategic: { mergeKey: "ip", retainKeys: false } } : {})
    }
  }
  const words = row === "set" ? [] : row.split(" ").map((word) => word.split("="))
  const keys = words.map(([key]) => key!)
  const strategic = {
    ...(keys[0] === undefined ? {} : { mergeKey: keys[0] }),
    retainKeys: Lists.retainsKeys.has(field)
  }
  return {
    ...listOf(of),
    list: row === "set" ? "set" : "map",
    keys,
    keyDefaults: Object.fromEntries(words.flatMap(([key, value]) => keyDefault(of, field, key!, value))),
    ...(Lists.notStrategic.has(field) ? {} : { strategic })
  }
}

const typeOf = (type: string, format: string, field: string): Type => {
  const list = /^Array<(.*)>$/.exec(type)
  if (list !== null) return listType(typeOf(list[1]!, format, ""), field)
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)
  if (map !== null) {
    const of = Lists.quantities.has(field) ? scalar("quantity") : typeOf(map[1]!, format, "")
    return mapOf(of, Lists.atomicMaps.has(field))
  }
  if (!attributes.has(type)) return scalarOf(type, format, field)
  const struct = structOf(type)
  return Lists.granularFields.has(field) ? { ...struct, atomic: false } : struct
}

const structs = new Map<string, Keyed>()

/** The type of a generated model, by its class name. */
export const structOf = (model: string): Keyed => {
  const known = structs.get(model)
  if (known !== undefined) return known
  const name = goName(model)
  let fields: ReadonlyMap<string, Type> | undefined
  const struct: Keyed = {
    _tag: "keyed",
    name,
    fields: () =>
      (fields ??= new Map(
        (attributes.get(model) ?? [])
          .filter(({ baseName }) => !Lists.newer.has(`${name}.${baseName}`))
          .map(({ baseName, type, format }) => [baseName, typeOf(type, format, `${name}.${baseName}`)])
      )),
    atomic: Lists.atomicStructs.has(name),
    shape: shapeOf(name)
  }
  structs.set(model, struct)
  return struct
}

const marks: Readonly<Record<string, Shape["keep"]>> = { "!": "always", "*": "zero", "?": "null" }

const shapeOf = (name: string): NonNullable<Keyed["shape"]> =>
  new Map(
    (shapes[name] ?? "").split(" ").flatMap((word) => {
      const [, field, mark, goType] = /^([^!*?:]+)([!*?]?)(?::(.+))?$/.exec(word) ?? []
      return field === undefined
        ? []
        : [
            [
              field,
              {
                keep: marks[mark ?? ""] ?? "filled",
                ...(goType === undefined ? {} : { goType: goType.includes(".") ? goType : `v1.${goType}` })
              }
            ] as const
          ]
    })
  )

export const objectMeta: Keyed = structOf("V1ObjectMeta")
