/** One of two models that were explored side by side was never told of. */
import { assert, describe, it } from "@effect/vitest"
import { PassThrough } from "node:stream"
import { teller } from "../../../src/bin/CheckProgress.ts"

const progress = (millis: number) => ({ cores: 1, states: 1, rate: 1, depth: 1, queue: 0, bytes: 0, millis })

describe("progress that nobody looks at on a terminal", () => {
  it("has a line of each model now and then", () => {
    const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY: false, columns: 80 })
    const { done, noted, told } = teller(stream, 2)
    const [one, other] = [told("one"), told("other")]
    for (const millis of [60_000, 61_000, 70_000]) one(progress(millis))
    noted("one", "random runs")
    done()
    for (const millis of [5000, 10_000, 15_000]) other(progress(millis))
    const lines = String(stream.read()).trimEnd().split("\n")
    assert.deepStrictEqual(
      lines.map((line) => line.split(":")[0]),
      ["0 of 2 done; one", "0 of 2 done; one", "0 of 2 done; one", "1 of 2 done; other"]
    )
  })
})
