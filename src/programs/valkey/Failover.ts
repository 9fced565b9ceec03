/**
 * What each step of a failover does to the world, in the order that loses
 * nothing (`failover:7.4`, 7.5): intent, fence, promote, record, route, close.
 */
import * as Effect from "effect/Effect"
import type { NotLeader } from "../../domain/Capability.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import type { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import type { InvalidCluster, Status } from "../../domain/valkey/Cluster.ts"
import type { Decision } from "../../domain/valkey/Decision.ts"
import type { Failover, Intent, Primary, Target } from "../../domain/valkey/Intent.ts"
import { lastFailover, primaryOf } from "../../domain/valkey/Report.ts"
import { stragglersOf } from "../../domain/valkey/Stragglers.ts"
import { Fence, type Node, Promote, Valkey } from "../../domain/valkey/Valkey.ts"
import { answerOf } from "./Observe.ts"
import { reattach } from "./Repair.ts"
import { answered, fenced, record, type Scene } from "./Scene.ts"

export type Failure = KubeError | NotLeader | InvalidCluster

type Step = Effect.Effect<Scene, Failure, Kubernetes | Valkey>

const targetOf = ({ pod, runId, uid }: Node | Primary): Target => ({ pod, uid, runId })

/** Records an intent: what was there of the last failover goes. */
const intend = (scene: Scene, { epoch, failover }: Pick<Intent, "epoch" | "failover">): Step => {
  const { failover: _, ...status } = scene.cluster.status
  return record(scene, { ...status, epoch, ...(failover === undefined ? {} : { failover }) })
}

const nextEpoch = ({ situation }: Scene): number => situation.intent.epoch + 1

/** What nobody could have lost: see `Intent`. */
const withUntouched = (before: Status, untouched: number | undefined): Status => {
  const { untouched: _, ...status } = before
  return untouched === undefined ? status : { ...status, untouched }
}

export const bootstrap = (scene: Scene, { to, untouched }: Extract<Decision, { _tag: "Bootstrap" }>): Step => {
  const epoch = nextEpoch(scene)
  const status = withUntouched(scene.cluster.status, untouched)
  return record(scene, {
    ...status,
    epoch,
    failover: { epoch, kind: "Bootstrap", phase: "Promoting", to: targetOf(to) }
  })
}

/** Before the first client is led anywhere: from now on there may be something to lose. */
export const touch = (scene: Scene): Step => record(scene, withUntouched(scene.cluster.status, undefined))

export const replace = (scene: Scene, { evidence, from }: Extract<Decision, { _tag: "Replace" }>): Step => {
  const epoch = nextEpoch(scene)
  return Effect.andThen(
    Effect.logWarning(`replaces the primary ${from.pod}: ${evidence}`),
    intend(scene, { epoch, failover: { epoch, kind: "Unplanned", phase: "Fencing", from } })
  )
}

export const switchOver = (scene: Scene, { because, from, to }: Extract<Decision, { _tag: "SwitchOver" }>): Step => {
  const epoch = nextEpoch(scene)
  return Effect.andThen(
    Effect.logInfo(`moves the primary from ${from.pod} to ${to.pod}: ${because}`),
    intend(scene, { epoch, failover: { epoch, kind: "Planned", phase: "Fencing", from, to: targetOf(to) } })
  )
}

/** The chosen one is gone, and whether it was promoted does not matter: clients were never led to it. */
export const reconsider = (scene: Scene, { because }: Extract<Decision, { _tag: "Reconsider" }>): Step => {
  const epoch = nextEpoch(scene)
  const { failover, primary } = scene.situation.intent
  const from = primary === undefined ? undefined : (failover?.from ?? primary)
  return Effect.andThen(
    Effect.logWarning(`chooses again: ${because}`),
    intend(
      scene,
      from === undefined ? { epoch } : { epoch, failover: { epoch, kind: "Unplanned", phase: "Fencing", from } }
    )
  )
}

export const choose = (scene: Scene, { failover, to }: Extract<Decision, { _tag: "Choose" }>): Step =>
  intend(scene, {
    epoch: failover.epoch,
    failover: { ...failover, phase: "Promoting", to: targetOf(to.node) }
  })

/** All at once: the sooner no node can take a write, the less is lost. A node that refuses is what it answered. */
export const fence = Effect.fnUntraced(function* (
  scene: Scene,
  { nodes }: Extract<Decision, { _tag: "Fence" }>
): Effect.fn.Return<Scene, NotLeader, Valkey> {
  const results = yield* Effect.forEach(
    nodes,
    (node) =>
      Valkey.perform(new Fence({ node })).pipe(
        Effect.map((facts) => (now: Scene) => fenced(now, node, facts)),
        Effect.catchTag("NodeError", (error) =>
          Effect.as(Effect.logWarning(error.message), (now: Scene) => answered(now, node.pod, answerOf(error)))
        )
      ),
    { concurrency: "unbounded" }
  )
  return results.reduce((now, apply) => apply(now), scene)
})

/** Verified by what the same transaction answers: no second look is needed (`failover:6.1`, M3). */
export const promote = Effect.fnUntraced(function* (
  scene: Scene,
  { to }: Extract<Decision, { _tag: "Promote" }>
): Effect.fn.Return<Scene, NotLeader, Valkey> {
  return yield* Valkey.perform(new Promote({ node: to })).pipe(
    Effect.map(({ after }) => answered(scene, to.pod, { _tag: "Answered", facts: after })),
    Effect.catchTag("NodeError", (error) =>
      Effect.as(Effect.logWarning(error.message), answered(scene, to.pod, answerOf(error)))
    )
  )
})

/**
 * Records the new primary, and at the same time attaches the others to it: they
 * follow a node that is promoted, whatever becomes of the record, and a guarded
 * primary takes no write before one of them is back.
 */
export const adopt = Effect.fnUntraced(function* (
  scene: Scene,
  { facts, failover, node }: Extract<Decision, { _tag: "Adopt" }>
): Effect.fn.Return<Scene, Failure, Kubernetes | Valkey> {
  const primary = primaryOf(node, facts)
  const [result, attached] = yield* Effect.all(
    [
      Effect.result(
        record(scene, {
          ...scene.cluster.status,
          primary,
          masterPod: primary.pod,
          failover: routing(failover),
          lastFailover: lastFailover(scene.situation, failover, primary, facts)
        })
      ),
      reattach(scene, node, stragglersOf(scene.situation, node))
    ],
    { concurrency: "unbounded" }
  )
  const recorded = yield* Effect.fromResult(result)
  return { ...recorded, situation: { ...recorded.situation, pods: attached.situation.pods } }
})

const routing = (failover: Failover): Failover => ({ ...failover, phase: "Routing" })

/** Records the history that the primary leads now. */
export const relearn = (scene: Scene, { primary }: Extract<Decision, { _tag: "Relearn" }>): Step =>
  record(scene, { ...scene.cluster.status, primary })

/** Closes the failover. */
export const close = (scene: Scene): Step => intend(scene, { epoch: scene.situation.intent.epoch })
