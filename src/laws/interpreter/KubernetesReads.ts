/** Laws of reads: lists, and watches as reads that wait. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { CachedGet, CachedList, Delete, Kubernetes, List, Update, Watch } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { WatchEvent } from "../../domain/kube/Wire.ts"
import { configMap, create, eventsAfter, holds, labelSelector, type Law, law, LawBroken } from "./KubernetesLaw.ts"
import { same, uidOf, versionOf } from "./KubernetesLaw.ts"

const collection = (namespace: string) => ({ resource: Kinds.ConfigMap, namespace, labelSelector })

const list = (namespace: string) => Kubernetes.perform(new List(collection(namespace)))

const remove = (namespace: string, name: string, uid: string) =>
  Kubernetes.perform(new Delete({ resource: Kinds.ConfigMap, namespace, name, uid }))

const shortly = (events: ReadonlyArray<WatchEvent>) =>
  events.map((event) => `${event.type} ${event.object.metadata.name}`)

/** Repeats a read that may be stale until it is not; a hundred round trips are longer than any cache lags. */
const eventually = <E, R>(read: Effect.Effect<boolean, E, R>, what: string): Effect.Effect<void, E | LawBroken, R> =>
  Effect.gen(function* () {
    for (let attempt = 0; attempt < 100; attempt++) if (yield* read) return
    return yield* new LawBroken({ detail: what })
  })

export const laws: ReadonlyArray<Law> = [
  law("a list holds exactly what its selector matches", function* (namespace) {
    const first = yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    yield* create(Kinds.ConfigMap, configMap(namespace, "b", {}, { labels: { law: "no" } }))
    const last = yield* create(Kinds.ConfigMap, configMap(namespace, "c"))
    const { items, resourceVersion } = yield* list(namespace)
    yield* same(items, [first, last], "items")
    yield* holds(resourceVersion !== "", "the list has no resourceVersion")
  }),

  law("a stale read is one of an earlier time, and catches up", function* (namespace) {
    const { metadata } = yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    const one = Kubernetes.perform(new CachedGet({ resource: Kinds.ConfigMap, namespace, name: "a" }))
    yield* eventually(
      Effect.matchEffect(one, {
        onSuccess: (object) => Effect.succeed(object.metadata.uid === metadata.uid),
        onFailure: (error) => (error.reason === "NotFound" ? Effect.succeed(false) : Effect.fail(error))
      }),
      "CachedGet never saw the object"
    )
    const all = Kubernetes.perform(new CachedList(collection(namespace)))
    yield* eventually(
      Effect.map(all, ({ items }) => items.some((item) => item.metadata.uid === metadata.uid)),
      "CachedList never saw the object"
    )
  }),

  law("a watch tells every change after its version once, in order", function* (namespace) {
    const { resourceVersion } = yield* list(namespace)
    const first = yield* create(Kinds.ConfigMap, configMap(namespace, "a", { k: "1" }))
    const second = yield* Kubernetes.perform(
      new Update({ resource: Kinds.ConfigMap, object: { ...first, data: { k: "2" } } })
    )
    const third = yield* create(Kinds.ConfigMap, configMap(namespace, "b"))
    yield* remove(namespace, "a", uidOf(first))
    const events = yield* eventsAfter(collection(namespace), resourceVersion, 4)
    yield* same(shortly(events), ["ADDED a", "MODIFIED a", "ADDED b", "DELETED a"], "events")
    yield* same(
      events.slice(0, 3).map((event) => event.object),
      [first, second, third],
      "objects of the events"
    )
    const rest = yield* eventsAfter(collection(namespace), versionOf(second), 2)
    yield* same(shortly(rest), ["ADDED b", "DELETED a"], "events after the second")
  }),

  law("a watch waits until there is something to tell", function* (namespace) {
    const { resourceVersion } = yield* list(namespace)
    const waiting = yield* Effect.forkChild(eventsAfter(collection(namespace), resourceVersion, 1))
    yield* create(Kinds.ConfigMap, configMap(namespace, "elsewhere", {}, { labels: { law: "no" } }))
    yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    yield* same(shortly(yield* Fiber.join(waiting)), ["ADDED a"], "events")
  }),

  law("an object that comes into or leaves the selection of a watch is ADDED or DELETED", function* (namespace) {
    const { resourceVersion } = yield* list(namespace)
    const outside = yield* create(Kinds.ConfigMap, configMap(namespace, "a", {}, { labels: { law: "no" } }))
    const relabel = (object: typeof outside, value: string) =>
      Kubernetes.perform(
        new Update({
          resource: Kinds.ConfigMap,
          object: { ...object, metadata: { ...object.metadata, labels: { law: value } } }
        })
      )
    const inside = yield* relabel(outside, "yes")
    yield* relabel(inside, "no")
    const events = yield* eventsAfter(collection(namespace), resourceVersion, 2)
    yield* same(shortly(events), ["ADDED a", "DELETED a"], "events")
  }),

  law("a watch that is interrupted and asked for again misses nothing", function* (namespace) {
    const { resourceVersion } = yield* list(namespace)
    yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    const first = yield* eventsAfter(collection(namespace), resourceVersion, 1)
    const from = versionOf(first[0]!.object)
    const waiting = yield* Effect.forkChild(eventsAfter(collection(namespace), from, 1))
    yield* list(namespace)
    yield* Fiber.interrupt(waiting)
    yield* create(Kinds.ConfigMap, configMap(namespace, "b"))
    yield* create(Kinds.ConfigMap, configMap(namespace, "c"))
    yield* same(shortly(yield* eventsAfter(collection(namespace), from, 2)), ["ADDED b", "ADDED c"], "events")
  }),

  law("two watches of one collection do not take events from each other", function* (namespace) {
    const { resourceVersion } = yield* list(namespace)
    const watching = yield* Effect.forEach([1, 2], () =>
      Effect.forkChild(eventsAfter(collection(namespace), resourceVersion, 5))
    )
    for (const name of ["a", "b", "c", "d", "e"]) yield* create(Kinds.ConfigMap, configMap(namespace, name))
    for (const fiber of watching) {
      const names = (yield* Fiber.join(fiber)).map((event) => event.object.metadata.name)
      yield* same(names, ["a", "b", "c", "d", "e"], "names")
    }
  }),

  law("a watch after a forgotten version is Expired, else it tells what came since", function* (namespace) {
    yield* create(Kinds.ConfigMap, configMap(namespace, "a"))
    const watch = Kubernetes.perform(new Watch({ ...collection(namespace), resourceVersion: "1" }))
    yield* Effect.matchEffect(watch, {
      onSuccess: (events) => same(shortly(events).slice(0, 1), ["ADDED a"], "events"),
      onFailure: (error) => holds(error.reason === "Expired", `expected Expired, got ${error.message}`)
    })
  })
]
