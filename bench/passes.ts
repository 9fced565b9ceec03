/**
 * Passes per second over a settled cluster in memory, with cached reads
 * answered as in the operator, and the time of whole failovers, each of which
 * is one pass. `npm run bench:passes [-- MILLISECONDS]`
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { operate, stack } from "../src/bin/Operator.ts"
import type { Controller } from "../src/domain/Controller.ts"
import type { ApiRequest } from "../src/domain/kube/Wire.ts"
import * as Cluster from "../src/domain/valkey/Cluster.ts"
import { defaults } from "../src/domain/valkey/Settings.ts"
import * as Memory from "../src/interpreters/memory/WorldCluster.ts"
import * as Process from "../src/models/valkey/Process.ts"
import type * as Models from "../src/models/World.ts"
import * as LeaderElection from "../src/programs/kube/LeaderElection.ts"
import { resources } from "../src/programs/valkey/Resources.ts"
import { sentinel } from "../src/programs/valkey/Sentinel.ts"

const millis = Number(process.argv[2] ?? 2000)
const key = { namespace: "default", name: "demo" }
const clusters = { group: "valkey.verilean.io", version: "v1", resource: "valkeyclusters", namespace: key.namespace }
const definitions = { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" }
const demo = { apiVersion: "valkey.verilean.io/v1", kind: "ValkeyCluster", metadata: key, spec: { replicas: 3 } }

const ask = (wire: ApiRequest) =>
  Effect.flatMap(Memory.ask(wire), ({ body, status }) =>
    status < 300 ? Effect.succeed(body) : Effect.die(new Error(JSON.stringify(body)))
  )

const statusOf = Effect.map(
  ask({ verb: "get", ...clusters, name: key.name }),
  (object) => (object as { readonly status?: Partial<Cluster.Status> }).status
)

/** The operator works until the cluster is ready, and a little longer. */
const settle = Effect.gen(function* () {
  yield* ask({ verb: "create", ...definitions, body: Cluster.crd() })
  yield* ask({ verb: "create", ...clusters, body: demo })
  const isReady = Effect.map(statusOf, (status) =>
    status?.conditions?.some(({ status, type }) => type === "Ready" && status === "True")
  )
  const ready = Effect.gen(function* () {
    while ((yield* isReady) !== true) yield* Effect.sleep(50)
    yield* Effect.sleep(1000)
  })
  yield* Effect.raceFirst(operate({ settings: defaults }), ready)
})

const passes = Effect.fnUntraced(function* <M, E, R>(controller: Controller<M, E, R>) {
  let memory = (yield* controller.pass(key, controller.initialMemory)).memory
  let count = 0
  const begin = performance.now()
  while (performance.now() - begin < millis) {
    memory = (yield* controller.pass(key, memory)).memory
    count++
  }
  const seconds = (performance.now() - begin) / 1000
  return `${controller.name.padEnd(20)} ${Math.round(count / seconds)} passes/s, ${((1000 * seconds) / count).toFixed(3)} ms each`
})

/** Each in a world of its own, from the same settled one. */
const failover = (settled: Models.World) =>
  Effect.gen(function* () {
    const controller = sentinel(defaults)
    let memory = controller.initialMemory
    for (let look = 0; look < 3; look++) memory = (yield* controller.pass(key, memory)).memory
    const before = (yield* statusOf)?.primary?.pod ?? ""
    yield* Memory.changeNode(key.namespace, before, (nodes, id) => Process.kill(nodes, id))
    const begin = performance.now()
    yield* controller.pass(key, memory)
    const took = performance.now() - begin
    const after = yield* statusOf
    if (after?.primary?.pod === before || after?.failover !== undefined) {
      return yield* Effect.die(new Error(`no failover in one pass: ${JSON.stringify(after?.failover)}`))
    }
    return took
  }).pipe(
    Effect.provide(
      Layer.provideMerge(Memory.transports(), Layer.effect(Memory.ClusterWorld, SubscriptionRef.make(settled))),
      { local: true }
    )
  )

const main = Effect.gen(function* () {
  yield* settle
  const lines = [yield* passes(resources), yield* passes(sentinel(defaults))]
  const world = yield* Effect.flatMap(Memory.ClusterWorld, SubscriptionRef.get)
  const times: Array<number> = []
  for (const begin = performance.now(); performance.now() - begin < millis;) times.push(yield* failover(world))
  times.sort((left, right) => left - right)
  const at = (part: number) => times[Math.floor(times.length * part)]!.toFixed(1)
  lines.push(`${"a failover".padEnd(20)} ${at(0.5)} ms median, ${at(0.9)} ms in nine of ten, of ${times.length}`)
  process.stdout.write(`${lines.join("\n")}\n`)
})

const layer = stack(Memory.transports(), LeaderElection.alone).pipe(Layer.provideMerge(Memory.world()))

const quiet = Effect.provideService(Effect.scoped(main), References.MinimumLogLevel, "None")

Effect.runPromise(Effect.provide(quiet, layer)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  }
)
