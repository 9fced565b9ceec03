import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Logger, Ref } from "effect"
import { TestClock } from "effect/testing"
import type { Controller } from "../../../src/domain/Controller.ts"
import { Apply, type Command, Create, Delete, Get, Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import * as Lease from "../../../src/domain/kube/Lease.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import * as Memory from "../../../src/interpreters/memory/Kubernetes.ts"
import * as Stack from "../../../src/interpreters/wrap/Stack.ts"
import * as LeaderElection from "../../../src/programs/kube/LeaderElection.ts"
import * as Reflectors from "../../../src/programs/kube/Reflectors.ts"
import * as Runtime from "../../../src/programs/kube/Runtime.ts"
import { configMap } from "./Mirror.ts"

const settle = Effect.repeat(Effect.yieldNow, { times: 500 })
/** Time in small steps, so that what follows from one happens before the next. */
const wait = (millis: number) =>
  Effect.repeat(Effect.andThen(TestClock.adjust(100), settle), { times: millis / 100 - 1 })

/** One operator process: who it is, the link it sends over, and when its passes ran. */
const process = Effect.fnUntraced(function* (identity: string) {
  const passes = yield* Ref.make(0)
  const isCut = yield* Ref.make(false)
  const tags: Array<string> = []
  const worker: Controller<number, unknown, Kubernetes> = {
    name: "worker",
    primary: Kinds.ConfigMap,
    sources: [],
    initialMemory: 0,
    pass: (_key, memory) =>
      Kubernetes.perform(
        new Apply({ resource: Kinds.ConfigMap, object: configMap("trace", "trace", { identity }), manager: "worker" })
      ).pipe(
        Effect.andThen(Ref.update(passes, (count) => count + 1)),
        Effect.as({ memory, requeueAfter: Duration.millis(100) })
      )
  }
  const link = Layer.effect(
    Kubernetes,
    Effect.map(Kubernetes, (inner) => ({
      perform: (command: Command) =>
        Effect.flatMap(Ref.get(isCut), (cut) => {
          if (command._tag !== "Watch") tags.push(command._tag)
          return cut ? command.decode({ status: 0, body: "Unreachable" }) : inner.perform(command)
        }) as Effect.Effect<any, any>
    }))
  )
  const services = Stack.kubernetes({}).pipe(
    Layer.provide(link),
    Layer.provideMerge(Layer.mergeAll(Reflectors.cacheLayer, LeaderElection.layer))
  )
  const options = { identity, namespace: "default", name: "operator", ...Lease.defaults }
  const sources: Controller<number, unknown, Kubernetes>["sources"] = [
    { _tag: "Objects", resource: Kinds.ConfigMap, keysOf: () => [{ namespace: "default", name: "origin" }] }
  ]
  const fiber = yield* Runtime.run({
    controllers: [{ ...worker, sources }],
    leaderElection: options,
    grace: Duration.seconds(1)
  }).pipe(Effect.provide(services), Effect.forkChild)
  yield* settle
  const stop = Effect.gen(function* () {
    const stopping = yield* Effect.forkChild(Fiber.interrupt(fiber))
    yield* wait(200)
    yield* Fiber.join(stopping)
  })
  return { passes: Ref.get(passes), isCut, stop, tags }
})

const holder = Effect.map(
  Kubernetes.perform(new Get({ resource: Kinds.Lease, namespace: "default", name: "operator" })),
  (lease) => (lease["spec"] as { holderIdentity?: string }).holderIdentity
)
const origin = Kubernetes.perform(new Create({ resource: Kinds.ConfigMap, object: configMap("origin", "origin", {}) }))

describe("LeaderElection", () => {
  it.effect("creates the Lease, and only its holder runs passes", () =>
    Effect.gen(function* () {
      yield* origin
      const first = yield* process("first")
      const second = yield* process("second")
      yield* wait(3000)
      assert.strictEqual(yield* holder, "first")
      assert.isAbove(yield* first.passes, 10)
      assert.strictEqual(yield* second.passes, 0)
      yield* Effect.all([first.stop, second.stop])
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("at rest the holder sends renewals, one a second, and the others nothing", () =>
    Effect.gen(function* () {
      const first = yield* process("first")
      const second = yield* process("second")
      yield* wait(2000)
      first.tags.length = 0
      second.tags.length = 0
      yield* wait(10_000)
      assert.deepStrictEqual([...new Set(first.tags)], ["ClaimLease"])
      assert.isTrue(first.tags.length === 10 || first.tags.length === 9, String(first.tags.length))
      assert.deepStrictEqual(second.tags, [])
      yield* Effect.all([first.stop, second.stop])
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("a shutdown gives the Lease back, and the next takes it within a retry", () =>
    Effect.gen(function* () {
      yield* origin
      const first = yield* process("first")
      const second = yield* process("second")
      yield* wait(2000)
      yield* first.stop
      const before = yield* first.passes
      yield* wait(1000)
      assert.strictEqual(yield* holder, "second")
      assert.isAbove(yield* second.passes, 1)
      assert.strictEqual(yield* first.passes, before)
      yield* second.stop
      assert.strictEqual(yield* holder, "")
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("a holder that is cut off stops before another starts, and works again after it is back", () =>
    Effect.gen(function* () {
      yield* origin
      const first = yield* process("first")
      const second = yield* process("second")
      yield* wait(2000)
      yield* Ref.set(first.isCut, true)
      yield* wait(4500)
      const stopped = yield* first.passes
      assert.strictEqual(yield* second.passes, 0)
      yield* wait(3000)
      assert.strictEqual(yield* holder, "second")
      assert.isAbove(yield* second.passes, 1)
      assert.strictEqual(yield* first.passes, stopped)
      yield* Ref.set(first.isCut, false)
      yield* second.stop
      yield* wait(12_000)
      assert.strictEqual(yield* holder, "first")
      assert.isAbove(yield* first.passes, stopped)
      yield* first.stop
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("takes a Lease over that somebody deleted", () =>
    Effect.gen(function* () {
      const first = yield* process("first")
      yield* wait(2000)
      const lease = yield* Kubernetes.perform(
        new Get({ resource: Kinds.Lease, namespace: "default", name: "operator" })
      )
      yield* Kubernetes.perform(
        new Delete({ resource: Kinds.Lease, namespace: "default", name: "operator", uid: lease.metadata.uid! })
      )
      yield* wait(10_000)
      assert.strictEqual(yield* holder, "first")
      yield* first.stop
    }).pipe(Effect.provide(Memory.layer))
  )

  it.effect("says once why it cannot claim, again when that changes, and when it can claim", () => {
    const said: Array<string> = []
    const log = Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])
    const options = { identity: "first", namespace: "later", name: "operator", ...Lease.defaults }
    let isForbidden = false
    const forbidden = Layer.effect(
      Kubernetes,
      Effect.map(Kubernetes, (inner) => ({
        perform: (command: Command) =>
          (isForbidden && command._tag === "ClaimLease"
            ? command.decode({ status: 403, body: { kind: "Status", reason: "Forbidden", message: "no", code: 403 } })
            : inner.perform(command)) as Effect.Effect<any, any>
      }))
    )
    return Effect.gen(function* () {
      const { initialMemory, pass } = LeaderElection.controller(options)
      const tries = Effect.repeat(pass(LeaderElection.keyOf(options), initialMemory), { times: 3 })
      yield* tries
      isForbidden = true
      yield* tries
      isForbidden = false
      yield* Kubernetes.perform(
        new Create({
          resource: Kinds.Namespace,
          object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "later" } }
        })
      )
      yield* tries
      const complaints = said.filter((line) => line.includes("claimed"))
      assert.lengthOf(complaints, 3, complaints.join("\n"))
      assert.match(complaints[0]!, /could not be claimed.*NotFound/)
      assert.match(complaints[1]!, /could not be claimed.*Forbidden/)
      assert.match(complaints[2]!, /can be claimed again/)
    }).pipe(Effect.provide(Layer.mergeAll(Layer.provideMerge(forbidden, Memory.layer), LeaderElection.alone, log)))
  })

  it.effect("says that the namespace of the Lease is missing", () => {
    const said: Array<string> = []
    const log = Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])
    const options = { identity: "first", namespace: "nowhere", name: "operator", ...Lease.defaults }
    return Effect.gen(function* () {
      const { initialMemory, pass } = LeaderElection.controller(options)
      const { memory } = yield* pass(LeaderElection.keyOf(options), initialMemory)
      assert.isFalse(memory.isLeading)
      assert.match(said.join(), /could not be claimed.*nowhere.*NotFound/)
    }).pipe(Effect.provide(Layer.mergeAll(Memory.layer, LeaderElection.alone, log)))
  })
})
