/** The invariants hold of every state and every step of whole lives. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream, SubscriptionRef } from "effect"
import type { Command } from "../../../src/domain/Capability.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import * as Memory from "../../../src/interpreters/memory/WorldCluster.ts"
import { journal } from "../../../src/interpreters/wrap/Journal.ts"
import { clusterView, type ClusterView } from "../../../src/laws/valkey/ClusterView.ts"
import { brokenIn, isWhole } from "../../../src/laws/valkey/Invariants.ts"
import { unconditional } from "../../../src/laws/valkey/Preconditions.ts"
import { brokenBetween } from "../../../src/laws/valkey/Steps.ts"
import { counting } from "../../../src/models/Names.ts"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import { endpoint } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import * as Lab from "../../programs/valkey/Lab.ts"

const view = Effect.map(Lab.world, (world) => clusterView(world, Lab.key)!)

/** Looks at every state that the world goes through, in the background of the scope. */
const watching = Effect.gen(function* () {
  const broken = new Set<string>()
  let before: ClusterView | undefined
  let states = 0
  const world = yield* Memory.ClusterWorld
  yield* Effect.forkScoped(
    Stream.runForEach(SubscriptionRef.changes(world), (now) =>
      Effect.sync(() => {
        states++
        const after = clusterView(now, Lab.key)
        const found =
          after === undefined ? [] : [...brokenIn(after), ...(before === undefined ? [] : brokenBetween(before, after))]
        for (const one of found) broken.add(one)
        before = after
      })
    )
  )
  return { broken, states: () => states }
})

const primaryPod = Effect.map(Lab.status, ({ primary }) => primary!.pod)
const kill = (pod: string) => Lab.change(pod, (nodes, id) => Process.kill(nodes, id))
const idOf = (pod: string) => Effect.map(Lab.nodeOf(pod), (node) => endpoint(node!.address, node!.port))
const scale = (replicas: number) => Lab.patch(Cluster.resource, Lab.name, { spec: { replicas } })

type Life = (operator: Lab.Operator) => Effect.Effect<unknown, never, Lab.World>

const lives: ReadonlyArray<readonly [says: string, replicas: number, life: Life]> = [
  [
    "two primaries killed in a row",
    3,
    (operator) =>
      Effect.gen(function* () {
        for (let round = 0; round < 2; round++) {
          yield* kill(yield* primaryPod)
          yield* operator.run(2000)
        }
      })
  ],
  [
    "a primary frozen, replaced, and going on",
    3,
    (operator) =>
      Effect.gen(function* () {
        const old = yield* primaryPod
        yield* Lab.change(old, (nodes, id) => Faults.freeze(nodes, id))
        yield* operator.run(3500)
        yield* Lab.change(old, (nodes, id, now) => Faults.proceed(nodes, id, counting(now)))
        yield* operator.run(1000)
      })
  ],
  [
    "a primary cut off with its clients, and found again",
    3,
    (operator) =>
      Effect.gen(function* () {
        const old = yield* idOf("demo-0")
        const others = [yield* idOf("demo-1"), yield* idOf("demo-2"), "operator"]
        for (const other of others) yield* Lab.change("demo-0", (nodes) => Faults.cut(nodes, old, other))
        yield* operator.run(4000)
        yield* Lab.command("demo-0", "SET", "b", "2")
        yield* Lab.change("demo-0", (nodes) => Faults.healAll(nodes))
        yield* operator.run(2000)
      })
  ],
  [
    "scaled to five and back, the primary on a high ordinal",
    3,
    (operator) =>
      Effect.gen(function* () {
        yield* scale(5)
        yield* operator.run(2000)
        while (Number((yield* primaryPod).slice(-1)) < 3) {
          yield* kill(yield* primaryPod)
          yield* operator.run(2000)
        }
        yield* scale(3)
        yield* operator.run(4000)
      })
  ],
  [
    "the primary's pod deleted",
    3,
    (operator) =>
      Effect.gen(function* () {
        yield* Lab.remove(Kinds.Pod, yield* primaryPod)
        yield* operator.run(3000)
      })
  ],
  [
    "all servers killed at once",
    3,
    (operator) =>
      Effect.gen(function* () {
        for (const pod of ["demo-0", "demo-1", "demo-2"]) yield* kill(pod)
        yield* operator.run(20_000)
      })
  ],
  [
    "an operator that forgets everything in between",
    3,
    () =>
      Effect.gen(function* () {
        yield* kill("demo-0")
        for (let round = 0; round < 40; round++) yield* Lab.operator().run(50)
      })
  ]
]

describe("in every state and step of a life with", () => {
  for (const [says, replicas, life] of lives) {
    const asked: Array<Command> = []
    const layer = Lab.layer(journal(({ command }) => Effect.sync(() => void asked.push(command))))
    it.effect(`${says}, the invariants hold, and it ends whole`, () =>
      Effect.gen(function* () {
        yield* Lab.applyCrd
        const { broken, states } = yield* watching
        yield* Lab.create(Cluster.resource, Lab.cluster({ replicas }))
        const operator = Lab.operator()
        yield* operator.run(1500)
        yield* Lab.command(yield* primaryPod, "SET", "a", "1")
        yield* life(operator)
        yield* operator.run(1000)
        assert.deepStrictEqual([...broken], [])
        assert.isAbove(states(), 30)
        assert.isTrue(isWhole(yield* view))
        assert.strictEqual(yield* Lab.command(yield* primaryPod, "GET", "a"), "1")
        assert.deepStrictEqual(
          asked.map(unconditional).filter((one) => one !== undefined),
          []
        )
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }
})

/** Hand-made states and steps, each of which breaks one law: no law is true of everything. */
