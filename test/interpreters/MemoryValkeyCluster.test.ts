import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, SubscriptionRef } from "effect"
import { TestClock } from "effect/testing"
import { operate, stack } from "../../src/bin/Operator.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../src/domain/kube/Wire.ts"
import { crd } from "../../src/domain/valkey/Cluster.ts"
import { defaults } from "../../src/domain/valkey/Settings.ts"
import type { Replies } from "../../src/domain/valkey/Wire.ts"
import { transportOn } from "../../src/interpreters/memory/Valkey.ts"
import * as Cluster from "../../src/interpreters/memory/WorldCluster.ts"
import { counting } from "../../src/models/Names.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import type { Node } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import { dataOf } from "../../src/models/valkey/Report.ts"
import * as World from "../../src/models/World.ts"
import * as LeaderElection from "../../src/programs/kube/LeaderElection.ts"

const layer = stack(Cluster.transports(), LeaderElection.alone).pipe(Layer.provideMerge(Cluster.world()))
const definitions = { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions" } as const
const clusters = {
  group: "valkey.verilean.io",
  version: "v1",
  resource: "valkeyclusters",
  namespace: "default"
} as const
const core = (resource: string) => ({ group: "", version: "v1", resource, namespace: "default" }) as const

/** Time passes in small steps, and what each step wakes has its say before the next. */
const elapse = (millis: number) =>
  Effect.repeat(Effect.andThen(TestClock.adjust("50 millis"), Effect.repeat(Effect.yieldNow, { times: 60 })), {
    times: millis / 50 - 1
  })

const asked = (wire: ApiRequest) =>
  Effect.map(Cluster.ask(wire), (reply) => {
    assert.isTrue(reply.status >= 200 && reply.status < 300, JSON.stringify(reply.body))
    return reply.body as KubeObject
  })

const demo = (replicas: number): KubeObject => ({
  apiVersion: "valkey.verilean.io/v1",
  kind: "ValkeyCluster",
  metadata: { name: "demo", namespace: "default" },
  spec: { replicas }
})

const scale = (replicas: number) =>
  asked({
    verb: "patch",
    ...clusters,
    name: "demo",
    contentType: ContentType.merge,
    body: { spec: { replicas } }
  })

interface Status {
  readonly epoch: number
  readonly phase: string
  readonly primary: { readonly pod: string; readonly runId: string }
}

const statusOf = Effect.map(asked({ verb: "get", ...clusters, name: "demo" }), (cr) => cr["status"] as Status)

const worldNow = Effect.flatMap(Cluster.ClusterWorld, SubscriptionRef.get)

/** The operator on a cluster that has just been asked for. */
const begin = (replicas: number) =>
  Effect.gen(function* () {
    yield* asked({ verb: "create", ...definitions, body: crd() })
    yield* asked({ verb: "create", ...clusters, body: demo(replicas) })
    yield* Effect.forkChild(operate({ settings: defaults }))
    yield* elapse(2_000)
  })

/** A client of the Service: whom its selector names. */
const routed = Effect.gen(function* () {
  const service = yield* asked({ verb: "get", ...core("services"), name: "demo-client" })
  const selector = (service["spec"] as { readonly selector?: Readonly<Record<string, string>> }).selector ?? {}
  return selector["statefulset.kubernetes.io/pod-name"] ?? selector["apps.kubernetes.io/pod-index"]
})

const passwordOf = Effect.map(asked({ verb: "get", ...core("secrets"), name: "demo-secret" }), (secret) =>
  atob((secret["data"] as { readonly password: string }).password)
)

const write = (key: string, value: string) =>
  Effect.gen(function* () {
    const state = yield* Cluster.ClusterWorld
    const world = yield* SubscriptionRef.get(state)
    const pod = (yield* routed)!
    const node = world.valkey.nodes[World.endpointOf(world, "default", pod)!]!
    const part = {
      nodes: ({ valkey }: World.World) => valkey,
      withNodes: (now: World.World, nodes: World.World["valkey"], millis: number) =>
        World.withNodes(now, nodes, counting(millis))
    }
    const credentials = { user: "default", password: Redacted.make(yield* passwordOf) }
    const send = transportOn(state, part, { from: "client" })
    const { address, port } = node
    const replies: Replies = yield* send({ address, port, credentials, lines: [["SET", key, value]] })
    return typeof replies === "string" ? replies : replies[0]
  })

const nodesOf = (world: World.World): ReadonlyArray<Node> => Object.values(world.valkey.nodes)

/** One primary, recorded and routed to, whom all others follow, with the same data. */
const whole = Effect.fnUntraced(function* (replicas: number, data: Readonly<Record<string, string>>) {
  const [world, status] = [yield* worldNow, yield* statusOf]
  const nodes = nodesOf(world)
  assert.strictEqual(nodes.length, replicas)
  const primaries = nodes.filter((node) => node.phase === "running" && node.following === undefined)
  assert.strictEqual(primaries.length, 1)
  assert.strictEqual(primaries[0]!.runId, status.primary.runId)
  assert.strictEqual(yield* routed, status.primary.pod)
  assert.strictEqual(status.phase, "Running")
  for (const node of nodes) {
    assert.deepStrictEqual(dataOf(node), data)
    if (node !== primaries[0]) {
      assert.include(node.following, { host: primaries[0]!.address })
      assert.strictEqual(node.following?.link.state, "connected")
    }
  }
  return status
})

const killed = (pod: string) => Cluster.changeNode("default", pod, (nodes, id) => Process.kill(nodes, id))

describe("a cluster in memory", () => {
  it.effect("comes up, and at rest nothing in it changes", () =>
    Effect.gen(function* () {
      yield* begin(3)
      yield* whole(3, {})
      const before = yield* worldNow
      yield* elapse(60_000)
      assert.strictEqual(yield* worldNow, before)
    }).pipe(Effect.provide(layer))
  )

  it.effect("keeps what was written over the death of its primary, twice in a row", () =>
    Effect.gen(function* () {
      yield* begin(3)
      assert.strictEqual(yield* write("a", "1"), "OK")
      const first = (yield* statusOf).primary.pod
      yield* killed(first)
      yield* elapse(3_000)
      const second = (yield* whole(3, { a: "1" })).primary.pod
      assert.notStrictEqual(second, first)
      assert.strictEqual(yield* write("b", "2"), "OK")
      yield* killed(second)
      yield* elapse(20_000)
      const { epoch, primary } = yield* whole(3, { a: "1", b: "2" })
      assert.strictEqual(epoch, 3)
      assert.notStrictEqual(primary.pod, second)
      const restarts = Object.values((yield* worldNow).cells).reduce((sum, cell) => sum + cell.restarts, 0)
      assert.strictEqual(restarts, 2)
    }).pipe(Effect.provide(layer))
  )

  it.effect("replaces a frozen primary, and takes back as a replica what goes on", () =>
    Effect.gen(function* () {
      yield* begin(3)
      yield* write("a", "1")
      const { primary } = yield* statusOf
      yield* Cluster.changeNode("default", primary.pod, (nodes, id) => Faults.freeze(nodes, id))
      yield* elapse(10_000)
      const after = yield* statusOf
      assert.notStrictEqual(after.primary.pod, primary.pod)
      assert.strictEqual(yield* write("b", "2"), "OK")
      yield* Cluster.changeNode("default", primary.pod, (nodes, id, millis) =>
        Faults.proceed(nodes, id, counting(millis))
      )
      yield* elapse(5_000)
      yield* whole(3, { a: "1", b: "2" })
    }).pipe(Effect.provide(layer))
  )

  it.effect("gives a pod that was deleted its place and its disk back", () =>
    Effect.gen(function* () {
      yield* begin(3)
      yield* write("a", "1")
      const { primary } = yield* statusOf
      const before = World.endpointOf(yield* worldNow, "default", primary.pod)
      yield* asked({ verb: "delete", ...core("pods"), name: primary.pod })
      yield* elapse(10_000)
      const world = yield* worldNow
      assert.notStrictEqual(World.endpointOf(world, "default", primary.pod), before)
      yield* whole(3, { a: "1" })
    }).pipe(Effect.provide(layer))
  )

  it.effect("grows and shrinks, and keeps the disks of pods that went", () =>
    Effect.gen(function* () {
      yield* begin(3)
      yield* write("a", "1")
      yield* scale(5)
      yield* elapse(5_000)
      yield* whole(5, { a: "1" })
      yield* scale(3)
      yield* elapse(20_000)
      yield* whole(3, { a: "1" })
      assert.strictEqual(Object.keys((yield* worldNow).disks).length, 2)
    }).pipe(Effect.provide(layer))
  )

  it.effect("ends with its owner, and keeps its disks", () =>
    Effect.gen(function* () {
      yield* begin(3)
      yield* write("a", "1")
      yield* asked({ verb: "delete", ...clusters, name: "demo" })
      yield* elapse(10_000)
      const world = yield* worldNow
      assert.deepStrictEqual(nodesOf(world), [])
      assert.strictEqual(Object.keys(world.disks).length, 3)
    }).pipe(Effect.provide(layer))
  )

  it.effect("is the same in every run", () => {
    const run = Effect.gen(function* () {
      yield* begin(3)
      yield* write("a", "1")
      yield* killed("demo-0")
      yield* elapse(20_000)
      const { valkey, ...world } = yield* worldNow
      return JSON.stringify([valkey, world.cells, yield* statusOf])
    }).pipe(Effect.provide(Layer.fresh(layer)))
    return Effect.gen(function* () {
      const one = yield* Effect.provide(run, TestClock.layer())
      const other = yield* Effect.provide(run, TestClock.layer())
      assert.strictEqual(one, other)
    })
  })
})
