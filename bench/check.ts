/**
 * How fast the checker is, and what a core costs, in one run: two-phase commit
 * beside SPIN, the shipped programs beside two-phase commit, liveness beside
 * safety. `npm run bench:check [-- --runs N] [--only spin,shipped,liveness] [--seconds N]`,
 * `--seconds`: so long at most takes each run of a shipped program. Runs of what
 * is compared take turns, and medians are shown; seconds are those of the
 * processor, of one thread each, so that a machine with other work counts little.
 */
import * as Effect from "effect/Effect"
import { parseArgs } from "node:util"
import type { Components, Holds, Property, System } from "../src/domain/check/System.ts"
import { Compiled } from "../src/interpreters/check/engine/Compiled.ts"
import { decide } from "../src/interpreters/check/engine/Decide.ts"
import { Explore } from "../src/interpreters/check/engine/Explore.ts"
import { Watched } from "../src/interpreters/check/engine/Watched.ts"
import { compile } from "../src/interpreters/check/Model.ts"
import * as Resources from "../src/laws/valkey/models/Resources.ts"
import * as Sentinel from "../src/laws/valkey/models/Sentinel.ts"
import { twoPhase } from "../test/check/external/TwoPhase.ts"
import { spinTwoPhase } from "./Spin.ts"

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    only: { type: "string", default: "spin,shipped,liveness" },
    seconds: { type: "string", default: "30" }
  }
})
const runs = Number(values.runs)
const bounds = { maxCores: 1e9, maxBytes: 8e9, stopAtFirst: false, dominance: true, symmetry: false }

interface Run {
  /** Distinct states. */
  readonly states: number
  readonly seconds: number
  readonly bytes: number
}

/** Explores and decides; a run that takes too long is measured as far as it came. */
const explored = <S extends Components>(system: System<S>, properties = system.properties, most = Infinity): Run => {
  const begin = process.cpuUsage()
  const spent = (): number => {
    const { system, user } = process.cpuUsage(begin)
    return (user + system) / 1e6
  }
  const compiled = new Compiled(system)
  const search = new Explore(compiled, new Watched(compiled, properties), bounds)
  while (search.advance(1000) && spent() < most) continue
  if (search.queue === 0) for (const finding of decide(search, properties)) finding()
  return { states: search.nodes, seconds: spent(), bytes: search.bytes / search.cores }
}

const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((one, other) => one - other)[numbers.length >> 1]!

const rate = (all: ReadonlyArray<{ readonly states: number; readonly seconds: number }>): number =>
  median(all.map(({ seconds, states }) => states / seconds))

/** So many of each, in turns. */
const inTurns = <A, B>(one: () => A, other: () => B, turns = runs): readonly [ReadonlyArray<A>, ReadonlyArray<B>] => {
  const all: readonly [Array<A>, Array<B>] = [[], []]
  for (let i = 0; i < turns; i++) {
    all[0].push(one())
    all[1].push(other())
  }
  return all
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const perSecond = (n: number): string => (n >= 1e5 ? `${(n / 1e6).toFixed(2)} M states/s` : `${n.toFixed(0)} states/s`)

/** Two-phase commit by us and by SPIN; the rates of ours by size. */
const besideSpin = (): void => {
  for (const managers of [7, 8]) {
    const [us, spin] = inTurns(
      () => explored(twoPhase(managers), []),
      () => spinTwoPhase(managers)
    )
    const measured = spin.flatMap((run) => (run === undefined ? [] : [run]))
    const { bytes, states } = us[0]!
    say(
      `two-phase commit of ${managers}: ${states} states, ${perSecond(rate(us))}, ${bytes.toFixed(0)} bytes per core with edges (at most 150)`
    )
    if (measured.length === 0) say("  SPIN: not installed; a package manager has it (spin, gcc)")
    else {
      const same = measured.every((run) => run.states === states) ? "the same states" : "NOT THE SAME STATES"
      say(
        `  SPIN: ${perSecond(rate(measured))}, ${same}; ratio ${(rate(us) / rate(measured)).toFixed(2)} (3 is the aim)`
      )
    }
  }
  say("TLC: in no package manager here, so nothing is measured beside it")
}

const shippedModels = {
  "Resources, a crash and a lost answer": Resources.model("resources", { crash: 1, lose: 1 }),
  "Sentinel, a crash and a lost answer": Sentinel.model("sentinel", { crash: 1, lose: 1 })
}

/** These take long. */
const shippedRuns = Math.min(runs, 3)

const shipped = (): void => {
  const most = Number(values.seconds)
  for (const [name, model] of Object.entries(shippedModels)) {
    const [all, packed] = inTurns(
      () => explored(compile(model), undefined, most),
      () => explored(twoPhase(7), []),
      shippedRuns
    )
    const { bytes, states } = all[0]!
    const end = all.some(({ seconds }) => seconds >= most) ? `, as far as ${most} s go` : ""
    say(`${name}: ${states} states, ${perSecond(rate(all))}, ${bytes.toFixed(0)} bytes per core with edges${end}`)
    const ratio = (rate(all) / rate(packed)).toFixed(4)
    say(`  ratio to our own packed rate (${perSecond(rate(packed))}): ${ratio} (0.25 is the aim)`)
  }
}

type State = ReturnType<typeof twoPhase> extends System<infer S> ? S : never

/** Everybody comes to an end; with weak fairness this holds, so the whole graph is looked at. */
const ends = (managers: number): ReadonlyArray<Property<State>> => {
  const all = Array.from({ length: managers }, (_, i) => `rm${i}`)
  const goal: Holds<State> = (read) => all.every((name) => read(name) === "committed" || read(name) === "aborted")
  return [{ _tag: "Stabilizes", name: "all are done in the end", premise: () => true, goal }]
}

/** `all` are the properties with those of liveness. */
const besideSafety = <S extends Components>(
  name: string,
  system: () => System<S>,
  all: System<S>["properties"],
  turns: number
): void => {
  const safe = all.filter(({ _tag }) => _tag !== "LeadsTo" && _tag !== "Stabilizes")
  const [safety, both] = inTurns(
    () => explored(system(), safe),
    () => explored(system(), all),
    turns
  )
  const seconds = (of: ReadonlyArray<Run>) => median(of.map((run) => run.seconds))
  const times = `${seconds(safety).toFixed(2)} s and ${seconds(both).toFixed(2)} s`
  const ratio = (seconds(both) / seconds(safety)).toFixed(2)
  say(`liveness beside safety alone, ${name}: ${times}, ratio ${ratio} (at most 1.2)`)
}

const liveness = (): void => {
  for (const managers of [7, 8]) {
    const system = twoPhase(managers)
    const all = [...system.properties, ...ends(managers)]
    besideSafety(`two-phase commit of ${managers}`, () => system, all, runs)
  }
  const model = Resources.model("resources", { crash: 1 })
  besideSafety("Resources, a crash", () => compile(model), compile(model).properties, shippedRuns)
}

const parts = { spin: besideSpin, shipped, liveness }

Effect.runSync(
  Effect.sync(() => {
    const chosen = values.only.split(",")
    for (const [name, part] of Object.entries(parts)) if (chosen.includes(name)) part()
  })
)
