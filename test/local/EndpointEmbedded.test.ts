/** The embedded world without its endpoint: controllers at work, a transport for this process. */
import { assert, layer } from "@effect/vitest"
import { Clock, Effect, SubscriptionRef } from "effect"
import type { ApiRequest } from "../../src/domain/kube/Wire.ts"
import { cluster, movesOf } from "../../src/models/kube/controllers/ControllerManager.ts"
import { World } from "./EndpointWorld.ts"

const sets: Omit<ApiRequest, "verb"> = { group: "apps", version: "v1", resource: "statefulsets", namespace: "default" }
const services: Omit<ApiRequest, "verb"> = { group: "", version: "v1", resource: "services", namespace: "default" }

const set = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    serviceName: name,
    podManagementPolicy: "Parallel",
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "x" }] } }
  }
})

layer(World.layer, { excludeTestServices: true })("an embedded world", (it) => {
  it.effect("settles: its controllers, who look only at what has changed, leave nothing to do", () =>
    Effect.gen(function* () {
      const { objects, send, world } = yield* World
      for (const name of ["a", "b", "c"]) {
        yield* send({ verb: "create", ...sets, body: set(name) })
        yield* send({
          verb: "create",
          ...services,
          body: { metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }] } }
        })
      }
      yield* send({ verb: "delete", ...sets, name: "b" })
      yield* send({
        verb: "create",
        group: "",
        version: "v1",
        resource: "namespaces",
        body: { metadata: { name: "n" } }
      })
      yield* send({ verb: "delete", group: "", version: "v1", resource: "namespaces", name: "n" })
      const readyReplicas = (name: string) =>
        Effect.map(objects("apps/statefulsets"), (all) => {
          const status = all.find(({ metadata }) => metadata.name === name)?.["status"]
          return (status as { readonly readyReplicas?: number } | undefined)?.readyReplicas
        })
      // As the controllers would see it who remember nothing.
      const isSettled = Effect.gen(function* () {
        const moves = movesOf(cluster(), yield* SubscriptionRef.get(world), yield* Clock.currentTimeMillis)
        return moves.length === 0 && (yield* readyReplicas("a")) === 2 && (yield* readyReplicas("c")) === 2
      })
      while (!(yield* isSettled)) yield* Effect.sleep("5 millis")
      const pods = (yield* objects("/pods")).map(({ metadata }) => metadata.name)
      assert.sameMembers(pods, ["a-0", "a-1", "c-0", "c-1"])
      const namespaces = (yield* objects("/namespaces")).map(({ metadata }) => metadata.name)
      assert.notInclude(namespaces, "n")
      const uids = (yield* objects("/pods")).map(({ metadata }) => metadata.uid ?? "")
      for (const uid of uids) assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    })
  )

  it.effect("takes loopback addresses of pods, and still refuses link-local ones", () =>
    Effect.gen(function* () {
      const { send } = yield* World
      const slice = (name: string, address: string) =>
        send({
          verb: "create",
          group: "discovery.k8s.io",
          version: "v1",
          resource: "endpointslices",
          namespace: "default",
          body: { metadata: { name }, addressType: "IPv4", endpoints: [{ addresses: [address] }], ports: [] }
        })
      assert.strictEqual((yield* slice("loopback", "127.1.2.3")).status, 201)
      assert.strictEqual((yield* slice("link-local", "169.254.1.1")).status, 422)
    })
  )
})
