/**
 * The world in memory: models for servers, the operator's own programs in this
 * process.
 */

import * as Effect from "effect/Effect"

import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { operate, stack } from "../../src/bin/Operator.ts"
import type { Outcome, Performs } from "../../src/domain/Capability.ts"
import { type Command, Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Lease from "../../src/domain/kube/Lease.ts"
import { defaults } from "../../src/domain/valkey/Settings.ts"

import { transportOn } from "../../src/interpreters/memory/Valkey.ts"
import * as Memory from "../../src/interpreters/memory/WorldCluster.ts"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Endpoint } from "../../src/models/valkey/Node.ts"
import * as Models from "../../src/models/World.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import { counting } from "../../src/models/Names.ts"
import * as LeaderElection from "../../src/programs/kube/LeaderElection.ts"
import { asking } from "./Ask.ts"
import type { Asked, Signal, World } from "./Environment.ts"

/** Notes each request that a command would send. */
const counted =
  (asked: Array<Asked>) =>
  (inner: Performs<Command>): Performs<Command> => ({
    perform: (command) =>
      Effect.suspend(() => {
        const { resource, verb } = command.encode()
        asked.push({ resource, verb })
        return inner.perform(command)
      })
  })

const part = {
  nodes: ({ valkey }: Models.World) => valkey,
  withNodes: (world: Models.World, nodes: Models.World["valkey"], nowMillis: number) =>
    Models.withNodes(world, nodes, counting(nowMillis))
}

const faultOf = (signal: Signal) => (nodes: Models.World["valkey"], id: Endpoint, nowMillis: number) => {
  switch (signal) {
    case "SIGKILL":
      return Process.kill(nodes, id)
    case "SIGSTOP":
      return Faults.freeze(nodes, id)
    case "SIGCONT":
      return Faults.proceed(nodes, id, counting(nowMillis))
  }
}

/** Over the memory world of the context; operators run in the scope they are asked for in. */
export const make: Effect.Effect<World, never, Memory.ClusterWorld> = Effect.gen(function* () {
  const state = yield* Memory.ClusterWorld
  const context = yield* Effect.context<Memory.ClusterWorld>()
  const asked: Array<Asked> = []
  let operators = 0
  const exchange = transportOn(state, part, { from: "client" })
  const send: World["send"] = (request) => Effect.provideContext(Memory.ask(request), context)
  const kubernetes = Kubernetes.over(send)
  const transports = Layer.effect(Kubernetes, Effect.map(Kubernetes, counted(asked))).pipe(
    Layer.provideMerge(Layer.provide(Memory.transports(), Layer.succeed(Memory.ClusterWorld, state)))
  )

  const run = Effect.suspend(() =>
    operate({
      settings: defaults,
      election: { namespace: "default", name: "operator", identity: `operator-${++operators}`, ...Lease.defaults }
    })
  )
  return {
    send,
    kubernetes,
    requests: Effect.sync(() => [...asked]),
    signal: (namespace, pod, signal) =>
      Effect.gen(function* () {
        const before = yield* SubscriptionRef.get(state)
        yield* Memory.changeNode(namespace, pod, faultOf(signal))
        return (yield* SubscriptionRef.get(state)) !== before
      }).pipe(Effect.provideContext(context)),
    ask: asking(kubernetes, exchange),
    // Gone at once means that it does not give its Lease back: its last words go nowhere.
    operator: Effect.gen(function* () {
      const scope = yield* Effect.scope
      let isDead = false
      yield* Scope.addFinalizer(
        scope,
        Effect.sync(() => void (isDead = true))
      )
      const mortal = Layer.effect(
        Kubernetes,
        Effect.map(Kubernetes, (inner): Performs<Command> => ({
          perform: <A extends Command>(command: A): Outcome<A> =>
            // `decode` has the types of the command's header (`Lawful`).
            Effect.suspend(() =>
              isDead
                ? (command.decode({ status: 0, body: "Unreachable" }) as unknown as Outcome<A>)
                : inner.perform(command)
            )
        }))
      ).pipe(Layer.provideMerge(transports))
      const services = stack(mortal, LeaderElection.layer)
      yield* Effect.forkIn(Effect.provide(run, services), scope)
      // Added last, so it comes first.
      yield* Scope.addFinalizer(
        scope,
        Effect.sync(() => void (isDead = true))
      )
    })
  } satisfies World
})
