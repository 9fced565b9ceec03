/**
 * Silence is counted in probes of the ping interval, of the flag or the
 * cluster's own (gungnir:W13), and a node that never answers takes no longer
 * than one (gungnir:W15).
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { defaults } from "../../../src/domain/valkey/Settings.ts"
import { sentinel } from "../../../src/programs/valkey/Sentinel.ts"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import * as Lab from "../../programs/valkey/Lab.ts"

const { initialMemory, pass } = sentinel(defaults)

describe("the next look at the nodes of a cluster", () => {
  for (const [says, spec, millis] of [
    ["the flag says", {}, defaults.pingIntervalMillis],
    ["its own spec says", { sentinel: { pingIntervalMs: 30 } }, 30]
  ] as const) {
    it.effect(`is as soon as ${says}`, () =>
      Effect.gen(function* () {
        yield* Lab.begin(spec)
        yield* Lab.operator().run(3000)
        assert.strictEqual(yield* Lab.isWhole(), "whole")
        const exit = yield* Lab.inTime(pass(Lab.key, initialMemory))
        assert.isTrue(exit._tag === "Success")
        if (exit._tag === "Success") assert.strictEqual(Duration.toMillis(exit.value.requeueAfter!), millis)
      }).pipe(Effect.provide(Lab.layer()))
    )
  }
})

describe("a pass over a frozen node", () => {
  it.effect("ends within a few probes", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      yield* Lab.operator().run(3000)
      yield* Lab.change("demo-1", (nodes, id) => Faults.freeze(nodes, id))
      const [took] = yield* Effect.timed(Lab.inTime(pass(Lab.key, initialMemory)))
      assert.isAtMost(Duration.toMillis(took), 5 * defaults.pingIntervalMillis)
    }).pipe(Effect.provide(Lab.layer()))
  )
})
