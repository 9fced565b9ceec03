/**
 * Random runs of a system too large to be explored: the same properties, never a
 * "holds" for what was only not seen to fail. Each walk has a seed of its own and
 * is replayed by it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Components, System } from "../../domain/check/System.ts"
import type { Verdict } from "../../domain/check/Trace.ts"
import { wanted } from "./Check.ts"
import { Compiled } from "./engine/Compiled.ts"
import { ownRules } from "./engine/Decide.ts"
import type { Problem } from "./engine/Problem.ts"
import { type Sighting, Walk } from "./engine/Walk.ts"
import { Watched } from "./engine/Watched.ts"
import { attemptSoon } from "./Guard.ts"

export interface RandomOptions {
  /** Of the first walk; the next ones count on from it. Default 1. */
  readonly seed?: number
  /** Default 1000. */
  readonly walks?: number
  /** With faults, per walk; default 300. */
  readonly steps?: number
  /** Calm and fair ones afterwards, within which goals must be reached; default 1000. */
  readonly calmSteps?: number
  /** Ends earlier after this time. */
  readonly maxMillis?: number
  /** As of an exploration. */
  readonly patience?: number
  readonly only?: ReadonlyArray<string>
}

export interface RandomResult {
  /**
   * Per property: violated with its trace; holds, for a witness that was seen; else undecided, with what was done.
   * `cores` and `states` are the numbers of steps: nothing is counted twice or once here.
   */
  readonly verdicts: ReadonlyArray<Verdict>
  readonly walks: number
  readonly steps: number
}

const settings = { seed: 1, walks: 1000, steps: 300, calmSteps: 1000, maxMillis: Number.POSITIVE_INFINITY }

/** Steps at a time. */
const slice = 100

const goesOn = (run: Generator): boolean => {
  for (let i = 0; i < slice; i++) if (run.next().done === true) return false
  return true
}

export const simulate = Effect.fnUntraced(function* <S extends Components>(
  system: System<S>,
  options: RandomOptions = {}
): Effect.fn.Return<RandomResult, Problem> {
  const { calmSteps, maxMillis, patience, seed, steps, walks } = { ...settings, ...options }
  const begin = yield* Clock.currentTimeMillis
  const properties = yield* wanted(system, options.only)
  let begun: Compiled<S> | undefined
  const where = () => begun?.reader.where ?? system.name
  const compiled = yield* attemptSoon(patience, where, () => (begun = new Compiled(system)))
  const watched = new Watched(compiled, properties)
  const found = new Map<string, Sighting & { readonly seed: number }>()
  let taken = 0
  let done = 0
  while (done < walks && (yield* Clock.currentTimeMillis) - begin < maxMillis) {
    const walkSeed = seed + done++
    const walk = yield* attemptSoon(patience, where, () => new Walk(compiled, watched, walkSeed))
    const run = walk.run(steps, calmSteps)
    while (yield* attemptSoon(patience, where, () => goesOn(run)));
    taken += walk.steps
    for (const sighting of walk.sightings) {
      const { kind, trace } = found.get(sighting.property) ?? {}
      const isShorter = (sighting.trace?.stem.length ?? 0) < (trace?.stem.length ?? 0)
      if (
        kind === undefined ||
        (kind !== "violated" && sighting.kind === "violated") ||
        (kind === sighting.kind && isShorter)
      ) {
        found.set(sighting.property, { ...sighting, seed: walkSeed })
      }
    }
    if (done % 16 === 0) yield* Effect.sleep(0)
  }
  const doubt = system.doubt?.()
  const millis = (yield* Clock.currentTimeMillis) - begin
  const all = [...(found.has(ownRules) ? [ownRules] : []), ...properties.map(({ name }) => name)]
  const verdicts = all.map((property): Verdict => {
    const seen = found.get(property)
    const base = { model: system.name, property, cores: taken, states: taken, millis }
    if (seen?.kind === "witness") return { ...base, verdict: "holds" }
    const trace = seen?.trace === undefined ? {} : { trace: seen.trace }
    const where = seen === undefined ? "" : ` (seed ${seen.seed})`
    if (seen?.kind === "violated") return { ...base, ...trace, verdict: "violated", because: `${seen.because}${where}` }
    if (doubt !== undefined) return { ...base, verdict: "undecided", because: doubt }
    const because = `${seen?.because ?? "not seen to fail"}${where}; ${done} random walks, ${taken} steps, seeds from ${seed}`
    return { ...base, ...trace, verdict: "undecided", because }
  })
  return { verdicts, walks: done, steps: taken }
})
