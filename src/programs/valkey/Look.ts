/**
 * The scene that a pass begins with: the cluster, its objects and pods as
 * cached, what every node answers, and what the pass before has told.
 */
import * as Effect from "effect/Effect"
import type { Key } from "../../domain/Controller.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Get, type Kubernetes } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { complaints, done } from "../../domain/valkey/Errands.ts"
import * as Health from "../../domain/valkey/Health.ts"
import type { Family, Member } from "../../domain/valkey/Members.ts"
import { durability } from "../../domain/valkey/resources/Config.ts"
import { names, selectorText } from "../../domain/valkey/resources/Metadata.ts"
import { credentialsOf } from "../../domain/valkey/resources/Password.ts"
import { routedPod } from "../../domain/valkey/resources/Services.ts"
import type { Settings } from "../../domain/valkey/Settings.ts"
import type { Situation } from "../../domain/valkey/Situation.ts"
import type { Valkey } from "../../domain/valkey/Valkey.ts"
import type { Memory } from "./Memory.ts"
import { cached, find, members, probe } from "./Observe.ts"
import { hasConverged, ledBy, recordOf, stillHidden } from "./Routing.ts"
import { phaseName, recordedIn, type Scene } from "./Scene.ts"

/** How long a failover stays open for slices that do not converge. */
const maxConvergenceMillis = 5000

export const pingMillis = (cluster: Cluster.Cluster, settings: Settings): number =>
  cluster.spec.sentinel.pingIntervalMs ?? settings.pingIntervalMillis

const thresholdsOf = (cluster: Cluster.Cluster, settings: Settings): Health.Thresholds => {
  const withWitness = cluster.spec.sentinel.downAfterMs ?? settings.downAfterMillis
  return { withWitness, alone: Math.max(withWitness, settings.downAfterAloneMillis) }
}

const patienceOf = (cluster: Cluster.Cluster): Situation["patience"] => ({
  toStarve: (durability(cluster).maxLagSeconds + 2) * 1000,
  toCatchUp: 500,
  toConverge: maxConvergenceMillis
})

const desireOf = (cluster: Cluster.Cluster): Situation["desire"] => ({
  replicas: cluster.spec.replicas,
  port: cluster.spec.port,
  maxOffsetGap: cluster.spec.failover.maxOffsetGap,
  minReplicas: durability(cluster).minReplicas,
  isSafe: cluster.spec.failover.policy === "safe",
  isPersistent: cluster.spec.persistence.enabled,
  hadData: cluster.status.hadData
})

/** Of the record and of the look before: whose pods are ours even if nobody owns them now. */
const family = ({ metadata, status }: Cluster.Cluster, { pods }: Health.Health): Family => {
  const { failover, primary } = status
  const recorded = [primary, failover?.from, failover?.to].flatMap((one) => (one === undefined ? [] : [one.uid]))
  return { name: metadata.name, uid: metadata.uid, known: [...recorded, ...Object.values(pods).map(({ uid }) => uid)] }
}

const viewOf = (member: Member, answer: Health.Answer): Health.PodView => ({ ...member, answer })

/** Asks every node at once; a pod without an address is gone. */
const askAll = Effect.fnUntraced(function* (
  all: ReadonlyArray<Member>,
  port: number,
  credentials: Situation["credentials"],
  millis: number
): Effect.fn.Return<ReadonlyArray<Health.PodView>, never, Valkey> {
  return yield* Effect.forEach(
    all,
    (member) =>
      member.address === undefined
        ? Effect.succeed(viewOf(member, { _tag: "Gone" }))
        : Effect.map(probe({ pod: member.pod, address: member.address, port, credentials }, millis), (answer) =>
            viewOf(member, answer)
          ),
    { concurrency: "unbounded" }
  )
})

