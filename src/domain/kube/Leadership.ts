/**
 * Whether this process may write now. The lease controller publishes it, the
 * fencing wrapper and the runtime read it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** What the lease controller knows at this moment; milliseconds from now, 0: not at all. */
export interface Standing {
  /** A write may be sent until then: the lease with its margin. */
  readonly authorisedMillis: number
  /** Guarded controllers may run until then, unless the lease is renewed. */
  readonly leadingMillis: number
}

export class Leadership extends Context.Service<
  Leadership,
  {
    /** Asks the clock each time: a process that slept past its lease is refused at the next write. */
    readonly isAuthorised: Effect.Effect<boolean>
    readonly isLeading: Effect.Effect<boolean>
    readonly publish: (standing: Standing) => Effect.Effect<void>
    /** Ends when `isLeading`. */
    readonly acquired: Effect.Effect<void>
    /** Ends when not `isLeading`. */
    readonly lost: Effect.Effect<void>
  }
>()("gungnir/domain/kube/Leadership") {}
