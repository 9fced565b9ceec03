import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Deferred, Duration, Effect, Fiber, Layer, Logger, Ref, Result } from "effect"
import { TestClock } from "effect/testing"
import { type Command, Kubernetes, Delete, Get } from "../../../src/domain/kube/Kubernetes.ts"
import { ConfigMap, type KubeObject, Secret } from "../../../src/domain/kube/Object.ts"
import type { Controller, Key } from "../../../src/domain/Controller.ts"
import * as Memory from "../../../src/interpreters/memory/Kubernetes.ts"
import { type Entry, journal } from "../../../src/interpreters/wrap/Journal.ts"
import * as Stack from "../../../src/interpreters/wrap/Stack.ts"
import * as LeaderElection from "../../../src/programs/kube/LeaderElection.ts"
import * as Reflectors from "../../../src/programs/kube/Reflectors.ts"
import * as Runtime from "../../../src/programs/kube/Runtime.ts"
import { configMap, create, mirror, update } from "./Mirror.ts"

/** What reached the server, in order. */
class Sent extends Context.Service<Sent, Array<Entry>>()("test/Sent") {}

const recorded = Layer.effect(
  Kubernetes,
  Effect.gen(function* () {
    const sent = yield* Sent
    return journal((entry) => Effect.sync(() => void sent.push(entry)))<Command>(yield* Kubernetes)
  })
)
const process = Layer.mergeAll(Reflectors.cacheLayer, LeaderElection.alone)
const world = Stack.kubernetes({}).pipe(
  Layer.provide(recorded),
  Layer.provideMerge(Layer.mergeAll(process, Memory.layer)),
  Layer.provideMerge(Layer.sync(Sent, () => []))
)

const find = (name: string) =>
  Effect.result(Kubernetes.perform(new Get({ resource: ConfigMap, namespace: "default", name })))
const dataOf = (name: string) =>
  Effect.map(find(name), (found) => (Result.isSuccess(found) ? found.success["data"] : undefined))
const remove = ({ metadata }: KubeObject) =>
  Kubernetes.perform(
    new Delete({ resource: ConfigMap, namespace: "default", name: metadata.name!, uid: metadata.uid! })
  )
/** Lets everything happen that needs no time. */
const settle = Effect.repeat(Effect.yieldNow, { times: 500 })
const key = (name: string): Key => ({ namespace: "default", name })

const watching = (overrides: Partial<Controller<number, unknown, any>>): Controller<number, unknown, any> => ({
  name: "sample",
  primary: ConfigMap,
  sources: [
    {
      _tag: "Objects",
      resource: ConfigMap,
      labelSelector: "role=origin",
      keysOf: ({ metadata }) => [key(metadata.name!)]
    }
  ],
  initialMemory: 0,
  pass: (_key, memory) => Effect.succeed({ memory }),
  ...overrides
})

const logged = () => {
  const lines: Array<string> = []
  return {
    lines,
    layer: Logger.layer([Logger.make(({ cause, message }) => lines.push(`${String(message)} ${Cause.pretty(cause)}`))])
  }
}

