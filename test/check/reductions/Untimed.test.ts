/**
 * A program that has not looked at a clock is not told that time goes by: it is
 * exact if it would do the same whenever it looks at one later.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Election from "../../../src/laws/valkey/models/Election.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import * as Scenes from "./Scenes.ts"
import { look, stepping, type Told, toldIn } from "./Told.ts"

const models: ReadonlyArray<readonly [string, Model]> = [
  ["the greeter", Scenes.greeter({ edit: 1, crash: 1, conflict: 1 })],
  ["Sentinel", Scenes.sentinel({ slow: 1, lose: 1 }, 2)],
  ["Resources", Scenes.resources({})],
  ["an election", Election.model("Election", { slow: 1 })]
]

const maxCores = 250

/** The same with time that goes by after so many inputs. */
const later = (one: Told, after: number): Told => ({
  ...one,
  log: one.log.toSpliced(after, 0, { _tag: "Elapsed", millis: 12_345 })
})

describe("time that goes by before a program looks at a clock is nothing to it", () => {
  for (const [name, model] of models) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const step = stepping(model)
        const all = yield* toldIn(compile(model), maxCores)
        let tried = 0
        for (const one of all) {
          const seen = look(step(one))
          for (let after = 0; after < one.log.length; after++) {
            const { isTimed, open } = step({ ...one, log: one.log.slice(0, after) })
            if (isTimed || open.some(({ _tag }) => _tag === "Timer")) break
            tried++
            assert.strictEqual(look(step(later(one, after))), seen)
          }
        }
        // Sentinel looks at a clock before it does anything else.
        assert.strictEqual(tried > 10, name !== "Sentinel")
      })
    )
  }
})
