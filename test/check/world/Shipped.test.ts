/** Scenarios of `gungnir check` that are small enough for every run of the tests. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { systemNamed } from "../../../src/bin/Models.ts"
import { check } from "../../../src/interpreters/check/Check.ts"

/** How many states each has at least: a model that lost its faults would hold as well. */
const scenarios: Readonly<Record<string, number>> = {
  "resources/crash": 500,
  "resources/wake": 45,
  "resources/travel": 1000,
  "resources/late": 500,
  "resources/churn": 300,
  "resources/recreate": 300,
  "resources/illegal": 80,
  "resources/slowBuiltIn": 200,
  "namespaces/calm": 1500
}

describe("the shipped Resources controller", () => {
  for (const [name, atLeast] of Object.entries(scenarios)) {
    it.effect(
      name,
      () =>
        Effect.gen(function* () {
          const system = systemNamed(name)
          const { coverage, verdicts } = yield* check(system)
          assert.deepStrictEqual(
            verdicts.filter(({ verdict }) => verdict !== "holds").map(({ because, property }) => [property, because]),
            []
          )
          assert.isAbove(verdicts.length, 7)
          assert.isAbove(coverage.cores, atLeast)
          assert.deepStrictEqual(system.stepping?.().leaks, [])
        }),
      120_000
    )
  }
})
