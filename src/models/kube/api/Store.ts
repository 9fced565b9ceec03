/**
 * What the API server stores: objects by kind and path, and the log of changes
 * that watches and lists of the past are answered from. Plain data.
 */
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import type { Counters, Names } from "../../Names.ts"

/** One write. `before` absent: created; `after` absent: deleted, and `before` is its last state. */
export interface Change {
  readonly key: string
  readonly path: string
  readonly version: number
  readonly before: KubeObject | undefined
  readonly after: KubeObject | undefined
}

/** By path (`namespace/name`, or `name` of a cluster-wide object), in the order of paths. */
export type Objects = ReadonlyMap<string, KubeObject>

export interface State extends Counters {
  /** Of the last write; what a list says its version is. */
  readonly version: number
  /** By `group/plural`. */
  readonly objects: ReadonlyMap<string, Objects>
  /** The last writes, oldest first; between `logLimit` / 2 and `logLimit` of them once there were so many. */
  readonly log: ReadonlyArray<Change>
  /** The newest version whose change is no longer in the log: a watch must start at it or later. */
  readonly forgotten: number
  /** A choice of who starts the server: pods are on loopback addresses, which a real server refuses in EndpointSlices. */
  readonly loopbackAddresses?: boolean
}

/** Etcd forgets by time (five minutes); here it is by count. */
export const logLimit = 2000

export const empty: State = { created: 0, revision: 0, version: 0, objects: new Map(), log: [], forgotten: 0 }

/** A cache of a pure function: keys are asked for at every look at the store. */
const keys = new WeakMap<Resource, string>()

export const keyOf = (resource: Resource): string => {
  const known = keys.get(resource)
  if (known !== undefined) return known
  const key = `${resource.group}/${resource.plural}`
  keys.set(resource, key)
  return key
}

export const pathOf = (namespace: string, name: string): string => (namespace === "" ? name : `${namespace}/${name}`)

const none: Objects = new Map()

export const all = (state: State, key: string): Objects => state.objects.get(key) ?? none

export const find = (state: State, key: string, path: string): KubeObject | undefined =>
  state.objects.get(key)?.get(path)

/** A copy with `path` set; a new path goes to its place, so that equal contents are equal maps. */
const inserted = (objects: Objects, path: string, object: KubeObject): Objects => {
  if (objects.has(path)) return new Map(objects).set(path, object)
  const next = new Map<string, KubeObject>()
  let placed = false
  for (const [other, value] of objects) {
    if (!placed && path < other) {
      next.set(path, object)
      placed = true
    }
    next.set(other, value)
  }
  return placed ? next : next.set(path, object)
}

const without = (objects: Objects, path: string): Objects => {
  const next = new Map(objects)
  next.delete(path)
  return next
}

const written = (state: State, change: Change, objects: Objects): State => {
  const keep = state.log.length < logLimit ? state.log : state.log.slice(logLimit / 2)
  return {
    ...state,
    created: state.created + (change.before === undefined ? 1 : 0),
    revision: state.revision + 1,
    version: change.version,
    objects: new Map(state.objects).set(change.key, objects),
    log: [...keep, change],
    forgotten: keep === state.log ? state.forgotten : state.log[logLimit / 2 - 1]!.version
  }
}

/** `object` with another version in its metadata. */
export const atVersion = (object: KubeObject, resourceVersion: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion }
})

/** Writes the object under the next version. */
export const put = (
  state: State,
  key: string,
  path: string,
  object: KubeObject,
  names: Names
): readonly [State, KubeObject] => {
  const resourceVersion = names.resourceVersion(state, { key, path })
  const after = atVersion(object, resourceVersion)
  const objects = all(state, key)
  const change = { key, path, version: Number(resourceVersion), before: objects.get(path), after }
  return [written(state, change, inserted(objects, path, after)), after]
}

/** Removes the object, and gives its last state under the version of the removal. */
export const remove = (
  state: State,
  key: string,
  path: string,
  names: Names
): readonly [State, KubeObject] | undefined => {
  const objects = all(state, key)
  const before = objects.get(path)
  if (before === undefined) return undefined
  const resourceVersion = names.resourceVersion(state, { key, path })
  const change = { key, path, version: Number(resourceVersion), before, after: undefined }
  return [written(state, change, without(objects, path)), atVersion(before, resourceVersion)]
}

/** The objects as they were at `version`, by undoing what came after; undefined when that is forgotten. */
export const snapshot = (state: State, key: string, version: number): Objects | undefined => {
  if (version < state.forgotten) return undefined
  let objects = all(state, key)
  for (let index = state.log.length - 1; index >= 0 && state.log[index]!.version > version; index--) {
    const change = state.log[index]!
    if (change.key !== key) continue
    objects =
      change.before === undefined ? without(objects, change.path) : inserted(objects, change.path, change.before)
  }
  return objects
}

/** Position in the log of the first change after `version`. Versions in it grow. */
export const positionAfter = (log: ReadonlyArray<Change>, version: number): number => {
  let low = 0
  let high = log.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (log[middle]!.version > version) high = middle
    else low = middle + 1
  }
  return low
}
