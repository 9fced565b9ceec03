import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream, SubscriptionRef } from "effect"
import * as TestClock from "effect/testing/TestClock"
import * as Kube from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Cluster from "../../src/interpreters/memory/Cluster.ts"
import * as Memory from "../../src/interpreters/memory/Kubernetes.ts"
import type { State } from "../../src/models/kube/api/Server.ts"
import type { BuiltIn } from "../../src/models/kube/controllers/BuiltIn.ts"
import { type Pod, isReady, type StatefulSet } from "../../src/models/kube/controllers/Shapes.ts"
import { list, service, set } from "../models/kube/ControllersWorld.ts"

const create = (resource: Kinds.Resource, draft: ReturnType<typeof set>) =>
  Kube.Kubernetes.perform(
    new Kube.Create({
      resource,
      object: { apiVersion: Kinds.apiVersionOf(resource), kind: resource.kind, ...draft }
    })
  )

const namespace = create(Kinds.Namespace, { metadata: { name: "a" } })
const counter = create(Kinds.ConfigMap, { metadata: { name: "counter", namespace: "a" } })

/** The world as soon as it is so; never by waiting for time to pass. */
const until = (holds: (state: State) => boolean) =>
  Effect.flatMap(Memory.ApiState, (world) =>
    SubscriptionRef.changes(world).pipe(
      Stream.filter(holds),
      Stream.runHead,
      Effect.map((found) => found._tag)
    )
  )

const pods = (state: State) => list<Pod>(state, Kinds.Pod)
const setOf = (state: State) => list<StatefulSet>(state, Kinds.StatefulSet)[0]
const isAllReady = (count: number) => (state: State) => pods(state).filter(isReady).length === count
const worldNow = Effect.flatMap(Memory.ApiState, SubscriptionRef.get)

/** Two controllers that never agree. */
const quarrel = (name: string): BuiltIn => ({
  name,
  moves: (view) => {
    const object = view.get(Kinds.ConfigMap, "a", "counter")
    if (object === undefined || (object["data"] as { readonly by?: string } | undefined)?.by === name) return []
    const { group, plural: resource, version } = Kinds.ConfigMap
    const body = { ...object, data: { by: name } }
    return [
      { key: "claim", request: { verb: "update", group, version, resource, namespace: "a", name: "counter", body } }
    ]
  }
})

describe("the API server in memory", () => {
  it.effect("answers commands, and shows the world they made", () =>
    Effect.gen(function* () {
      yield* namespace
      yield* counter
      const error = yield* Effect.flip(counter)

      assert.strictEqual(error._tag === "KubeError" ? error.reason : error._tag, "AlreadyExists")
      assert.deepStrictEqual(
        list(yield* worldNow, Kinds.ConfigMap).map(({ metadata }) => metadata.name),
        ["counter"]
      )
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("answers a watch when something happens, not before", () =>
    Effect.gen(function* () {
      yield* namespace
      const { resourceVersion } = yield* Kube.Kubernetes.perform(new Kube.List({ resource: Kinds.ConfigMap }))
      const watch = yield* Effect.forkChild(
        Kube.Kubernetes.perform(new Kube.Watch({ resource: Kinds.ConfigMap, resourceVersion }))
      )
      yield* Effect.yieldNow
      assert.isUndefined(watch.pollUnsafe())
      yield* counter

      const events = yield* Fiber.join(watch)
      assert.deepStrictEqual(
        events.map(({ object, type }) => [type, object.metadata.name]),
        [["ADDED", "counter"]]
      )
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("starts with the objects it is given", () =>
    Effect.gen(function* () {
      const before = yield* Effect.provide(Effect.andThen(namespace, worldNow), Memory.layer)
      const after = yield* Effect.provide(worldNow, Memory.layerWith(before))

      assert.strictEqual(after, before)
    })
  )
})

describe("the controllers in memory", () => {
  it.effect("settle the world on demand", () =>
    Effect.gen(function* () {
      yield* namespace
      yield* create(Kinds.StatefulSet, set("web"))
      const futile = yield* Memory.settle(Effect.succeed(Cluster.instantCluster))

      assert.deepStrictEqual(futile, [])
      // No node: the pods wait.
      assert.deepStrictEqual(
        pods(yield* worldNow).map(({ status }) => status?.phase),
        ["Pending", "Pending", "Pending"]
      )
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("tell which moves the server refused", () =>
    Effect.gen(function* () {
      yield* namespace
      const stranger = {
        metadata: { name: "web-1", namespace: "a" },
        spec: { containers: [{ name: "c", image: "x" }] }
      }
      yield* create(Kinds.Pod, stranger)
      yield* create(Kinds.StatefulSet, set("web"))
      const futile = yield* Memory.settle(Effect.succeed(Cluster.instantCluster))

      assert.deepStrictEqual(
        futile.map(({ key, status }) => [key, status]),
        [["statefulset: create /pods a/web-1", 409]]
      )
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("name the keys that never come to rest", () =>
    Effect.gen(function* () {
      yield* namespace
      yield* counter
      const error = yield* Effect.flip(Memory.settle(Effect.succeed([quarrel("x"), quarrel("y")]), { limit: 50 }))

      assert.deepStrictEqual([error.moves, [...error.keys].sort()], [50, ["x: claim", "y: claim"]])
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("work in the background, without time passing", () =>
    Effect.gen(function* () {
      yield* namespace
      yield* create(Kinds.Service, service("web", { selector: { app: "web" } }))
      yield* create(Kinds.StatefulSet, set("web"))
      yield* until(isAllReady(3))
      yield* Kube.Kubernetes.perform(
        new Kube.Apply({
          resource: Kinds.StatefulSet,
          object: {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            metadata: { name: "web", namespace: "a" },
            spec: { replicas: 5 }
          },
          manager: "test"
        })
      )
      yield* until(isAllReady(5))
      yield* until((state) => setOf(state)?.status?.readyReplicas === 5)
    }).pipe(Effect.provide(Cluster.layer()))
  )

  it.effect("wake when the time comes that they wait for", () =>
    Effect.gen(function* () {
      yield* namespace
      yield* create(Kinds.StatefulSet, set("web", { minReadySeconds: 10 }))
      yield* until((state) => setOf(state)?.status?.readyReplicas === 3)
      const early = setOf(yield* worldNow)?.status?.availableReplicas
      const available = yield* Effect.forkChild(until((state) => setOf(state)?.status?.availableReplicas === 3))
      yield* TestClock.adjust("11 seconds")
      yield* Fiber.join(available)

      assert.strictEqual(early ?? 0, 0)
    }).pipe(Effect.provide(Cluster.layer()))
  )

  it.effect("look again when they are told that something outside has changed", () =>
    Effect.gen(function* () {
      const isOpen = yield* SubscriptionRef.make(false)
      const builtIns = Effect.map(SubscriptionRef.get(isOpen), (open) => (open ? Cluster.instantCluster : []))
      const layer = Cluster.layer({ builtIns, wakes: SubscriptionRef.changes(isOpen) })
      yield* Effect.gen(function* () {
        yield* namespace
        yield* create(Kinds.StatefulSet, set("web"))
        assert.deepStrictEqual(pods(yield* worldNow), [])
        yield* SubscriptionRef.set(isOpen, true)
        yield* until(isAllReady(3))
      }).pipe(Effect.provide(Layer.fresh(layer)))
    })
  )
})
