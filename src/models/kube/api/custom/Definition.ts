/**
 * Kinds from CustomResourceDefinitions.
 */
import type { KubeObject, Resource } from "../../../../domain/kube/Object.ts"
import type { Cause, Column, Decoded, Kind } from "../Kind.ts"
import { nameColumn } from "../kinds/Basic.ts"
import { read } from "../kinds/Decode.ts"
import { objectMeta } from "../kinds/Model.ts"
import * as Rules from "../kinds/Rules.ts"
import { fieldsOf, listOf, specOf, textOf } from "../kinds/Rules.ts"
import { type Fields, isFields, same } from "../Types.ts"
import { goText } from "../patch/Check.ts"
import * as Cel from "./Cel.ts"
import { type Schema, rootOf, rootType } from "./Schema.ts"
import * as Shape from "./Shape.ts"
import * as Validate from "./Validate.ts"

type Causes = ReadonlyArray<Cause>

interface Version {
  readonly resource: Resource
  readonly schema: Schema | undefined
  readonly hasStatus: boolean
  readonly scale: Kind["scale"]
}

/** The root, whose metadata is checked elsewhere. */
const embedded = (schema: Schema): Schema => ({ ...schema, "x-kubernetes-embedded-resource": true })

/** No entry is as good as no managed fields: the stored ones stay. */
const withoutNone = (metadata: unknown): unknown => {
  if (!isFields(metadata) || !Array.isArray(metadata["managedFields"])) return metadata
  const { managedFields, ...others } = metadata
  return (managedFields as ReadonlyArray<unknown>).length === 0 ? others : metadata
}

const decoder =
  ({ resource, schema }: Version) =>
  (body: unknown): Decoded => {
    const prefix = `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: `
    if (!isFields(body)) {
      const what = Array.isArray(body) ? "array" : typeof body
      const detail = `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`
      return { error: prefix + detail, detail }
    }
    const metadata = read(objectMeta, body["metadata"] ?? {}, "metadata")
    if (metadata.error !== undefined) return { error: prefix + metadata.error, detail: metadata.error }
    const unknown = [...metadata.unknown]
    const root = embedded(schema ?? { "x-kubernetes-preserve-unknown-fields": true })
    const object = Shape.pruned({ ...body, metadata: withoutNone(metadata.value) }, root, "", unknown)
    // Pruning keeps apiVersion, kind and metadata of an embedded resource.
    return { object: object as KubeObject, unknown: unknown.sort() }
  }

const blocking = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid"
])

const unchecked = Rules.invalid(
  "<nil>",
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
)

const goTypes: Readonly<Record<string, string>> = {
  string: "string",
  boolean: "bool",
  number: "float64",
  object: "map[string]interface {}"
}

const goType = (value: unknown): string =>
  Array.isArray(value) ? "[]interface {}" : (goTypes[typeof value] ?? "<nil>")

/** What is wrong with the way to a count, or with the count. */
const scaled = (object: KubeObject, path: string | undefined): Causes => {
  if (path === undefined) return []
  const steps = path.replace(/^\./, "").split(".")
  let value: unknown = object
  for (const [index, step] of steps.entries()) {
    if (value === undefined || value === null) return []
    const here = `.${steps.slice(0, index + 1).join(".")}`
    if (!isFields(value)) {
      return [
        Rules.invalid(
          path,
          0,
          `${here} accessor error: ${goText(value)} is of the type ${goType(value)}, expected map[string]interface{}`
        )
      ]
    }
    value = value[step]
  }
  if (value === undefined) return []
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return [
      Rules.invalid(path, 0, `${path} accessor error: ${goText(value)} is of the type ${goType(value)}, expected int64`)
    ]
  }
  return [
    ...(value < 0 ? [Rules.invalid(path, value, "should be a non-negative integer")] : []),
    ...(value > 2 ** 31 - 1 ? [Rules.invalid(path, value, "should be less than or equal to 2147483647")] : [])
  ]
}

/** The rules in CEL, unless the object is broken in a way that they could not bear. */
const celCauses = (
  schema: Schema,
  hasRules: boolean,
  next: KubeObject,
  old: KubeObject | undefined,
  found: Causes
): Causes =>
  !hasRules ? [] : found.some(({ reason }) => blocking.has(reason)) ? [unchecked] : Cel.rules(schema, next, old)

