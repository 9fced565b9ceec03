/**
 * What is true of the objects of an API server in every state, whoever operates
 * them (anvil:3.4, store): checked beside the laws of a model, for any of them.
 */
import type { Property, Read } from "../../domain/check/System.ts"
import { always } from "../../domain/check/Properties.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import { componentOf, kinds, type Parts } from "../../models/closed/Parts.ts"
import { type Objects, pathOf } from "../../models/kube/api/Store.ts"

/** Of all kinds. */
const collections = (read: Read<Parts>): ReadonlyArray<Objects> => [
  // A component of a kind holds its objects.
  ...kinds.map((key) => read(componentOf(key)) as Objects),
  ...read("api").values()
]

/** Collections change one at a time: each is looked at once. A cache of a pure function. */
const perCollection = <A>(look: (objects: Objects) => A): ((objects: Objects) => A) => {
  const seen = new WeakMap<Objects, { readonly value: A }>()
  return (objects) => {
    let known = seen.get(objects)
    if (known === undefined) seen.set(objects, (known = { value: look(objects) }))
    return known.value
  }
}

const isNamed = (value: string | undefined): boolean => value !== undefined && value !== ""

const isWhole = (path: string, { kind, metadata }: KubeObject): boolean => {
  const { creationTimestamp, name = "", namespace = "", resourceVersion, uid } = metadata
  return (
    path === pathOf(namespace, name) &&
    [kind, name, uid, resourceVersion, creationTimestamp].every((value) => isNamed(value))
  )
}

const areWhole = perCollection((objects) => [...objects].every(([path, object]) => isWhole(path, object)))

const haveOneController = perCollection((objects) =>
  [...objects.values()].every(
    ({ metadata: { ownerReferences = [] } }) =>
      ownerReferences.filter(({ controller }) => controller === true).length <= 1
  )
)

const uids = perCollection((objects) => [...objects.values()].map(({ metadata }) => metadata.uid))

export const storeLaws: ReadonlyArray<Property<Parts>> = [
  always("objects are whole, and where their names say", (read) => collections(read).every(areWhole)),
  always("an object has one controller at most", (read) => collections(read).every(haveOneController)),
  always("no two objects share a uid", (read) => {
    const all = collections(read).flatMap(uids)
    return new Set(all).size === all.length
  })
]
