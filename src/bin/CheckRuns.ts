/**
 * Explores one model: in a thread of its own if a module has it, here if it was
 * made by whoever asks. What memory cannot hold is looked at in smaller
 * sizes and in random runs, and stays undecided.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { getHeapStatistics } from "node:v8"
import type { Coverage, Verdict } from "../domain/check/Trace.ts"
import { check, type Options, type Progress, type Result } from "../interpreters/check/Check.ts"
import { Problem } from "../interpreters/check/engine/Problem.ts"
import { count, time, total } from "../interpreters/check/report/Verdicts.ts"
import { checkAll, type Scenario } from "../interpreters/check/Scenarios.ts"
import { type RandomOptions, type RandomResult, simulate } from "../interpreters/check/Simulate.ts"
import { all, type Checked } from "../laws/Models.ts"
import type { Wanted } from "./CheckWords.ts"
import * as Models from "./Models.ts"

export interface Ran {
  readonly verdicts: ReadonlyArray<Verdict>
  /** Undefined: the exploration itself broke off. */
  readonly coverage: Coverage | undefined
}

export interface How {
  /** What is said of each search meanwhile: of a model in its own size, then in smaller ones. */
  readonly told: (model: string) => (progress: Progress) => void
  /** That random runs begin, which say nothing meanwhile. */
  readonly noted?: (model: string, words: string) => void
  /** Whether what is undecided is worth more time. */
  readonly isDeep: boolean
  /** The module that the model is of, if it is none of ours. */
  readonly from?: string | undefined
  /** Default: what fits twice into most machines, and a minute of random runs. */
  readonly bounds?: Omit<Options, "onProgress">
  readonly random?: RandomOptions
  /** Of the exploration; default: until it is done. Looking further at what is undecided takes no longer either. */
  readonly maxMillis?: number
  /** In this thread, which is warm after many small models. Default: only what is of no module. */
  readonly isHere?: boolean
}

type Given = How & Required<Pick<How, "bounds" | "isHere" | "random">>

/** Two models at a time have tables and a heap each: together no more than is there, or the system would end all of it. */
const standardBounds = (): NonNullable<How["bounds"]> => {
  const share = process.availableMemory() / 4
  return { maxBytes: Math.min(3e9, share), maxHeap: Math.min(0.85 * getHeapStatistics().heap_size_limit, share) }
}

const standardRandom = { walks: 10_000, steps: 300, calmSteps: 1000, maxMillis: 60_000 } satisfies RandomOptions

export const undecided = ({ cores, millis, model, property, states }: Verdict, because: string): Verdict => ({
  model,
  property,
  verdict: "undecided",
  cores,
  states,
  millis,
  because
})

/** Programs that went on outside of their steps make every verdict worthless. */
const leaked = (leaks: ReadonlyArray<string>, verdicts: ReadonlyArray<Verdict>): ReadonlyArray<Verdict> =>
  leaks.length === 0 ? verdicts : verdicts.map((verdict) => undecided(verdict, leaks[0]!))

/** Sources and built files have different endings. */
const models = new URL(import.meta.url.replace(/CheckRuns\.(\w+)$/, "Models.$1")).href

type Outcome = { readonly result: Result | RandomResult; readonly leaks: ReadonlyArray<string> }

const inThread = (
  { name }: Models.Checkable,
  { bounds, from, told }: Given,
  random?: RandomOptions
): Effect.Effect<Outcome, Problem> =>
  Effect.suspend(() => {
    const argument = { name, from } satisfies Models.Meant
    const what = random === undefined ? { options: bounds } : { random }
    const one: Scenario = { name, module: models, make: "systemIn", argument, ...what }
    const onProgress = told(name)
    const outcomes = checkAll([one], { workers: 1, onProgress: (_, progress) => onProgress(progress) })
    return Effect.map(outcomes, ([outcome]) => outcome!)
  })

const here = (
  system: Models.Checkable,
  { bounds, told }: Given,
  random?: RandomOptions
): Effect.Effect<Outcome, Problem> =>
  Effect.map(
    random === undefined ? check(system, { ...bounds, onProgress: told(system.name) }) : simulate(system, random),
    (result: Result | RandomResult) => ({ result, leaks: system.stepping?.().leaks ?? [] })
  )

const ranOf = ({ leaks, result }: Outcome): Ran => ({
  verdicts: leaked(leaks, result.verdicts),
  coverage: "coverage" in result ? result.coverage : undefined
})

/** What came of a search; of a thread that memory has ended, or that ended otherwise: that nothing is decided. */
const looked = (system: Models.Checkable, given: Given, random?: RandomOptions): Effect.Effect<Ran, Problem> =>
  Effect.suspend(() => {
    let last: Progress | undefined
    const told = (model: string) => {
      const tell = given.told(model)
      return (progress: Progress) => {
        last = progress
        tell(progress)
      }
    }
    const search = given.isHere ? here : inThread
    return search(system, { ...given, told }, random).pipe(
      Effect.map(ranOf),
      Effect.catchCause((cause) => broken(system, cause, last))
    )
  })

