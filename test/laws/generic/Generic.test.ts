import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { Controller } from "../../../src/domain/Controller.ts"
import { Create, Get, Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import { ConfigMap, type KubeObject } from "../../../src/domain/kube/Object.ts"
import * as Memory from "../../../src/interpreters/memory/Kubernetes.ts"
import * as Crash from "../../../src/laws/generic/Crash.ts"
import * as Rest from "../../../src/laws/generic/Rest.ts"
import * as Run from "../../../src/laws/generic/Run.ts"
import * as Twice from "../../../src/laws/generic/Twice.ts"
import { configMap, create, mirror } from "../../programs/kube/Mirror.ts"

const key = { namespace: "default", name: "a" }

const dataOf = (name: string) =>
  Effect.map(
    Effect.result(Kubernetes.perform(new Get({ resource: ConfigMap, namespace: "default", name }))),
    (result) => (result._tag === "Success" ? (result.success["data"] as Record<string, string>) : null)
  )

const world: Run.World<Kubernetes | Memory.ApiState, unknown> = {
  layer: (wrap) => {
    const wrapped = Layer.effect(
      Kubernetes,
      Effect.gen(function* () {
        yield* create(configMap("a", "origin", { colour: "red" }))
        return wrap(yield* Kubernetes)
      }).pipe(Effect.orDie)
    )
    return Layer.provideMerge(wrapped, Memory.layer)
  },
  between: (millis) => TestClock.adjust(millis),
  observe: Effect.all([dataOf("a"), dataOf("a-copy"), dataOf("a-done")])
}

type Sample = Controller<number, unknown, Kubernetes>
const sample = (pass: Sample["pass"]): Sample => ({
  name: "sample",
  primary: ConfigMap,
  sources: [],
  initialMemory: 0,
  pass
})
const write = (name: string, data: Record<string, string>) =>
  Kubernetes.perform(new Create({ resource: ConfigMap, object: configMap(name, "copy", data) as KubeObject }))

/** Takes the first child as proof that the whole round was done. */
const impatient = sample((_key, memory) =>
  Effect.gen(function* () {
    if ((yield* dataOf("a-copy")) === null) {
      yield* write("a-copy", {})
      yield* write("a-done", {})
    }
    return { memory }
  })
)
/** Takes AlreadyExists for a failure for ever. */
const stubborn = sample((_key, memory) =>
  Effect.gen(function* () {
    if (memory === 0) yield* write("a-copy", {})
    return { memory: 1 }
  })
)
const restless = sample((_key, memory) => Effect.as(dataOf("a"), { memory }))
const endless = sample((_key, memory) => Effect.as(Effect.sleep(Duration.hours(1)), { memory }))
const busy = sample((_key, memory) =>
  Effect.as(
    Effect.forEach(Array.from({ length: 600 }), () => dataOf("a"), { discard: true }),
    { memory }
  )
)

describe("generic laws", () => {
  it.effect("run passes as the work queue does: backoff after failures, at once after a write, resync at rest", () =>
    Effect.gen(function* () {
      const begun: Array<number> = []
      const failing = sample((_key, memory) =>
        Effect.gen(function* () {
          begun.push(yield* Clock.currentTimeMillis)
          if (begun.length <= 3) return yield* Effect.fail("not yet")
          if (begun.length === 4) yield* write("a-copy", {})
          return { memory: memory + 1 }
        })
      )
      const journal: Run.Journal = { commands: [] }
      yield* Run.inFreshWorld(world, Run.recording(journal), Run.settle(failing, key, world, journal))
      const waits = begun.slice(1).map((at, nth) => at - begun[nth]!)
      assert.deepStrictEqual(waits, [5, 10, 20, 1, 10_000, 10_000])
    })
  )

  it.effect("hold of a controller that is right", () =>
    Effect.gen(function* () {
      const crashes = yield* Crash.survivesCrashes(mirror, key, world)
      assert.deepStrictEqual(crashes.violations, [])
      assert.isAbove(crashes.runs, 10)
      const twice = yield* Twice.toleratesTwice(mirror, key, world)
      assert.deepStrictEqual(twice, { runs: 3, violations: [] })
      assert.deepStrictEqual((yield* Rest.restsQuietly(mirror, key, world)).violations, [])
      assert.deepStrictEqual((yield* Rest.passesEnd(mirror, key, world)).violations, [])
    })
  )

  it.effect("find the controller that takes the first child for the whole", () =>
    Effect.gen(function* () {
      const { violations } = yield* Crash.survivesCrashes(impatient, key, world)
      assert.isTrue(violations.some((violation) => violation.includes("crash at command 2 (Create), Before")))
    })
  )

  it.effect("find the controller for which AlreadyExists is an error", () =>
    Effect.gen(function* () {
      const twice = yield* Twice.toleratesTwice(stubborn, key, world)
      assert.deepStrictEqual(twice.violations, ["Create (write 0) twice, answer Second: does not settle"])
      const crashes = yield* Crash.survivesCrashes(stubborn, key, world)
      assert.isTrue(crashes.violations.some((violation) => violation.includes("Landed")))
    })
  )

  it.effect(
    "find the controller that asks the server at rest, the one that never ends, and the one that asks too much",
    () =>
      Effect.gen(function* () {
        const rest = yield* Rest.restsQuietly(restless, key, world)
        assert.include(rest.violations, "Get at rest")
        const end = yield* Rest.passesEnd(endless, key, world)
        assert.include(end.violations, "pass 0 did not end in 60000 ms")
        const much = yield* Rest.passesEnd(busy, key, world)
        assert.include(much.violations, "pass 0 issued 600 commands")
      })
  )
})
