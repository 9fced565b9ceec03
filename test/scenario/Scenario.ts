/**
 * The whole life of a cluster: what an operator must get right, as one program
 * over any world.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import type { World } from "./Environment.ts"
import * as Steps from "./Steps.ts"

/** How a step went: told as soon as it is over. */
export interface Told {
  readonly step: string
  readonly millis?: number
  readonly result?: unknown
  readonly error?: string
}

type Tell = (told: Told) => Effect.Effect<void>

/** Runs one step; a failed one is told and ends the scenario. */
const stepping =
  (tell: Tell) =>
  <A, R>(step: string, effect: Effect.Effect<A, never, R>): Effect.Effect<A, never, R> =>
    Effect.timed(effect).pipe(
      Effect.tap(([duration, result]) => tell({ step, millis: Math.round(Duration.toMillis(duration)), result })),
      Effect.map(([, result]) => result),
      Effect.onExit((exit) => (Exit.isFailure(exit) ? tell({ step, error: Cause.pretty(exit.cause) }) : Effect.void))
    )

export const scenario = Effect.fnUntraced(function* (
  world: World,
  tell: Tell
): Effect.fn.Return<void, never, Scope.Scope> {
  const step = stepping(tell)
  const a: Steps.At = { namespace: "default", name: "vk" }
  const settled = (replicas: number, not?: string, at = a) =>
    Steps.until("the cluster settles", 30, Steps.asDesired(world, at, replicas, not))
  const primaryOf = (at = a) => Effect.map(Steps.cluster(world, at), ({ status }) => status.primary!.pod)
  const kill = (pod: string, at = a) => world.signal(at.namespace, pod, "SIGKILL")
  let written = 0
  const write = (at = a) =>
    Steps.until(
      "a write is accepted",
      10,
      Effect.map(Steps.command(world, at, "SET", `key-${written + 1}`, `${written + 1}`), (reply) => {
        if (reply !== "OK") return JSON.stringify(reply)
        written++
        return undefined
      })
    )
  const readsAll = (at = a) =>
    Effect.gen(function* () {
      for (let index = 1; index <= written; index++) {
        // A busy machine may be late with one answer; a value that is lost stays away.
        yield* Steps.until(
          `key-${index} is read`,
          5,
          Effect.map(Steps.command(world, at, "GET", `key-${index}`), (reply) =>
            reply === String(index) ? undefined : `it is ${JSON.stringify(reply)}`
          )
        )
      }
      return written
    })

  yield* step("the CustomResourceDefinition is accepted", Steps.applyCrd(world))
  const first = yield* Effect.flatMap(Scope.make(), (scope) => Effect.as(Scope.provide(world.operator, scope), scope))
  yield* step(
    "a cluster of three is created and becomes ready",
    Effect.andThen(Steps.create(world, a, { replicas: 3 }), settled(3))
  )
  const { metadata } = yield* Steps.cluster(world, a)
  yield* step(
    "its six objects exist and belong to it",
    Steps.until("six objects", 5, Steps.sixObjects(world, a, metadata.uid))
  )
  yield* step("data is written through the Service's target", write())

  for (const round of ["first", "second"]) {
    const primary = yield* primaryOf()
    yield* step(`the ${round} primary is killed and replaced`, Effect.andThen(kill(primary), settled(3, primary)))
    yield* step(`all data is there after the ${round} failover`, Effect.andThen(write(), readsAll()))
  }

  yield* step(
    "a replica restarts and follows the new primary",
    Effect.gen(function* () {
      const primary = yield* primaryOf()
      const replica = (yield* Steps.pods(world, a))
        .map(({ metadata: { name } }) => name!)
        .find((name) => name !== primary)!
      yield* kill(replica)
      return yield* settled(3)
    })
  )
  yield* step(
    "a frozen primary is replaced, and returns as a replica",
    Effect.gen(function* () {
      const primary = yield* primaryOf()
      yield* world.signal(a.namespace, primary, "SIGSTOP")
      yield* Steps.until(
        "another primary",
        20,
        Effect.map(Steps.cluster(world, a), ({ status }) =>
          status.primary?.pod !== primary && status.failover === undefined ? undefined : "not replaced"
        )
      )
      yield* world.signal(a.namespace, primary, "SIGCONT")
      return yield* settled(3, primary)
    })
  )
  yield* step(
    "a deleted primary pod is moved away from first",
    Effect.gen(function* () {
      const primary = yield* primaryOf()
      yield* Steps.remove(world, Kinds.Pod, a.namespace, primary)
      return yield* settled(3, primary)
    })
  )
  yield* step("all data is there", Effect.andThen(write(), readsAll()))
  yield* step("it scales from 3 to 5", Effect.andThen(Steps.patch(world, a, { spec: { replicas: 5 } }), settled(5)))
  yield* step(
    "the primary comes to a high ordinal",
    Effect.gen(function* () {
      // Until it is on 3 or 4: kill whoever it is.
      for (let round = 0; round < 12; round++) {
        const primary = yield* primaryOf()
        if (primary >= "vk-3") return primary
        yield* kill(primary)
        yield* settled(5, primary)
      }
      return yield* Effect.die(new Error("no replica with a high ordinal was elected in 12 failovers"))
    })
  )
  yield* step(
    "it scales from 5 to 3, the primary first",
    Effect.andThen(Steps.patch(world, a, { spec: { replicas: 3 } }), settled(3))
  )
  yield* step("all data is there after scaling", Effect.andThen(write(), readsAll()))

  for (const [resource, name] of Steps.subResources(a)) {
    yield* step(
      `${resource.kind} ${name} is deleted and comes back`,
      Effect.gen(function* () {
        yield* Steps.remove(world, resource, a.namespace, name)
        yield* Steps.until("six objects", 10, Steps.sixObjects(world, a, metadata.uid))
        return yield* settled(3)
      })
    )
  }
  yield* step("all data is there after the deletions", Effect.andThen(write(), readsAll()))

  const b: Steps.At = { namespace: "other", name: "vk" }
  yield* step(
    "a cluster of the same name in another namespace is its own",
    Effect.gen(function* () {
      yield* world.send({
        verb: "create",
        group: "",
        version: "v1",
        resource: "namespaces",
        body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } }
      })
      yield* Steps.create(world, b, { replicas: 3 })
      yield* settled(3, undefined, b)
      const primary = yield* primaryOf(b)
      yield* kill(primary, b)
      yield* settled(3, primary, b)
      return yield* settled(3)
    })
  )
  yield* step(
    "the operator is killed, the primary dies and the Secret is deleted meanwhile, and another operator takes over",
    Effect.gen(function* () {
      const primary = yield* primaryOf()
      yield* Scope.close(first, Exit.void)
      yield* kill(primary)
      yield* Steps.remove(world, Kinds.Secret, a.namespace, `${a.name}-secret`)
      yield* world.operator
      return yield* settled(3, primary)
    })
  )
  yield* step("all data is there after the takeover", Effect.andThen(write(), readsAll()))
  yield* step(
    "a settled world sends nothing but watches and Lease renewals",
    Effect.gen(function* () {
      // What the steps before have left to be written.
      yield* Effect.sleep("2 seconds")
      const before = (yield* world.requests).length
      yield* Effect.sleep("10 seconds")
      const sent = (yield* world.requests).slice(before)
      const others = sent.filter(({ resource, verb }) => verb !== "watch" && resource !== "leases")
      if (others.length > 0) return yield* Effect.die(new Error(JSON.stringify(others.slice(0, 5))))
      return { renewals: sent.filter(({ resource }) => resource === "leases").length }
    })
  )
  yield* step(
    "deleted, its six objects go and its claims stay",
    Effect.gen(function* () {
      yield* Steps.remove(world, Cluster.resource, a.namespace, a.name)
      yield* Steps.until("no object is left", 20, Steps.sixObjects(world, a, undefined))
      const claims = yield* Steps.claims(world, a)
      if (claims.length < 3) return yield* Effect.die(new Error(`claims: ${claims.join(", ")}`))
      return claims
    })
  )
})