const validators = ({
  resource,
  schema,
  scale
}: Version): Pick<Kind, "validateCreate" | "validateUpdate" | "validateStatus"> => {
  const hasRules = Cel.hasRules(schema)
  const sizes = (object: KubeObject): Causes => [
    ...scaled(object, scale?.specReplicasPath),
    ...scaled(object, scale?.statusReplicasPath)
  ]
  const lists = (next: KubeObject, old: KubeObject | undefined): Causes =>
    old !== undefined && Validate.lists(schema, old).length > 0 ? [] : Validate.lists(schema, next)
  const withRules = (found: Causes, next: KubeObject, old: KubeObject | undefined): Causes =>
    schema === undefined ? found : [...found, ...celCauses(schema, hasRules, next, old, found)]
  const all = (next: KubeObject, old: KubeObject | undefined): Causes =>
    withRules(
      [
        ...(old === undefined ? Rules.metadata(next, resource.namespaced, Rules.dnsSubdomain) : []),
        ...(schema === undefined ? [] : Validate.value(schema, next, old)),
        ...sizes(next),
        ...lists(next, old)
      ],
      next,
      old
    )
  return {
    validateCreate: (object) => all(object, undefined),
    validateUpdate: (old, next) => all(next, old),
    validateStatus: (old, next) => {
      const status = schema?.properties?.["status"]
      const found = [
        ...(status === undefined || next["status"] === undefined
          ? []
          : Validate.value(status, next["status"], old["status"], "status")),
        ...scaled(next, scale?.statusReplicasPath),
        ...lists(next, old)
      ]
      return withRules(found, next, old)
    }
  }
}

const withoutMetadata = (object: KubeObject): Fields => {
  const { metadata: _, ...others } = object
  return others
}

const ageColumn: Column = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description:
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
}

const columnsOf = (version: Fields): ReadonlyArray<Column> => {
  const own = listOf(version["additionalPrinterColumns"])
  if (own.length === 0) return [nameColumn, ageColumn]
  const columns = own.map((column): Column => {
    const [format, description] = [textOf(column, "format"), textOf(column, "description")]
    return {
      name: textOf(column, "name"),
      type: textOf(column, "type"),
      jsonPath: textOf(column, "jsonPath"),
      priority: Number(column["priority"] ?? 0),
      ...(format === "" ? {} : { format }),
      ...(description === "" ? {} : { description })
    }
  })
  return [nameColumn, ...columns]
}

const scaleOf = (version: Fields): Kind["scale"] => {
  const scale = fieldsOf(version["subresources"])["scale"]
  if (!isFields(scale)) return undefined
  const labels = textOf(scale, "labelSelectorPath")
  return {
    specReplicasPath: textOf(scale, "specReplicasPath"),
    statusReplicasPath: textOf(scale, "statusReplicasPath"),
    ...(labels === "" ? {} : { labelSelectorPath: labels })
  }
}

const kindOf = (crd: KubeObject, version: Fields): Kind => {
  const spec = specOf(crd)
  const names = fieldsOf(spec["names"])
  const resource: Resource = {
    group: textOf(spec, "group"),
    version: textOf(version, "name"),
    plural: textOf(names, "plural"),
    kind: textOf(names, "kind"),
    namespaced: spec["scope"] !== "Cluster"
  }
  const schema = rootOf(fieldsOf(version["schema"])["openAPIV3Schema"])
  const hasStatus = fieldsOf(version["subresources"])["status"] !== undefined
  const parts: Version = { resource, schema, hasStatus, scale: scaleOf(version) }
  return {
    resource,
    singular: textOf(names, "singular") || resource.kind.toLowerCase(),
    shortNames: Rules.textsOf(names["shortNames"]),
    categories: Rules.textsOf(names["categories"]),
    hasStatus,
    scale: parts.scale,
    hasGeneration: true,
    generationMoves: (old, next) => !same(withoutMetadata(old), withoutMetadata(next)),
    allowUnconditionalUpdate: false,
    allowCreateOnUpdate: false,
    initialStatus: () => undefined,
    decode: decoder(parts),
    // Defaulting keeps what the object is.
    defaulted: (object) => Shape.defaulted(object, schema) as KubeObject,
    prepared: (next) => next,
    ...validators(parts),
    columns: columnsOf(version),
    type: rootType(schema),
    resets: (subresource) => (!hasStatus ? [] : subresource === "status" ? [["spec"]] : [["status"]]),
    custom: true
  }
}

/** The served versions of a definition, each as a kind. */
export const fromDefinition = (crd: KubeObject): ReadonlyArray<Kind> =>
  listOf(specOf(crd)["versions"])
    .filter((version) => version["served"] === true)
    .map((version) => kindOf(crd, version))
