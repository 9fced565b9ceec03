/**
 * The Kubernetes API server as a pure function of structured requests, with
 * the semantics of kube-apiserver 1.34. Total: whatever the request, there is
 * an answer that a real server would give.
 */
import * as Result from "effect/Result"
import { wireBody } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import { type ApiReply, type ApiRequest, ContentType } from "../../../domain/kube/Wire.ts"
import type { Names } from "../../Names.ts"
import { isOwnGroup, kindAt } from "./Catalog.ts"
import * as Change from "./Change.ts"
import type { Call } from "./Change.ts"
import type { Kind } from "./Kind.ts"
import * as Options from "./Options.ts"
import * as PodSubresources from "./PodSubresources.ts"
import * as Read from "./Read.ts"
import { removeOne } from "./Remove.ts"
import * as Scale from "./Scale.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { empty, keyOf, type State } from "./Store.ts"
import { watch } from "./Watch.ts"

export type { State } from "./Store.ts"

type Answer = readonly [State, ApiReply | undefined]

/** Subresources beside `status` and `scale`, which kinds declare, and the verbs they take. */
const extra: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  "/pods": { binding: ["create"], eviction: ["create"] },
  "/namespaces": { finalize: ["update"] }
}

const verbsOf = ({ hasStatus, resource, scale }: Kind, subresource: string): ReadonlyArray<string> | undefined => {
  if (subresource === "") return undefined
  if ((subresource === "status" && hasStatus) || (subresource === "scale" && scale !== undefined)) {
    return ["get", "update", "patch"]
  }
  return extra[keyOf(resource)]?.[subresource]
}

/** Whoever carries the request has parsed the body; protobuf is not spoken. */
const bodyTypes = [ContentType.json, "application/yaml"]

/** Patches say by their type what kind of patch they are, and are looked at where they are applied. */
const unread = (verb: ApiRequest["verb"], { body, contentType }: Call): Reply | undefined =>
  verb === "patch" || body === undefined || bodyTypes.includes(contentType)
    ? undefined
    : Status.unsupportedMediaType(bodyTypes)

const onCollection = ["list", "watch", "create", "deletecollection"]

/** The refusal of a path and verb that this kind does not have. */
const unrouted = (
  { custom, resource }: Kind,
  request: ApiRequest,
  verbs: ReadonlyArray<string> | undefined
): Reply | undefined => {
  const { name = "", namespace = "", subresource = "", verb } = request
  const absent = custom ? Status.noSuchPath : Status.noSuchResource
  if (namespace !== "" && !resource.namespaced) return absent
  if (namespace === "" && resource.namespaced && verb !== "list" && verb !== "watch") {
    return name === "" && !custom ? Status.methodNotAllowed : absent
  }
  if (subresource !== "" && verbs === undefined) {
    return custom ? Status.notFound(Status.qualified(resource), name) : Status.noSuchResource
  }
  if (verbs !== undefined) return name !== "" && verbs.includes(verb) ? undefined : Status.methodNotAllowed
  const collection = onCollection.includes(verb)
  if (keyOf(resource) === keyOf(Kinds.Namespace) && verb === "deletecollection") return Status.methodNotAllowed
  return verb === "watch" || collection === (name === "") ? undefined : Status.methodNotAllowed
}

const removeMany = (state: State, call: Call, names: Names): Answer => {
  const listed = Options.list(call.query, false)
  if (Result.isFailure(listed)) return [state, listed.failure]
  const options = Options.remove(call.query, call.body)
  if (Result.isFailure(options)) return [state, options.failure]
  const page = Read.page(state, call, listed.success)
  if (Result.isFailure(page)) return [state, page.failure]
  let next = state
  for (const { metadata } of page.success.objects) {
    const removed = removeOne(next, call.kind, metadata.namespace ?? "", metadata.name ?? "", options.success, names)
    // What went meanwhile (the last object of a set may take others along) is as good as deleted.
    if (Result.isSuccess(removed)) next = removed.success[0]
    else if (removed.failure.status !== 404) return [next, removed.failure]
  }
  return [next, Read.listOf(call.kind, page.success)]
}

const remove = (state: State, call: Call, names: Names): Answer => {
  const options = Options.remove(call.query, call.body)
  if (Result.isFailure(options)) return [state, options.failure]
  const removed = removeOne(state, call.kind, call.namespace, call.name, options.success, names)
  return Result.isFailure(removed) ? [state, removed.failure] : removed.success
}

const listOrWatch = (state: State, call: Call, watches: boolean): Answer => {
  const options = Options.list(call.query, watches)
  if (Result.isFailure(options)) return [state, options.failure]
  return [state, watches ? watch(state, call, options.success) : Read.list(state, call, options.success)]
}

const perform = (state: State, verb: ApiRequest["verb"], call: Call, names: Names): Answer => {
  const scale = call.subresource === "scale"
  switch (verb) {
    case "get":
      return [state, scale ? Scale.get(state, call) : Read.get(state, call, call.query)]
    case "list":
      return listOrWatch(state, call, false)
    case "watch":
      return listOrWatch(state, call, true)
    case "create":
      if (call.subresource === "binding") return PodSubresources.bind(state, call, names)
      if (call.subresource === "eviction") return PodSubresources.evict(state, call, names)
      return Change.create(state, call, names)
    case "update":
      return scale ? Scale.update(state, call, names) : Change.update(state, call, names)
    case "patch":
      return scale ? Scale.patch(state, call, names) : Change.patch(state, call, names)
    case "delete":
      return remove(state, call, names)
    case "deletecollection":
      return removeMany(state, call, names)
    default:
      return [state, Status.methodNotAllowed]
  }
}

/**
 * Answers one request. `undefined`: a watch with nothing to say yet; ask again
 * after the next change. Versions from `names` are decimal numbers that grow.
 */
export const handle = (state: State, request: ApiRequest, names: Names): Answer => {
  const {
    contentType = ContentType.json,
    group,
    name = "",
    namespace = "",
    query = {},
    resource,
    subresource = "",
    verb,
    version
  } = request
  const kind = kindAt(state, group, version, resource)
  if (kind === undefined) return [state, isOwnGroup(group, version) ? Status.noSuchResource : Status.noSuchPath]
  const refused = unrouted(kind, request, verbsOf(kind, subresource))
  if (refused !== undefined) return [state, refused]
  const body = request.body === undefined ? undefined : wireBody(request, names)
  const call = { kind, namespace, name, subresource: subresource || undefined, query, contentType, body }
  const foreign = unread(verb, call)
  return foreign === undefined ? perform(state, verb, call, names) : [state, foreign]
}

const first = ["default", "kube-node-lease", "kube-public", "kube-system"]

export interface BootOptions {
  /** Pods of this world are on loopback addresses. */
  readonly loopbackAddresses?: boolean
}

/** A server that has just come up: four namespaces and nothing else. */
export const boot = (names: Names, options: BootOptions = {}): State =>
  first.reduce<State>(
    (state, name) => {
      const { group, plural: resource, version } = Kinds.Namespace
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } }
      return handle(
        state,
        { verb: "create", group, version, resource, query: { fieldManager: "kube-apiserver" }, body },
        names
      )[0]
    },
    { ...empty, ...options }
  )
