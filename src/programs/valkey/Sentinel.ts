/**
 * The controller that keeps one primary: it looks at all nodes, takes one pure
 * decision, and acts on it, again and again until there is nothing to do.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Controller, Key, Verdict } from "../../domain/Controller.ts"
import { Get, type Kubernetes } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { unsupportedSpec } from "../../domain/valkey/cluster/Unsupported.ts"
import { decide } from "../../domain/valkey/Decide.ts"
import type { Decision } from "../../domain/valkey/Decision.ts"
import * as Health from "../../domain/valkey/Health.ts"
import type { Family, Member } from "../../domain/valkey/Members.ts"
import { costText, isClear, report } from "../../domain/valkey/Report.ts"
import { durability } from "../../domain/valkey/resources/Config.ts"
import { names, selectorText } from "../../domain/valkey/resources/Metadata.ts"
import { credentialsOf } from "../../domain/valkey/resources/Password.ts"
import { sentinelManager, type Settings } from "../../domain/valkey/Settings.ts"
import type { Situation } from "../../domain/valkey/Situation.ts"
import { SetDurability, Valkey } from "../../domain/valkey/Valkey.ts"
import { timed } from "../kube/Monotonic.ts"
import * as Failover from "./Failover.ts"
import { cached, find, members, probe } from "./Observe.ts"
import { reattach } from "./Repair.ts"
import { announce, broadcast, dismissClients, hasConverged, ledBy, route, topology } from "./Routing.ts"
import { phaseName, record, recordedIn, type Scene } from "./Scene.ts"
import { sources } from "./Sources.ts"

/** What one pass tells the next. */
export interface Memory {
  readonly health: Health.Health
  /** The phase of the open failover, and for how long it has lasted; stops counting at 10 s. */
  readonly phase: { readonly name: string; readonly millis: number }
}

const nothing: Memory = { health: Health.unknown, phase: { name: "", millis: 0 } }
const maxPhaseMillis = 10_000

const age = ({ health, phase }: Memory, millis: number): Memory => ({
  health: Health.aged(health, millis),
  phase: { name: phase.name, millis: phase.name === "" ? 0 : Math.min(phase.millis + millis, maxPhaseMillis) }
})

/** Between two passes of an open failover. */
const hurryMillis = 10
/** More decisions than a whole failover has; past that the next pass goes on. */
const maxSteps = 16
/** How long a failover stays open for slices that do not converge. */
const maxConvergenceMillis = 5000

export type Failure = Failover.Failure

type Look = { readonly scene: Scene; readonly health: Health.Health }

const pingMillis = (cluster: Cluster.Cluster, settings: Settings): number =>
  cluster.spec.sentinel.pingIntervalMs ?? settings.pingIntervalMillis

const thresholdsOf = (cluster: Cluster.Cluster, settings: Settings): Health.Thresholds => {
  const withWitness = cluster.spec.sentinel.downAfterMs ?? settings.downAfterMillis
  return { withWitness, alone: Math.max(withWitness, settings.downAfterAloneMillis) }
}

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

