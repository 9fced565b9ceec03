/** A pure model behind a transport: one for every system. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Transport } from "../../domain/Capability.ts"

/**
 * Carries each request to the model. A reply of `undefined` waits for the next
 * change of what `reads` tells of the world. `handle` gets the clock's reading,
 * for what servers stamp.
 */
export const transport =
  <S, Wire, Reply>(
    world: SubscriptionRef.SubscriptionRef<S>,
    handle: (state: S, wire: Wire, nowMillis: number) => readonly [S, Reply | undefined],
    reads: (state: S) => unknown = (state) => state
  ): Transport<Wire, Reply> =>
  (wire) => {
    const attempt = Effect.clockWith((clock) =>
      SubscriptionRef.modifySome(world, (state) => {
        const [next, reply] = handle(state, wire, clock.currentTimeMillisUnsafe())
        // A request that waits asks again at each change: its asking must not be one.
        return [reply, next === state ? Option.none() : Option.some(next)] as const
      })
    )
    return Effect.flatMap(attempt, (reply) =>
      reply !== undefined
        ? Effect.succeed(reply)
        : SubscriptionRef.changes(world).pipe(
            Stream.changesWith((before, after) => reads(before) === reads(after)),
            Stream.mapEffect(() => attempt),
            Stream.filter((late) => late !== undefined),
            Stream.runHead,
            Effect.flatMap((late) => (late._tag === "Some" ? Effect.succeed(late.value) : Effect.never))
          )
    )
  }
