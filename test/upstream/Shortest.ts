/** One model through the checker, up to the first violation. */
import * as Effect from "effect/Effect"
import { check } from "../../src/interpreters/check/Check.ts"
import { compile } from "../../src/interpreters/check/Model.ts"
import type { Counterexample } from "./Document.ts"
import type { Wrong } from "./Models.ts"

/** Undefined: there is none, or it was not found among so many states. */
export const shortest = Effect.fnUntraced(function* (wrong: Wrong) {
  const { verdicts } = yield* check(compile(wrong.upstream), { stopAtFirst: true, maxCores: 50_000 })
  const trace = verdicts.find(({ verdict }) => verdict === "violated")?.trace
  if (trace === undefined) return undefined
  return {
    wrong,
    steps: trace.stem.length,
    cycle: trace.cycle.length,
    faults: [...trace.stem, ...trace.cycle].filter(({ cost }) => cost !== undefined).map(({ says }) => says),
    last: (trace.cycle.length === 0 ? trace.stem : trace.cycle).at(-1)!.says
  } satisfies Counterexample
})
