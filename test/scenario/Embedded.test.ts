/**
 * The whole life of a cluster on the embedded endpoint with embedded nodes:
 * the same steps as in memory and on real servers, each a test here.
 */
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make } from "./Embedded.ts"
import { scenario, type Told } from "./Scenario.ts"
import { steps } from "./StepNames.ts"

/** How each step went, once it is over. */
class Course extends Context.Service<Course, (step: string) => Effect.Effect<Told>>()(
  "gungnir/test/scenario/Embedded.test/Course"
) {
  static readonly layer = Layer.effect(
    Course,
    Effect.gen(function* () {
      const told = new Map(steps.map((step) => [step, Deferred.makeUnsafe<Told>()] as const))
      const world = yield* make
      const tell = (one: Told) => Effect.sync(() => void Deferred.doneUnsafe(told.get(one.step)!, Effect.succeed(one)))
      const never = Effect.forEach(steps, (step) => tell({ step, error: "the scenario ended before this step" }))
      yield* Effect.forkScoped(Effect.ensuring(Effect.exit(scenario(world, tell)), never))
      return Course.of((step) => Deferred.await(told.get(step)!))
    })
  )
}

layer(Course.layer, { excludeTestServices: true, timeout: 30_000 })("one cluster on the embedded endpoint", (it) => {
  for (const step of steps) {
    it.effect(
      step,
      () =>
        Effect.gen(function* () {
          const course = yield* Course
          assert.isUndefined((yield* course(step)).error)
        }),
      120_000
    )
  }
})
