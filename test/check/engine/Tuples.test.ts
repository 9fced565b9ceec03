import { assert, describe, it } from "@effect/vitest"
import { mix, Tuples } from "../../../src/interpreters/check/engine/Tuples.ts"

const side = 640

describe("tuples", () => {
  it("of one hash are told apart, through all widenings", () => {
    const tuples = new Tuples(2)
    const hashes = new Set<number>()
    for (let a = 0; a < side; a++) {
      for (let b = 0; b < side; b++) {
        const [x, y] = [a * 97, b * 89]
        hashes.add(mix(0, x) ^ mix(1, y))
        tuples.set(Int32Array.of(x, y))
        assert.strictEqual(tuples.add(), a * side + b)
      }
    }
    assert.isBelow(hashes.size, side * side, "some have the same hash, or this shows nothing")
    const into = new Int32Array(2)
    tuples.read(7 * side + 11, into)
    assert.deepStrictEqual([...into], [7 * 97, 11 * 89])
    tuples.set(into)
    assert.strictEqual(tuples.find(), 7 * side + 11)
  })
})
