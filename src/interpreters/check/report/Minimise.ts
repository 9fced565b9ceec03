/**
 * From a violation to the smallest one: every fault that is not needed is taken
 * from the budgets and the search made again, then every step that is not
 * needed is dropped. What comes out has been replayed outside the engine.
 */
import * as Effect from "effect/Effect"
import type * as System from "../../../domain/check/System.ts"
import type { Trace, Verdict } from "../../../domain/check/Trace.ts"
import type { Problem } from "../engine/Problem.ts"
import { attemptSoon } from "../Guard.ts"
import * as Replay from "./Replay.ts"
import { shortened } from "./Shorten.ts"
import * as Told from "./Told.ts"

/** The engine, for one system; a search that it cannot finish is undecided. */
export type Search<E, R> = <S extends System.Components>(
  system: System.System<S>
) => Effect.Effect<ReadonlyArray<Verdict>, E, R>

/** Per class, how often the run pays for it. */
export const spent = ({ cycle, stem }: Trace): Readonly<Record<string, number>> => {
  const paid: Record<string, number> = {}
  for (const { cost } of [...stem, ...cycle]) if (cost !== undefined) paid[cost] = (paid[cost] ?? 0) + 1
  return paid
}

/** The system with these budgets, and nothing to say but this property. */
const narrowed = <S extends System.Components>(
  system: System.System<S>,
  property: string,
  paid: Readonly<Record<string, number>>
): System.System<S> => ({
  ...system,
  properties: system.properties.filter(({ name }) => name === property),
  budgets: Object.fromEntries(Object.keys(system.budgets).map((name) => [name, paid[name] ?? 0]))
})

/** Each class at the least number that still breaks the property. */
const cheapest = Effect.fnUntraced(function* <S extends System.Components, E, R>(
  system: System.System<S>,
  trace: Trace,
  search: Search<E, R>
): Effect.fn.Return<Trace, E, R> {
  let best = trace
  const at = Effect.fnUntraced(function* (paid: Readonly<Record<string, number>>) {
    const verdicts = yield* search(narrowed(system, trace.property, paid))
    return verdicts.find(({ property, verdict }) => property === trace.property && verdict === "violated")?.trace
  })
  for (const name of Object.keys(spent(trace))) {
    for (let less = 0; less < (spent(best)[name] ?? 0); less++) {
      const found = yield* at({ ...spent(best), [name]: less })
      if (found !== undefined) best = found
    }
  }
  return best
})

/** Thousands of runs are tried: more of it than of a single one. */
const patience = 600_000

/**
 * The smallest violation that was found of the property that `trace` breaks.
 * Fails when the trace does not happen outside the engine.
 */
export const minimise = Effect.fnUntraced(function* <S extends System.Components, E, R>(
  system: System.System<S>,
  trace: Trace,
  search: Search<E, R>
): Effect.fn.Return<Trace, E | Replay.NotReplayed | Problem, R> {
  const best = yield* cheapest(system, trace, search)
  const run = yield* Replay.replay(system, best)
  const property = system.properties.find(({ name }) => name === trace.property)
  const where = () => `${system.name}, made shorter`
  const small = yield* attemptSoon(patience, where, () => shortened(system, property, run))
  return Told.trace(system, trace.property, small)
})
