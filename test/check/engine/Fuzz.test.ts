import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { compare } from "./Fuzz.ts"

const count = Number(process.env["CHECK_FUZZ"] ?? 5000)
const first = Number(process.env["CHECK_FUZZ_FROM"] ?? 1)
const part = 250

describe("random systems", () => {
  for (let from = first; from < first + count; from += part) {
    const to = Math.min(from + part, first + count)
    it.effect(
      `${from} to ${to - 1}: engine and reference say the same, every trace is a run`,
      () =>
        Effect.gen(function* () {
          for (let seed = from; seed < to; seed++) assert.isUndefined(yield* compare(seed))
        }),
      600_000
    )
  }
})
