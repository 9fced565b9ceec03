/**
 * The two controllers of a cluster over the memory world, pass after pass in
 * virtual time, with whatever the test puts between them and the world.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import type { Wrap } from "../../../src/domain/Capability.ts"
import type { Controller, Verdict } from "../../../src/domain/Controller.ts"
import { Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../../src/domain/kube/Wire.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import type { Status } from "../../../src/domain/valkey/Cluster.ts"
import { defaults } from "../../../src/domain/valkey/Settings.ts"
import { Valkey } from "../../../src/domain/valkey/Valkey.ts"
import type { Replies } from "../../../src/domain/valkey/Wire.ts"
import { transportOn } from "../../../src/interpreters/memory/Valkey.ts"
import * as Memory from "../../../src/interpreters/memory/WorldCluster.ts"
import type { Endpoint, Node, State } from "../../../src/models/valkey/Node.ts"
import { counting } from "../../../src/models/Names.ts"
import * as Models from "../../../src/models/World.ts"
import { resources } from "../../../src/programs/valkey/Resources.ts"
import { sentinel } from "../../../src/programs/valkey/Sentinel.ts"

export type World = Kubernetes | Valkey | Memory.ClusterWorld

export const namespace = "shop"
export const name = "demo"
export const key = { namespace, name }

export const cluster = (spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "valkey.verilean.io/v1",
  kind: "ValkeyCluster",
  metadata: { name, namespace, ...metadata },
  spec: { replicas: 3, ...spec }
})

const place = ({ group, namespaced, plural, version }: Resource) => ({
  group,
  version,
  resource: plural,
  ...(namespaced ? { namespace } : {})
})

/** A request by somebody who is no program of ours; a refusal ends the test. */
export const ask = (wire: ApiRequest): Effect.Effect<KubeObject, never, Memory.ClusterWorld> =>
  Effect.flatMap(Memory.ask(wire), ({ body, status }) =>
    status >= 200 && status < 300
      ? Effect.succeed(body as KubeObject)
      : Effect.die(new Error(`${wire.verb} ${wire.resource}: ${status} ${JSON.stringify(body)}`))
  )

export const create = (resource: Resource, body: KubeObject) => ask({ verb: "create", ...place(resource), body })
export const get = (resource: Resource, object: string) => ask({ verb: "get", ...place(resource), name: object })
export const list = (resource: Resource) => ask({ verb: "list", ...place(resource) })
export const remove = (resource: Resource, object: string, body: object = {}) =>
  ask({ verb: "delete", ...place(resource), name: object, body })
export const patch = (resource: Resource, object: string, body: object) =>
  ask({ verb: "patch", ...place(resource), name: object, contentType: ContentType.merge, body })

/** Undefined: there is none. */
export const find = (resource: Resource, object: string) =>
  Effect.map(Memory.ask({ verb: "get", ...place(resource), name: object }), ({ body, status }) =>
    status === 200 ? (body as KubeObject) : undefined
  )

export const CrdKind: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false
}

/** The namespace that everything here is in. */
export const found = create(Kinds.Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })

export const applyCrd = create(CrdKind, Cluster.crd())

/** A definition that takes anything: as it was before it had rules, or as somebody else installed it. */
export const applyLaxCrd = Effect.suspend(() => {
  const strict = Cluster.crd()
  const spec = strict["spec"] as { readonly versions: ReadonlyArray<object> }
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true }
  // No scale subresource either: the server reads its fields whatever the schema says.
  const versions = spec.versions.map((version) => ({
    ...version,
    schema: { openAPIV3Schema: anything },
    subresources: { status: {} }
  }))
  return create(CrdKind, { ...strict, spec: { ...spec, versions } })
})

/** The definition and one cluster of it. */
export const begin = (spec: object = {}) => Effect.andThen(applyCrd, create(Cluster.resource, cluster(spec)))

export const status = Effect.map(get(Cluster.resource, name), (object) => object["status"] as Status)

export const condition = (type: string) =>
  Effect.map(status, ({ conditions = [] }: Partial<Status> = {}) => conditions.find((one) => one.type === type))

export const world = Effect.flatMap(Memory.ClusterWorld, SubscriptionRef.get)

/** The server in a pod. */
export const nodeOf = (pod: string) =>
  Effect.map(world, (now): Node | undefined => {
    const id = Models.endpointOf(now, namespace, pod)
    return id === undefined ? undefined : now.valkey.nodes[id]
  })

export const change = (pod: string, f: (nodes: State, id: Endpoint, nowMillis: number) => State) =>
  Memory.changeNode(namespace, pod, f)

const part = {
  nodes: ({ valkey }: Models.World) => valkey,
  withNodes: (now: Models.World, nodes: State, millis: number) => Models.withNodes(now, nodes, counting(millis))
}

export const password = Effect.map(get(Kinds.Secret, `${name}-secret`), (secret) =>
  atob((secret["data"] as { readonly password: string }).password)
)

/** A client of the server in a pod. */
export const command = (pod: string, ...line: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const node = yield* nodeOf(pod)
    if (node === undefined) return "Refused"
    const send = transportOn(yield* Memory.ClusterWorld, part, { from: "client" })
    const credentials = { user: "default", password: Redacted.make(yield* password) }
    const replies: Replies = yield* send({ address: node.address, port: node.port, credentials, lines: [line] })
    return typeof replies === "string" ? replies : replies[0]
  })

