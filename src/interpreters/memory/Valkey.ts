/**
 * Valkey servers in memory: a transport to the pure model with the clock's
 * timeouts, and the network between the servers at work.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Transport } from "../../domain/Capability.ts"
import { Valkey } from "../../domain/valkey/Valkey.ts"
import type { Exchange, Replies } from "../../domain/valkey/Wire.ts"
import { counting } from "../../models/Names.ts"
import { abandon, exchange } from "../../models/valkey/Exchange.ts"
import * as Faults from "../../models/valkey/Faults.ts"
import * as Network from "../../models/valkey/Network.ts"
import { endpoint, type State } from "../../models/valkey/Node.ts"
import { transport } from "./World.ts"

/** The network itself, so that tests assert on it instead of on calls. */
export class Nodes extends Context.Service<Nodes, SubscriptionRef.SubscriptionRef<State>>()(
  "gungnir/interpreters/memory/Valkey/Nodes"
) {}

/** A network as part of a larger world. */
export interface Part<S> {
  readonly nodes: (world: S) => State
  readonly withNodes: (world: S, nodes: State, nowMillis: number) => S
}

export interface Options {
  /** How long a reply is waited for; `failover:7.8` by default. */
  readonly commandTimeout?: Duration.Duration
  /** Who sends: the party of `Faults.cut`. */
  readonly from?: string
}

/** The connection was there, so what ended it came later: the outcome is unknown. */
const ofHeld = (replies: Replies): Replies => (replies === "Refused" || replies === "OtherProcess" ? "Closed" : replies)

/** Carries exchanges to servers in `world`. */
export const transportOn = <S>(
  world: SubscriptionRef.SubscriptionRef<S>,
  part: Part<S>,
  { commandTimeout = Duration.millis(200), from = "operator" }: Options = {}
): Transport<Exchange, Replies> => {
  const changed = (before: S, nodes: State, nowMillis: number): S =>
    nodes === part.nodes(before) ? before : part.withNodes(before, nodes, nowMillis)
  const handle = (now: S, wire: Exchange, nowMillis: number): readonly [S, Replies | undefined] => {
    const [nodes, replies] = exchange(part.nodes(now), wire, counting(nowMillis), from)
    return [changed(now, nodes, nowMillis), replies]
  }
  /** A reading that changes nothing is no change: requests that wait are not woken. */
  const take = <A>(act: (now: S, nowMillis: number) => readonly [A, S]) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMillis) =>
      SubscriptionRef.modifySome(world, (now): readonly [A, Option.Option<S>] => {
        const [answer, next] = act(now, nowMillis)
        return [answer, next === now ? Option.none() : Option.some(next)]
      })
    )
  const once = (wire: Exchange) =>
    take((now, nowMillis): readonly [Replies | undefined, S] => {
      const [next, replies] = handle(now, wire, nowMillis)
      return [replies, next]
    })
  const waiting = (wire: Exchange) => Effect.map(transport(world, handle, part.nodes)(wire), ofHeld)
  const givenUp = (wire: Exchange) =>
    take((now, nowMillis): readonly [Replies, S] => [
      "TimedOut",
      changed(now, abandon(part.nodes(now), wire, from), nowMillis)
    ])
  /** To the very process that is there now: whoever comes after it is the end of this connection. */
  const held = (wire: Exchange) =>
    Effect.flatMap(SubscriptionRef.get(world), (now) => {
      const node = part.nodes(now).nodes[endpoint(wire.address, wire.port)]
      return waiting(node === undefined || node.phase === "ended" ? wire : { ...wire, runId: node.runId })
    })
  return (wire) =>
    Effect.flatMap(once(wire), (replies) => {
      if (replies !== undefined) return Effect.succeed(replies)
      if (wire.awaitEnd === true) return held(wire)
      return Effect.raceFirst(waiting(wire), Effect.andThen(Effect.sleep(commandTimeout), givenUp(wire)))
    })
}

const alone: Part<State> = { nodes: (state) => state, withNodes: (_, nodes) => nodes }

/** The transport to `Nodes`. */
export const send = (options: Options = {}): Effect.Effect<Transport<Exchange, Replies>, never, Nodes> =>
  Effect.map(Nodes, (world) => transportOn(world, alone, options))

/** Servers that do by themselves nothing: `settle` and `drive` make them. */
export const layer = (options: Options = {}): Layer.Layer<Valkey, never, Nodes> =>
  Layer.effect(
    Valkey,
    Effect.map(send(options), (transport) => Valkey.over(transport))
  )

/** A network with these servers. */
export const nodes = (initial: State): Layer.Layer<Nodes> => Layer.effect(Nodes, SubscriptionRef.make(initial))

/** Changes the network: a fault, a start, a client. */
export const change = (f: (state: State, nowMillis: number) => State): Effect.Effect<void, never, Nodes> =>
  Effect.gen(function* () {
    const world = yield* Nodes
    const nowMillis = yield* Clock.currentTimeMillis
    const now = yield* SubscriptionRef.get(world)
    const next = f(now, nowMillis)
    if (next !== now) yield* SubscriptionRef.set(world, next)
  })

/** Lets everything happen that happens by itself. */
export const settle: Effect.Effect<void, never, Nodes> = change((state, nowMillis) =>
  Network.settle(state, counting(nowMillis))
)

/** Lets a few things happen that happen by themselves, and other fibers run. */
export const moment = (moves = 3): Effect.Effect<void, never, Nodes> =>
  Effect.andThen(
    change((state, nowMillis) => {
      let now = state
      for (let count = 0; count < moves; count++) {
        const next = Network.usual(now)
        if (next === undefined) return now
        now = Network.apply(now, next, counting(nowMillis))
      }
      return now
    }),
    Effect.yieldNow
  )

/** Keeps the network at work: at each change, and each second for what grows old. Never ends by itself. */
export const drive: Effect.Effect<never, never, Nodes> = Effect.gen(function* () {
  const world = yield* Nodes
  const seconds = Effect.forever(Effect.andThen(Effect.sleep("1 second"), change(Faults.tick)))
  const changes = Stream.runForEach(SubscriptionRef.changes(world), () => settle)
  return yield* Effect.raceFirst(seconds, Effect.andThen(changes, Effect.never))
})
