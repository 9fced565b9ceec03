/** Which pods may go, whatever a cache that lags behind says. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { type Command, Create, Get, Kubernetes, Update } from "../../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import * as Memory from "../../../src/interpreters/memory/Kubernetes.ts"
import { resources } from "../../../src/programs/valkey/Resources.ts"

const key = { namespace: "default", name: "cache" }
const get = (resource: Resource) => Kubernetes.perform(new Get({ resource, ...key }))
const pass = resources.pass(key, resources.initialMemory)

const cluster: KubeObject = {
  apiVersion: "valkey.verilean.io/v1",
  kind: "ValkeyCluster",
  metadata: key,
  spec: { replicas: 3 }
}

/** A cache that still holds these. */
const staleWith =
  (...held: ReadonlyArray<KubeObject>) =>
  (inner: Kubernetes["Service"]): Kubernetes["Service"] => ({
    perform: (command) => {
      const asked: Command = command
      const old = held.find(
        ({ kind, metadata }) =>
          asked._tag === "CachedGet" && kind === asked.resource.kind && metadata.name === asked.name
      )
      // The answer that the server gave to the same command before.
      return old === undefined ? inner.perform(command) : (command.decode({ status: 200, body: old }) as never)
    }
  })

describe("the StatefulSet", () => {
  it.effect("loses no pods by an apply that was decided from an old version of it", () =>
    Effect.gen(function* () {
      yield* Kubernetes.perform(new Create({ resource: Kinds.CustomResourceDefinition, object: Cluster.crd() }))
      yield* Kubernetes.perform(new Create({ resource: Cluster.resource, object: cluster }))
      yield* pass
      const before = [yield* get(Cluster.resource), yield* get(Kinds.StatefulSet)] as const
      const larger = { ...before[0], spec: { ...(before[0]["spec"] as object), replicas: 5 } }
      yield* Kubernetes.perform(new Update({ resource: Cluster.resource, object: larger }))
      yield* pass
      const grown = yield* get(Kinds.StatefulSet)
      const drifted = { ...before[1], metadata: { ...before[1].metadata, labels: {} } }
      const stale = staleWith(before[0], drifted)(yield* Kubernetes)
      const exit = yield* Effect.exit(Effect.provideService(pass, Kubernetes, stale))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual((yield* get(Kinds.StatefulSet))["spec"], grown["spec"])
      assert.strictEqual((grown["spec"] as { readonly replicas: number }).replicas, 5)
    }).pipe(Effect.provide(Memory.layer))
  )
})
