import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { model } from "../../../examples/controller/Model.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import { mistakes, sound } from "./Spoiled.ts"

const explored = Effect.fnUntraced(function* (model: Model) {
  const system = compile(model)
  const { coverage, verdicts } = yield* check(system)
  assert.deepStrictEqual(system.stepping().leaks, [])
  return { coverage, verdicts, stepping: system.stepping() }
})

describe("the example controller, as it is", () => {
  it.effect("does what it shall, whatever happens", () =>
    Effect.gen(function* () {
      const { coverage, stepping, verdicts } = yield* explored(model)
      assert.deepStrictEqual(
        verdicts.map(({ property, verdict }) => `${property}: ${verdict}`),
        [
          "a Greeting is answered: holds",
          "in the end every Greeting is answered, and stays so: holds",
          "every pass of greeter on default/hello ends (operator): holds",
          "objects are whole, and where their names say: holds",
          "an object has one controller at most: holds",
          "no two objects share a uid: holds"
        ]
      )
      assert.deepStrictEqual(coverage.warnings, [])
      assert.isAbove(coverage.cores, 1000)
      // Two runs of each program, most of which go on from where they were left.
      assert.isBelow(stepping.replays, 2 * stepping.nodes)
      assert.deepStrictEqual(
        coverage.neverTaken.filter((name) => /crash|stale|catches up|lose|conflict|edits/.test(name)),
        []
      )
    })
  )

  it.effect("each fault twice", () =>
    Effect.forEach(
      ["crash", "wake", "lose", "late", "duplicate", "drop", "error", "conflict", "stale", "travel", "slow"],
      (fault) =>
        Effect.gen(function* () {
          const { verdicts } = yield* explored({ ...model, name: fault, budgets: { edit: 1, [fault]: 2 } })
          assert.deepStrictEqual(
            verdicts.flatMap(({ property, verdict }) => (verdict === "holds" ? [] : [[fault, property]])),
            []
          )
        })
    )
  )
})

/** Steps of the shortest run into the mistake, and of the loop that it ends in: 0, it stops there. */
const lengths: Readonly<Record<string, readonly [stem: number, cycle: number]>> = {
  "reports first": [4, 0],
  "creates blindly": [2, 3],
  "swallows conflicts": [3, 0],
  "looks away": [7, 0],
  "trusts its report": [11, 0]
}

describe("mistakes of controllers are found", () => {
  for (const [index, spoiled] of mistakes.entries()) {
    it.effect(spoiled.name, () =>
      Effect.gen(function* () {
        const [witness, verdict] = (yield* explored(spoiled)).verdicts
        assert.strictEqual(witness?.verdict, "holds")
        assert.strictEqual(verdict?.verdict, "violated")
        const trace = verdict?.trace
        assert.deepStrictEqual([trace?.stem.length ?? -1, trace?.cycle.length ?? -1], lengths[spoiled.name])
        const [, held] = (yield* explored(sound[index]!)).verdicts
        assert.strictEqual(held?.verdict, "holds")
      })
    )
  }
})

describe("the guide", () => {
  it("shows the model that the tests run", () => {
    const guide = readFileSync("docs/checking.md", "utf8")
    for (const path of ["examples/controller/Model.ts", "examples/controller/check.ts"]) {
      assert.include(guide, readFileSync(path, "utf8").trim())
    }
  })
})
