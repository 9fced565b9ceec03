/**
 * What is served, in the documents clients discover it by: group and resource
 * lists, their aggregated form, and as much of OpenAPI v3 as kubectl asks for
 * before it sends a manifest.
 */
import { apiVersionOf } from "../../../domain/kube/Object.ts"
import { served } from "./Catalog.ts"
import type { Kind } from "./Kind.ts"
import { keyOf, type State } from "./Store.ts"

/** A document of discovery; undefined: there is none at that path. */
export type Document = { readonly [field: string]: unknown } | undefined

interface Subresource {
  readonly name: string
  readonly kind: string
  /** Empty: the kind's own. */
  readonly group: string
  readonly version: string
  readonly verbs: ReadonlyArray<string>
}

const changing = ["get", "patch", "update"]

const builtInVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
const customVerbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]

const verbsOf = ({ custom, resource }: Kind): ReadonlyArray<string> => {
  if (custom) return customVerbs
  return keyOf(resource) === "/namespaces" ? builtInVerbs.filter((verb) => verb !== "deletecollection") : builtInVerbs
}

const extra: Readonly<Record<string, ReadonlyArray<Subresource>>> = {
  "/pods": [
    { name: "binding", kind: "Binding", group: "", version: "", verbs: ["create"] },
    { name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] }
  ],
  "/namespaces": [{ name: "finalize", kind: "Namespace", group: "", version: "", verbs: ["update"] }]
}

const subresourcesOf = (kind: Kind): ReadonlyArray<Subresource> => [
  ...(extra[keyOf(kind.resource)] ?? []),
  ...(kind.scale === undefined
    ? []
    : [{ name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: changing }]),
  ...(kind.hasStatus ? [{ name: "status", kind: kind.resource.kind, group: "", version: "", verbs: changing }] : [])
]

const names = ({ categories, shortNames }: Kind) => ({
  ...(shortNames.length === 0 ? {} : { shortNames }),
  ...(categories.length === 0 ? {} : { categories })
})

const rank = (version: string): ReadonlyArray<number> => {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
  if (major === undefined) return [0, 0, 0]
  return [stage === undefined ? 3 : stage === "beta" ? 2 : 1, Number(major), Number(minor ?? 0)]
}

/** The order in which clients prefer versions: stable first, then newer. */
const byPreference = (left: string, right: string): number => {
  const [mine, other] = [rank(left), rank(right)]
  const at = mine.findIndex((part, index) => part !== other[index])
  return at === -1 ? left.localeCompare(right) : other[at]! - mine[at]!
}

/** Groups other than the core one, each with its versions. */
const groupsOf = (state: State): ReadonlyMap<string, ReadonlyArray<string>> => {
  const groups = new Map<string, ReadonlyArray<string>>()
  for (const { resource } of served(state)) {
    const versions = groups.get(resource.group) ?? []
    if (resource.group === "" || versions.includes(resource.version)) continue
    groups.set(resource.group, [...versions, resource.version].sort(byPreference))
  }
  return groups
}

const groupDocument = (name: string, versions: ReadonlyArray<string>) => {
  const listed = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: listed, preferredVersion: listed[0] }
}

const kindsIn = (state: State, group: string, version: string): ReadonlyArray<Kind> =>
  served(state)
    .filter(({ resource }) => resource.group === group && resource.version === version)
    .sort((left, right) => (left.resource.plural < right.resource.plural ? -1 : 1))

const resourceEntries = (kind: Kind) => {
  const { namespaced, plural } = kind.resource
  return [
    {
      name: plural,
      singularName: kind.singular,
      namespaced,
      kind: kind.resource.kind,
      verbs: verbsOf(kind),
      ...names(kind)
    },
    ...subresourcesOf(kind).map((one) => ({
      name: `${plural}/${one.name}`,
      singularName: "",
      namespaced,
      ...(one.group === "" ? {} : { group: one.group, version: one.version }),
      kind: one.kind,
      verbs: one.verbs
    }))
  ]
}

const resourceList = (state: State, group: string, version: string): Document => {
  const kinds = kindsIn(state, group, version)
  if (kinds.length === 0) return undefined
  const groupVersion = group === "" ? version : `${group}/${version}`
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: kinds.flatMap(resourceEntries) }
}

