/**
 * A world with one operator or two in it, upstream's or ours, and what may
 * happen to it: the same events for both, in virtual time.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import type { Command as AnyCommand, Performs } from "../../src/domain/Capability.ts"
import type { Key } from "../../src/domain/Controller.ts"
import { Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../src/domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../src/domain/kube/Wire.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import { type Address, Valkey } from "../../src/domain/valkey/Valkey.ts"
import { transportOn } from "../../src/interpreters/memory/Valkey.ts"
import * as Memory from "../../src/interpreters/memory/WorldCluster.ts"
import { clusterView, type ClusterView } from "../../src/laws/valkey/ClusterView.ts"
import { counting } from "../../src/models/Names.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import type { Endpoint, State as Nodes } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import * as Models from "../../src/models/World.ts"
import { lease, type Player } from "./Players.ts"
import { holderOf, type Moment, type Trail, type Write } from "./Trail.ts"

/** What happens to requests that operators send to the API: answered by 500, never, or a second late. */
export interface Trouble {
  readonly of: (request: ApiRequest) => boolean
  readonly answer: "refused" | "never" | "late"
  /** How many it meets. */
  readonly times: number
}

/** The cluster that most scenarios are about. */
export const shop: Key = { namespace: "shop", name: "demo" }

type Happens = Effect.Effect<void, never, Memory.ClusterWorld>
type Change = (nodes: Nodes, id: Endpoint, nowMillis: number) => Nodes

const place = ({ group, namespaced, plural, version }: Resource, namespace: string) => ({
  group,
  version,
  resource: plural,
  ...(namespaced ? { namespace } : {})
})

export const state = Effect.flatMap(Memory.ClusterWorld, SubscriptionRef.get)

/** By somebody who is no operator; a refusal ends the test. */
export const ask = (request: ApiRequest): Effect.Effect<KubeObject, never, Memory.ClusterWorld> =>
  Effect.flatMap(Memory.ask(request), ({ body, status }) =>
    status >= 200 && status < 300
      ? Effect.succeed(body as KubeObject)
      : Effect.die(new Error(`${request.verb} ${request.resource}: ${status} ${JSON.stringify(body)}`))
  )

export const create = (resource: Resource, body: KubeObject) =>
  ask({ verb: "create", ...place(resource, body.metadata.namespace ?? ""), body })

export const merge = (resource: Resource, { name, namespace }: Key, body: object) =>
  ask({ verb: "patch", ...place(resource, namespace), name, contentType: ContentType.merge, body })

/** At once, as by `kubectl delete --force`. */
export const remove = (resource: Resource, { name, namespace }: Key): Happens =>
  Effect.asVoid(ask({ verb: "delete", ...place(resource, namespace), name, body: { gracePeriodSeconds: 0 } }))

export const server = ({ namespace }: Key, pod: string, change: Change): Happens =>
  Memory.changeNode(namespace, pod, change)

export const kill = (key: Key, pod: string): Happens => server(key, pod, (nodes, id) => Process.kill(nodes, id))

/** From another party, `operator` or `client` or a pod of the cluster. */
export const cut = (key: Key, pod: string, party: string): Happens =>
  Effect.flatMap(state, (world) =>
    server(key, pod, (nodes, id) => Faults.cut(nodes, id, Models.endpointOf(world, key.namespace, party) ?? party))
  )

export const heal: Happens = Memory.change((world) => ({ ...world, valkey: Faults.healAll(world.valkey) }))

/** How long a container that ended waits for its next start: a crash loop, or the first crash. */
export const restartAfter = (restartMillis: number): Happens => Memory.change((world) => ({ ...world, restartMillis }))

export const view = (key: Key): Effect.Effect<ClusterView, never, Memory.ClusterWorld> =>
  Effect.flatMap(state, (world) => {
    const found = clusterView(world, key)
    return found === undefined ? Effect.die(new Error(`no cluster ${key.name}`)) : Effect.succeed(found)
  })

/** The pod that a new connection of a client reaches. */
export const target = (key: Key) => Effect.map(view(key), ({ routed = [] }) => routed[0] ?? "nobody")

const credentialsOf = ({ name, namespace }: Key) =>
  Effect.map(Memory.ask({ verb: "get", ...place(Kinds.Secret, namespace), name: `${name}-secret` }), ({ body }) => {
    const password = (body as { readonly data?: { readonly password?: string } }).data?.password
    return password === undefined ? {} : { credentials: { user: "default", password: Redacted.make(atob(password)) } }
  })

const part = {
  nodes: ({ valkey }: Models.World) => valkey,
  withNodes: (now: Models.World, nodes: Nodes, millis: number) => Models.withNodes(now, nodes, counting(millis))
}

/** What a client of a pod is answered. */
export const command = Effect.fnUntraced(function* (key: Key, pod: string, ...line: ReadonlyArray<string>) {
  const world = yield* state
  const node = world.valkey.nodes[Models.endpointOf(world, key.namespace, pod) ?? ""]
  if (node === undefined) return "Refused"
  const send = transportOn(yield* Memory.ClusterWorld, part, { from: "client" })
  const { address, port } = node
  const replies = yield* send({ address, port, ...(yield* credentialsOf(key)), lines: [line] })
  return typeof replies === "string" ? replies : replies[0]
})

const yields = Effect.repeat(Effect.yieldNow, { times: 20 })
const stepMillis = 50

