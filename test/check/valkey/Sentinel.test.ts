/** The shipped `Sentinel`, three pods, each of the smaller fault classes once: to the end, every answer in every order. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { step } from "../../../src/domain/check/Properties.ts"
import { leads } from "../../../src/laws/valkey/ClusterView.ts"
import * as Scene from "../../../src/laws/valkey/models/Scene.ts"
import * as Sentinel from "../../../src/laws/valkey/models/Sentinel.ts"
import { ten } from "../../../src/laws/valkey/models/Ten.ts"
import * as Twins from "../../../src/laws/valkey/models/Twins.ts"
import type { Parts } from "../../../src/models/closed/Parts.ts"
import { broken } from "./Explored.ts"

/** The others, which take longer, are for `gungnir check sentinel`. */
const classes = ["lose", "duplicate", "conflict", "error", "lag", "slowBuiltIn", "touch", "write"]

describe("Sentinel", () => {
  for (const name of classes) {
    it.effect(`${name} once: all laws hold`, () =>
      Effect.gen(function* () {
        const { coverage, wrong } = yield* broken(Sentinel.model(name, { [name]: 1 }))
        assert.deepStrictEqual(wrong, [])
        // Nothing is said of what cannot be, a failed server for one.
        assert.deepStrictEqual(coverage.warnings, [])
        assert.isAbove(coverage.cores, 95)
      })
    )
  }

  it.effect("each of the ten invariants of upstream, and what it was meant to say, is among them", () =>
    Effect.gen(function* () {
      const { names } = yield* broken(Sentinel.model("calm", {}))
      assert.deepStrictEqual(
        ten.map(({ number }) => number),
        Array.from({ length: 10 }, (_, index) => index + 1)
      )
      for (const { property } of ten) if (property !== undefined) assert.include(names, property.name)
      const ofStates = ten
        .filter(({ number }) => ![3, 6, 7].includes(number))
        .flatMap(({ strengthened }) => strengthened)
      for (const law of ofStates) assert.include(names, law)
    })
  )

  it.effect("a law of steps sees what was before under the same names", () =>
    Effect.gen(function* () {
      const runs = (read: Parameters<typeof Scene.viewIn>[0]) =>
        Scene.viewIn(read)
          ?.servers.map(({ node }) => node?.runId)
          .join()
      const sameRuns = step<Parts>("no process is another", (before, after) => runs(before) === runs(after))
      const { properties, ...model } = Sentinel.model("steps", {})
      const { wrong } = yield* broken({ ...model, properties: [sameRuns] })
      assert.deepStrictEqual(wrong, [])
      assert.isNotEmpty(properties)
      const neverLed = step<Parts>("nobody begins to lead", (before, after) => {
        const led = (read: typeof before) => Scene.viewIn(read)?.servers.filter(leads).length
        return led(before) === led(after)
      })
      const led = yield* broken({ ...model, properties: [neverLed] })
      assert.lengthOf(led.wrong, 1)
      assert.include(led.wrong[0], "Promote")
    })
  )

  it.effect("of two clusters of one name", () =>
    Effect.gen(function* () {
      const { coverage, wrong } = yield* broken(Twins.model("twins", {}))
      assert.deepStrictEqual(wrong, [])
      assert.deepStrictEqual(coverage.warnings, [])
    })
  )
})
