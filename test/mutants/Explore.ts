/**
 * One closed model of this tree, explored within a bound, in a process of its
 * own: `node test/mutants/Explore.ts '<Explored as JSON>'` prints `Outcome` as
 * JSON. The tree may have a mutant.
 */
import * as Effect from "effect/Effect"
import type { Components, System } from "../../src/domain/check/System.ts"
import type { Verdict } from "../../src/domain/check/Trace.ts"
import { check } from "../../src/interpreters/check/Check.ts"
import { compile, type Compiled } from "../../src/interpreters/check/Model.ts"
import * as Rerun from "../../src/interpreters/check/report/Rerun.ts"
import { simulate } from "../../src/interpreters/check/Simulate.ts"
import { lassoIn } from "./Lasso.ts"
import { models } from "./Models.ts"
import type { Explored } from "./Mutant.ts"

export interface Violation {
  readonly property: string
  /** Steps to it, and of the cycle that follows. */
  readonly stem: number
  readonly cycle: number
}

export interface Outcome {
  readonly violations: ReadonlyArray<Violation>
  /** Of walks: steps. */
  readonly cores: number
  /** The bound within which they were found: `maxCores`, or `walks`. */
  readonly reach: number
  readonly leaks: ReadonlyArray<string>
}

const mostCalmSteps = 400

const isIdle = (state: Components): boolean =>
  Object.entries(state).every(
    ([name, value]) => !name.includes("passes of ") || Object.keys(value as object).length === 0
  )

interface Calm {
  /** Undefined: calm and fair steps do not lead to the goal. */
  readonly state: Components | undefined
  readonly steps: number
}

/** What fairness leads to when nothing goes wrong: the first idle state of the goal that comes twice. */
const calm = (system: System<Components>): Calm => {
  const taken = new Map<string, number>()
  const seen: Array<Components> = []
  const goal = system.properties.find(({ _tag }) => _tag === "Sometimes")
  let state = Rerun.settled(system, system.initial[0]!)
  for (let step = 0; step < mostCalmSteps; step++) {
    const isThere = goal?._tag === "Sometimes" && goal.holds(Rerun.reader(system, state)) && isIdle(state)
    if (isThere && seen.some((one) => Rerun.isSameState(one, state))) return { state, steps: step }
    if (isThere) seen.push(state)
    const due = [...Rerun.fairIn(system, state)].toSorted(
      ([left], [right]) => (taken.get(left) ?? -1) - (taken.get(right) ?? -1)
    )
    if (due.length === 0) return { state: isThere ? state : undefined, steps: step }
    const [name, next] = due[0]!
    if (next.breaks !== undefined) return { state: undefined, steps: step }
    taken.set(name, step)
    state = next.state
  }
  return { state: undefined, steps: mostCalmSteps }
}

/** Witnesses are promised by a model from its beginning: from later on some of them are over. */
const violationsIn = (
  verdicts: ReadonlyArray<Verdict>,
  system: System<Components>,
  isWhole: boolean
): ReadonlyArray<Violation> => {
  const witnesses = new Set(system.properties.flatMap(({ _tag, name }) => (_tag === "Sometimes" ? [name] : [])))
  return verdicts
    .filter(({ property }) => !(isWhole && witnesses.has(property)))
    .flatMap(({ property, trace, verdict }) => {
      if (verdict === "violated") return [{ property, stem: trace?.stem.length ?? 0, cycle: trace?.cycle.length ?? 0 }]
      const lasso = trace === undefined ? undefined : lassoIn(system, property, trace)
      return lasso === undefined ? [] : [{ property, ...lasso }]
    })
}

/** A small part of a large model is enough for most: the next bound is tried when the one before has shown nothing. */
const bounds = [250, 1500]

const explored = Effect.fnUntraced(function* (
  system: System<Components>,
  isWhole: boolean,
  { isDeep = false, maxCores = 5000 }: Explored
) {
  let cores = 0
  for (const bound of [...bounds.filter((one) => one < maxCores && !isDeep), maxCores]) {
    const { coverage, verdicts } = yield* check(system, { maxCores: bound, maxBytes: 1.5e9 })
    const violations = violationsIn(verdicts, system, isWhole)
    cores = coverage.cores
    if (violations.length > 0 || cores < bound) return { violations, cores, reach: bound }
  }
  return { violations: [], cores, reach: maxCores }
})

/** As many as are looked through before the next ones are taken. */
const batch = 8

const walked = Effect.fnUntraced(function* (system: System<Components>, isWhole: boolean, walks: number) {
  let cores = 0
  for (let seed = 1; seed <= walks; seed += batch) {
    const options = { seed, walks: Math.min(batch, walks + 1 - seed), steps: 200, calmSteps: 400 }
    const { steps, verdicts } = yield* simulate(system, options)
    const violations = violationsIn(verdicts, system, isWhole)
    cores += steps
    if (violations.length > 0) return { violations, cores, reach: seed + options.walks - 1 }
  }
  return { violations: [], cores, reach: walks }
})

const isBehind = / (stale cache of|another server stays behind with) /

const withCache = (system: Compiled, cache: string | undefined): Compiled => ({
  ...system,
  actions: system.actions.filter(
    ({ name }) => cache === undefined || !isBehind.test(name) || name.endsWith(` ${cache}`)
  )
})

/** The state after one of these events, of a class of the budgets; `told`: the class, and words of what is said of it. */
const struck = (system: System<Components>, state: Components, told: string): Components => {
  const [budget = "", ...words] = told.split(" ")
  const possible = system.actions
    .filter(({ fairness }) => typeof fairness === "object" && fairness.budget === budget)
    .flatMap((action) => Rerun.outcomes(system, state, action))
  const taken = possible.find(({ says }) => says.includes(words.join(" ")))
  if (taken !== undefined) return taken.state
  throw new Error(`${told} cannot happen; what can: ${possible.map(({ says }) => says).join(", ")}`)
}

/** With these events behind it. */
const after = (system: System<Components>, events: ReadonlyArray<string>): System<Components> => {
  const budgets = { ...system.budgets }
  for (const event of events) budgets[event.split(" ")[0]!]! -= 1
  return {
    ...system,
    budgets,
    initial: [events.reduce((state, event) => struck(system, state, event), system.initial[0]!)]
  }
}

const run = Effect.fnUntraced(function* (asked: Explored) {
  const { budgets, cache, from, model, walks } = asked
  const compiled = withCache(compile(models[model]!(model, budgets)), cache)
  const start = from === undefined ? undefined : calm(compiled)
  if (start !== undefined && start.state === undefined) {
    const violation: Violation = { property: "calm and fair steps lead to the goal", stem: start.steps, cycle: 0 }
    return { violations: [violation], cores: start.steps, reach: 0, leaks: [] }
  }
  const begun = start?.state === undefined ? compiled : { ...compiled, initial: [start.state] }
  const system = asked.after === undefined ? begun : after(begun, asked.after)
  const isWhole = from !== undefined
  const found = yield* walks === undefined ? explored(system, isWhole, asked) : walked(system, isWhole, walks)
  const outcome: Outcome = { ...found, leaks: compiled.stepping().leaks }
  return outcome
})

const asked = process.argv[2]
if (asked !== undefined) {
  const outcome = await Effect.runPromise(
    run(JSON.parse(asked) as Explored).pipe(
      Effect.catch(({ message }): Effect.Effect<Outcome> =>
        Effect.succeed({ violations: [{ property: message, stem: 0, cycle: 0 }], cores: 0, reach: 0, leaks: [] })
      )
    )
  )
  process.stdout.write(JSON.stringify(outcome))
}
