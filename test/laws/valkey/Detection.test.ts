/** Silence is counted in probes of the ping interval, of the flag or the cluster's own (gungnir:W13). */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
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
