/** What `gungnir check --deep` does about a model that is too large. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as CheckRuns from "../../../src/bin/CheckRuns.ts"
import * as Models from "../../../src/bin/Models.ts"
import { all, type Checked } from "../../../src/laws/Models.ts"
import type { RequestLaw } from "../../../src/models/closed/Carried.ts"
import type { Parts } from "../../../src/models/closed/Parts.ts"

const checked = all.find(({ name }) => name === "resources/edit")!
const wanted = { pods: 2, faults: undefined }
const system = Models.systemOf(checked, wanted)

const run = (maxCores: number, isDeep: boolean, given: Partial<CheckRuns.How> = {}) =>
  CheckRuns.run(checked, system, wanted, {
    told: () => () => {},
    isDeep,
    bounds: { maxCores },
    random: { walks: 3, steps: 30, calmSteps: 100 },
    ...given
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
          /^more than 20 cores; not decided with --pods 1 \(\d+ cores\) either; not seen to fail; 3 random walks, \d+ steps, seeds from 1$/
        )
        assert.isFalse(verdicts.some((one) => one.verdict === "violated"))
      }),
    patience
  )

  it.effect(
    "within a time: what is looked at further takes no longer, and it is told what is looked at",
    () =>
      Effect.gen(function* () {
        const said: Array<string> = []
        const { verdicts } = yield* run(20, true, {
          maxMillis: 3000,
          random: { walks: 1_000_000, steps: 30, calmSteps: 100 },
          told: (model) => {
            said.push(model)
            return () => {}
          },
          noted: (model, words) => void said.push(`${model}: ${words}`)
        })
        assert.match(verdicts[0]?.because ?? "", /; not seen to fail; \d{1,5} random walks, /)
        assert.deepStrictEqual(said, [
          "resources/edit --pods 2",
          "resources/edit --pods 1",
          "resources/edit --pods 2: undecided; random runs, for 1.5 s at most",
          "resources/edit --pods 2"
        ])
      }),
    patience
  )

  it.effect(
    "breaks a rule of its programs in a random run only: violated",
    () =>
      Effect.gen(function* () {
        const law: RequestLaw<Parts> = {
          name: "makes nothing",
          broken: ({ command }) => (command === "Create" ? "it makes something" : undefined)
        }
        const spoiled: Checked = {
          ...checked,
          model: (...of) => ({ ...checked.model(...of), requests: [law] })
        }
        const { verdicts } = yield* CheckRuns.run(spoiled, Models.systemOf(spoiled, wanted), wanted, {
          told: () => () => {},
          isDeep: true,
          bounds: { maxCores: 5 },
          random: { walks: 3, steps: 100, calmSteps: 100 }
        })
        const [own, ...others] = verdicts
        assert.strictEqual(own?.verdict, "violated")
        assert.match(own?.because ?? "", /makes nothing/)
        assert.isDefined(own?.trace)
        assert.isTrue(others.every(({ verdict }) => verdict === "undecided"))
      }),
    patience
  )
})
