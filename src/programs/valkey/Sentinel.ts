/**
 * The controller that keeps one primary: it looks at all nodes, takes one pure
 * decision, and acts on it, again and again until there is nothing to do.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { NotLeader } from "../../domain/Capability.ts"
import type { Controller, Key, Verdict } from "../../domain/Controller.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import type { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { unsupportedSpec } from "../../domain/valkey/cluster/Unsupported.ts"
import { decide } from "../../domain/valkey/Decide.ts"
import type { Decision } from "../../domain/valkey/Decision.ts"
import { costText, isClear, report } from "../../domain/valkey/Report.ts"
import { durability } from "../../domain/valkey/resources/Config.ts"
import { selectorText } from "../../domain/valkey/resources/Metadata.ts"
import { sentinelManager, type Settings } from "../../domain/valkey/Settings.ts"
import type { Situation } from "../../domain/valkey/Situation.ts"
import { type Node, SetDurability, Valkey } from "../../domain/valkey/Valkey.ts"
import { timed } from "../kube/Monotonic.ts"
import * as Failover from "./Failover.ts"
import { confirm, look, pingMillis } from "./Look.ts"
import { age, maxRefusals, type Memory, nothing } from "./Memory.ts"
import { cached } from "./Observe.ts"
import { reattach } from "./Repair.ts"
import { announce, broadcast, dismissClients, hasConverged, route } from "./Routing.ts"
import { attempt, phaseName, record, type Scene } from "./Scene.ts"
import { sources } from "./Sources.ts"

/** Between two passes of an open failover that waits for nodes; slices are waited for by their watch. */
const hurryMillis = 10
/** More decisions than a whole failover has; past that the next pass goes on. */
const maxSteps = 16
/** An open failover that has waited for so long in one phase is told of. */
const stuckMillis = 1000
/** The first pause after a step that the API refused; each further refusal in a row doubles it. */
const refusalMillis = 5

export type Failure = Failover.Failure

/** Replicas and clients at once: neither waits for the other. */
const lead = Effect.fnUntraced(function* (
  scene: Scene,
  { primary, stragglers }: Extract<Decision, { _tag: "Complete" | "Maintain" }>
): Effect.fn.Return<Scene, NotLeader | Cluster.InvalidCluster, Kubernetes | Valkey> {
  const [attached, led] = yield* Effect.all([reattach(scene, primary, stragglers), route(scene, primary)], {
    concurrency: "unbounded"
  })
  return { ...led, situation: { ...led.situation, pods: attached.situation.pods } }
})

/** Leads everything to the recorded primary and closes the failover when new connections go nowhere else. */
const complete = Effect.fnUntraced(function* (
  scene: Scene,
  decision: Extract<Decision, { _tag: "Complete" }>
): Effect.fn.Return<Done, Failure, Kubernetes | Valkey> {
  const { failover, isFinal, primary, stragglers } = decision
  if (!isFinal) return { scene: yield* reattach(scene, primary, stragglers), isOver: true }
  const led = yield* lead(yield* Failover.touch(scene), decision)
  const { isRoutable, patience, phaseMillis, routedTo } = led.situation
  if (phaseMillis < patience.toConverge && isRoutable) {
    const isLedOn = routedTo === primary.pod && (yield* hasConverged(led.cluster, primary))
    if (!isLedOn) return { scene: led, isOver: true }
  }
  yield* dismissClients(led, failover)
  const closed = yield* Failover.close(led)
  const { lastFailover } = closed.cluster.status
  const cost = lastFailover === undefined ? undefined : costText(lastFailover)
  const what = `${failover.from === undefined ? "" : `${failover.from.pod} -> `}${primary.pod}, epoch ${failover.epoch}`
  yield* announce(
    closed,
    cost === undefined ? "Normal" : "Warning",
    `${failover.kind}Failover`,
    cost === undefined ? what : `${what}; ${cost}`
  )
  return { scene: closed, isOver: false }
})

/** A node that refuses is told of at the next look. */
const guard = ({ cluster }: Scene, node: Node): Effect.Effect<void, NotLeader, Valkey> =>
  Effect.catchTag(Valkey.perform(new SetDurability({ node, ...durability(cluster) })), "NodeError", (error) =>
    Effect.logWarning(error.message)
  )

const maintain = Effect.fnUntraced(function* (
  scene: Scene,
  decision: Extract<Decision, { _tag: "Maintain" }>
): Effect.fn.Return<Scene, NotLeader | Cluster.InvalidCluster, Kubernetes | Valkey> {
  const { isGuardRight, isPublished, primary } = decision
  const [led] = yield* Effect.all([lead(scene, decision), isGuardRight ? Effect.void : guard(scene, primary)], {
    concurrency: "unbounded"
  })
  return isPublished ? led : yield* broadcast(led)
})

/** `isOver`: nothing more can be done before the next look. */
interface Done {
  readonly scene: Scene
  readonly isOver: boolean
}

type Acted = Effect.Effect<Done, Failure, Kubernetes | Valkey>

const goingOn = (step: Effect.Effect<Scene, Failure, Kubernetes | Valkey>): Acted =>
  Effect.map(step, (scene) => ({ scene, isOver: false }))

