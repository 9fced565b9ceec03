/**
 * What takes too long for `npm test`, of the checker:
 * `npm run model:deep [-- PART...] [--models N] [--from SEED]`. Parts: `models`
 * (random systems against the naive reference), `counts` (published counts of
 * larger models), `mutants` (breaks in the engine that its tests must notice),
 * `reductions` (wrong reductions that their laws must notice).
 * Default: all. Exits 1 on any difference.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { parseArgs } from "node:util"
import type { Components, System } from "../src/domain/check/System.ts"
import { check, type Options } from "../src/interpreters/check/Check.ts"
import { compare } from "../test/check/engine/Fuzz.ts"
import { mutants, survivors } from "../test/check/engine/Mutants.ts"
import { twoPhase as withViews } from "../test/check/engine/TwoPhase.ts"
import { twoPhase } from "../test/check/external/TwoPhase.ts"
import * as Reductions from "../test/check/reductions/Mutants.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { models: { type: "string", default: "100000" }, from: { type: "string", default: "1" } }
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Over the line before, where somebody looks. */
const progress = (line: string): void => {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}`)
}

const began = Date.now()
const seconds = (): string => `${((Date.now() - began) / 1000).toFixed(0)} s`

/** A difference as a sentence; so is whatever is thrown. */
const differenceOf = (seed: number): Effect.Effect<string | undefined> =>
  Effect.catchCause(compare(seed), (cause) => Effect.succeed(`seed ${seed}: ${Cause.pretty(cause).split("\n")[0]}`))

const models = Effect.gen(function* () {
  const [count, from] = [Number(values.models), Number(values.from)]
  const wrong: Array<string> = []
  for (let seed = from; seed < from + count; seed++) {
    const difference = yield* differenceOf(seed)
    if (difference !== undefined) {
      wrong.push(difference)
      say(difference)
    }
    const done = seed - from + 1
    if (done % 100 === 0) progress(`models: ${done} of ${count}, ${wrong.length} differ, ${seconds()}`)
    if (done % 10_000 === 0 && !process.stdout.isTTY)
      say(`models: ${done} of ${count}, ${wrong.length} differ, ${seconds()}`)
  }
  progress("")
  say(`models: ${count} random systems (seeds from ${from}), ${wrong.length} differ from the reference, ${seconds()}`)
  return wrong
})

const count = <S extends Components>(name: string, system: System<S>, cores: number, options: Options = {}) => ({
  name,
  cores,
  run: (onProgress: NonNullable<Options["onProgress"]>) => check(system, { ...options, onProgress })
})

/** Of verification:4. */
const counted = [
  count("2PC of 8", twoPhase(8), 1_745_408, { symmetry: false }),
  count("2PC of 9", twoPhase(9), 10_340_352, { symmetry: false }),
  count("2PC of 8, other components", withViews(8), 1_745_408, { symmetry: false }),
  count("orbits of 2PC of 8", twoPhase(8), 1461),
  count("orbits of 2PC of 8, other components", withViews(8), 1461)
]

const counts = Effect.gen(function* () {
  const wrong: Array<string> = []
  for (const { cores, name, run } of counted) {
    const { coverage, verdicts } = yield* run((at) => progress(`${name}: ${at.cores} cores, ${seconds()}`))
    const held = verdicts.every(({ verdict }) => verdict === "holds")
    const line = `${name}: ${coverage.cores} cores, ${cores} expected${held ? "" : ", and a property does not hold"}`
    progress("")
    say(`${line}, ${seconds()}`)
    if (coverage.cores !== cores || !held) wrong.push(line)
  }
  return wrong
})

const broken = Effect.sync(() => {
  const alive = survivors(mutants, (name, verdict) => say(`mutant ${verdict}: ${name}, ${seconds()}`))
  say(`mutants: ${alive.length} of ${mutants.length} not killed, ${seconds()}`)
  return alive
})

const wronglyReduced = Effect.sync(() => {
  const { mutants: all, survivors: those } = Reductions
  const alive = those(all, (name, verdict) => say(`reduction ${verdict}: ${name}, ${seconds()}`))
  say(`reductions: ${alive.length} of ${all.length} not noticed, ${seconds()}`)
  return alive
})

const parts = { models, counts, mutants: broken, reductions: wronglyReduced }

const isPart = (name: string): name is keyof typeof parts => name in parts

const main = Effect.gen(function* () {
  const unknown = positionals.filter((name) => !isPart(name))
  if (unknown.length > 0) return [`no such part: ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`]
  const chosen =
    positionals.length === 0 ? (["models", "counts", "mutants", "reductions"] as const) : positionals.filter(isPart)
  const wrong: Array<string> = []
  for (const name of chosen) wrong.push(...(yield* parts[name]))
  return wrong
})

Effect.runCallback(main, {
  onExit: (exit) => {
    const wrong = exit._tag === "Success" ? exit.value : [Cause.pretty(exit.cause)]
    say(wrong.length === 0 ? `model:deep: all as expected, ${seconds()}` : `model:deep: ${wrong.length} wrong`)
    for (const line of wrong) say(`  ${line}`)
    process.exitCode = wrong.length === 0 ? 0 : 1
  }
})
