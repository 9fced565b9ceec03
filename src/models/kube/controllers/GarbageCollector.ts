/**
 * The garbage collector: objects whose owners are gone go too, at once
 * (background), before their owner (foreground), or lose the owner (orphan).
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import { apiVersionOf, type KubeObject, type OwnerReference, type Resource } from "../../../domain/kube/Object.ts"
import { type Move, overItems, patchMetadata, remove, type View } from "./BuiltIn.ts"
import { isTerminating, namespaceOf, ownersOf, uidOf } from "./Shapes.ts"

const foreground = "foregroundDeletion"
const orphan = "orphan"

interface Item {
  readonly resource: Resource
  readonly object: KubeObject
}

const has = (object: KubeObject, finalizer: string): boolean => object.metadata.finalizers?.includes(finalizer) ?? false

/** Waits, terminating, for its dependents to be deleted. */
const isDeletingDependents = (object: KubeObject): boolean => isTerminating(object) && has(object, foreground)

/** Events are never collected. */
const isIgnored = ({ group, plural }: Resource): boolean =>
  plural === Kinds.CoreEvent.plural && (group === "" || group === "events.k8s.io")

const itemsByObject = new WeakMap<KubeObject, Item>()

/** The same item for the same object: a cache of a pure function. */
const itemOf = (resource: Resource, object: KubeObject): Item => {
  const known = itemsByObject.get(object)
  if (known?.resource === resource) return known
  const item = { resource, object }
  itemsByObject.set(object, item)
  return item
}

const collected = (view: View): ReadonlyArray<Resource> => view.resources.filter((resource) => !isIgnored(resource))

const concerned = new WeakMap<ReadonlyArray<KubeObject>, ReadonlyArray<Item>>()

/** Those that have owners or wait for their end; nothing happens to others. A cache of a pure function. */
const concernedOf = (resource: Resource, objects: ReadonlyArray<KubeObject>): ReadonlyArray<Item> => {
  const known = concerned.get(objects)
  if (known !== undefined && (known[0] === undefined || known[0].resource === resource)) return known
  const items = objects
    .filter((object) => isTerminating(object) || ownersOf(object).length > 0)
    .map((object) => itemOf(resource, object))
  concerned.set(objects, items)
  return items
}

const itemsOf = (view: View): ReadonlyArray<Item> =>
  collected(view).flatMap((resource) => concernedOf(resource, view.list(resource)))

const dependentsOf = (view: View, object: KubeObject): ReadonlyArray<Item> =>
  collected(view).flatMap((resource) => view.owned(resource, uidOf(object)).map((one) => itemOf(resource, one)))

type Standing = "solid" | "dangling" | "waiting" | "unknown"

const sameGroup = (resource: Resource, apiVersion: string): boolean =>
  apiVersionOf(resource).split("/").slice(0, -1).join("/") === apiVersion.split("/").slice(0, -1).join("/")

/** What an owner reference is worth now; `unknown`: the kind is not served, or cannot own this object. */
const standingOf = (view: View, object: KubeObject, owner: OwnerReference): Standing => {
  const resource = view.resources.find((one) => one.kind === owner.kind && sameGroup(one, owner.apiVersion))
  const namespace = namespaceOf(object)
  if (resource === undefined || (resource.namespaced && namespace === "")) return "unknown"
  const found = view.get(resource, namespace, owner.name)
  if (found === undefined || uidOf(found) !== owner.uid) return "dangling"
  return isDeletingDependents(found) ? "waiting" : "solid"
}

const withoutFinalizer = ({ object, resource }: Item, finalizer: string): Move =>
  patchMetadata(resource, object, {
    finalizers: (object.metadata.finalizers ?? []).filter((one) => one !== finalizer)
  })

const withoutOwners = ({ object, resource }: Item, isGone: (owner: OwnerReference) => boolean): Move =>
  patchMetadata(resource, object, { ownerReferences: ownersOf(object).filter((owner) => !isGone(owner)) })

/** The owner goes when nothing that blocks it is left. */
const finishForeground = (view: View, item: Item): ReadonlyArray<Move> => {
  const isBlocking = (dependent: Item) =>
    ownersOf(dependent.object).some(
      ({ blockOwnerDeletion, uid }) => uid === uidOf(item.object) && blockOwnerDeletion === true
    )
  return dependentsOf(view, item.object).some(isBlocking) ? [] : [withoutFinalizer(item, foreground)]
}

const release = (view: View, item: Item): ReadonlyArray<Move> => {
  const dependents = dependentsOf(view, item.object)
  return dependents.length === 0
    ? [withoutFinalizer(item, orphan)]
    : dependents.map((dependent) => withoutOwners(dependent, ({ uid }) => uid === uidOf(item.object)))
}

/** Dependents that wait for their own dependents could wait for each other in a circle: none blocks any more. */
const unblocked = ({ object, resource }: Item): ReadonlyArray<Move> =>
  ownersOf(object).some(({ blockOwnerDeletion }) => blockOwnerDeletion === true)
    ? [
        patchMetadata(resource, object, {
          ownerReferences: ownersOf(object).map((owner) => ({ ...owner, blockOwnerDeletion: false }))
        })
      ]
    : []

const policyOf = (object: KubeObject) =>
  has(object, orphan) ? "Orphan" : has(object, foreground) ? "Foreground" : "Background"

const collect = (view: View, item: Item): ReadonlyArray<Move> => {
  const { object, resource } = item
  const owners = ownersOf(object).map((owner) => [owner, standingOf(view, object, owner)] as const)
  const isAny = (standing: Standing) => owners.some(([, one]) => one === standing)
  if (owners.length === 0 || isAny("unknown")) return []
  if (isAny("solid")) {
    const gone = owners.filter(([, standing]) => standing !== "solid").map(([owner]) => owner)
    return gone.length === 0 ? [] : [withoutOwners(item, (owner) => gone.includes(owner))]
  }
  const dependents = dependentsOf(view, object)
  if (isAny("waiting") && dependents.length > 0) {
    const circle = dependents.some((one) => isDeletingDependents(one.object)) ? unblocked(item) : []
    return circle.length > 0 ? circle : [remove(resource, object, { propagationPolicy: "Foreground", atVersion: true })]
  }
  return [remove(resource, object, { propagationPolicy: policyOf(object), atVersion: true })]
}

const movesOf = (view: View, item: Item): ReadonlyArray<Move> => {
  if (isDeletingDependents(item.object)) return finishForeground(view, item)
  if (isTerminating(item.object)) return has(item.object, orphan) ? release(view, item) : []
  return collect(view, item)
}

export const garbageCollector = overItems("garbagecollector", { items: itemsOf, moves: movesOf })
