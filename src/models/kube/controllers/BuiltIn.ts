/**
 * What a built-in controller is here: a pure function from the store to the
 * requests it would send now. No queue, no cache, no memory: what it would do
 * next is always a question about the store.
 */
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import { apiVersionOf } from "../../../domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../../domain/kube/Wire.ts"
import { definitions, served } from "../api/Catalog.ts"
import type { Selector } from "../api/Selector.ts"
import { all, keyOf, type Objects, pathOf, type State } from "../api/Store.ts"
import * as Groups from "./Groups.ts"

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
  /** Whose labels match. */
  readonly selected: <A extends KubeObject = KubeObject>(
    resource: Resource,
    namespace: string,
    selector: Selector
  ) => ReadonlyArray<A>
  /** Whose controller has that uid; undefined: that have no controller. */
  readonly controlled: <A extends KubeObject = KubeObject>(
    resource: Resource,
    namespace: string,
    uid: string | undefined
  ) => ReadonlyArray<A>
  /** With an owner reference to that uid, in any namespace. */
  readonly owned: (resource: Resource, uid: string) => ReadonlyArray<KubeObject>
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
  /** Where the controller looks at one thing after another: what it does about each (`overItems`). */
  readonly parts?: Parts
}

/** `item`s are known by identity: the same one wants the same, unless something else that was read for it differs. */
export interface Parts<A extends object = object> {
  readonly items: (view: View) => ReadonlyArray<A>
  readonly moves: (view: View, item: A, nowMillis: number) => ReadonlyArray<Move>
  readonly due?: (view: View, item: A, nowMillis: number) => number | undefined
}

/** The earliest of those that are there. */
export const earliest = (times: ReadonlyArray<number | undefined>): number | undefined =>
  times.reduce((first, time) => (first === undefined || (time !== undefined && time < first) ? time : first), undefined)

/** A controller that looks at each of `items` by itself. */
export const overItems = <A extends object>(name: string, { due, items, moves }: Parts<A>): BuiltIn => ({
  name,
  moves: (view, nowMillis) => items(view).flatMap((item) => moves(view, item, nowMillis)),
  ...(due === undefined
    ? {}
    : { due: (view, nowMillis) => earliest(items(view).map((item) => due(view, item, nowMillis))) }),
  // `moves` and `due` get nothing but what `items` gave.
  parts: { items, moves, ...(due === undefined ? {} : { due }) } as unknown as Parts
})

const resources = new WeakMap<Objects, ReadonlyArray<Resource>>()

/** What is served depends on the definitions. */
const resourcesOf = (state: State): ReadonlyArray<Resource> => {
  const key = all(state, definitions)
  const known = resources.get(key)
  if (known !== undefined) return known
  const list = [...new Map(served(state).map(({ resource }) => [keyOf(resource), resource] as const)).values()]
  resources.set(key, list)
  return list
}

/** The shapes asked for are those the server decoded and validated objects of that kind to. */
const shaped = <A extends KubeObject>(list: ReadonlyArray<KubeObject>) => list as ReadonlyArray<A>

export const viewOver = (
  resources: () => ReadonlyArray<Resource>,
  objectsOf: (resource: Resource) => Objects
): View => ({
  get resources() {
    return resources()
  },
  list: (resource, namespace) =>
    shaped(
      namespace === undefined ? Groups.listOf(objectsOf(resource)) : Groups.inNamespace(objectsOf(resource), namespace)
    ),
  get: <A extends KubeObject>(resource: Resource, namespace: string, name: string) =>
    objectsOf(resource).get(pathOf(resource.namespaced ? namespace : "", name)) as A | undefined,
  selected: (resource, namespace, selector) => shaped(Groups.selected(objectsOf(resource), namespace, selector)),
  controlled: (resource, namespace, uid) => shaped(Groups.controlled(objectsOf(resource), namespace, uid)),
  owned: (resource, uid) => Groups.owned(objectsOf(resource), uid)
})

export const viewOf = (state: State): View =>
  viewOver(
    () => resourcesOf(state),
    (resource) => all(state, keyOf(resource))
  )

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
