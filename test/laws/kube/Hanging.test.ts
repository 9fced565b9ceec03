/** A claim of the Lease that nobody ever answers (gungnir:W15) does not hold up the next one. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { Command } from "../../../src/domain/Capability.ts"
import { Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import * as Lease from "../../../src/domain/kube/Lease.ts"
import * as Memory from "../../../src/interpreters/memory/Kubernetes.ts"
import * as LeaderElection from "../../../src/programs/kube/LeaderElection.ts"

const options = { identity: "a", namespace: "default", name: "operator", ...Lease.defaults }
const { initialMemory, pass } = LeaderElection.controller(options)
const once = (memory: Lease.State) => pass(LeaderElection.keyOf(options), memory)

/** The first `count` claims land nowhere and are never answered. */
const deaf = (count: number) =>
  Layer.effect(
    Kubernetes,
    Effect.map(Kubernetes, (inner) => {
      let claims = 0
      return {
        perform: (command: Command) =>
          // Each command is answered as its own header says, or not at all.
          (command.access === "claim" && ++claims <= count ? Effect.never : inner.perform(command as never)) as never
      }
    })
  ).pipe(Layer.provide(Memory.layer))

describe("a claim that is never answered", () => {
  it.effect("is given up while there is time for another, which leads", () =>
    Effect.gen(function* () {
      const hanging = yield* Effect.forkChild(once(initialMemory))
      yield* TestClock.adjust(Math.max(options.retry, options.margin) + 1)
      assert.isDefined(hanging.pollUnsafe())
      const { memory } = yield* Fiber.join(hanging)
      assert.isFalse(memory.isLeading)
      assert.isTrue((yield* once(memory)).memory.isLeading)
    }).pipe(Effect.provide(Layer.mergeAll(deaf(1), LeaderElection.alone)))
  )

  it.effect("ends the standing of a leader in time, not before", () =>
    Effect.gen(function* () {
      const leader: Lease.State = { ...initialMemory, isLeading: true, renewed: 0, tried: options.retry }
      const hanging = yield* Effect.forkChild(once(leader))
      yield* TestClock.adjust(options.retry + 1)
      const { memory } = yield* Fiber.join(hanging)
      assert.isTrue(memory.isLeading)
      assert.isAtLeast(memory.renewed, options.retry)
    }).pipe(Effect.provide(Layer.mergeAll(deaf(1), LeaderElection.alone)))
  )
})
