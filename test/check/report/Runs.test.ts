/** What `gungnir check --deep` does about a model that is too large. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as CheckRuns from "../../../src/bin/CheckRuns.ts"
import * as Models from "../../../src/bin/Models.ts"
import { all } from "../../../src/laws/Models.ts"

const checked = all.find(({ name }) => name === "resources/edit")!
const wanted = { pods: 2, faults: undefined }
const system = Models.systemOf(checked, wanted)

const run = (maxCores: number, isDeep: boolean) =>
  CheckRuns.run(checked, system, wanted, {
    onProgress: () => {},
    isDeep,
    bounds: { maxCores },
    random: { walks: 3, steps: 30, calmSteps: 100 }
  })

/** Each size and the random runs have a thread of their own. */
const patience = 240_000

describe("a model that is too large", () => {
  it.effect(
    "is undecided, and nothing else",
    () =>
      Effect.gen(function* () {
        const { coverage, verdicts } = yield* run(20, false)
        assert.isDefined(coverage)
        assert.include(
          verdicts.map(({ because, verdict }) => `${verdict}: ${because}`),
          "undecided: more than 20 cores"
        )
      }),
    patience
  )

  it.effect(
    "with more time, in smaller sizes and at random, and it stays undecided",
    () =>
      Effect.gen(function* () {
        const { verdicts } = yield* run(20, true)
        const [{ because = "", verdict } = {}] = verdicts
        assert.strictEqual(verdict, "undecided")
        assert.match(
          because,
          /^more than 20 cores; decided in no smaller size; not seen to fail; 3 random walks, \d+ steps, seeds from 1$/
        )
        assert.isFalse(verdicts.some((one) => one.verdict === "violated"))
      }),
    patience
  )
})
