/** Two processes and one lease: that at most one leads rests on compare-and-swap, not on the fence. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Election from "../../../src/laws/valkey/models/Election.ts"
import { broken } from "./Explored.ts"

describe("two processes, of which one decides who leads", () => {
  for (const fencing of [true, false]) {
    it.effect(`${fencing ? "with" : "without"} the fence`, () =>
      Effect.gen(function* () {
        const { names, wrong } = yield* broken(Election.withSentinel("calm", {}, { fencing }))
        assert.deepStrictEqual(wrong, [])
        assert.include(names, "no two processes lead")
      })
    )
  }

  it.effect("an answer is lost", () =>
    Effect.gen(function* () {
      const { wrong } = yield* broken(Election.withSentinel("lose", { lose: 1 }))
      assert.deepStrictEqual(wrong, [])
    })
  )
})
