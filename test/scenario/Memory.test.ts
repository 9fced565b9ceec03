/** The whole life of a cluster in memory, in virtual time: the same steps as on real servers. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import * as Memory from "../../src/interpreters/memory/WorldCluster.ts"
import { make } from "./Memory.ts"
import { scenario, type Told } from "./Scenario.ts"
import { steps } from "./StepNames.ts"

/** Lets virtual time pass until `fiber` ends. Whoever sleeps wakes in order, the next one when this one sleeps again. */
const passTime = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    for (let step = 0; fiber.pollUnsafe() === undefined && step < 40_000; step++) yield* TestClock.adjust("100 millis")
    return yield* Fiber.join(fiber)
  })

describe("one cluster in memory", () => {
  it.effect("goes through the whole scenario", () =>
    Effect.gen(function* () {
      const told: Array<Told> = []
      const world = yield* make
      const fiber = yield* Effect.forkScoped(
        scenario(world, (one) =>
          Effect.sync(() => {
            told.push(one)
          })
        )
      )
      yield* passTime(fiber).pipe(Effect.exit)
      assert.deepStrictEqual(
        told.filter(({ error }) => error !== undefined),
        []
      )
      assert.deepStrictEqual(
        told.map(({ step }) => step),
        steps
      )
    }).pipe(Effect.scoped, Effect.provide(Memory.world({ restartMillis: 300 })))
  )
})
