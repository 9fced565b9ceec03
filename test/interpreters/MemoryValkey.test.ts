import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, SubscriptionRef } from "effect"
import { TestClock } from "effect/testing"
import { AwaitEnd, Fence, type Node, Observe, ReplicaOf, Valkey } from "../../src/domain/valkey/Valkey.ts"
import * as Memory from "../../src/interpreters/memory/Valkey.ts"
import { laws } from "../../src/laws/interpreter/Valkey.ts"
import type { Fixture, Server } from "../../src/laws/interpreter/ValkeyLaw.ts"
import { counting } from "../../src/models/Names.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import { empty, endpoint, type State } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"

const port = 6379
const password = "secret"
const credentials = { user: "default", password: Redacted.make(password) }
const options = { requirepass: password, masterauth: password, appendonly: "yes" }

const started = (address: string, dataset: "kept" | "empty") => (state: State, nowMillis: number) =>
  Process.start(state, address, port, { dataset, options }, counting(nowMillis))

const serverAt = Effect.fnUntraced(function* (index: number): Effect.fn.Return<Server, never, Memory.Nodes> {
  const address = `10.0.0.${index + 1}`
  const id = endpoint(address, port)
  const world = yield* Memory.Nodes
  const change = (f: (state: State, nowMillis: number) => State) =>
    Effect.provideService(Memory.change(f), Memory.Nodes, world)
  yield* change(started(address, "empty"))
  return {
    address: { pod: `pod-${index}`, address, port, credentials },
    kill: change((state) => Process.kill(state, id)),
    restart: ({ keepsData }) => change(started(address, keepsData ? "kept" : "empty")),
    freeze: change((state) => Faults.freeze(state, id)),
    unfreeze: change((state, nowMillis) => Faults.proceed(state, id, counting(nowMillis)))
  }
})

const fixture = Effect.gen(function* () {
  const world = yield* Memory.Nodes
  const send = yield* Memory.send()
  const provided = Effect.provideService(Memory.Nodes, world)
  return {
    send,
    start: (count) =>
      provided(
        Effect.forEach(
          Array.from({ length: count }, (_, index) => index),
          serverAt
        )
      ),
    moment: provided(Memory.moment())
  } satisfies Fixture
})

describe("Valkey servers in memory", () => {
  for (const { check, name } of laws) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const running = yield* Effect.forkScoped(check(yield* fixture))
        // Only what times out waits for the clock.
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(running)
      }).pipe(Effect.scoped, Effect.provide(Memory.nodes(empty)))
    )
  }

  const pair = Layer.provideMerge(Memory.layer(), Memory.nodes(empty))
  const nodeOf = Effect.fnUntraced(function* ({ address }: Server) {
    const { runId } = yield* Valkey.perform(new Observe({ node: address }))
    return { ...address, uid: address.pod, runId } satisfies Node
  })

  it.effect("what was sent to a frozen process by a client that gave up is carried out when it goes on", () =>
    Effect.gen(function* () {
      const server = yield* serverAt(0)
      const node = yield* nodeOf(server)
      yield* server.freeze
      const fence = yield* Effect.forkChild(Effect.flip(Valkey.perform(new Fence({ node }))))
      yield* TestClock.adjust("200 millis")
      assert.include(yield* Fiber.join(fence), { reason: "TimedOut" })
      yield* server.unfreeze
      const { following } = yield* Valkey.perform(new Observe({ node: server.address }))
      assert.include(following, { host: "127.0.0.1", port: 1 })
    }).pipe(Effect.provide(pair))
  )

  it.effect("a frozen process that goes on in time answers", () =>
    Effect.gen(function* () {
      const server = yield* serverAt(0)
      yield* server.freeze
      const observing = yield* Effect.forkChild(Valkey.perform(new Observe({ node: server.address })))
      yield* TestClock.adjust("100 millis")
      yield* server.unfreeze
      assert.include(yield* Fiber.join(observing), { role: "primary" })
    }).pipe(Effect.provide(pair))
  )

  it.effect("who is cut off hears nothing, others do", () =>
    Effect.gen(function* () {
      const server = yield* serverAt(0)
      const node = yield* nodeOf(server)
      yield* Memory.change((state) => Faults.cut(state, "operator", endpoint(node.address, port)))
      const observing = yield* Effect.forkChild(Effect.flip(Valkey.perform(new Observe({ node }))))
      const asClient = Valkey.over(yield* Memory.send({ from: "client" }))
      assert.include(yield* asClient.perform(new Observe({ node })), { role: "primary" })
      yield* TestClock.adjust("200 millis")
      assert.include(yield* Fiber.join(observing), { reason: "TimedOut" })
    }).pipe(Effect.provide(pair))
  )

  it.effect("a held connection ends with its process, also when another comes in its place at once", () =>
    Effect.gen(function* () {
      const server = yield* serverAt(0)
      const waiting = yield* Effect.forkChild(Effect.flip(Valkey.perform(new AwaitEnd({ node: server.address }))))
      yield* Effect.yieldNow
      const world = yield* Memory.Nodes
      const id = endpoint(server.address.address, port)
      yield* SubscriptionRef.update(world, (state) => started("10.0.0.1", "kept")(Process.kill(state, id), 0))
      assert.include(yield* Fiber.join(waiting), { reason: "Closed" })
    }).pipe(Effect.provide(pair))
  )

  it.effect("a network that is driven synchronises by itself, and loses silent replicas with time", () =>
    Effect.gen(function* () {
      const [primary, replica] = [yield* serverAt(0), yield* serverAt(1)]
      yield* Effect.forkChild(Memory.drive)
      yield* Valkey.perform(new ReplicaOf({ node: yield* nodeOf(replica), primary: yield* nodeOf(primary) }))
      yield* TestClock.adjust("1 millis")
      const observe = Valkey.perform(new Observe({ node: primary.address }))
      assert.strictEqual((yield* observe).replicas[0]?.state, "online")
      yield* replica.freeze
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual((yield* observe).replicas.length, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* observe).replicas.length, 0)
    }).pipe(Effect.provide(pair))
  )
})
