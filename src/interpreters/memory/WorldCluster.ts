/**
 * A whole cluster in memory: both capabilities over one world, in which each
 * command is followed at once by all that it leads to. Time is the clock's.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import type { ApiReply, ApiRequest } from "../../domain/kube/Wire.ts"
import { Valkey } from "../../domain/valkey/Valkey.ts"
import { counting } from "../../models/Names.ts"
import * as Faults from "../../models/valkey/Faults.ts"
import type { Endpoint, State as Network } from "../../models/valkey/Node.ts"
import * as World from "../../models/World.ts"
import { bootWith } from "./Cluster.ts"
import { type Options as ValkeyOptions, transportOn } from "./Valkey.ts"
import { transport } from "./World.ts"

/** The world itself, so that tests assert on it instead of on calls. */
export class ClusterWorld extends Context.Service<ClusterWorld, SubscriptionRef.SubscriptionRef<World.World>>()(
  "gungnir/interpreters/memory/WorldCluster/ClusterWorld"
) {}

export interface Options extends ValkeyOptions {
  /** Names of the Kubernetes nodes; three by default. */
  readonly nodes?: ReadonlyArray<string>
  /** See `World`. */
  readonly restartMillis?: number
}

const part = {
  nodes: (world: World.World): Network => world.valkey,
  withNodes: (world: World.World, nodes: Network, nowMillis: number) =>
    World.withNodes(world, nodes, counting(nowMillis))
}

/** Changes the world by hand; all that follows from it follows. */
export const change = (
  f: (world: World.World, nowMillis: number) => World.World
): Effect.Effect<void, never, ClusterWorld> =>
  Effect.gen(function* () {
    const world = yield* ClusterWorld
    const nowMillis = yield* Clock.currentTimeMillis
    const now = yield* SubscriptionRef.get(world)
    const next = f(now, nowMillis)
    if (next !== now) yield* SubscriptionRef.set(world, World.settle(next, counting(nowMillis)))
  })

/** Does something to the server in a pod, or to the network between servers: a fault of `models/valkey`. */
export const changeNode = (
  namespace: string,
  pod: string,
  f: (nodes: Network, id: Endpoint, nowMillis: number) => Network
): Effect.Effect<void, never, ClusterWorld> =>
  change((world, nowMillis) => {
    const id = World.endpointOf(world, namespace, pod)
    const valkey = id === undefined ? world.valkey : f(world.valkey, id, nowMillis)
    return valkey === world.valkey ? world : { ...world, valkey }
  })

/** One API request by somebody who is no program: a user, a test. */
export const ask = (wire: ApiRequest): Effect.Effect<ApiReply, never, ClusterWorld> =>
  Effect.flatMap(ClusterWorld, (world) => sendTo(world)(wire))

const sendTo = (world: SubscriptionRef.SubscriptionRef<World.World>) =>
  transport(
    world,
    (state: World.World, wire: ApiRequest, nowMillis) => World.request(state, wire, counting(nowMillis)),
    ({ api }) => api
  )

const stepMillis = 100

/** What time brings: back-off and grace that end, silent servers, links that grow old. */
const later = (world: World.World, beforeMillis: number, nowMillis: number): World.World => {
  const isNewSecond = Math.floor(nowMillis / 1000) > Math.floor(beforeMillis / 1000)
  const older = isNewSecond ? Faults.tick(world.valkey) : world.valkey
  const aged = older === world.valkey ? world : part.withNodes(world, older, nowMillis)
  const due = World.dueAt(aged, beforeMillis)
  return due !== undefined && due <= nowMillis ? World.settle(aged, counting(nowMillis)) : aged
}

/** Lets time pass in the world. Never ends by itself. */
export const drive: Effect.Effect<never, never, ClusterWorld> = Effect.gen(function* () {
  const world = yield* ClusterWorld
  let before = yield* Clock.currentTimeMillis
  return yield* Effect.forever(
    Effect.gen(function* () {
      yield* Effect.sleep(stepMillis)
      const nowMillis = yield* Clock.currentTimeMillis
      const now = yield* SubscriptionRef.get(world)
      const next = later(now, before, nowMillis)
      before = nowMillis
      if (next !== now) yield* SubscriptionRef.set(world, next)
    })
  )
})

/** A cluster that has just come up, with time passing in it in the background of the layer's scope. */
export const world = ({
  nodes = ["node-0", "node-1", "node-2"],
  restartMillis
}: Options = {}): Layer.Layer<ClusterWorld> => {
  const state = Layer.effect(
    ClusterWorld,
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const names = counting(now)
      const empty = World.withApi(bootWith(nodes, names))
      return SubscriptionRef.make(
        World.settle(restartMillis === undefined ? empty : { ...empty, restartMillis }, names)
      )
    })
  )
  return Layer.provideMerge(Layer.effectDiscard(Effect.forkScoped(drive)), state)
}

/** Both capabilities over the world that is there. */
export const transports = (options: Options = {}): Layer.Layer<Kubernetes | Valkey, never, ClusterWorld> =>
  Layer.mergeAll(
    Layer.effect(
      Kubernetes,
      Effect.map(ClusterWorld, (state) => Kubernetes.over(sendTo(state)))
    ),
    Layer.effect(
      Valkey,
      Effect.map(ClusterWorld, (state) => Valkey.over(transportOn(state, part, options)))
    )
  )

export const layer = (options: Options = {}): Layer.Layer<Kubernetes | Valkey | ClusterWorld> =>
  Layer.provideMerge(transports(options), world(options))