/** Undefined: there is nothing to operate yet. */
export const look = Effect.fnUntraced(function* (
  key: Key,
  memory: Memory,
  cluster: Cluster.Cluster,
  settings: Settings
): Effect.fn.Return<Scene | undefined, KubeError, Kubernetes | Valkey> {
  const named = names(cluster.metadata)
  const selector = selectorText(cluster)
  const { failover, primary } = cluster.status
  const [all, service, password, topology, isConverged] = yield* Effect.all(
    [
      members(key, family(cluster, memory.health), selector, false),
      cached(Kinds.Service, key, named.clientService, selector),
      cached(Kinds.Secret, key, named.secret, selector),
      cached(Kinds.ConfigMap, key, named.topology, selector),
      failover?.phase === "Routing" && primary !== undefined ? hasConverged(cluster, primary) : Effect.succeed(true)
    ],
    { concurrency: "unbounded" }
  )
  const credentials = credentialsOf(password)
  if (credentials === undefined) return undefined
  const pods = yield* askAll(all, cluster.spec.port, credentials, pingMillis(cluster, settings))
  const objects = { service, topology }
  const written = stillHidden(memory.written, objects)
  const desire = desireOf(cluster)
  const situation: Situation = {
    desire,
    intent: cluster.status,
    pods,
    health: Health.look(memory.health, pods, primary),
    thresholds: thresholdsOf(cluster, settings),
    patience: patienceOf(cluster),
    phaseMillis: memory.phase.name === phaseName(failover) ? memory.phase.millis : 0,
    ...ledBy(cluster, objects, written, recordOf({ desire, intent: cluster.status, pods })),
    isConverged,
    refused: complaints(memory.errands),
    credentials
  }
  const { errands } = memory
  return { cluster, situation: recordedIn(situation, cluster.status), objects, written, errands }
})

/** The Service of which a write was refused: the cache may be behind for long, and every write decided from it in vain. */
const refusedService = (key: Key, { cluster, errands }: Scene) =>
  errands.Route === undefined
    ? Effect.undefined
    : find(new Get({ resource: Kinds.Service, namespace: key.namespace, name: names(cluster.metadata).clientService }))

/** What is known of it beside the cache, as if this operator had written it. */
const withService = (scene: Scene, service: KubeObject): Scene => {
  const { cluster, errands, objects, situation } = scene
  const routedTo = routedPod(cluster, service)
  const version = service.metadata.resourceVersion
  const before = objects.service?.metadata.resourceVersion
  return {
    ...scene,
    written: { ...scene.written, route: { before, version, pod: routedTo } },
    situation: { ...situation, routedTo },
    errands: routedTo === cluster.status.primary?.pod ? done(errands, "Route") : errands
  }
}

/** The same scene by quorum reads: what is irreversible is never decided from a cache. Undefined: the cluster is gone. */
export const confirm = Effect.fnUntraced(function* (
  key: Key,
  scene: Scene
): Effect.fn.Return<Scene | undefined, KubeError | Cluster.InvalidCluster, Kubernetes> {
  const { cluster, situation } = scene
  const [object, all, service] = yield* Effect.all(
    [
      find(new Get({ resource: Cluster.resource, namespace: key.namespace, name: key.name })),
      members(key, family(cluster, situation.health), selectorText(cluster), true),
      refusedService(key, scene)
    ],
    { concurrency: "unbounded" }
  )
  if (object === undefined || object.metadata.uid !== cluster.metadata.uid) return undefined
  if (object.metadata.deletionTimestamp !== undefined) return undefined
  const fresh = yield* Cluster.decode(object)
  const pods = all.map((member) => {
    const known = situation.pods.find(({ address, uid }) => uid === member.uid && address === member.address)
    return viewOf(member, known?.answer ?? { _tag: "Silent" })
  })
  const confirmed = { ...situation, pods, desire: desireOf(fresh) }
  const sure = { ...scene, cluster: fresh, situation: recordedIn(confirmed, fresh.status) }
  return service === undefined ? sure : withService(sure, service)
})
