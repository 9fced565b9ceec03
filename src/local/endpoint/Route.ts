/**
 * A request line of HTTP as a structured request, or as the document it names:
 * the other direction of `interpreters/live/KubernetesPath`.
 */
import type { ApiRequest, Verb } from "../../domain/kube/Wire.ts"

export type Route =
  /** Of an object, a collection or a subresource; without its body. */
  | { readonly _tag: "Api"; readonly request: ApiRequest }
  /** Discovery, version, OpenAPI: read only. `path` without a slash at its end. */
  | { readonly _tag: "Document"; readonly path: string }
  | { readonly _tag: "Health"; readonly isVerbose: boolean }
  | { readonly _tag: "Nowhere" }
  /** A group and version of the server that it does not have. */
  | { readonly _tag: "NoResource" }
  | { readonly _tag: "BadMethod" }
  /** Not a path at all. */
  | { readonly _tag: "Malformed" }

const segmentsOf = (path: string): ReadonlyArray<string> | undefined => {
  try {
    return path.replace(/\/$/, "").split("/").slice(1).map(decodeURIComponent)
  } catch {
    return undefined
  }
}

/** The first of several values of one name counts. */
const queryOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...new URLSearchParams(text)].reverse())

const isOn = (value: string | undefined): boolean => value !== undefined && value !== "false" && value !== "0"

const verbOf = (method: string, isNamed: boolean, isWatch: boolean): Verb | undefined => {
  switch (method) {
    case "GET":
      return isNamed ? "get" : isWatch ? "watch" : "list"
    case "POST":
      return "create"
    case "PUT":
      return "update"
    case "PATCH":
      return "patch"
    case "DELETE":
      return isNamed ? "delete" : "deletecollection"
    default:
      return undefined
  }
}

/** `namespaces/x` is the namespace itself; only with more behind it, and no subresource of its own, it is a place. */
const placed = (parts: ReadonlyArray<string>) => {
  const [first, namespace, third] = parts
  const isPlace = first === "namespaces" && third !== undefined && third !== "status" && third !== "finalize"
  const [resource = "", name, ...subresource] = isPlace ? parts.slice(2) : parts
  return {
    resource,
    ...(isPlace && namespace !== undefined ? { namespace } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource.length === 0 ? {} : { subresource: subresource.join("/") })
  }
}

const isWrite = (verb: Verb): boolean => verb === "create" || verb === "update" || verb === "patch"

/** The server calls a manager that has no name after the program that it is. */
const managerOf = (userAgent: string | undefined): string => {
  const [program = ""] = (userAgent ?? "").split("/")
  return [...program.replace(/[\p{C}]/gu, "")].slice(0, 128).join("")
}

const withManager = (request: ApiRequest, userAgent: string | undefined): ApiRequest => {
  const isApply = request.contentType?.startsWith("application/apply-patch") ?? false
  const manager = managerOf(userAgent)
  return !isWrite(request.verb) || isApply || manager === "" || request.query?.["fieldManager"]
    ? request
    : { ...request, query: { ...request.query, fieldManager: manager } }
}

const apiRoute = (
  { method, userAgent, ...rest }: Target,
  place: { readonly group: string; readonly version: string },
  given: ReadonlyArray<string>,
  query: Readonly<Record<string, string>>
): Route => {
  const parts = given[0] === "watch" && given.length > 1 ? given.slice(1) : given
  const { name, ...where } = placed(parts)
  // The older way to watch is a path; there, a name selects.
  const isOldWatch = parts !== given && method === "GET"
  const verb = isOldWatch ? "watch" : verbOf(method, name !== undefined, isOn(query["watch"]))
  if (verb === undefined) return { _tag: "BadMethod" }
  const contentType = rest.contentType?.split(";")[0]?.trim().toLowerCase()
  const { pretty: _1, watch: _2, ...parameters } = query
  const request: ApiRequest = {
    verb,
    ...place,
    ...where,
    ...(name === undefined ? {} : { name }),
    query: parameters,
    ...(contentType ? { contentType } : {})
  }
  return { _tag: "Api", request: withManager(request, userAgent) }
}

const documents = new Set(["api", "apis", "version", "openapi", ""])

/** The parts of an HTTP request that say where it goes. */
export interface Target {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly contentType?: string | undefined
  readonly userAgent?: string | undefined
}

export const routeOf = (target: Target): Route => {
  const [path = "", ...search] = target.url.split("?")
  const segments = segmentsOf(path)
  if (segments === undefined || !path.startsWith("/")) return { _tag: "Malformed" }
  if (segments.slice(0, -1).includes("") || segments.includes("\0")) return { _tag: "Nowhere" }
  const query = queryOf(search.join("?"))
  const [root = "", ...rest] = segments
  if (root === "api" && rest.length > 1) {
    const [version = "", ...parts] = rest
    return version === "v1" ? apiRoute(target, { group: "", version }, parts, query) : { _tag: "NoResource" }
  }
  if (root === "apis" && rest.length > 2) {
    const [group = "", version = "", ...parts] = rest
    return apiRoute(target, { group, version }, parts, query)
  }
  const isHealth = root === "healthz" || root === "livez" || root === "readyz"
  if (!isHealth && !documents.has(root)) return { _tag: "Nowhere" }
  if (target.method !== "GET") return { _tag: "BadMethod" }
  return isHealth
    ? { _tag: "Health", isVerbose: query["verbose"] !== undefined }
    : { _tag: "Document", path: `/${segments.join("/")}` }
}

/** Whether the client wants indented JSON: it says so, or is used by people. */
export const isPretty = ({ url, userAgent = "" }: Target): boolean => {
  const pretty = new URLSearchParams(url.split("?")[1]).get("pretty")
  return pretty === null ? /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent) : isOn(pretty)
}
