/**
 * OpenAPI of what is served, from the types that the server works with: clients
 * merge, validate and explain by it.
 */
import { apiVersionOf } from "../../domain/kube/Object.ts"
import { definitionOf, served } from "../../models/kube/api/Catalog.ts"
import { valueAt } from "../../models/kube/api/FieldSelector.ts"
import type { Kind } from "../../models/kube/api/Kind.ts"
import { objectMeta } from "../../models/kube/api/kinds/Model.ts"
import type { State } from "../../models/kube/api/Server.ts"
import { isFields } from "../../models/kube/api/Types.ts"
import { namesOf, type Schemas, type SchemaNames, schemasOf } from "./OpenApiSchema.ts"

type Document = { readonly [field: string]: unknown }

const gvk = ({ resource: { group, kind, version } }: Kind) => ({ group, version, kind })

const parameter = (name: string) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } })

const writing = ["dryRun", "fieldManager", "fieldValidation"].map(parameter)

const patchTypes = ({ custom }: Kind): ReadonlyArray<string> => [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  ...(custom ? [] : ["application/strategic-merge-patch+json"])
]

const operation = (kind: Kind, action: string, more: Document = {}) => ({
  responses: { "200": { description: "OK" } },
  "x-kubernetes-action": action,
  "x-kubernetes-group-version-kind": gvk(kind),
  ...more
})

const pathsOf = (kind: Kind): ReadonlyArray<readonly [string, Document]> => {
  const { resource } = kind
  const root = `${resource.group === "" ? "/api" : "/apis"}/${apiVersionOf(resource)}`
  const collection = `${root}${resource.namespaced ? "/namespaces/{namespace}" : ""}/${resource.plural}`
  const body = { content: Object.fromEntries(patchTypes(kind).map((type) => [type, { schema: { type: "object" } }])) }
  return [
    [collection, { get: operation(kind, "list"), post: operation(kind, "post", { parameters: writing }) }],
    [
      `${collection}/{name}`,
      {
        get: operation(kind, "get"),
        put: operation(kind, "put", { parameters: writing }),
        patch: operation(kind, "patch", { parameters: [...writing, parameter("force")], requestBody: body }),
        delete: operation(kind, "delete")
      }
    ]
  ]
}

const isSame = (kind: Kind, group: string, version: string): boolean =>
  kind.resource.group === group && kind.resource.version === version

/** The schema that the definition of a custom kind gives, with what every object has. */
const customSchema = (state: State, { resource }: Kind, reference: Document): Document => {
  const definition = definitionOf(state, resource.group, resource.plural)
  const versions = definition === undefined ? [] : valueAt(definition, ["spec", "versions"])
  const version = (Array.isArray(versions) ? versions : []).find(
    (one) => isFields(one) && one["name"] === resource.version
  )
  const given = isFields(version) && isFields(version["schema"]) ? version["schema"]["openAPIV3Schema"] : undefined
  const schema = isFields(given) ? given : { type: "object" }
  const text = { type: "string" }
  return {
    ...schema,
    properties: {
      ...(isFields(schema["properties"]) ? schema["properties"] : {}),
      apiVersion: text,
      kind: text,
      metadata: reference
    }
  }
}

const customName = ({ resource: { group, kind, version } }: Kind): string =>
  [...group.split(".").reverse(), version, kind].join(".")

const allSchemas = (state: State, kinds: ReadonlyArray<Kind>, names: SchemaNames): Schemas => {
  const builtIn = schemasOf([objectMeta, ...kinds.filter(({ custom }) => !custom).map(({ type }) => type)], names)
  const roots = kinds.map((kind) => {
    const name = kind.custom ? customName(kind) : names.of(kind.resource.kind)
    const schema = kind.custom ? customSchema(state, kind, names.reference("ObjectMeta")) : (builtIn[name] ?? {})
    return [name, { ...schema, "x-kubernetes-group-version-kind": [gvk(kind)] }] as const
  })
  return { ...builtIn, ...Object.fromEntries(roots) }
}

const info = { title: "Kubernetes", version: "v1.34.0" }

/** Version 2: everything in one document. */
export const v2 = (state: State): Document => {
  const kinds = served(state)
  const names = namesOf(kinds, "#/definitions/")
  return {
    swagger: "2.0",
    info,
    paths: Object.fromEntries(kinds.flatMap(pathsOf)),
    definitions: allSchemas(state, kinds, names)
  }
}

const groupVersionPath = ({ resource: { group, version } }: Kind): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`

/** Version 3: an index, and a document for each `api/v1` or `apis/GROUP/VERSION`. */
export const v3 = (state: State, path: string): Document | undefined => {
  const kinds = served(state)
  if (path === "") {
    const paths = [...new Set(kinds.map(groupVersionPath))]
    return { paths: Object.fromEntries(paths.map((one) => [one, { serverRelativeURL: `/openapi/v3/${one}` }])) }
  }
  const [root, ...rest] = path.split("/")
  const [group = "", version = ""] = root === "api" ? ["", ...rest] : rest
  const own = kinds.filter((kind) => isSame(kind, group, version) && groupVersionPath(kind) === path)
  if (own.length === 0) return undefined
  return {
    openapi: "3.0.0",
    info,
    paths: Object.fromEntries(own.flatMap(pathsOf)),
    components: { schemas: allSchemas(state, own, namesOf(kinds, "#/components/schemas/")) }
  }
}