export const sentinel = (settings: Settings): Controller<Memory, Failure, Kubernetes | Valkey> => {
  /** From the cache and the nodes. Undefined: there is nothing to operate yet. */
  const look = Effect.fnUntraced(function* (key: Key, memory: Memory, cluster: Cluster.Cluster) {
    const { clientService, secret, topology: record } = names(cluster.metadata)
    const [all, service, password, published] = yield* Effect.all(
      [
        members(key, family(cluster, memory.health), selectorText(cluster), false),
        cached(Kinds.Service, key, clientService),
        cached(Kinds.Secret, key, secret),
        cached(Kinds.ConfigMap, key, record)
      ],
      { concurrency: "unbounded" }
    )
    const credentials = credentialsOf(password)
    if (credentials === undefined) return undefined
    const pods = yield* askAll(all, cluster.spec.port, credentials, pingMillis(cluster, settings))
    const thresholds = thresholdsOf(cluster, settings)
    const health = Health.look(memory.health, pods, cluster.status.primary)
    const situation: Situation = {
      desire: desireOf(cluster),
      intent: cluster.status,
      pods,
      health,
      thresholds,
      patience: {
        toStarve: (durability(cluster).maxLagSeconds + 2) * 1000,
        toCatchUp: 500,
        toConverge: maxConvergenceMillis
      },
      phaseMillis: memory.phase.name === phaseName(cluster.status.failover) ? memory.phase.millis : 0,
      ...ledBy(
        cluster,
        service,
        published,
        topology(
          desireOf(cluster),
          cluster.status,
          all.map(({ pod }) => pod)
        )
      ),
      credentials
    }
    return { scene: { cluster, situation: recordedIn(situation, cluster.status) }, health } satisfies Look
  })

  /** The same scene by quorum reads: what is irreversible is never decided from a cache. */
  const confirm = Effect.fnUntraced(function* (key: Key, { cluster, situation }: Scene) {
    const [object, all] = yield* Effect.all(
      [
        find(new Get({ resource: Cluster.resource, namespace: key.namespace, name: key.name })),
        members(key, family(cluster, situation.health), selectorText(cluster), true)
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
    return { cluster: fresh, situation: recordedIn({ ...situation, pods, desire: desireOf(fresh) }, fresh.status) }
  })

  /** Leads everything to the recorded primary and closes the failover when new connections go nowhere else. */
  const complete = Effect.fnUntraced(function* (
    scene: Scene,
    { failover, isFinal, primary, stragglers }: Extract<Decision, { _tag: "Complete" }>
  ) {
    if (!isFinal) return yield* Effect.as(reattach(scene, primary, stragglers), undefined)
    const [{ cluster, situation }, routedTo] = yield* Effect.all(
      [reattach(scene, primary, stragglers), route(scene, primary)],
      { concurrency: "unbounded" }
    )
    const attached: Scene = { cluster, situation: { ...situation, routedTo } }
    const isPatient = scene.situation.phaseMillis < maxConvergenceMillis
    if (isPatient && !(yield* hasConverged(attached, primary))) return undefined
    yield* dismissClients(attached, failover)
    const closed = yield* Failover.close(attached)
    const { lastFailover } = closed.cluster.status
    const cost = lastFailover === undefined ? undefined : costText(lastFailover)
    const what = `${failover.from === undefined ? "" : `${failover.from.pod} -> `}${primary.pod}, epoch ${failover.epoch}`
    yield* announce(
      closed,
      cost === undefined ? "Normal" : "Warning",
      `${failover.kind}Failover`,
      cost === undefined ? what : `${what}; ${cost}`
    )
    return closed
  })

  const maintain = Effect.fnUntraced(function* (
    scene: Scene,
    { isGuardRight, isPublished, primary, stragglers }: Extract<Decision, { _tag: "Maintain" }>
  ) {
    const { maxLagSeconds, minReplicas } = durability(scene.cluster)
    yield* Effect.all(
      [
        route(scene, primary),
        reattach(scene, primary, stragglers),
        isGuardRight
          ? Effect.void
          : Effect.catchTag(
              Valkey.perform(new SetDurability({ node: primary, minReplicas, maxLagSeconds })),
              "NodeError",
              (error) => Effect.logWarning(error.message)
            )
      ],
      { concurrency: "unbounded", discard: true }
    )
    if (!isPublished) yield* broadcast(scene)
    return undefined
  })

  /** One decision turned into effects; undefined: nothing more in this pass. */
  const act = (scene: Scene, decision: Decision) => {
    switch (decision._tag) {
      case "Settled":
      case "Wait":
      case "Halt":
        return Effect.succeed(undefined)
      case "Bootstrap":
        return Failover.bootstrap(scene, decision)
      case "Replace":
        return Failover.replace(scene, decision)
      case "SwitchOver":
        return Failover.switchOver(scene, decision)
      case "Fence":
        return Failover.fence(scene, decision)
      case "Choose":
        return Failover.choose(scene, decision)
      case "Promote":
        return Failover.promote(scene, decision)
      case "Adopt":
        return Failover.adopt(scene, decision)
      case "Reconsider":
        return Failover.reconsider(scene, decision)
      case "Relearn":
        return Failover.relearn(scene, decision)
      case "Complete":
        return complete(scene, decision)
      case "Maintain":
        return maintain(scene, decision)
    }
  }

  const isPassive = ({ _tag }: Decision): boolean => _tag === "Settled" || _tag === "Wait" || _tag === "Halt"

  const work = Effect.fnUntraced(function* (key: Key, first: Scene) {
    const decision = decide(first.situation)
    if (isPassive(decision)) return { scene: first, decision }
    let scene = yield* confirm(key, first)
    for (let step = 0; scene !== undefined && step < maxSteps; step++) {
      const next = decide(scene.situation)
      const after: Scene | undefined = isPassive(next) ? undefined : yield* act(scene, next)
      if (after === undefined) return { scene, decision: next }
      scene = after
    }
    return undefined
  })

  const operate = Effect.fn("Sentinel.pass")(function* (
    key: Key,
    memory: Memory
  ): Effect.fn.Return<Verdict<Memory>, Failure, Kubernetes | Valkey> {
    const object = yield* cached(Cluster.resource, key, key.name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { memory: nothing }
    const cluster = yield* Cluster.decode(object)
    if (unsupportedSpec(cluster.spec).length > 0) return { memory }
    const seen = yield* look(key, memory, cluster)
    if (seen === undefined) return { memory }
    const done = yield* work(key, seen.scene)
    const isOpen = (done?.scene ?? seen.scene).situation.intent.failover !== undefined
    const pause = isOpen ? hurryMillis : pingMillis(cluster, settings)
    const isTold = done !== undefined && !isOpen && isClear(done.scene.situation)
    if (isTold && (isPassive(done.decision) || done.decision._tag === "Maintain")) {
      yield* record(done.scene, report(done.scene.cluster, done.scene.situation, done.decision, selectorText(cluster)))
    }
    const name = phaseName((done?.scene ?? seen.scene).situation.intent.failover)
    const millis = isOpen && memory.phase.name === name ? memory.phase.millis : 0
    return { memory: { health: seen.health, phase: { name, millis } }, requeueAfter: Duration.millis(pause) }
  })

  /** What a pass tells the next is older by the time that the pass took. */
  const pass = Effect.fnUntraced(function* (key: Key, memory: Memory) {
    const [verdict, millis] = yield* timed(operate(key, memory))
    return { ...verdict, memory: age(verdict.memory, millis) }
  })

  return { name: sentinelManager, primary: Cluster.resource, sources, initialMemory: nothing, age, pass }
}
