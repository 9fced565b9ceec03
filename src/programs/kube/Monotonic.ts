/** Milliseconds that only grow: what elapsed times are measured with. Their zero means nothing. */
import * as Effect from "effect/Effect"

export const millis: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n))
)

/** An effect with the milliseconds that it took. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, number], E, R> =>
  Effect.flatMap(millis, (start) =>
    Effect.flatMap(effect, (result) => Effect.map(millis, (end) => [result, end - start] as const))
  )
