import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Ref } from "effect"
import type { Controller } from "../../../src/domain/Controller.ts"
import { type Command, Delete, Get, Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import * as Lease from "../../../src/domain/kube/Lease.ts"
import { ConfigMap } from "../../../src/domain/kube/Object.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import * as Live from "../../../src/interpreters/live/Kubernetes.ts"
import { journal } from "../../../src/interpreters/wrap/Journal.ts"
import * as Stack from "../../../src/interpreters/wrap/Stack.ts"
import * as LeaderElection from "../../../src/programs/kube/LeaderElection.ts"
import * as Reflectors from "../../../src/programs/kube/Reflectors.ts"
import * as Runtime from "../../../src/programs/kube/Runtime.ts"
import { ControlPlane } from "../../servers/ControlPlane.ts"
import * as Shared from "../../servers/Shared.ts"
import { configMap, create, mirror, update } from "./Mirror.ts"

const real = Layer.unwrap(
  Effect.map(ControlPlane, ({ kubeconfigPath }) => Live.layerFromKubeconfig(kubeconfigPath))
).pipe(Layer.provideMerge(Shared.controlPlane))

const until = <E, R>(claim: string, holds: Effect.Effect<boolean, E, R>) =>
  Effect.gen(function* () {
    while (!(yield* holds)) yield* Effect.sleep(20)
  }).pipe(
    Effect.timeout("20 seconds"),
    Effect.mapError(() => new Error(`not within 20 s: ${claim}`))
  )

const find = (name: string) => Kubernetes.perform(new Get({ resource: ConfigMap, namespace: "default", name }))
const isCopied = (colour: string) =>
  Effect.map(
    Effect.exit(find("real-copy")),
    (found) => Exit.isSuccess(found) && (found.value["data"] as { colour?: string }).colour === colour
  )

/** One operator process of its own over the shared link; what it sent beside watches. */
const process = (options: Runtime.Options<Kubernetes>, leadership = LeaderElection.layer) => {
  const tags: Array<string> = []
  const link = Layer.effect(
    Kubernetes,
    Effect.map(Kubernetes, (inner) =>
      journal(({ command }) =>
        Effect.sync(() => {
          if (command._tag !== "Watch") tags.push(command._tag)
        })
      )<Command>(inner)
    )
  )
  const services = Stack.kubernetes({}).pipe(
    Layer.provide(link),
    Layer.provideMerge(Layer.mergeAll(Reflectors.cacheLayer, leadership))
  )
  return Effect.map(Effect.forkChild(Effect.provide(Runtime.run(options), services, { local: true })), (fiber) => ({
    fiber,
    tags
  }))
}

layer(real, { excludeTestServices: true })("the runtime on a real kube-apiserver", (it) => {
  it.effect("mirrors, heals, and at rest sends nothing but watches", () =>
    Effect.gen(function* () {
      const { fiber, tags } = yield* process({ controllers: [mirror] }, LeaderElection.alone)
      const origin = yield* create(configMap("real", "origin", { colour: "red" }))
      yield* until("the copy is made", isCopied("red"))
      yield* update({ ...origin, data: { colour: "blue" } })
      yield* until("the copy follows", isCopied("blue"))
      const copy = yield* find("real-copy")
      yield* Kubernetes.perform(
        new Delete({ resource: ConfigMap, namespace: "default", name: "real-copy", uid: copy.metadata.uid! })
      )
      yield* until("the copy is back", isCopied("blue"))
      yield* Effect.sleep(500)
      tags.length = 0
      yield* Effect.sleep("12 seconds")
      assert.deepStrictEqual(tags, [])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("hands the Lease over within a retry when its holder is shut down", () =>
    Effect.gen(function* () {
      const runs = yield* Ref.make<ReadonlyArray<string>>([])
      const election = (identity: string) => ({ identity, namespace: "default", name: "handover", ...Lease.defaults })
      const worker = (identity: string): Controller<number, unknown, Kubernetes> => ({
        name: "worker",
        primary: ConfigMap,
        sources: [{ _tag: "Objects", resource: ConfigMap, keysOf: () => [{ namespace: "default", name: "anything" }] }],
        initialMemory: 0,
        pass: (_key, memory) =>
          Effect.as(
            Ref.update(runs, (all) => [...all, identity]),
            { memory, requeueAfter: Duration.millis(50) }
          )
      })
      const start = (identity: string) =>
        process({
          controllers: [worker(identity)],
          leaderElection: election(identity),
          grace: Duration.seconds(1)
        })
      const lastIs = (identity: string) => Effect.map(Ref.get(runs), (all) => all.at(-1) === identity)
      const first = yield* start("first")
      yield* until("the first leads", lastIs("first"))
      const second = yield* start("second")
      yield* Effect.sleep("1500 millis")
      assert.isFalse((yield* Ref.get(runs)).includes("second"))
      yield* Fiber.interrupt(first.fiber)
      const [took] = yield* Effect.timed(until("the second leads", lastIs("second")))
      assert.isBelow(Duration.toMillis(took), 1500)
      yield* Fiber.interrupt(second.fiber)
      const lease = yield* Kubernetes.perform(
        new Get({ resource: Kinds.Lease, namespace: "default", name: "handover" })
      )
      assert.include(lease["spec"] as object, { holderIdentity: "", leaseTransitions: 1 })
    })
  )
})
