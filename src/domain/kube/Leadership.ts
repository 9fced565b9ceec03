/**
 * Whether this process may write now. The lease controller publishes it, the
 * fencing wrapper and the runtime read it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** What the lease controller knows at some moment; milliseconds from then on, 0: not at all. */
export interface Standing {
  /** A write may be sent until then: the lease with its margin. */
  readonly authorisedMillis: number
  /** Guarded controllers may run until then, unless the lease is renewed. */
  readonly leadingMillis: number
}

/** The same so many milliseconds later. */
export const aged = ({ authorisedMillis, leadingMillis }: Standing, millis: number): Standing => ({
  authorisedMillis: Math.max(0, authorisedMillis - millis),
  leadingMillis: Math.max(0, leadingMillis - millis)
})

export class Leadership extends Context.Service<
  Leadership,
  {
    /** Asks the clock each time: a process that slept past its lease is refused at the next write. */
    readonly isAuthorised: Effect.Effect<boolean>
    readonly isLeading: Effect.Effect<boolean>
    /**
     * `at`: the moment, in milliseconds of the monotonic clock. A process that was paused since then has so much less
     * left, and what it has not asked for anew it must not publish anew.
     */
    readonly publish: (standing: Standing, at: number) => Effect.Effect<void>
    /** Ends when `isLeading`. */
    readonly acquired: Effect.Effect<void>
    /** Ends when not `isLeading`. */
    readonly lost: Effect.Effect<void>
  }
>()("gungnir/domain/kube/Leadership") {}
