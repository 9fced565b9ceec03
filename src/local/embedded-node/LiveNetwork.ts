/**
 * The network of the node model, at work in real time: what servers do by
 * themselves happens right after what makes it possible, and seconds pass.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Names } from "../../models/Names.ts"
import * as Faults from "../../models/valkey/Faults.ts"
import * as Network from "../../models/valkey/Network.ts"
import { empty, idOf, type State } from "../../models/valkey/Node.ts"
import { remove } from "../../models/valkey/Process.ts"
import { random } from "../endpoint/Names.ts"

export interface LiveNetwork {
  readonly state: () => State
  /** What happens now; whatever follows from it happens soon after. */
  readonly change: (act: (state: State, names: Names) => State) => void
  readonly nowMillis: () => number
  /** Calls whenever something may have become possible that was not; the result ends that. */
  readonly onProgress: (listener: () => void) => () => void
}

/** Seconds between two PINGs of a primary to its replicas (`repl-ping-replica-period`). */
const pingPeriod = 10

/** A process that ended is remembered as long as a replica still reads what it had sent. */
const forgotten = (state: State): State =>
  Object.values(state.nodes)
    .filter(({ closing, phase }) => phase === "ended" && closing.length === 0)
    .reduce((now, node) => remove(now, idOf(node)), state)

/** An empty network; it stands still when the scope ends. */
export const make: Effect.Effect<LiveNetwork, never, Scope.Scope> = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const changes = yield* Queue.sliding<void>(1)
  const listeners = new Set<() => void>()
  let state = empty

  const nowMillis = () => clock.currentTimeMillisUnsafe()
  const change: LiveNetwork["change"] = (act) => {
    const next = act(state, random(nowMillis()))
    if (next === state) return
    state = next
    Queue.offerUnsafe(changes, undefined)
  }

  const progress = Effect.sync(() => {
    state = forgotten(Network.settle(state, random(nowMillis())))
    for (const listener of listeners) listener()
  })

  /** The end of the pause that ends first (CLIENT PAUSE). */
  const pauseMillis = (): number | undefined => {
    const ends = Object.values(state.nodes).map(({ pausedUntil }) => pausedUntil - nowMillis())
    const left = ends.filter((millis) => millis > 0)
    return left.length === 0 ? undefined : Math.min(...left)
  }
  const wait = Effect.suspend(() => {
    const millis = pauseMillis()
    return millis === undefined ? Queue.take(changes) : Effect.timeoutOption(Queue.take(changes), millis)
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(wait, progress)))

  const second = (count: number): Effect.Effect<never> =>
    Effect.sleep("1 second").pipe(
      Effect.andThen(
        Effect.sync(() =>
          change((now) => (count % pingPeriod === 0 ? Faults.ping(Faults.tick(now)) : Faults.tick(now)))
        )
      ),
      Effect.andThen(Effect.suspend(() => second(count + 1)))
    )
  yield* Effect.forkScoped(second(1))

  return {
    state: () => state,
    change,
    nowMillis,
    onProgress: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
  }
})
