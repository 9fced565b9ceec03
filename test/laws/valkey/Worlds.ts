/** Worlds in which generic laws run the controllers of a cluster. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import { Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { subResources } from "../../../src/domain/valkey/resources/SubResources.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { Valkey } from "../../../src/domain/valkey/Valkey.ts"
import * as Memory from "../../../src/interpreters/memory/WorldCluster.ts"
import type * as Run from "../../../src/laws/generic/Run.ts"
import type * as Models from "../../../src/models/World.ts"
import { dataOf } from "../../../src/models/valkey/Report.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import * as Lab from "../../programs/valkey/Lab.ts"

const yields = Effect.repeat(Effect.yieldNow, { times: 20 })

/** In steps, so that what each of them wakes has its say before the next. */
const elapse = (millis: number) =>
  Effect.gen(function* () {
    for (let left = millis; left > 0; left -= 500) {
      yield* TestClock.adjust(Math.min(left, 500))
      yield* yields
    }
  })

/** A field without names, addresses and ids that servers chose. */
const specOf = (object: KubeObject | undefined): unknown => {
  const { clusterIP: _, clusterIPs: __, ...spec } = (object?.["spec"] ?? {}) as Record<string, unknown>
  return object === undefined
    ? null
    : { spec, labels: object.metadata.labels, owners: object.metadata.ownerReferences?.length }
}

const conditionsOf = (object: KubeObject): unknown => {
  const { conditions = [] } = (object["status"] ?? {}) as { conditions?: ReadonlyArray<Record<string, unknown>> }
  return Object.fromEntries(conditions.map(({ reason, status, type }) => [type, `${String(status)} ${String(reason)}`]))
}

/** The objects of the cluster, and what is said of it. */
const objects = Effect.gen(function* () {
  const custom = yield* Lab.get(Cluster.resource, Lab.name)
  const decoded = yield* Cluster.decode(custom).pipe(Effect.orDie)
  const all: Record<string, unknown> = {}
  for (const { object, resource } of subResources(decoded)) {
    all[object.metadata.name!] = specOf(yield* Lab.find(resource, object.metadata.name!))
  }
  return { all, conditions: conditionsOf(custom) }
})

/** Who leads whom and with which data, whoever it is. */
const replication = Effect.gen(function* () {
  const custom = yield* Lab.get(Cluster.resource, Lab.name)
  const { failover, phase, primary } = (custom["status"] ?? {}) as Partial<Cluster.Status>
  const service = yield* Lab.find(Kinds.Service, `${Lab.name}-client`)
  const selector = (service?.["spec"] as { selector?: Record<string, string> } | undefined)?.selector ?? {}
  const { valkey } = yield* Lab.world
  const nodes = Object.values(valkey.nodes).filter((node) => node.phase === "running")
  return {
    phase: phase ?? null,
    isOpen: failover !== undefined,
    isRouted: primary !== undefined && selector["statefulset.kubernetes.io/pod-name"] === primary.pod,
    leaders: nodes.filter((node) => node.following === undefined).map((node) => node.runId === primary?.runId),
    followers: nodes.filter(
      (node) => node.following?.host === primary?.address && node.following?.link.state === "connected"
    ).length,
    data: nodes.map(dataOf),
    conditions: conditionsOf(custom)
  }
})

type World<A> = Run.World<Lab.World, A>

interface Given<A> {
  /** What happens before the first life, by hands of others. */
  readonly prepare: Effect.Effect<unknown, never, Lab.World>
  readonly observe: Effect.Effect<A, never, Lab.World>
  /** What happens to a run beside the passing of time; `millis`: since it began. */
  readonly meanwhile?: (millis: number) => Effect.Effect<void, never, Lab.World>
  readonly quietPasses?: number
}

const now = Effect.clockWith((clock) => Effect.sync(() => clock.currentTimeMillisUnsafe()))

