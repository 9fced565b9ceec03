/**
 * One pass of the Sentinel program in the middle of its work: the cluster as
 * last read or written, and the situation drawn from it.
 */
import * as Effect from "effect/Effect"
import type { NotLeader } from "../../domain/Capability.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Kubernetes, PatchStatus } from "../../domain/kube/Kubernetes.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import * as Errands from "../../domain/valkey/Errands.ts"
import type { Facts } from "../../domain/valkey/Facts.ts"
import type { Answer } from "../../domain/valkey/Health.ts"
import type { Intent } from "../../domain/valkey/Intent.ts"
import { sentinelManager } from "../../domain/valkey/Settings.ts"
import type { Situation } from "../../domain/valkey/Situation.ts"
import { type Node, nowhere } from "../../domain/valkey/Valkey.ts"

/** Versions of an object: in the cache, and as this operator's own write has made it. */
interface Versions {
  readonly before: string | undefined
  readonly version: string | undefined
}

/** What was just written of an object, or read beside the cache, while that has it as it was before. */
export interface Written {
  readonly route?: Versions & { readonly pod: string | undefined }
  readonly record?: Versions & { readonly text: string }
}

export interface Scene {
  readonly cluster: Cluster.Cluster
  readonly situation: Situation
  /** The client Service and the topology record, as cached. */
  readonly objects: { readonly service: KubeObject | undefined; readonly topology: KubeObject | undefined }
  readonly written: Written
  readonly errands: Errands.Errands
}

/**
 * Does an errand that is due; one that is refused is put off, told once, and
 * holds nothing up. A race that was lost is decided anew at the next look.
 */
export const attempt = <R>(
  scene: Scene,
  errand: Errands.Errand,
  effect: Effect.Effect<Scene, KubeError | NotLeader | Cluster.InvalidCluster, R>
): Effect.Effect<Scene, NotLeader | Cluster.InvalidCluster, R> =>
  !Errands.isDue(scene.errands, errand)
    ? Effect.succeed(scene)
    : effect.pipe(
        Effect.map((after) => ({ ...after, errands: Errands.done(after.errands, errand) })),
        Effect.catchTag("KubeError", (error) => {
          const isRace = error.reason === "Conflict"
          const errands = Errands.refused(scene.errands, errand, error.message)
          const told = { ...scene, errands: isRace ? Errands.due(errands, errand) : errands }
          const isNews = scene.errands[errand] === undefined && !isRace
          return Effect.as(isNews ? Effect.logWarning(error.message) : Effect.void, told)
        })
      )

/** The same scene with another answer from one pod. */
export const answered = (scene: Scene, pod: string, answer: Answer): Scene => ({
  ...scene,
  situation: {
    ...scene.situation,
    pods: scene.situation.pods.map((view) => (view.pod === pod ? { ...view, answer } : view))
  }
})

const following = (facts: Facts, host: string, port: number): Facts => ({
  ...facts,
  role: "replica",
  following: { host, port, linkUp: false, syncing: false, linkDownSeconds: 0 }
})

/** What a node is once it has been made harmless: its offset is that of `facts`, and final. */
export const fenced = (scene: Scene, node: Node, facts: Facts): Scene =>
  answered(scene, node.pod, { _tag: "Answered", facts: following(facts, nowhere.host, nowhere.port) })

/** What a node is once it has been pointed at `primary`. */
export const repointed = (scene: Scene, node: Node, primary: Node): Scene => {
  const view = scene.situation.pods.find(({ pod }) => pod === node.pod)
  return view?.answer._tag === "Answered"
    ? answered(scene, node.pod, {
        _tag: "Answered",
        facts: following(view.answer.facts, primary.address, primary.port)
      })
    : scene
}

/** What time is counted for: the phase of the open failover; "" while none is. */
export const phaseName = (failover: Intent["failover"]): string =>
  failover === undefined ? "" : `${failover.phase} ${failover.epoch}`

/** The situation with the intent of the status that is on record now; a phase that has just begun has lasted no time. */
export const recordedIn = (
  situation: Situation,
  { epoch, failover, primary, untouched }: Cluster.Status
): Situation => ({
  ...situation,
  intent: {
    epoch,
    ...(untouched === undefined ? {} : { untouched }),
    ...(primary === undefined ? {} : { primary }),
    ...(failover === undefined ? {} : { failover })
  },
  phaseMillis: phaseName(failover) === phaseName(situation.intent.failover) ? situation.phaseMillis : 0
})

/** Writes the status by compare-and-swap; nothing is sent when nothing changes. */
export const record = Effect.fnUntraced(function* (
  scene: Scene,
  status: Cluster.Status
): Effect.fn.Return<Scene, KubeError | NotLeader | Cluster.InvalidCluster, Kubernetes> {
  const { name, namespace, resourceVersion, uid } = scene.cluster.metadata
  const changes = Cluster.statusPatch(scene.cluster.status, status)
  if (changes === undefined) return scene
  const written = yield* Kubernetes.perform(
    new PatchStatus({
      resource: Cluster.resource,
      namespace,
      name,
      uid,
      resourceVersion,
      status: changes,
      manager: sentinelManager
    })
  )
  const cluster = yield* Cluster.decode(written)
  return { ...scene, cluster, situation: recordedIn(scene.situation, cluster.status) }
})
