/**
 * Silence is counted in probes of the ping interval, of the flag or the
 * cluster's own (gungnir:W13), and a node that never answers takes no longer
 * than one (gungnir:W15).
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { defaults } from "../../../src/domain/valkey/Settings.ts"
import { sentinel } from "../../../src/programs/valkey/Sentinel.ts"
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

describe("a pass over a node that never answers, whatever the transport promises", () => {
  let isDeaf = false
  const layer = Lab.layer((inner) => ({
    perform: (command) =>
      // No answer is any answer's type.
      isDeaf && command._tag === "Observe" ? (Effect.never as never) : inner.perform(command)
  }))
  it.effect("ends within a few probes", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      yield* Lab.operator().run(3000)
      isDeaf = true
      const hanging = yield* Effect.forkChild(pass(Lab.key, initialMemory))
      for (let round = 0; round < 50; round++) yield* TestClock.adjust(defaults.pingIntervalMillis / 10)
      assert.isDefined(hanging.pollUnsafe())
    }).pipe(Effect.provide(layer))
  )
})
