/**
 * Reads: one object, or a collection as it is now, as it was at a version, or
 * page by page at the version of the first page.
 */
import * as Result from "effect/Result"
import { apiVersionOf, type KubeObject } from "../../../domain/kube/Object.ts"
import { inVersion, selectableFields } from "./Catalog.ts"
import * as FieldSelector from "./FieldSelector.ts"
import type { Kind } from "./Kind.ts"
import type { ListOptions, Query } from "./Options.ts"
import * as Selector from "./Selector.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { all, find, keyOf, type Objects, pathOf, snapshot, type State } from "./Store.ts"

/** Which objects of a kind are meant. */
export interface Scope {
  readonly kind: Kind
  /** Empty: all namespaces. */
  readonly namespace: string
  /** Empty: all names. */
  readonly name: string
}

export type Filter = (path: string, object: KubeObject) => boolean

/** Namespace, name and selectors as one predicate. */
const prefixOf = ({ namespace }: Scope): string => (namespace === "" ? "" : `${namespace}/`)

export const filterOf = (state: State, scope: Scope, options: ListOptions): Result.Result<Filter, Reply> => {
  const key = keyOf(scope.kind.resource)
  const labels = Selector.parse(options.labelSelector)
  if (Result.isFailure(labels)) return Result.fail(Status.badRequest(labels.failure))
  const fields = FieldSelector.parse(key, options.fieldSelector, selectableFields(state, scope.kind))
  if (Result.isFailure(fields)) return Result.fail(Status.badRequest(fields.failure))
  const prefix = prefixOf(scope)
  return Result.succeed(
    (path, object) =>
      path.startsWith(prefix) &&
      (scope.name === "" || object.metadata.name === scope.name) &&
      Selector.matches(labels.success, object.metadata.labels) &&
      FieldSelector.matches(key, fields.success, object)
  )
}

const numberError = (version: string): string =>
  `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`

const isVersion = (text: string): boolean => /^\d+$/.test(text)

export const get = (state: State, { kind, name, namespace }: Scope, query: Query): Reply => {
  const { resourceVersion = "" } = query
  if (resourceVersion !== "" && !isVersion(resourceVersion)) return Status.unexplained(numberError(resourceVersion))
  if (Number(resourceVersion) > state.version) return Status.tooLargeVersion(Number(resourceVersion), state.version)
  const found = find(state, keyOf(kind.resource), pathOf(namespace, name))
  return found === undefined
    ? Status.notFound(Status.qualified(kind.resource), name)
    : { status: 200, body: inVersion(kind.resource, found) }
}

interface Token {
  readonly v: "meta.k8s.io/v1"
  /** -1: the rest of the list, as it is now. */
  readonly rv: number
  readonly start: string
}

const encoded = (token: Token): string =>
  // Escaped to ASCII: `btoa` takes no other text.
  btoa(JSON.stringify(token).replace(/[^\x20-\x7e]/g, "?"))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")

const tokenPattern = /^\{"v":"meta\.k8s\.io\/v1","rv":(-1|\d+),"start":"((?:[^"\\]|\\.)+)"\}$/

/** Undefined: none of ours. The alphabet is checked first, since `atob` throws. */
const decoded = (text: string): Token | undefined => {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined
  const [, rv, start] = tokenPattern.exec(atob(text.replaceAll("-", "+").replaceAll("_", "/"))) ?? []
  return start === undefined
    ? undefined
    : { v: "meta.k8s.io/v1", rv: Number(rv), start: start.replaceAll("\\u0000", "\0") }
}

/** What a list reads: the objects, the version they are of, and where it starts. */
interface View {
  readonly objects: Objects
  readonly version: number
  readonly start: string
}

const tooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."

const continued = (state: State, key: string, text: string): Result.Result<View, Reply> => {
  const token = decoded(text)
  if (token === undefined) {
    return Result.fail(
      Status.badRequest("invalid continue token: continue key is not valid: not a token of this server")
    )
  }
  if (token.rv === -1) return Result.succeed({ objects: all(state, key), version: state.version, start: token.start })
  const objects = snapshot(state, key, token.rv)
  if (objects !== undefined) return Result.succeed({ objects, version: token.rv, start: token.start })
  const reply = Status.expired(tooOld)
  // `expired` has made it a Status.
  const body = { ...(reply.body as object), metadata: { continue: encoded({ ...token, rv: -1 }) } }
  return Result.fail({ ...reply, body })
}

