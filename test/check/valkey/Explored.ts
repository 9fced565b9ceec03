/** A closed model explored to its end, as the tests of this folder look at it. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { check, type Options } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"

/** What does not hold, with the last steps to it; nothing is undecided, and no program got away. */
export const broken = Effect.fnUntraced(function* (model: Model, options: Options = {}) {
  const system = compile(model)
  const { coverage, verdicts } = yield* check(system, options)
  assert.deepStrictEqual(system.stepping().leaks, [])
  const wrong = verdicts
    .filter(({ verdict }) => verdict !== "holds")
    .map(({ because, property, trace, verdict }) => {
      const last = trace?.stem.slice(-3).map(({ says }) => says) ?? []
      return [`${verdict}: ${property}`, because, ...last].join("; ")
    })
  return { wrong, coverage, names: verdicts.map(({ property }) => property) }
})
