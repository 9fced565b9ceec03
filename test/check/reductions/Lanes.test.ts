/**
 * Passes on keys that are there in the beginning are in components of their
 * own, so that nobody looks at the others: the same is found as with all of
 * them in one, and whoever asks for all of them sees all.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { sometimes } from "../../../src/domain/check/Properties.ts"
import type { Components } from "../../../src/domain/check/System.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import * as Twins from "../../../src/laws/valkey/models/Twins.ts"
import { explored, outside, same } from "./Seen.ts"

const passes = "operator/passes of gungnir-sentinel"

/** Seen in one component: passes on each of these keys at once. */
const both = sometimes<Components>("two passes at once", (read) => Object.keys(read(passes) as object).length === 2)

const two = Twins.model("two clusters", {})
const model: Model = { ...two, properties: [...two.properties, both] }

describe("that passes are kept by key is seen by nobody", () => {
  it.effect("around two clusters of one name", () =>
    Effect.gen(function* () {
      const byKey = compile(model)
      const whole = compile(model, { isByKey: false })
      assert.isFalse(Object.hasOwn(byKey.initial[0]!, passes))
      assert.isTrue(Object.hasOwn(whole.initial[0]!, passes))
      const [one, other] = [yield* explored(byKey, outside), yield* explored(whole, outside)]
      assert.strictEqual(one.cores, other.cores)
      assert.include(one.verdicts, { "two passes at once": "holds" })
      same(one, other, model.name)
    })
  )
})