/** Virtual time, in steps short enough for everything to happen in its order. */
export const run = Effect.fnUntraced(function* (millis: number) {
  for (let left = millis; left > 0; left -= stepMillis) {
    yield* TestClock.adjust(Math.min(left, stepMillis))
    yield* yields
  }
})

export type View = ClusterView

/** Lets time pass until the cluster of the shop is so; two minutes at most. */
export const until = Effect.fnUntraced(function* (what: string, holds: (now: View) => boolean) {
  for (let left = 120_000; left > 0; left -= stepMillis) {
    if (holds(yield* view(shop))) return
    yield* run(stepMillis)
  }
  return yield* Effect.die(new Error(`after two minutes it is not so that ${what}`))
})

const isRequest = (wire: unknown): wire is ApiRequest => typeof wire === "object" && wire !== null && "verb" in wire

const isClaim = (wire: unknown): boolean => isRequest(wire) && wire.resource === "leases"

const outOfOrder = {
  status: 500,
  body: { kind: "Status", status: "Failure", code: 500, reason: "InternalError", message: "out of order" }
}

/** Of an exec, nothing has come back from the node. */
const refusal = (command: AnyCommand): unknown => (isRequest(command.encode()) ? outOfOrder : "TimedOut")

/** A stage for one player: what it asks is watched, and meets trouble. */
export const make = Effect.fnUntraced(function* (player: Player) {
  const world = yield* Memory.ClusterWorld
  const moments: Array<Moment> = []
  const writes: Array<Write> = []
  const intrusions: Array<string> = []
  const troubles: Array<Trouble> = []
  let sinceMillis = 0

  yield* Effect.forkScoped(
    Stream.runForEach(SubscriptionRef.changes(world), (now) =>
      Effect.map(Clock.currentTimeMillis, (atMillis) => void moments.push({ atMillis, world: now }))
    )
  )

  const troubled = (wire: unknown): Trouble | undefined => {
    const index = isRequest(wire) ? troubles.findIndex((one) => one.of(wire)) : -1
    const one = troubles[index]
    if (one !== undefined) troubles.splice(index, 1, ...(one.times > 1 ? [{ ...one, times: one.times - 1 }] : []))
    return one
  }

  /** The request that a command is, or that it travels in. */
  const requestOf = (command: AnyCommand): unknown => {
    const wire: unknown = command.encode()
    if (isRequest(wire) || !player.execs) return wire
    const { pod } = (command as unknown as { readonly node: Address }).node
    return { verb: "create", group: "", version: "v1", resource: "pods", name: pod, subresource: "exec" }
  }

  const watched =
    (identity: string) =>
    <C extends AnyCommand>(inner: Performs<C>): Performs<C> => ({
      perform: (command) =>
        Effect.flatMap(SubscriptionRef.get(world), (now) => {
          const trouble = troubled(requestOf(command))
          if (trouble?.answer === "never") return Effect.never
          const holder = holderOf(now)
          if (command.access === "write" && !isClaim(command.encode()) && holder !== identity) {
            intrusions.push(`${identity} sends ${command._tag} while the Lease names ${holder ?? "nobody"}`)
          }
          if (trouble?.answer === "late") return Effect.andThen(Effect.sleep("1 second"), inner.perform(command))
          // `decode` has the types of the command's header (`Lawful`).
          return trouble === undefined ? inner.perform(command) : (command.decode(refusal(command)) as never)
        })
    })

  const operator = Effect.fnUntraced(function* (identity: string) {
    const wrapped = Layer.mergeAll(
      Layer.effect(Kubernetes, Effect.map(Kubernetes, watched(identity))),
      Layer.effect(Valkey, Effect.map(Valkey, watched(identity)))
    ).pipe(Layer.provide(Memory.transports()), Layer.provide(Layer.succeed(Memory.ClusterWorld, world)))
    yield* Effect.forkScoped(Effect.provide(player.operate(identity), wrapped))
  })

  return {
    player,
    operator,
    /** As long as it takes to look at each node so many times. */
    looks: (count: number) => run(count * player.lookMillis),
    settle: run(player.settleMillis),
    failover: run(player.failoverMillis),
    trouble: (trouble: Trouble) => Effect.sync(() => void troubles.push(trouble)),
    /** By way of the Service; an answer other than OK promises nothing. */
    write: Effect.fnUntraced(function* (key: Key, name: string) {
      const reply = yield* command(key, yield* target(key), "SET", name, "1")
      if (reply === "OK") writes.push({ of: key, name })
      return reply
    }),
    /** Clusters are at work: from here on things happen. */
    begin: Effect.map(Clock.currentTimeMillis, (now) => void (sinceMillis = now)),
    trail: Effect.sync((): Trail => ({ moments: [...moments], writes: [...writes], intrusions, sinceMillis }))
  }
})

export type Stage = Effect.Success<ReturnType<typeof make>>

/** Namespaces, the definition of the kind, and a Lease that nobody holds (upstream does not make one, `gungnir:W1`). */
export const furnish = (namespaces: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    for (const name of namespaces) {
      yield* create(Kinds.Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name } })
    }
    yield* create(Kinds.CustomResourceDefinition, Cluster.crd())
    yield* create(Kinds.Lease, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: lease, spec: {} })
  })

export const cluster = ({ name, namespace }: Key, spec: object = {}): KubeObject => ({
  apiVersion: "valkey.verilean.io/v1",
  kind: "ValkeyCluster",
  metadata: { name, namespace },
  spec: { replicas: 3, sentinel: { downAfterMs: 5000, pingIntervalMs: 1000 }, ...spec }
})
