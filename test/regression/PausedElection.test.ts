/**
 * A process that stands still between the moment a pass is granted, with what it
 * remembers as of then, and the pass itself: it said to lead for as long as if no
 * time had passed. Found in `election/slow`, 49 steps: two led.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Leadership } from "../../src/domain/kube/Leadership.ts"
import * as Lease from "../../src/domain/kube/Lease.ts"
import * as Memory from "../../src/interpreters/memory/Kubernetes.ts"
import * as LeaderElection from "../../src/programs/kube/LeaderElection.ts"

const options = { identity: "a", namespace: "default", name: "operator", ...Lease.defaults }
const { age, initialMemory, pass } = LeaderElection.controller(options)
const once = (memory: Lease.State) => Effect.map(pass(LeaderElection.keyOf(options), memory), (made) => made.memory)
const isLeading = Effect.flatMap(Leadership, (leadership) => leadership.isLeading)

describe("a process that pauses in the midst of its election", () => {
  it.effect("leads no longer than it was granted: a pass that renews nothing prolongs nothing", () =>
    Effect.gen(function* () {
      const memory = yield* once(initialMemory)
      assert.isTrue(yield* isLeading)
      yield* TestClock.adjust(options.renewDeadline)
      assert.isFalse(yield* isLeading)
      // Granted before the pause: what it remembers has not aged.
      const after = yield* once(memory)
      assert.isFalse(yield* isLeading)
      yield* TestClock.adjust(options.retry)
      yield* once(age!(after, options.retry))
      assert.isTrue(yield* isLeading)
    }).pipe(Effect.provide(Layer.mergeAll(Memory.layer, LeaderElection.layer)))
  )
})
