/**
 * The objects of one kind as controllers ask for them: by namespace, label,
 * controller and owner. Stores share what has not changed, so all of it is
 * computed once and remembered by identity: caches of pure functions, not part
 * of any state.
 */
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { matches, type Selector } from "../api/Selector.ts"
import type { Objects } from "../api/Store.ts"

type List = ReadonlyArray<KubeObject>

const lists = new WeakMap<Objects, List>()

/** In the order of paths. */
export const listOf = (objects: Objects): List => {
  const known = lists.get(objects)
  if (known !== undefined) return known
  const list = [...objects.values()]
  lists.set(objects, list)
  return list
}

const ofNamespace = (namespace: string): string => `in ${namespace}`
const ofLabel = (namespace: string, name: string, value: string): string => `${name}=${value} in ${namespace}`
const ofController = (namespace: string, uid: string | undefined): string => `by ${uid ?? ""} in ${namespace}`
const ofOwner = (uid: string): string => `of ${uid}`

const keys = new WeakMap<KubeObject, ReadonlyArray<string>>()

/** Every group that the object is in, each once. */
const keysOf = (object: KubeObject): ReadonlyArray<string> => {
  const known = keys.get(object)
  if (known !== undefined) return known
  const { labels = {}, namespace, ownerReferences = [] } = object.metadata
  const controller = ownerReferences.find((one) => one.controller === true)?.uid
  const all = new Set(ownerReferences.map(({ uid }) => ofOwner(uid)))
  if (namespace !== undefined) {
    all.add(ofNamespace(namespace)).add(ofController(namespace, controller))
    for (const [name, value] of Object.entries(labels)) all.add(ofLabel(namespace, name, value))
  }
  const list = [...all]
  keys.set(object, list)
  return list
}

const groups = new WeakMap<Objects, ReadonlyMap<string, List>>()

const groupsOf = (objects: Objects): ReadonlyMap<string, List> => {
  const known = groups.get(objects)
  if (known !== undefined) return known
  const found = new Map<string, Array<KubeObject>>()
  for (const object of objects.values()) {
    for (const key of keysOf(object)) {
      const group = found.get(key)
      if (group === undefined) found.set(key, [object])
      else group.push(object)
    }
  }
  groups.set(objects, found)
  return found
}

const none: List = []

const group = (objects: Objects, key: string): List =>
  objects.size === 0 ? none : (groupsOf(objects).get(key) ?? none)

export const inNamespace = (objects: Objects, namespace: string): List => group(objects, ofNamespace(namespace))

/** Whose controller has that uid; undefined: that have no controller. */
export const controlled = (objects: Objects, namespace: string, uid: string | undefined): List =>
  group(objects, ofController(namespace, uid))

/** With an owner reference to that uid, wherever they are. */
export const owned = (objects: Objects, uid: string): List => group(objects, ofOwner(uid))

/** Whose labels match: looked for among those that have the rarest of the labels asked for. */
export const selected = (objects: Objects, namespace: string, selector: Selector): List => {
  let fewest: List | undefined
  for (const { key, operator, values } of selector) {
    if (operator !== "=") continue
    const those = group(objects, ofLabel(namespace, key, values[0]!))
    if (fewest === undefined || those.length < fewest.length) fewest = those
  }
  return (fewest ?? inNamespace(objects, namespace)).filter(({ metadata }) => matches(selector, metadata.labels))
}
