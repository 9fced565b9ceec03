/**
 * How the checker calls what others wrote: what depends on more than the state
 * is refused, and what has no end is broken off.
 */
import * as Effect from "effect/Effect"
import { Problem } from "./engine/Problem.ts"
import * as Patience from "./Patience.ts"
import * as Globals from "./step/Globals.ts"

/** Longer than any function of a system needs, on the slowest machine. */
const patience = 60_000

/** What is called at this moment, for a sentence. */
export type Where = () => string

/** What a function throws is a `Problem` by then, everything else is a defect of the checker. */
export const attempt = <A>(where: Where, run: () => A): Effect.Effect<A, Problem> =>
  Effect.suspend(() => {
    let foreign: Problem | undefined
    const onUse = (use: string): string => {
      const detail = `used ${use}: it must depend on what it reads and on nothing else`
      foreign ??= new Problem({ what: "Unsteady", where: where(), detail })
      return detail
    }
    try {
      const result = Globals.guarded(onUse, run)
      return foreign === undefined ? Effect.succeed(result) : Effect.fail(foreign)
    } catch (cause) {
      if (foreign !== undefined) return Effect.fail(foreign)
      return cause instanceof Problem ? Effect.fail(cause) : Effect.die(cause)
    }
  })

/** As `attempt`, for as long as our patience lasts: default 60,000 ms. */
export const attemptSoon = <A>(millis: number = patience, where: Where, run: () => A): Effect.Effect<A, Problem> =>
  attempt(where, () =>
    Patience.within(millis, run, () => {
      Globals.restore()
      const detail = `an endless loop: it did not come to an end within ${millis / 1000} s`
      throw new Problem({ what: "Endless", where: where(), detail })
    })
  )