/** One decision turned into effects. */
const act = (scene: Scene, decision: Decision): Acted => {
  switch (decision._tag) {
    case "Settled":
    case "Wait":
    case "Halt":
      return Effect.succeed({ scene, isOver: true })
    case "Bootstrap":
      return goingOn(Failover.bootstrap(scene, decision))
    case "Replace":
      return goingOn(Failover.replace(scene, decision))
    case "SwitchOver":
      return goingOn(Failover.switchOver(scene, decision))
    case "Fence":
      return goingOn(Failover.fence(scene, decision))
    case "Choose":
      return goingOn(Failover.choose(scene, decision))
    case "Promote":
      return goingOn(Failover.promote(scene, decision))
    case "Adopt":
      return goingOn(Failover.adopt(scene, decision))
    case "Reconsider":
      return goingOn(Failover.reconsider(scene, decision))
    case "Relearn":
      return goingOn(Failover.relearn(scene, decision))
    case "Complete":
      return complete(scene, decision)
    case "Maintain":
      return Effect.map(maintain(scene, decision), (after) => ({ scene: after, isOver: true }))
  }
}

const isPassive = ({ _tag }: Decision): boolean => _tag === "Settled" || _tag === "Wait" || _tag === "Halt"

/** How far a pass has come; `refusal`: what the API answered to the step that was not done. */
interface Outcome {
  readonly scene: Scene
  readonly decision: Decision
  readonly refusal?: KubeError
}

/** A step that the API refuses ends the pass; what was seen of the nodes counts all the same. */
const refusable = <A, R>(scene: Scene, decision: Decision, step: Effect.Effect<A, Failure, R>) =>
  Effect.catchTag(step, "KubeError", (refusal) =>
    Effect.succeed<Outcome & { readonly refusal: KubeError }>({ scene, decision, refusal })
  )

/** Undefined: the cluster is gone. */
const work = Effect.fnUntraced(function* (
  key: Key,
  first: Scene
): Effect.fn.Return<Outcome | undefined, Exclude<Failure, KubeError>, Kubernetes | Valkey> {
  let decision = decide(first.situation)
  if (isPassive(decision)) return { scene: first, decision }
  const fresh = yield* refusable(first, decision, confirm(key, first))
  if (fresh === undefined || "refusal" in fresh) return fresh
  let scene: Scene = fresh
  for (let step = 0; step < maxSteps; step++) {
    decision = decide(scene.situation)
    const after = yield* refusable(scene, decision, act(scene, decision))
    if ("refusal" in after) return after
    if (after.isOver) return { scene: after.scene, decision }
    scene = after.scene
  }
  return { scene, decision: decide(scene.situation) }
})

/** A failover is told of once it halts, or waits for so long: people must know then, and no step is held up. */
const isStuck = ({ phaseMillis }: Situation, { _tag }: Decision): boolean =>
  _tag === "Halt" || (_tag === "Wait" && phaseMillis >= stuckMillis)

const isTold = (situation: Situation, decision: Decision): boolean =>
  situation.intent.failover === undefined
    ? isPassive(decision) || decision._tag === "Maintain"
    : isStuck(situation, decision)

/** What people read, once the nodes are known and nothing goes on. */
const tell = ({ decision, scene }: Outcome): Effect.Effect<Scene, Exclude<Failure, KubeError>, Kubernetes> => {
  const { cluster, situation } = scene
  if (!isClear(situation) || !isTold(situation, decision)) return Effect.succeed(scene)
  return attempt(scene, "Report", record(scene, report(cluster, situation, decision, selectorText(cluster))))
}

/** The requeue of a refused step, from the second one in a row on told; a lost race is nobody's fault. */
const complain = (refusal: KubeError, before: number): Effect.Effect<void> =>
  before > 0 || refusal.reason === "Conflict" ? Effect.void : Effect.logWarning(refusal.message)

const pauseOf = (outcome: Outcome, refusals: number, ping: number, hurry: number): number => {
  if (outcome.refusal !== undefined) return Math.min(refusalMillis * 2 ** (refusals - 1), ping * 5)
  const { failover } = outcome.scene.situation.intent
  return failover === undefined || failover.phase === "Routing" ? ping : hurry
}

export const sentinel = (settings: Settings): Controller<Memory, Failure, Kubernetes | Valkey> => {
  const operate = Effect.fn("Sentinel.pass")(function* (
    key: Key,
    memory: Memory
  ): Effect.fn.Return<Verdict<Memory>, Failure, Kubernetes | Valkey> {
    const object = yield* cached(Cluster.resource, key, key.name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { memory: nothing }
    const cluster = yield* Cluster.decode(object)
    if (unsupportedSpec(cluster.spec).length > 0) return { memory }
    const seen = yield* look(key, memory, cluster, settings)
    if (seen === undefined) return { memory }
    const outcome = yield* work(key, seen)
    if (outcome === undefined) return { memory: nothing }
    const { refusal } = outcome
    if (refusal !== undefined) yield* complain(refusal, memory.refusals)
    const refusals = refusal === undefined ? 0 : Math.min(memory.refusals + 1, maxRefusals)
    const { errands, situation, written } = refusal === undefined ? yield* tell(outcome) : outcome.scene
    const name = phaseName(situation.intent.failover)
    const millis = name !== "" && memory.phase.name === name ? memory.phase.millis : 0
    return {
      memory: { health: seen.situation.health, phase: { name, millis }, errands, written, refusals },
      requeueAfter: Duration.millis(
        pauseOf(outcome, refusals, pingMillis(cluster, settings), settings.hurryMillis ?? hurryMillis)
      )
    }
  })

  /** What a pass tells the next is older by the time that the pass took. */
  const pass = Effect.fnUntraced(function* (key: Key, memory: Memory) {
    const [verdict, millis] = yield* timed(operate(key, memory))
    return { ...verdict, memory: age(verdict.memory, millis) }
  })

  return { name: sentinelManager, primary: Cluster.resource, sources, initialMemory: nothing, age, pass }
}