/** Prepared once: a world is a value, and each run begins with the same one. */
const worldOf = <A>({ meanwhile, observe, prepare, quietPasses = 3 }: Given<A>): World<A> => {
  let prepared: Models.World | undefined
  let began = 0
  const ready = Effect.suspend(() =>
    prepared === undefined
      ? Effect.andThen(Effect.andThen(Lab.found, prepare), Lab.world).pipe(
          Effect.provide(Memory.layer(), { local: true }),
          Effect.tap((world) => Effect.sync(() => (prepared = world)))
        )
      : Effect.succeed(prepared)
  )
  return {
    layer: (wrap) => {
      const state = Layer.effect(
        Memory.ClusterWorld,
        Effect.gen(function* () {
          const world = yield* ready
          began = yield* now
          return yield* SubscriptionRef.make(world)
        })
      )
      const wrapped = Layer.mergeAll(
        Layer.effect(Kubernetes, Effect.map(Kubernetes, wrap)),
        Layer.effect(Valkey, Effect.map(Valkey, wrap))
      )
      const time = Layer.effectDiscard(Effect.forkScoped(Memory.drive))
      return wrapped.pipe(Layer.provideMerge(Memory.transports()), Layer.provideMerge(time), Layer.provideMerge(state))
    },
    between: (millis) =>
      Effect.andThen(
        elapse(millis),
        meanwhile === undefined ? Effect.void : Effect.flatMap(now, (millis) => meanwhile(millis - began))
      ),
    observe,
    quietPasses
  }
}

/** A cluster that has been asked for, and nothing else. */
export const asked: World<unknown> = worldOf({ prepare: Lab.begin(), observe: objects })

/** Its objects are there, its nodes have started; nobody leads. */
export const started: World<unknown> = worldOf({
  prepare: Effect.gen(function* () {
    yield* Lab.begin()
    yield* Lab.applyResources
    yield* elapse(1000)
  }),
  observe: replication
})

/** A cluster at work, with data. */
const atWork = Effect.gen(function* () {
  yield* Lab.begin()
  yield* Lab.operator().run(1500)
  yield* Lab.command("demo-0", "SET", "a", "1")
  yield* Lab.operator().run(200)
})

export const settled: World<unknown> = worldOf({ prepare: atWork, observe: replication })

/** Its primary is killed while the operator looks. */
export const killed: World<unknown> = worldOf({
  prepare: atWork,
  observe: replication,
  meanwhile: (millis) =>
    Effect.gen(function* () {
      const node = yield* Lab.nodeOf("demo-0")
      const isFirst = Object.values((yield* Lab.world).cells).every(({ restarts }) => restarts === 0)
      if (millis >= 200 && isFirst && node?.phase === "running") {
        yield* Lab.change("demo-0", (nodes, id) => Process.kill(nodes, id))
      }
    }),
  quietPasses: 4
})

/** The pod whose server leads, by the record. */
const primaryPod = Effect.map(Lab.status, ({ primary }) => primary!.pod)

/** The primary is on the highest ordinal, which the spec takes away while the operator looks. */
export const shrinking: World<unknown> = worldOf({
  prepare: Effect.gen(function* () {
    yield* Lab.begin()
    const operator = Lab.operator()
    yield* operator.run(1500)
    yield* Lab.command("demo-0", "SET", "a", "1")
    while ((yield* primaryPod) !== "demo-2") {
      yield* Lab.change(yield* primaryPod, (nodes, id) => Process.kill(nodes, id))
      yield* operator.run(1500)
    }
  }),
  observe: replication,
  meanwhile: (millis) =>
    Effect.gen(function* () {
      const { replicas } = (yield* Lab.get(Cluster.resource, Lab.name))["spec"] as Cluster.Spec
      if (millis >= 300 && replicas === 3) yield* Lab.patch(Cluster.resource, Lab.name, { spec: { replicas: 2 } })
    }),
  quietPasses: 4
})
