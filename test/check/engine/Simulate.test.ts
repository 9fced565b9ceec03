import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { simulate } from "../../../src/interpreters/check/Simulate.ts"
import { randomSystem } from "./RandomSystems.ts"
import { expected } from "./Reference.ts"
import { isConsistent, type TwoPhase, twoPhase } from "./TwoPhase.ts"
import { validate } from "./Validate.ts"
import type { Property } from "../../../src/domain/check/System.ts"

describe("random walks", () => {
  it.effect("what they see broken is broken, and what holds is never seen broken", () =>
    Effect.gen(function* () {
      let seen = 0
      for (let seed = 1; seed <= 60; seed++) {
        const system = randomSystem(seed)
        const { verdicts } = yield* simulate(system, { walks: 20, steps: 20, calmSteps: 60 })
        for (const [i, property] of system.properties.entries()) {
          const { because = "", trace, verdict } = verdicts[i]!
          const { holds } = expected(system, property)
          if (verdict === "violated") {
            assert.isFalse(holds)
            validate(system, property, trace!)
            seen++
          } else if (verdict === "holds") assert.isTrue(holds)
          else assert.match(because, /20 random walks/)
        }
      }
      assert.isAbove(seen, 50)
    })
  )

  it.effect("a seed makes the same walk again", () =>
    Effect.gen(function* () {
      const isSafe: Property<TwoPhase> = {
        _tag: "Always",
        name: "two abort",
        holds: (read) => read("rm-0") !== "aborted"
      }
      const system = { ...twoPhase(20), properties: [isSafe] }
      const { verdicts } = yield* simulate(system, { walks: 50, seed: 7 })
      const seed = Number(/seed (\d+)/.exec(verdicts[0]?.because ?? "")?.[1])
      const again = yield* simulate(system, { walks: 1, seed })
      assert.deepStrictEqual(again.verdicts[0]?.trace, verdicts[0]?.trace)
      assert.strictEqual(again.verdicts[0]?.verdict, "violated")
    })
  )

  it.effect("sizes beyond exploration are walked", () =>
    Effect.gen(function* () {
      const isSafe: Property<TwoPhase> = { _tag: "Always", name: "consistent", holds: (read) => isConsistent(read, 40) }
      const { steps, verdicts } = yield* simulate({ ...twoPhase(40), properties: [isSafe] }, { walks: 20 })
      assert.strictEqual(verdicts[0]?.verdict, "undecided")
      assert.isAbove(steps, 1000)
    })
  )
})