describe("Runtime", () => {
  it.effect("brings the world to what was asked, and back when somebody disturbs it", () =>
    Effect.gen(function* () {
      yield* Effect.forkChild(Runtime.run({ controllers: [mirror] }))
      yield* settle
      const origin = yield* create(configMap("a", "origin", { colour: "red" }))
      yield* settle
      assert.deepStrictEqual(yield* dataOf("a-copy"), { colour: "red" })
      yield* update({ ...origin, data: { colour: "blue" } })
      yield* settle
      assert.deepStrictEqual(yield* dataOf("a-copy"), { colour: "blue" })
      yield* remove(Result.getOrThrow(yield* find("a-copy")))
      yield* settle
      assert.deepStrictEqual(yield* dataOf("a-copy"), { colour: "blue" })
    }).pipe(Effect.provide(world))
  )

  it.effect("at rest sends no request but the watches that wait", () =>
    Effect.gen(function* () {
      yield* create(configMap("a", "origin", { colour: "red" }))
      yield* Effect.forkChild(Runtime.run({ controllers: [mirror] }))
      yield* settle
      const sent = yield* Sent
      const before = sent.length
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        sent.slice(before).map(({ command }) => command._tag),
        []
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("controllers that watch the same share one list and one watch", () =>
    Effect.gen(function* () {
      const [one, two] = [watching({ name: "one" }), watching({ name: "two" })]
      yield* Effect.forkChild(Runtime.run({ controllers: [one, two] }))
      yield* settle
      const tags = (yield* Sent).map(({ command }) => command._tag)
      assert.deepStrictEqual(tags, ["List"])
    }).pipe(Effect.provide(world))
  )

  it.effect("hands each pass the memory of the last one, until the object is another", () =>
    Effect.gen(function* () {
      const memories: Array<number> = []
      const counting = watching({
        pass: (_key, memory: number) =>
          Effect.suspend(() => {
            memories.push(memory)
            return memory === 1 ? Effect.fail("once") : Effect.succeed({ memory: memory + 1 })
          })
      })
      const origin = yield* create(configMap("a", "origin", {}))
      yield* Effect.forkChild(Runtime.run({ controllers: [counting] }))
      yield* settle
      yield* TestClock.adjust("10 seconds")
      yield* TestClock.adjust("5 millis")
      assert.deepStrictEqual(memories.slice(0, 3), [0, 1, 1])
      const before = memories.length
      yield* remove(origin)
      yield* create(configMap("a", "origin", {}))
      yield* settle
      assert.strictEqual(memories[before], 0)
    }).pipe(Effect.provide(world))
  )

  it.effect("a pass that hangs or has a defect delays no other key, and the defect is told with its cause", () => {
    const { layer, lines } = logged()
    return Effect.gen(function* () {
      const passed = new Set<string>()
      const uneven = watching({
        pass: ({ name }, memory: number) => {
          if (name === "hangs") return Effect.never
          if (name === "dies") throw new Error("a bug in the pass")
          passed.add(name)
          return Effect.succeed({ memory })
        }
      })
      for (const name of ["dies", "hangs", "works"]) yield* create(configMap(name, "origin", {}))
      yield* Effect.forkChild(Runtime.run({ controllers: [uneven] }))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...passed], ["works"])
      assert.lengthOf(
        lines.filter((line) => line.includes("a bug in the pass")),
        1
      )
    }).pipe(Effect.provide(Layer.merge(world, layer)))
  })

  it.effect("complains once of a kind it may not watch, and goes on with the others", () => {
    const { layer, lines } = logged()
    const forbidden = Layer.effect(
      Kubernetes,
      Effect.map(Kubernetes, (inner) => ({
        perform: (command: any) =>
          command._tag === "List" && command.resource.kind === "Secret"
            ? command.decode({ status: 403, body: { kind: "Status", reason: "Forbidden", message: "no", code: 403 } })
            : inner.perform(command)
      }))
    )
    return Effect.gen(function* () {
      let passes = 0
      const both = watching({
        sources: [...watching({}).sources, { _tag: "Objects", resource: Secret, keysOf: () => [] }],
        pass: (_key, memory: number) => Effect.sync(() => (passes++, { memory }))
      })
      yield* create(configMap("a", "origin", {}))
      yield* Effect.forkChild(Runtime.run({ controllers: [both] }))
      yield* settle
      yield* TestClock.adjust("1 minute")
      assert.isAbove(passes, 5)
      const complaints = lines.filter((line) => line.includes("cannot watch secrets"))
      assert.lengthOf(complaints, 1)
      assert.include(complaints[0]!, "grant list and watch")
    }).pipe(Effect.provide(Layer.merge(Layer.provideMerge(forbidden, world), layer)))
  })

  it.effect("wakes a key as soon as the connection held to one of its nodes ends", () =>
    Effect.gen(function* () {
      const ends = new Map<string, Deferred.Deferred<void>>()
      const woken: Array<string> = []
      const nodes = watching({
        sources: [
          {
            _tag: "Nodes",
            resource: ConfigMap,
            labelSelector: "role=origin",
            nodesOf: ({ data, metadata }) => [
              { address: (data as { address: string }).address, key: key(metadata.name!) }
            ]
          }
        ],
        pass: ({ name }, memory: number) => Effect.sync(() => (woken.push(name), { memory }))
      })
      const awaitEnd = ({ address }: { readonly address: string }) =>
        Effect.suspend(() => {
          const end = Deferred.makeUnsafe<void>()
          ends.set(address, end)
          return Effect.onInterrupt(Deferred.await(end), () => Effect.sync(() => ends.delete(address)))
        })
      const origin = yield* create(configMap("a", "origin", { address: "10.0.0.1" }))
      yield* Effect.forkChild(Runtime.run({ controllers: [nodes], awaitEnd, resyncEvery: Duration.hours(1) }))
      yield* settle
      assert.deepStrictEqual(woken, [])
      yield* Deferred.succeed(ends.get("10.0.0.1")!, undefined)
      yield* settle
      assert.deepStrictEqual(woken, ["a"])
      const first = ends.get("10.0.0.1")
      yield* TestClock.adjust("1 second")
      assert.notStrictEqual(ends.get("10.0.0.1"), first, "it is held again")
      yield* update({ ...origin, data: { address: "10.0.0.2" } })
      yield* settle
      assert.deepStrictEqual([...ends.keys()], ["10.0.0.2"])
    }).pipe(Effect.provide(world))
  )

  it.effect("a shutdown lets passes end that are under way, and starts no other", () =>
    Effect.gen(function* () {
      const ended = yield* Ref.make<ReadonlyArray<string>>([])
      const slow = watching({
        pass: ({ name }, memory: number) =>
          Effect.andThen(
            Effect.sleep("1 second"),
            Ref.update(ended, (names) => [...names, name])
          ).pipe(Effect.as({ memory, requeueAfter: Duration.millis(1) }))
      })
      yield* create(configMap("a", "origin", {}))
      const runtime = yield* Effect.forkChild(Runtime.run({ controllers: [slow], grace: Duration.seconds(2) }))
      yield* settle
      const stopped = yield* Effect.forkChild(Fiber.interrupt(runtime))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(stopped)
      assert.deepStrictEqual(yield* Ref.get(ended), ["a"])
    }).pipe(Effect.provide(world))
  )
})