const aggregatedResource = (kind: Kind) => {
  const { group, namespaced, plural, version } = kind.resource
  const own = { group, version, kind: kind.resource.kind }
  return {
    resource: plural,
    responseKind: own,
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...names(kind),
    subresources: subresourcesOf(kind).map((one) => ({
      subresource: one.name,
      responseKind:
        one.group === "" ? { ...own, kind: one.kind } : { group: one.group, version: one.version, kind: one.kind },
      verbs: one.verbs
    }))
  }
}

const aggregatedGroup = (state: State, name: string, versions: ReadonlyArray<string>) => ({
  metadata: name === "" ? {} : { name },
  versions: versions.map((version) => ({
    version,
    resources: kindsIn(state, name, version).map(aggregatedResource),
    freshness: "Current"
  }))
})

/** Media type of the aggregated form, which clients ask for at `/api` and `/apis`. */
export const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

const aggregated = (state: State, path: string): Document => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  metadata: {},
  items:
    path === "/api"
      ? [aggregatedGroup(state, "", ["v1"])]
      : [...groupsOf(state)].map(([name, versions]) => aggregatedGroup(state, name, versions))
})

const pathsOf = ({ resource }: Kind): string => {
  const root = resource.group === "" ? "/api" : "/apis"
  const scope = resource.namespaced ? "/namespaces/{namespace}" : ""
  return `${root}/${apiVersionOf(resource)}${scope}/${resource.plural}/{name}`
}

const parameter = (name: string) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } })

/** Kubectl looks for `fieldValidation` here to leave validation to the server. */
const openApi = (state: State, group: string, version: string): Document => {
  const kinds = kindsIn(state, group, version)
  if (kinds.length === 0) return undefined
  const operation = ({ resource }: Kind) => ({
    patch: {
      parameters: ["dryRun", "fieldManager", "fieldValidation", "force"].map(parameter),
      responses: {},
      "x-kubernetes-action": "patch",
      "x-kubernetes-group-version-kind": { group, version, kind: resource.kind }
    }
  })
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.34" },
    paths: Object.fromEntries(kinds.map((kind) => [pathsOf(kind), operation(kind)])),
    components: { schemas: {} }
  }
}

const openApiIndex = (state: State): Document => {
  const groups = [...groupsOf(state)].flatMap(([name, versions]) =>
    versions.map((version) => `apis/${name}/${version}`)
  )
  const entry = (path: string) => [path, { serverRelativeURL: `/openapi/v3/${path}` }] as const
  return { paths: Object.fromEntries(["api/v1", ...groups].map(entry)) }
}

const versionDocument = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.0+gungnir",
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "linux/amd64"
}

const underApis = (state: State, rest: ReadonlyArray<string>): Document => {
  const groups = groupsOf(state)
  const [group, version] = rest
  if (group === undefined) {
    const listed = [...groups].map(([name, versions]) => groupDocument(name, versions))
    return { kind: "APIGroupList", apiVersion: "v1", groups: listed }
  }
  const versions = groups.get(group)
  if (versions === undefined) return undefined
  return version === undefined
    ? { kind: "APIGroup", apiVersion: "v1", ...groupDocument(group, versions) }
    : resourceList(state, group, version)
}

const underOpenApi = (state: State, rest: ReadonlyArray<string>): Document => {
  const [root, group, version] = rest
  if (root === undefined) return openApiIndex(state)
  if (root === "api") return group === undefined ? undefined : openApi(state, "", group)
  return root === "apis" && group !== undefined && version !== undefined ? openApi(state, group, version) : undefined
}

/**
 * The document at a path of discovery (`/api`, `/apis`, `/apis/GROUP[/VERSION]`,
 * `/api/v1`, `/version`, `/openapi/v3/...`). `address`: host and port for clients.
 */
export const document = (
  state: State,
  path: string,
  options: { readonly aggregated: boolean; readonly address: string }
): Document => {
  const [root, ...rest] = path.split("/").filter((part) => part !== "")
  if (options.aggregated && rest.length === 0 && (root === "api" || root === "apis"))
    return aggregated(state, `/${root}`)
  switch (root) {
    case "version":
      return rest.length === 0 ? versionDocument : undefined
    case "api":
      if (rest.length > 1) return undefined
      return rest[0] === undefined
        ? {
            kind: "APIVersions",
            versions: ["v1"],
            serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: options.address }]
          }
        : resourceList(state, "", rest[0])
    case "apis":
      return rest.length > 2 ? undefined : underApis(state, rest)
    case "openapi":
      return rest[0] === "v3" ? underOpenApi(state, rest.slice(1)) : undefined
    default:
      return undefined
  }
}
