/**
 * Explores everything that a closed system may do and decides its properties:
 * `check(system, options)`. What memory cannot hold is undecided, never "holds".
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { getHeapStatistics } from "node:v8"
import type { Components, System } from "../../domain/check/System.ts"
import type { Coverage, Verdict } from "../../domain/check/Trace.ts"
import { Compiled } from "./engine/Compiled.ts"
import * as Cover from "./engine/Cover.ts"
import { decide, type Finding, ownRules } from "./engine/Decide.ts"
import { Explore } from "./engine/Explore.ts"
import { Problem } from "./engine/Problem.ts"
import { Watched } from "./engine/Watched.ts"
import { attempt, attemptSoon } from "./Guard.ts"

export interface Progress {
  readonly cores: number
  readonly states: number
  /** States since the beginning, per second. */
  readonly rate: number
  readonly depth: number
  /** States that were found and not looked at yet. */
  readonly queue: number
  readonly bytes: number
  readonly millis: number
}

export interface Options {
  /** Default 50 million. */
  readonly maxCores?: number
  /** Of the tables of the search and the values of states; default 4 GB. */
  readonly maxBytes?: number
  /** Of the heap of this thread, which programs that are stepped fill as well; default 85 % of what it may have. */
  readonly maxHeap?: number
  /** How long the exploration may take; default: until it is done. */
  readonly maxMillis?: number
  /** So many milliseconds have a few hundred states at most before a function is taken to loop for ever; default 60,000. */
  readonly patience?: number
  /** Stop at the first violation of safety; what is not decided by then is undecided. */
  readonly stopAtFirst?: boolean
  /** Default true: exact, and fewer states. */
  readonly dominance?: boolean
  /** Default true: where the system says that elements are interchangeable, one of many alike states is kept; exact. */
  readonly symmetry?: boolean
  readonly onProgress?: (progress: Progress) => void
  /** Default 1000. */
  readonly progressMillis?: number
  /** Names of properties; default all. */
  readonly only?: ReadonlyArray<string>
  /** Passed on to the coverage. */
  readonly merged?: ReadonlyArray<string>
  readonly unexplored?: ReadonlyArray<string>
}

export interface Result {
  /** One per property, in their order; before them the rule that programs keep their own, if it is broken. */
  readonly verdicts: ReadonlyArray<Verdict>
  readonly coverage: Coverage
}

/** States at a time: as many as take a moment by the clock of the machine, whatever clock the caller has. */
const leastSlice = 250
const mostSlice = 16_000
const machine = Clock.Clock.defaultValue()

/** The properties of these names, or all. */
export const wanted = <S extends Components>(
  { name, properties }: System<S>,
  only: ReadonlyArray<string> | undefined
): Effect.Effect<System<S>["properties"], Problem> => {
  const known = [ownRules, ...properties.map((property) => property.name)]
  const unknown = only?.find((one) => !known.includes(one))
  return unknown === undefined
    ? Effect.succeed(properties.filter((property) => only?.includes(property.name) ?? true))
    : Effect.fail(new Problem({ what: "Malformed", where: name, detail: `there is no property "${unknown}"` }))
}

export const check = Effect.fnUntraced(function* <S extends Components>(
  system: System<S>,
  options: Options = {}
): Effect.fn.Return<Result, Problem> {
  const begin = yield* Clock.currentTimeMillis
  const properties = yield* wanted(system, options.only)
  let compiled: Compiled<S> | undefined
  const where = () => compiled?.reader.where ?? system.name
  const explored = yield* attemptSoon(options.patience, where, () => {
    compiled = new Compiled(system)
    return new Explore(compiled, new Watched(compiled, properties), {
      maxCores: options.maxCores ?? 50_000_000,
      maxBytes: options.maxBytes ?? 4e9,
      stopAtFirst: options.stopAtFirst ?? false,
      dominance: options.dominance ?? true,
      symmetry: options.symmetry ?? true
    })
  })
  yield* explore(explored, options, begin)
  const verdicts: Array<Verdict> = []
  const doubt = system.doubt?.()
  const explorationMillis = (yield* Clock.currentTimeMillis) - begin
  for (const finding of decide(explored, properties)) {
    const from = yield* Clock.currentTimeMillis
    const found = yield* attempt(where, finding)
    const millis = explorationMillis + (yield* Clock.currentTimeMillis) - from
    verdicts.push({
      model: system.name,
      ...doubted(found, system.properties, doubt),
      cores: explored.cores,
      states: explored.nodes,
      millis
    })
  }
  const { elements } = explored.symmetric ?? {}
  const merged = [
    ...(elements === undefined ? [] : [`${elements.join(", ")} are interchangeable`]),
    ...(options.merged ?? [])
  ]
  const { unexplored = [] } = options
  return { verdicts, coverage: Cover.coverage(explored, { merged, unexplored }) }
})

/** What is left of it if not all was explored: what was seen. */
const doubted = <S extends Components>(
  found: Finding,
  properties: System<S>["properties"],
  doubt: string | undefined
): Finding => {
  if (doubt === undefined || found.property === ownRules) return found
  const tag = properties.find(({ name }) => name === found.property)?._tag
  const isSafety = tag === "Always" || tag === "Step"
  if (tag === "Sometimes" ? found.verdict === "holds" : isSafety && found.verdict === "violated") return found
  return { property: found.property, verdict: "undecided", because: doubt }
}

const explore = Effect.fnUntraced(function* <S extends Components>(
  explored: Explore<S>,
  {
    maxHeap = 0.85 * getHeapStatistics().heap_size_limit,
    maxMillis = Infinity,
    onProgress,
    patience,
    progressMillis = 1000
  }: Options,
  begin: number
): Effect.fn.Return<void, Problem> {
  const where = () => explored.compiled.reader.where ?? explored.compiled.system.name
  let told = begin
  let slice = leastSlice
  for (
    let from = machine.currentTimeMillisUnsafe();
    yield* attemptSoon(patience, where, () => explored.advance(slice));
  ) {
    const { used_heap_size } = getHeapStatistics()
    if (used_heap_size > maxHeap) {
      explored.stopped = `the heap has more than ${Math.round(maxHeap / 1e6)} MB: more memory, or node --max-old-space-size, allows more`
      return
    }
    const now = yield* Clock.currentTimeMillis
    if (now - begin > maxMillis) {
      explored.stopped = `more than ${maxMillis / 1000} s`
      return
    }
    const at = machine.currentTimeMillisUnsafe()
    if (at - from < 100) slice = Math.min(mostSlice, 2 * slice)
    if (at - from > 1000) slice = Math.max(leastSlice, slice / 2)
    from = at
    if (now - told < progressMillis) continue
    told = now
    const { bytes, cores, depth, nodes, queue } = explored
    const millis = now - begin
    onProgress?.({ cores, states: nodes, rate: nodes / (millis / 1000), depth, queue, bytes, millis })
    // Lets others run, and this be interrupted.
    yield* Effect.sleep(0)
  }
})
