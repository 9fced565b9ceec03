/**
 * The garbage collector: objects whose owners are gone go too, at once
 * (background), before their owner (foreground), or lose the owner (orphan).
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import { apiVersionOf, type KubeObject, type OwnerReference, type Resource } from "../../../domain/kube/Object.ts"
import { type BuiltIn, type Move, patchMetadata, remove, type View } from "./BuiltIn.ts"
import { isTerminating, namespaceOf, ownersOf, uidOf } from "./Shapes.ts"

const foreground = "foregroundDeletion"
const orphan = "orphan"

interface Item {
  readonly resource: Resource
  readonly object: KubeObject
}

/** All objects with what each owns: read once for all decisions. */
interface Graph {
  readonly view: View
  readonly items: ReadonlyArray<Item>
  readonly dependents: ReadonlyMap<string, ReadonlyArray<Item>>
}

const has = (object: KubeObject, finalizer: string): boolean => object.metadata.finalizers?.includes(finalizer) ?? false

/** Waits, terminating, for its dependents to be deleted. */
const isDeletingDependents = (object: KubeObject): boolean => isTerminating(object) && has(object, foreground)

/** Events are never collected. */
const isIgnored = ({ group, plural }: Resource): boolean =>
  plural === Kinds.CoreEvent.plural && (group === "" || group === "events.k8s.io")

const graphOf = (view: View): Graph => {
  const items = view.resources
    .filter((resource) => !isIgnored(resource))
    .flatMap((resource) => view.list(resource).map((object) => ({ resource, object })))
  const dependents = new Map<string, ReadonlyArray<Item>>()
  for (const item of items) {
    for (const { uid } of ownersOf(item.object)) dependents.set(uid, [...(dependents.get(uid) ?? []), item])
  }
  return { view, items, dependents }
}

const dependentsOf = ({ dependents }: Graph, object: KubeObject): ReadonlyArray<Item> =>
  dependents.get(uidOf(object)) ?? []

type Standing = "solid" | "dangling" | "waiting" | "unknown"

const sameGroup = (resource: Resource, apiVersion: string): boolean =>
  apiVersionOf(resource).split("/").slice(0, -1).join("/") === apiVersion.split("/").slice(0, -1).join("/")

/** What an owner reference is worth now; `unknown`: the kind is not served, or cannot own this object. */
const standingOf = ({ view }: Graph, object: KubeObject, owner: OwnerReference): Standing => {
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
const finishForeground = (graph: Graph, item: Item): ReadonlyArray<Move> => {
  const isBlocking = (dependent: Item) =>
    ownersOf(dependent.object).some(
      ({ blockOwnerDeletion, uid }) => uid === uidOf(item.object) && blockOwnerDeletion === true
    )
  return dependentsOf(graph, item.object).some(isBlocking) ? [] : [withoutFinalizer(item, foreground)]
}

const release = (graph: Graph, item: Item): ReadonlyArray<Move> => {
  const dependents = dependentsOf(graph, item.object)
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

const collect = (graph: Graph, item: Item): ReadonlyArray<Move> => {
  const { object, resource } = item
  const owners = ownersOf(object).map((owner) => [owner, standingOf(graph, object, owner)] as const)
  const isAny = (standing: Standing) => owners.some(([, one]) => one === standing)
  if (owners.length === 0 || isAny("unknown")) return []
  if (isAny("solid")) {
    const gone = owners.filter(([, standing]) => standing !== "solid").map(([owner]) => owner)
    return gone.length === 0 ? [] : [withoutOwners(item, (owner) => gone.includes(owner))]
  }
  const dependents = dependentsOf(graph, object)
  if (isAny("waiting") && dependents.length > 0) {
    const circle = dependents.some((one) => isDeletingDependents(one.object)) ? unblocked(item) : []
    return circle.length > 0 ? circle : [remove(resource, object, { propagationPolicy: "Foreground", atVersion: true })]
  }
  return [remove(resource, object, { propagationPolicy: policyOf(object), atVersion: true })]
}

const movesOf = (graph: Graph, item: Item): ReadonlyArray<Move> => {
  if (isDeletingDependents(item.object)) return finishForeground(graph, item)
  if (isTerminating(item.object)) return has(item.object, orphan) ? release(graph, item) : []
  return collect(graph, item)
}

export const garbageCollector: BuiltIn = {
  name: "garbagecollector",
  moves: (view) => {
    const graph = graphOf(view)
    return graph.items.flatMap((item) => movesOf(graph, item))
  }
}
