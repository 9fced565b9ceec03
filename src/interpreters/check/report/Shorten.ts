/**
 * Drops from a run every step that it can do without: piece by piece, each
 * shorter run taken again outside the engine and judged anew.
 */
import type * as System from "../../../domain/check/System.ts"
import * as Judge from "./Judge.ts"
import * as Rerun from "./Rerun.ts"

type Wanted = Pick<Rerun.Taken<System.Components>, "key" | "says"> & { readonly action: { readonly name: string } }

/** A step may have several outcomes of one name: so many ways are followed before a shorter run is given up. */
const mostWays = 8

/** Steps that are taken again in all: what is long, like the run into an endless loop, is shown longer than need be. */
const mostTaken = 40_000

/** How many of them are left. */
interface Effort {
  left: number
}

/** All ways to take these steps from here, lazily. */
function* ways<S extends System.Components>(
  system: System.System<S>,
  state: S,
  plan: ReadonlyArray<Wanted>,
  effort: Effort
): Generator<ReadonlyArray<Rerun.Taken<S>>> {
  const [wanted, ...rest] = plan
  if (wanted === undefined) return yield []
  if (effort.left-- <= 0) return
  const possible = system.actions
    .filter(({ name }) => name === wanted.action.name)
    .flatMap((action) => Rerun.outcomes(system, state, action))
    .filter(({ key }) => key === wanted.key)
    .toSorted((one, other) => Number(other.says === wanted.says) - Number(one.says === wanted.says))
  for (const taken of possible) {
    for (const more of ways(system, taken.state, rest, effort)) yield [taken, ...more]
  }
}

/** The part up to where the path breaks the property. */
const cut = <S extends System.Components>(
  system: System.System<S>,
  property: System.Property<S> | undefined,
  run: Judge.Run<S>
): Judge.Run<S> => {
  if (run.cycleAt !== undefined || property === undefined) return run
  const at = Judge.brokenAfter(system, property, run)
  return at === undefined ? run : { ...run, states: run.states.slice(0, at + 1), steps: run.steps.slice(0, at) }
}

/** The run without the steps from `at` to `end`, when it still breaks the property. */
const without = <S extends System.Components>(
  system: System.System<S>,
  property: System.Property<S> | undefined,
  run: Judge.Run<S>,
  [at, end]: readonly [number, number],
  effort: Effort
): Judge.Run<S> | undefined => {
  const kept = { states: run.states.slice(0, at + 1), steps: run.steps.slice(0, at) }
  const cycleAt = run.cycleAt === undefined || run.cycleAt <= at ? run.cycleAt : run.cycleAt - (end - at)
  let tried = 0
  for (const rest of ways(system, run.states[at]!, run.steps.slice(end), effort)) {
    const states = [...kept.states, ...rest.map(({ state }) => state)]
    const shorter = { states, steps: [...kept.steps, ...rest], cycleAt }
    if (Judge.objection(system, property, shorter) === undefined) return shorter
    if (++tried === mostWays) return undefined
  }
  return undefined
}

/** Pieces of this size that lie in the stem or in the cycle as a whole, the last ones first: the others' runs need fewer new steps. */
const pieces = <S extends System.Components>({ cycleAt, steps }: Judge.Run<S>, size: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, steps.length - size + 1) }, (_, at) => at)
    .filter((at) => cycleAt === undefined || at >= cycleAt || at + size <= cycleAt)
    .toReversed()

const shorter = <S extends System.Components>(
  system: System.System<S>,
  property: System.Property<S> | undefined,
  run: Judge.Run<S>,
  size: number,
  effort: Effort
): Judge.Run<S> | undefined => {
  for (const at of pieces(run, size)) {
    const less = without(system, property, run, [at, at + size], effort)
    if (less !== undefined) return cut(system, property, less)
  }
  return undefined
}

/** No single step, and no piece that was tried on the way, can be left out of the result, unless the run is very long. */
export const shortened = <S extends System.Components>(
  system: System.System<S>,
  property: System.Property<S> | undefined,
  run: Judge.Run<S>
): Judge.Run<S> => {
  const effort = { left: mostTaken }
  let held = cut(system, property, run)
  for (let size = Math.ceil(held.steps.length / 2); size >= 1;) {
    const less = shorter(system, property, held, size, effort)
    if (less === undefined) size = size === 1 ? 0 : Math.ceil(size / 2)
    else held = less
  }
  return held
}
