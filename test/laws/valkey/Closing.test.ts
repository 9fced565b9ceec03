/** A failover stays open until clients are led to the new primary (gungnir:W12): a refused Service patch does not close it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import { label } from "../../../src/domain/valkey/Labels.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import * as Lab from "../../programs/valkey/Lab.ts"
import { refusal, spoil } from "../../programs/valkey/Spoil.ts"

const routed = Effect.map(Lab.get(Kinds.Service, `${Lab.name}-client`), (service) =>
  Kinds.field(service, "spec", "selector", label.podName)
)

describe("while the API server refuses to lead clients on", () => {
  let isRefusing = false
  const layer = Lab.layer(
    spoil((command) => (isRefusing && command._tag === "PatchService" ? refusal(500) : undefined))
  )
  it.effect("the failover is open, and it closes once they are", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(3000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      const old = (yield* Lab.status).primary!.pod
      isRefusing = true
      yield* Lab.change(old, (nodes, id) => Process.kill(nodes, id))
      let looks = 0
      for (let round = 0; round < 20; round++) {
        yield* operator.run(50)
        const { failover, primary } = yield* Lab.status
        if (primary?.pod === old) continue
        looks++
        assert.strictEqual(yield* routed, old)
        assert.strictEqual(failover?.phase, "Routing")
      }
      assert.isAbove(looks, 5)
      isRefusing = false
      yield* operator.run(6000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
    }).pipe(Effect.provide(layer))
  )
})
