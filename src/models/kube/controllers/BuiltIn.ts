/**
 * What a built-in controller is here: a pure function from the store to the
 * requests it would send now. No queue, no cache, no memory: what it would do
 * next is always a question about the store.
 */
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import { apiVersionOf } from "../../../domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../../domain/kube/Wire.ts"
import { served } from "../api/Catalog.ts"
import { all, keyOf, pathOf, type State } from "../api/Store.ts"

/** The store as controllers read it: quorum reads, objects in the order of their paths. */
export interface View {
  /** Every served kind once, custom ones included. */
  readonly resources: ReadonlyArray<Resource>
  readonly list: <A extends KubeObject = KubeObject>(resource: Resource, namespace?: string) => ReadonlyArray<A>
  readonly get: <A extends KubeObject = KubeObject>(
    resource: Resource,
    namespace: string,
    name: string
  ) => A | undefined
}

/** One request a built-in controller would make now; `key` is what its fairness is counted on. */
export interface Move {
  readonly key: string
  readonly request: ApiRequest
}

/**
 * A law: a move that is performed changes the store, or is refused by it; and
 * a settled store has no moves.
 */
export interface BuiltIn {
  readonly name: string
  readonly moves: (view: View, nowMillis: number) => ReadonlyArray<Move>
  /** The next time (milliseconds since 1970) at which the same store may have other moves. */
  readonly due?: (view: View, nowMillis: number) => number | undefined
}

/** The shapes asked for by `list` and `get` are those the server decoded and validated objects of that kind to. */
export const viewOf = (state: State): View => ({
  resources: [...new Map(served(state).map(({ resource }) => [keyOf(resource), resource] as const)).values()],
  list: <A extends KubeObject>(resource: Resource, namespace?: string) => {
    const objects = [...all(state, keyOf(resource)).values()] as ReadonlyArray<KubeObject> as ReadonlyArray<A>
    return namespace === undefined ? objects : objects.filter(({ metadata }) => metadata.namespace === namespace)
  },
  get: <A extends KubeObject>(resource: Resource, namespace: string, name: string) =>
    all(state, keyOf(resource)).get(pathOf(resource.namespaced ? namespace : "", name)) as A | undefined
})

/** Who writes: the field manager that the real program's user agent gives. */
export type Manager = "kube-controller-manager" | "kube-scheduler" | "kubelet"

const place = (resource: Resource, namespace: string | undefined) => ({
  group: resource.group,
  version: resource.version,
  resource: resource.plural,
  ...(resource.namespaced && namespace !== undefined ? { namespace } : {})
})

const target = (resource: Resource, { metadata }: KubeObject) => ({
  ...place(resource, metadata.namespace),
  name: metadata.name ?? ""
})

export const textOf = (resource: Resource, { metadata }: KubeObject): string =>
  `${keyOf(resource)} ${pathOf(metadata.namespace ?? "", metadata.name ?? metadata.generateName ?? "")}`

const keyed = (verb: string, resource: Resource, object: KubeObject): string => `${verb} ${textOf(resource, object)}`

/** An object to be created, without the parts that its resource already says. */
export type Draft = Omit<KubeObject, "apiVersion" | "kind">

const whole = (resource: Resource, draft: Draft): KubeObject => ({
  ...draft,
  metadata: draft["metadata"] as KubeObject["metadata"],
  apiVersion: apiVersionOf(resource),
  kind: resource.kind
})

export const create = (resource: Resource, draft: Draft, manager: Manager = "kube-controller-manager"): Move => {
  const body = whole(resource, draft)
  return {
    key: keyed("create", resource, body),
    request: {
      verb: "create",
      ...place(resource, body.metadata.namespace),
      query: { fieldManager: manager },
      body
    }
  }
}

/** Replaces `object` at the version that was read, or its status or other subresource. */
export const update = (
  resource: Resource,
  object: KubeObject,
  subresource?: string,
  manager: Manager = "kube-controller-manager"
): Move => ({
  key: keyed(subresource === undefined ? "update" : `update ${subresource} of`, resource, object),
  request: {
    verb: "update",
    ...target(resource, object),
    ...(subresource === undefined ? {} : { subresource }),
    query: { fieldManager: manager },
    body: object
  }
})

/** Merge patch of the metadata of `object`, at its uid and the version that was read. */
export const patchMetadata = (
  resource: Resource,
  object: KubeObject,
  metadata: Partial<KubeObject["metadata"]>
): Move => ({
  key: keyed("patch", resource, object),
  request: {
    verb: "patch",
    ...target(resource, object),
    query: { fieldManager: "kube-controller-manager" },
    contentType: ContentType.merge,
    body: {
      metadata: { uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion, ...metadata }
    }
  }
})

export interface Removal {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan"
  readonly gracePeriodSeconds?: number
  /** Also only at the version that was read. */
  readonly atVersion?: boolean
}

/** Deletes `object` if it is still the one with its uid. */
export const remove = (
  resource: Resource,
  object: KubeObject,
  { propagationPolicy, gracePeriodSeconds, atVersion = false }: Removal = {}
): Move => {
  const { resourceVersion, uid } = object.metadata
  return {
    key: keyed("delete", resource, object),
    request: {
      verb: "delete",
      ...target(resource, object),
      body: {
        kind: "DeleteOptions",
        apiVersion: "v1",
        preconditions: { uid, ...(atVersion ? { resourceVersion } : {}) },
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds })
      }
    }
  }
}