const viewOf = (state: State, key: string, options: ListOptions): Result.Result<View, Reply> => {
  const { limit, resourceVersion, resourceVersionMatch: match } = options
  if (options.continue !== "") {
    return resourceVersion !== "" && resourceVersion !== "0"
      ? Result.fail(Status.badRequest("specifying resource version is not allowed when using continue"))
      : continued(state, key, options.continue)
  }
  if (resourceVersion !== "" && !isVersion(resourceVersion)) {
    return Result.fail(Status.badRequest(`invalid resource version: ${numberError(resourceVersion)}`))
  }
  const version = Number(resourceVersion)
  if (version > state.version) return Result.fail(Status.tooLargeVersion(version, state.version))
  const exact = match === "Exact" || (match === "" && limit > 0 && version > 0)
  if (!exact) return Result.succeed({ objects: all(state, key), version: state.version, start: "" })
  const objects = snapshot(state, key, version)
  return objects === undefined
    ? Result.fail(Status.expired("The resourceVersion for the provided list is too old."))
    : Result.succeed({ objects, version, start: "" })
}

/** Items of a typed list do without apiVersion and kind. A cache of a pure function. */
const bare = new WeakMap<KubeObject, object>()

const item = ({ custom, resource }: Kind, object: KubeObject): object => {
  if (custom) return inVersion(resource, object)
  const known = bare.get(object)
  if (known !== undefined) return known
  const { apiVersion: _1, kind: _2, ...rest } = object
  bare.set(object, rest)
  return rest
}

export interface Page {
  readonly paths: ReadonlyArray<string>
  readonly objects: ReadonlyArray<KubeObject>
  readonly metadata: { readonly [field: string]: string | number }
}

/** The objects of one page, in the order of their paths. */
export const page = (state: State, scope: Scope, options: ListOptions): Result.Result<Page, Reply> => {
  const filter = filterOf(state, scope, options)
  if (Result.isFailure(filter)) return Result.fail(filter.failure)
  const view = viewOf(state, keyOf(scope.kind.resource), options)
  if (Result.isFailure(view)) return Result.fail(view.failure)
  const { objects, start, version } = view.success
  // A list at "any version" comes from the cache, which does not page.
  const limit = options.resourceVersion === "0" && options.continue === "" ? 0 : options.limit
  const found: Array<KubeObject> = []
  const paths: Array<string> = []
  const prefix = prefixOf(scope)
  // A selector of one name reads one key.
  const isNamed = /^metadata\.name==?[^,!=]+$/.test(options.fieldSelector)
  let left = 0
  for (const [path, object] of objects) {
    if (path < start) continue
    // Storage is read until the page is full: what is left of it counts, whether it matches or not.
    if (limit > 0 && found.length === limit) {
      if (path.startsWith(prefix) && !isNamed) left++
    } else if (filter.success(path, object)) {
      found.push(object)
      paths.push(path)
    }
  }
  const plain = options.labelSelector === "" && options.fieldSelector === "" && scope.name === ""
  return Result.succeed({
    paths,
    objects: found,
    metadata: {
      resourceVersion: String(version),
      ...(left === 0
        ? {}
        : { continue: encoded({ v: "meta.k8s.io/v1", rv: version, start: `${paths[paths.length - 1]}\0` }) }),
      ...(left === 0 || !plain ? {} : { remainingItemCount: left })
    }
  })
}

export const listOf = (kind: Kind, { metadata, objects }: Page): Reply => ({
  status: 200,
  body: {
    kind: `${kind.resource.kind}List`,
    apiVersion: apiVersionOf(kind.resource),
    // Lists of custom kinds always have the field.
    metadata: kind.custom ? { continue: "", ...metadata } : metadata,
    items: objects.map((object) => item(kind, object))
  }
})

export const list = (state: State, scope: Scope, options: ListOptions): Reply => {
  const found = page(state, scope, options)
  return Result.isFailure(found) ? found.failure : listOf(scope.kind, found.success)
}
