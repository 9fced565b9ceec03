import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scenarios from "../../../src/interpreters/check/Scenarios.ts"

const module = new URL("./TwoPhase.ts", import.meta.url).href

describe("scenarios", () => {
  it.effect("are explored on threads of their own, and come back in order", () =>
    Effect.gen(function* () {
      const early: Array<string> = []
      const outcomes = yield* Scenarios.checkAll(
        [5, 3].map((argument) => ({
          name: `${argument} managers`,
          module,
          make: "twoPhase",
          argument,
          options: { symmetry: false }
        })),
        { onResult: ({ scenario }) => early.push(scenario.name) }
      )
      const cores = outcomes.map(({ result }) => ("coverage" in result ? result.coverage.cores : 0))
      assert.deepStrictEqual(cores, [8832, 288])
      assert.sameMembers(early, ["3 managers", "5 managers"])
    })
  )

  it.effect("a system that cannot be explored is one error", () =>
    Effect.gen(function* () {
      const scenario = { name: "none", module, make: "twoPhase", argument: -1 }
      const walked = yield* Scenarios.checkAll([{ ...scenario, argument: 3, random: { walks: 3 } }])
      assert.strictEqual(walked[0]?.result.verdicts[0]?.model, "two-phase commit, 3 managers")
      const exit = yield* Effect.exit(Scenarios.checkAll([{ ...scenario, make: "absent" }]))
      assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", /exports no function/)
    })
  )
})