const yields = Effect.repeat(Effect.yieldNow, { times: 40 })

/** Runs an effect while virtual time passes. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Exit.Exit<A, E>, never, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    for (;;) {
      yield* yields
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return exit
      yield* TestClock.adjust("10 millis")
    }
  })

/** One life of the operator: its memory lives here. */
export interface Operator {
  /** Passes of both controllers, one after the other, until so much time has passed. */
  readonly run: (millis: number) => Effect.Effect<void, never, World>
  /** One pass of each. */
  readonly turn: Effect.Effect<ReadonlyArray<Exit.Exit<unknown, unknown>>, never, World>
  /** Failures of the passes so far. */
  readonly failures: ReadonlyArray<unknown>
}

const passing = <M, E, R>(controller: Controller<M, E, R>, failures: Array<unknown>) => {
  let memory = controller.initialMemory
  return {
    age: (millis: number) => {
      memory = controller.age?.(memory, millis) ?? memory
    },
    pass: Effect.gen(function* () {
      const exit: Exit.Exit<Verdict<M>, E> = yield* inTime(controller.pass(key, memory))
      if (exit._tag === "Success") memory = exit.value.memory
      else failures.push(exit.cause.reasons[0]?._tag === "Fail" ? exit.cause.reasons[0].error : exit.cause)
      return exit
    })
  }
}

export const operator = (settings = defaults): Operator => {
  const failures: Array<unknown> = []
  const all = [passing(resources, failures), passing(sentinel(settings), failures)] as const
  const turn = Effect.gen(function* () {
    const exits: Array<Exit.Exit<unknown, unknown>> = []
    for (const { pass } of all) exits.push(yield* pass)
    return exits
  })
  const run = Effect.fnUntraced(function* (millis: number) {
    const clock = yield* Effect.clockWith((one) => Effect.succeed(one))
    const end = clock.currentTimeMillisUnsafe() + millis
    while (clock.currentTimeMillisUnsafe() < end) {
      yield* turn
      yield* TestClock.adjust("50 millis")
      for (const { age } of all) age(50)
    }
  })
  return { run, turn, failures }
}

/** Both capabilities over a world of their own, with `wrap` around what programs ask. */
export const layer = (wrap: Wrap = (inner) => inner) => {
  const wrapped = Layer.mergeAll(
    Layer.effect(Kubernetes, Effect.map(Kubernetes, wrap)),
    Layer.effect(Valkey, Effect.map(Valkey, wrap))
  )
  return Layer.provideMerge(wrapped, Layer.provideMerge(Layer.effectDiscard(found), Memory.layer()))
}

/** The sub-resources as the Resources program leaves them. */
export const applyResources = Effect.gen(function* () {
  const { pass } = passing(resources, [])
  yield* pass
  yield* pass
})

/** The pods of the cluster, each with its uid. */
export const podUids = Effect.map(
  ask({ verb: "list", ...place(Kinds.Pod), query: { labelSelector: `app.kubernetes.io/instance=${name}` } }),
  (list) =>
    (list as unknown as { readonly items: ReadonlyArray<KubeObject> }).items.map(
      ({ metadata }) => `${metadata.name} ${metadata.uid}`
    )
)

/** Every object of a sub-resource kind in the namespace. */
export const objects = Effect.map(
  Effect.forEach(
    [Kinds.Service, Kinds.ConfigMap, Kinds.Secret, Kinds.StatefulSet, Kinds.PodDisruptionBudget],
    (resource) =>
      Effect.map(ask({ verb: "list", ...place(resource) }), (list) =>
        (list as unknown as { readonly items: ReadonlyArray<KubeObject> }).items.map(
          ({ metadata }) => `${resource.kind} ${metadata.name}`
        )
      )
  ),
  (lists) => lists.flat().filter((one) => !one.endsWith(" kubernetes") && !one.endsWith("kube-root-ca.crt"))
)

/** One primary, recorded and routed to, everybody attached to it, and the status saying so. */
export const isWhole = (replicas = 3) =>
  Effect.gen(function* () {
    const { conditions, failover, primary } = yield* status
    const ready = conditions.find(({ type }) => type === "Ready")
    if (ready?.status !== "True") return `Ready: ${ready?.reason} ${ready?.message}`
    if (failover !== undefined) return `a failover is open: ${failover.phase}`
    const { valkey } = yield* world
    const nodes = Object.values(valkey.nodes).filter((node) => node.phase === "running")
    const followers = nodes.filter(({ following }) => following?.host === primary?.address).length
    const leaders = nodes.filter(({ following }) => following === undefined).map(({ runId }) => runId)
    if (leaders.length !== 1 || leaders[0] !== primary?.runId) return `leaders: ${leaders.join(" ")}`
    if (followers !== replicas - 1) return `${followers} followers`
    const service = yield* get(Kinds.Service, `${name}-client`)
    const selector = (service["spec"] as { readonly selector?: Record<string, string> }).selector
    return selector?.["statefulset.kubernetes.io/pod-name"] === primary?.pod ? "whole" : "not routed"
  })
