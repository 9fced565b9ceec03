/**
 * What is known of one cluster and its surroundings while it runs here: read by
 * the view, by whoever kills, and by the measurements.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Transport } from "../domain/Capability.ts"
import type { Kubernetes } from "../domain/kube/Kubernetes.ts"
import * as Kinds from "../domain/kube/Object.ts"
import type { KubeObject } from "../domain/kube/Object.ts"
import * as Cluster from "../domain/valkey/Cluster.ts"
import type { Facts } from "../domain/valkey/Facts.ts"
import * as Info from "../domain/valkey/Info.ts"
import { credentialsOf } from "../domain/valkey/resources/Password.ts"
import type { Credentials, Exchange, Replies } from "../domain/valkey/Wire.ts"
import { isReady, type Pod } from "../models/kube/controllers/Shapes.ts"
import * as Mirror from "./Mirror.ts"
import type { Happening, Row } from "./View.ts"

export interface Stage {
  readonly cluster: () => Cluster.Cluster | undefined
  readonly credentials: () => Credentials | undefined
  readonly pods: () => ReadonlyArray<Pod>
  /** The newest last. */
  readonly events: () => ReadonlyArray<Happening>
  readonly rows: Effect.Effect<ReadonlyArray<Row>>
}

interface EventFields {
  readonly lastTimestamp?: string | null
  readonly reason?: string
  readonly message?: string
}

/** In the order of the clock; what happened in one second in that of the names. */
const happenings = (events: ReadonlyArray<KubeObject>): ReadonlyArray<Happening> =>
  events
    // Sound: the server decodes what it stores.
    .map((event) => event as KubeObject & EventFields)
    .map(({ lastTimestamp, message = "", metadata, reason = "" }) => ({
      at: lastTimestamp ?? metadata.creationTimestamp ?? "",
      text: `${reason}: ${message}`
    }))
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .map(({ at, text }) => ({ time: at.slice(11, 19), text }))

const restartsOf = ({ status }: Pod): number => {
  // Sound: the server decodes what it stores.
  const statuses = (status?.containerStatuses ?? []) as ReadonlyArray<{ readonly restartCount?: number }>
  return statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0)
}

const decoded = (object: KubeObject | undefined): Cluster.Cluster | undefined => {
  const exit = object === undefined ? undefined : Cluster.decode(object)
  return exit !== undefined && Exit.isSuccess(exit) ? exit.value : undefined
}

/** Looked at many times for each change. */
const remembered = <A, B>(read: () => A, compute: (from: A) => B): (() => B) => {
  let last: { readonly from: A; readonly to: B } | undefined
  return () => {
    const from = read()
    if (last === undefined || last.from !== from) last = { from, to: compute(from) }
    return last.to
  }
}

/** Follows the cluster of that name until the scope ends. */
export const make = Effect.fnUntraced(function* (
  { name, namespace }: { readonly namespace: string; readonly name: string },
  exchange: Transport<Exchange, Replies>
): Effect.fn.Return<Stage, never, Kubernetes | Scope.Scope> {
  const mirror = yield* Mirror.make([Cluster.resource, Kinds.Pod, Kinds.Secret, Kinds.CoreEvent])
  const view = mirror.view()
  const cluster = remembered(() => view.get<KubeObject>(Cluster.resource, namespace, name), decoded)
  const credentials = () => credentialsOf(view.get<KubeObject>(Kinds.Secret, namespace, `${name}-secret`))
  const pods = () =>
    view
      .list<Pod>(Kinds.Pod, namespace)
      .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/instance"] === name)
  const factsOf = (pod: Pod): Effect.Effect<Facts | undefined> => {
    const [address, port, known] = [pod.status?.podIP, cluster()?.spec.port, credentials()]
    if (address === undefined || port === undefined || known === undefined) return Effect.succeed(undefined)
    return Effect.map(exchange({ address, port, credentials: known, lines: [Info.command] }), (replies) => {
      const text = typeof replies === "string" ? undefined : replies[0]
      const facts = typeof text === "string" ? Info.read(text) : undefined
      return facts === undefined || "missing" in facts ? undefined : facts
    })
  }
  return {
    cluster,
    credentials,
    pods,
    events: () => happenings(view.list<KubeObject>(Kinds.CoreEvent, namespace)),
    rows: Effect.suspend(() =>
      Effect.forEach(
        pods(),
        (pod) =>
          Effect.map(factsOf(pod), (facts): Row => ({
            pod: pod.metadata.name ?? "",
            address: pod.status?.podIP,
            isReady: isReady(pod),
            restarts: restartsOf(pod),
            facts
          })),
        { concurrency: "unbounded" }
      )
    )
  }
})
