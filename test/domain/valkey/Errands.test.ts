/** What no failover waits for is tried less and less often while it is refused, and told once it keeps being so. */
import { assert, describe, it } from "@effect/vitest"
import * as Errands from "../../../src/domain/valkey/Errands.ts"

const refusedTimes = (times: number): Errands.Errands => {
  let all = Errands.none
  for (let index = 0; index < times; index++) all = Errands.refused(all, "Publish", "no")
  return all
}

describe("an errand", () => {
  it("is due until it is refused, and again when its pause is over", () => {
    assert.isTrue(Errands.isDue(Errands.none, "Publish"))
    const once = refusedTimes(1)
    assert.deepStrictEqual([Errands.isDue(once, "Publish"), Errands.isDue(once, "Route")], [false, true])
    assert.isFalse(Errands.isDue(Errands.aged(once, 99), "Publish"))
    assert.isTrue(Errands.isDue(Errands.aged(once, 100), "Publish"))
  })

  it("pauses twice as long each time, five seconds at most, and then counts no further", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((times) => refusedTimes(times).Publish?.millis)
    assert.deepStrictEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000])
    assert.deepStrictEqual(refusedTimes(8), refusedTimes(7))
  })

  it("is due at once after a race that was lost, and complained of all the same when it keeps losing", () => {
    const lost = Errands.due(refusedTimes(4), "Publish")
    assert.isTrue(Errands.isDue(lost, "Publish"))
    assert.deepStrictEqual(Errands.complaints(lost), ["no"])
    assert.deepStrictEqual(Errands.due(lost, "Route"), lost)
  })

  it("is complained of when it keeps being refused, and forgotten when it is done", () => {
    assert.deepStrictEqual(Errands.complaints(refusedTimes(3)), [])
    assert.deepStrictEqual(Errands.complaints(refusedTimes(4)), ["no"])
    assert.deepStrictEqual(Errands.done(refusedTimes(4), "Publish"), Errands.none)
  })
})
