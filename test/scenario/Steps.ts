/**
 * What the scenario does to the cluster and what it expects of it, in the words
 * of the issue: each step ends when the world is as it should be.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Get, List } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../src/domain/kube/Object.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import { ownedByUid } from "./Objects.ts"
import type { World } from "./Environment.ts"

export interface At {
  readonly namespace: string
  readonly name: string
}

export const cluster = (world: World, at: At) =>
  world.kubernetes
    .perform(new Get({ resource: Cluster.resource, ...at }))
    .pipe(Effect.flatMap(Cluster.decode), Effect.orDie)

const get = (world: World, resource: Resource, namespace: string, name: string) =>
  world.kubernetes.perform(new Get({ resource, namespace, name })).pipe(
    Effect.catchIf(
      (error) => error.reason === "NotFound",
      () => Effect.succeed(undefined)
    ),
    Effect.orDie
  )

export const pods = (world: World, { name, namespace }: At) =>
  world.kubernetes
    .perform(new List({ resource: Kinds.Pod, namespace, labelSelector: `app.kubernetes.io/instance=${name}` }))
    .pipe(
      Effect.map(({ items }) => items),
      Effect.orDie
    )

export const pod = (world: World, at: At, name: string) =>
  Effect.map(pods(world, at), (all) => all.find(({ metadata }) => metadata.name === name))

/** Fails with the last complaint when that is not resolved in time; nothing here takes long. */
export const until = <E, R>(what: string, seconds: number, complaint: Effect.Effect<string | undefined, E, R>) =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    while (true) {
      const wrong = yield* complaint
      const millis = (yield* Clock.currentTimeMillis) - start
      if (wrong === undefined) return millis
      if (millis > seconds * 1000) return yield* Effect.die(new Error(`${what}: after ${seconds} s ${wrong}`))
      yield* Effect.sleep("20 millis")
    }
  })

type Role = readonly [role: "master" | "slave", ...rest: ReadonlyArray<unknown>]

/** ROLE of every pod, by name; undefined where nobody answers. */
export const roles = (world: World, at: At) =>
  Effect.gen(function* () {
    const all = new Map<string, Role | undefined>()
    for (const one of yield* pods(world, at)) {
      const status = one["status"] as { podIP?: string } | undefined
      const replies = status?.podIP === undefined ? "Refused" : yield* world.ask(one, ["ROLE"])
      const role = typeof replies === "string" ? undefined : replies[0]
      all.set(one.metadata.name!, Array.isArray(role) ? (role as unknown as Role) : undefined)
    }
    return all
  })

const routed = (service: KubeObject | undefined): string | undefined =>
  (service?.["spec"] as { selector?: Record<string, string> } | undefined)?.selector?.[
    "statefulset.kubernetes.io/pod-name"
  ]

/**
 * `replicas` pods, one primary by ROLE, all others attached to it, the client
 * Service and the record agreeing on it, no failover open, the status saying that all are in sync. `not`: whom it may not be.
 */
export const asDesired = (world: World, at: At, replicas: number, not?: string) =>
  Effect.gen(function* () {
    const { status } = yield* cluster(world, at)
    const primary = status.primary?.pod
    if (primary === undefined || status.failover !== undefined)
      return `no settled primary: ${JSON.stringify(status.failover)}`
    if (primary === not) return `${primary} is still the primary`
    const all = yield* roles(world, at)
    if (all.size !== replicas) return `${all.size} pods`
    for (const [name, role] of all) {
      if (role === undefined) return `${name} does not answer`
      if (name === primary && role[0] !== "master") return `${name} is ${role[0]}`
      if (name !== primary && (role[0] !== "slave" || role[1] !== status.primary!.address || role[3] !== "connected")) {
        return `${name} is ${JSON.stringify(role)}`
      }
    }
    const target = routed(yield* get(world, Kinds.Service, at.namespace, `${at.name}-client`))
    if (target !== primary) return `the Service leads to ${target}, not to ${primary}`
    const condition = (type: string) => status.conditions.find((one) => one.type === type)
    const [ready, progressing] = [condition("Ready"), condition("Progressing")]
    const isSaid = ready?.status === "True" && progressing?.status === "False"
    return isSaid && status.masterPod === primary && status.readyReplicas === replicas
      ? undefined
      : `status: ready ${status.readyReplicas}, ${status.masterPod}, ${JSON.stringify([ready, progressing])}`
  })

export const subResources = (at: At): ReadonlyArray<readonly [Resource, string]> => [
  [Kinds.Service, `${at.name}-headless`],
  [Kinds.Service, `${at.name}-client`],
  [Kinds.ConfigMap, `${at.name}-config`],
  [Kinds.Secret, `${at.name}-secret`],
  [Kinds.StatefulSet, at.name],
  [Kinds.PodDisruptionBudget, `${at.name}-pdb`]
]

/** The six objects exist and belong to the cluster; or none of them does, when `present` is false. */
export const sixObjects = (world: World, at: At, owner: string | undefined) =>
  Effect.gen(function* () {
    for (const [resource, name] of subResources(at)) {
      const object = yield* get(world, resource, at.namespace, name)
      if (owner === undefined && object !== undefined) return `${resource.kind} ${name} is still there`
      if (owner !== undefined && !ownedByUid(object, owner))
        return `${resource.kind} ${name}: ${object === undefined ? "missing" : "not owned"}`
    }
    return undefined
  })

export const claims = (world: World, { name, namespace }: At) =>
  world.kubernetes
    .perform(
      new List({
        resource: Kinds.PersistentVolumeClaim,
        namespace,
        labelSelector: `app.kubernetes.io/instance=${name}`
      })
    )
    .pipe(
      Effect.map(({ items }) => items.map(({ metadata }) => metadata.name!)),
      Effect.orDie
    )

export const create = (world: World, { name, namespace }: At, spec: object) =>
  world.send({
    verb: "create",
    ...collection(namespace),
    body: { apiVersion: "valkey.verilean.io/v1", kind: "ValkeyCluster", metadata: { name, namespace }, spec }
  })

const collection = (namespace: string) => ({
  group: Cluster.resource.group,
  version: Cluster.resource.version,
  resource: Cluster.resource.plural,
  namespace
})

export const patch = (world: World, { name, namespace }: At, body: object) =>
  world.send({
    verb: "patch",
    ...collection(namespace),
    name,
    contentType: "application/merge-patch+json",
    body
  })

export const remove = (world: World, resource: Resource, namespace: string, name: string, body: object = {}) =>
  world.send({
    verb: "delete",
    group: resource.group,
    version: resource.version,
    resource: resource.plural,
    namespace,
    name,
    body
  })

/** Writes and reads at whoever the Service leads to. */
export const command = (world: World, at: At, ...line: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const target = routed(yield* get(world, Kinds.Service, at.namespace, `${at.name}-client`))
    const one = target === undefined ? undefined : yield* pod(world, at, target)
    if (one === undefined) return "Refused"
    const replies = yield* world.ask(one, line)
    return typeof replies === "string" ? replies : replies[0]
  })

/** Creates the CustomResourceDefinition and waits until its kind is served. */
export const applyCrd = ({ send }: World) =>
  Effect.gen(function* () {
    yield* send({
      verb: "create",
      group: "apiextensions.k8s.io",
      version: "v1",
      resource: "customresourcedefinitions",
      body: Cluster.crd()
    })
    const { group, plural, version } = Cluster.resource
    const isServed = Effect.map(
      send({ verb: "list", group, version, resource: plural }),
      ({ status }) => status === 200
    )
    while (!(yield* isServed)) yield* Effect.sleep("20 millis")
  })
