/**
 * The objects of some kinds, kept up to date by watches: what the built-in
 * controllers of this process see of an API server, real or embedded.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { KubeError } from "../domain/kube/KubeError.ts"
import { Kubernetes, List, Watch } from "../domain/kube/Kubernetes.ts"
import type { KubeObject, Resource } from "../domain/kube/Object.ts"
import { keyOf, type Objects, pathOf } from "../models/kube/api/Store.ts"
import { type View, viewOver } from "../models/kube/controllers/BuiltIn.ts"

export interface Mirror {
  readonly view: () => View
  /** Ends after the next change, or at once if there was one since it last ended. */
  readonly changed: Effect.Effect<void>
  /** Counts as a change. */
  readonly touch: Effect.Effect<void>
  /** Takes an object that a write answered, ahead of its event. */
  readonly accept: (body: unknown) => Effect.Effect<void>
}

const place = ({ metadata }: KubeObject): string => pathOf(metadata.namespace ?? "", metadata.name ?? "")

const version = ({ metadata }: KubeObject): number => Number(metadata.resourceVersion ?? 0)

const isObject = (body: unknown): body is KubeObject =>
  typeof body === "object" && body !== null && "metadata" in body && "kind" in body

export const make = Effect.fnUntraced(function* (
  resources: ReadonlyArray<Resource>
): Effect.fn.Return<Mirror, never, Kubernetes | Scope.Scope> {
  const stores = new Map(resources.map((resource) => [keyOf(resource), new Map<string, KubeObject>()]))
  const snapshots = new WeakMap<Objects, Objects>()
  const changes = yield* Queue.sliding<void>(1)
  const touch = Effect.asVoid(Queue.offer(changes, undefined))

  // A write's answer may come after a later event: the newer version stays.
  const put = (store: Map<string, KubeObject>, object: KubeObject): void => {
    const known = store.get(place(object))
    if (known === undefined || known.metadata.uid !== object.metadata.uid || version(known) <= version(object)) {
      store.set(place(object), object)
      snapshots.delete(store)
    }
  }

  const follow = Effect.fnUntraced(function* (resource: Resource): Effect.fn.Return<never, KubeError, Kubernetes> {
    const store = stores.get(keyOf(resource))!
    const listed = yield* Kubernetes.perform(new List({ resource }))
    store.clear()
    snapshots.delete(store)
    for (const object of listed.items) put(store, object)
    yield* touch
    let from = listed.resourceVersion
    while (true) {
      const events = yield* Kubernetes.perform(new Watch({ resource, resourceVersion: from }))
      for (const { object, type } of events) {
        from = object.metadata.resourceVersion ?? from
        if (type === "DELETED") {
          store.delete(place(object))
          snapshots.delete(store)
        } else if (type !== "BOOKMARK") put(store, object)
      }
      yield* touch
    }
  })

  const keep = (resource: Resource) =>
    Effect.forever(Effect.andThen(Effect.ignore(follow(resource)), Effect.sleep("100 millis")))
  yield* Effect.forEach(resources, (resource) => Effect.forkScoped(keep(resource)), { discard: true })

  /** Of a store as it is now: views and what is remembered of them know it by identity. */
  const all = (resource: Resource): Objects => {
    const store = stores.get(keyOf(resource)) ?? new Map<string, KubeObject>()
    const known = snapshots.get(store)
    if (known !== undefined) return known
    const objects = new Map([...store].sort(([left], [right]) => (left < right ? -1 : 1)))
    snapshots.set(store, objects)
    return objects
  }
  return {
    // Sound as in `viewOf`: the server decoded and defaulted what it stores.
    view: () => viewOver(() => resources, all),
    changed: Queue.take(changes),
    touch,
    accept: (body) =>
      Effect.suspend(() => {
        const resource = isObject(body) ? resources.find(({ kind }) => kind === body.kind) : undefined
        if (resource === undefined || !isObject(body)) return Effect.void
        put(stores.get(keyOf(resource))!, body)
        return touch
      })
  }
})