const outOfMemory = (cores: number): string =>
  `memory ran out after ${count(cores)} cores: more of it, or node --max-old-space-size, allows more`

const broken = (
  system: Models.Checkable,
  cause: Cause.Cause<Problem>,
  last: Progress | undefined
): Effect.Effect<Ran, Problem> => {
  const error = Cause.squash(cause)
  if (error instanceof Problem) return Effect.fail(error)
  const said = Models.sentenceOf(error)
  const because = said.includes("ERR_WORKER_OUT_OF_MEMORY") ? outOfMemory(last?.cores ?? 0) : said
  return Effect.succeed(nothingOf(system, because, last))
}

/** Nothing is decided of a system; `last`: how far it came. */
export const nothingOf = ({ name, properties }: Models.Checkable, because: string, last?: Progress): Ran => {
  const { cores = 0, millis = 0, states = 0 } = last ?? {}
  const nothing = { model: name, verdict: "undecided", cores, states, millis, because } as const
  return { coverage: undefined, verdicts: properties.map(({ name: property }) => ({ ...nothing, property })) }
}

const isUndecided = ({ verdicts }: Ran): boolean => verdicts.some(({ verdict }) => verdict === "undecided")

const inSize = (pods: number, ran: Ran): string => `with --pods ${pods} (${count(ran.verdicts[0]?.cores ?? 0)} cores)`

/** The largest number of pods below this one at which everything is decided or something is violated, and what was. */
const smaller = Effect.fnUntraced(function* (checked: Checked, wanted: Wanted, how: Given) {
  const tried: Array<string> = []
  for (let pods = wanted.pods - 1; pods > 0; pods--) {
    const system = Models.systemOf(checked, { ...wanted, pods })
    const bounds = { ...how.bounds, ...timeOf(how, 0.5 / (wanted.pods - 1)) }
    const ran = yield* looked(system, { ...how, bounds })
    const broken = ran.verdicts.filter(({ verdict }) => verdict === "violated").map(({ property }) => property)
    const size = inSize(pods, ran)
    if (broken.length > 0) return `violated ${size}: ${broken.join(", ")}`
    if (!isUndecided(ran)) return `decided ${size}: ${total(ran.verdicts)}`
    tried.push(size)
  }
  return tried.length === 0 ? undefined : `not decided ${tried.join(" or ")} either`
})

/** What is undecided says what is known of it all the same; a violation that random runs meet is one. */
const lookedFurther = Effect.fnUntraced(function* (
  checked: Checked,
  system: Models.Checkable,
  wanted: Wanted,
  how: Given,
  ran: Ran
) {
  const size = checked.hasOwnSize === true ? undefined : yield* smaller(checked, wanted, how)
  const options = { ...how.random, ...timeOf(how, 0.5, how.random.maxMillis) }
  const most = options.maxMillis === undefined ? "" : `, for ${time(options.maxMillis)} at most`
  how.noted?.(system.name, `undecided; random runs${most}`)
  const random = yield* looked(system, how, options)
  const verdicts = ran.verdicts.map((verdict): Verdict => {
    if (verdict.verdict !== "undecided") return verdict
    const met = random.verdicts.find(({ property }) => property === verdict.property)
    if (met?.verdict === "violated") return met
    return undecided(verdict, [verdict.because, size, met?.because].filter((one) => one !== undefined).join("; "))
  })
  // Not among those that were asked for: that the programs keep their own rules is said only where they do not.
  const own = random.verdicts.filter(
    ({ property, verdict }) => verdict === "violated" && !verdicts.some((one) => one.property === property)
  )
  return { ...ran, verdicts: [...own, ...verdicts] }
})

/** A part of what looking further may take in all, which is as long as the exploration. */
const timeOf = (
  { maxMillis }: Pick<How, "maxMillis">,
  part: number,
  most = Infinity
): { readonly maxMillis?: number } => {
  const millis = Math.min(most, (maxMillis ?? Infinity) * part)
  return millis === Infinity ? {} : { maxMillis: millis }
}

/** Fails where the model itself is wrong. */
export const run = Effect.fnUntraced(function* (
  checked: Checked,
  system: Models.Checkable,
  wanted: Wanted,
  given: How
): Effect.fn.Return<Ran, Problem> {
  const isOfModule = given.from !== undefined || all.includes(checked)
  const how: Given = {
    random: standardRandom,
    ...given,
    bounds: { ...(given.bounds ?? standardBounds()), ...timeOf(given, 1) },
    isHere: given.isHere ?? !isOfModule
  }
  const ran = yield* looked(system, how)
  return how.isDeep && isUndecided(ran) ? yield* lookedFurther(checked, system, wanted, how, ran) : ran
})
