import { assert, describe, it } from "@effect/vitest"
import { Tuples } from "../../../src/interpreters/check/engine/Tuples.ts"

const side = 500
/** More bits than one word has. */
const tupleOf = (a: number, b: number): Int32Array => Int32Array.of(a * 997, b * 1013, 5)

describe("tuples", () => {
  it("of one hash are told apart, through all widenings", () => {
    const tuples = new Tuples(3)
    let wrong = 0
    for (let a = 0; a < side; a++) {
      for (let b = 0; b < side; b++) {
        tuples.set(tupleOf(a, b))
        if (tuples.add() !== a * side + b) wrong++
      }
    }
    assert.isAbove(tuples.words, 1)
    const hashes = new Set<number>()
    for (let a = 0; a < side; a++) {
      for (let b = 0; b < side; b++) {
        tuples.set(tupleOf(a, b))
        hashes.add(tuples.hash)
        if (tuples.find() !== a * side + b) wrong++
      }
    }
    assert.strictEqual(wrong, 0)
    assert.isBelow(hashes.size, side * side, "some have the same hash, or this shows nothing")
    const into = new Int32Array(3)
    tuples.read(7 * side + 11, into)
    assert.deepStrictEqual([...into], [...tupleOf(7, 11)])
  })

  it("of steps that wait are looked up as they were made, though packed anew in between", () => {
    const tuples = new Tuples(2)
    tuples.set(Int32Array.of(1, 2))
    assert.strictEqual(tuples.add(), 0)
    tuples.startFrom(0)
    const made = [3, 70_000, 1, 3, 9_000_000].map((id) => {
      tuples.reset()
      tuples.change(0, id)
      tuples.push()
      return id
    })
    const into = new Int32Array(2)
    const targets = new Int32Array(made.length)
    tuples.addAll(Int32Array.of(7, 7, -1, 7, 7), 0, made.length, targets)
    assert.deepStrictEqual([...targets], [1, 2, -1, 1, 3])
    for (const [i, id] of made.entries()) {
      if (targets[i] === -1) continue
      tuples.read(targets[i]!, into)
      assert.deepStrictEqual([...into], [id, 2])
    }
    assert.strictEqual(tuples.size, 4)
  })
})
