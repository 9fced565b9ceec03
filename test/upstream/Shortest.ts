/** One defect through the checker: upstream up to the first violation, ours to the end. */
import * as Effect from "effect/Effect"
import type { Coverage, Decision, Trace, Verdict } from "../../src/domain/check/Trace.ts"
import { check } from "../../src/interpreters/check/Check.ts"
import { compile } from "../../src/interpreters/check/Model.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import type { Wrong } from "./Wrongs.ts"

/** The shortest run that breaks a model's property; with a cycle: it goes round for ever. */
export interface Counterexample {
  readonly id: string
  readonly steps: number
  readonly cycle: number
  readonly faults: ReadonlyArray<string>
  readonly last: string
}

const counterexample = (id: string, { cycle, stem }: Trace): Counterexample => ({
  id,
  steps: stem.length,
  cycle: cycle.length,
  faults: [...stem, ...cycle].filter(({ cost }) => cost !== undefined).map(({ says }) => says),
  last: (cycle.length === 0 ? stem : cycle).at(-1)!.says
})

/** Undefined: there is none, or it was not found among so many states. */
export const shortest = Effect.fnUntraced(function* ({ id, upstream }: Wrong) {
  const { verdicts } = yield* check(compile(upstream), { stopAtFirst: true, maxCores: 50_000 })
  const trace = verdicts.find(({ verdict }) => verdict === "violated")?.trace
  return trace === undefined ? undefined : counterexample(id, trace)
})

export interface Decided {
  readonly verdict: Decision
  readonly cores: number
  readonly because?: string
}

interface Checked {
  readonly verdicts: ReadonlyArray<Verdict>
  readonly coverage: Coverage
}

/** Events without which it would say nothing. */
const neverHappened = ({ budgets }: Model, { neverTaken }: Coverage): ReadonlyArray<string> =>
  neverTaken.filter((name) => name in budgets)

/** Why not all of it holds, if so. */
const doubt = (model: Model, { coverage, verdicts }: Checked, leaks: ReadonlyArray<string>): string | undefined => {
  const [never] = neverHappened(model, coverage)
  const open = verdicts.find(({ verdict }) => verdict === "undecided")
  return open?.because ?? (never === undefined ? leaks[0] : `it never happens that ${never}`)
}

/** All of ours, and its witness. */
export const decided = Effect.fnUntraced(function* ({ ours }: Wrong, maxCores: number) {
  const system = compile(ours)
  const checked = yield* check(system, { maxCores })
  const { cores } = checked.coverage
  const wrong = checked.verdicts.find(({ verdict }) => verdict === "violated")
  const because = wrong?.property ?? doubt(ours, checked, system.stepping().leaks)
  const verdict = wrong !== undefined ? "violated" : because !== undefined ? "undecided" : "holds"
  return { verdict, cores, ...(because === undefined ? {} : { because }) } satisfies Decided
})
