/**
 * Detection and failover as upstream's binary does them (`gungnir:4.3`): one
 * PING of each pod a pass, only ordinal 0 can fail, and a procedure without
 * record, order or end.
 */
import * as Effect from "effect/Effect"
import { Kubernetes, List } from "../../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import { type Node, Observe, Valkey } from "../../../src/domain/valkey/Valkey.ts"
import * as Commands from "./Commands.ts"
import * as SubResources from "./SubResources.ts"

/** Failed pings in a row, by pod. */
export type Counters = Readonly<Record<string, number>>

export interface Pod {
  readonly name: string
  readonly address: string
}

export interface At {
  readonly name: string
  readonly namespace: string
}

/** By the instance label alone (`gungnir:W18`); pods without an address are not there, nor is any after an error (W8, W20). */
export const podsOf = Effect.fnUntraced(function* ({ name, namespace }: At) {
  const labelSelector = `app.kubernetes.io/instance=${name}`
  const { items } = yield* Kubernetes.perform(new List({ resource: Kinds.Pod, namespace, labelSelector })).pipe(
    Effect.orElseSucceed(() => ({ items: [] }))
  )
  return items.flatMap(({ metadata, status }): ReadonlyArray<Pod> => {
    const { podIP } = (status ?? {}) as { readonly podIP?: string }
    return metadata.name === undefined || podIP === undefined ? [] : [{ name: metadata.name, address: podIP }]
  })
})

const nodeAt = ({ address, name }: Pod): Node => ({ pod: name, uid: "", address, port: SubResources.port, runId: "" })

/** PONG, and nothing else: a server that loads its dataset counts as failed (`gungnir:W14`). */
const pings = (pod: Pod) =>
  Valkey.perform(new Observe({ node: nodeAt(pod) })).pipe(
    Effect.map(({ loading }) => !loading),
    Effect.orElseSucceed(() => false)
  )

/** Pods that are not listed lose their counter. It stops at `limit`: nobody asks for more, and a model must end. */
export const counted = (
  before: Counters,
  answers: ReadonlyArray<readonly [pod: string, isOk: boolean]>,
  limit: number
): Counters =>
  Object.fromEntries(answers.map(([pod, isOk]) => [pod, isOk ? 0 : Math.min((before[pod] ?? 0) + 1, limit)]))

export const threshold = (downAfterMillis: number, pingIntervalMillis: number): number =>
  Math.floor(downAfterMillis / pingIntervalMillis)

/** The constant master. */
export const isMasterPod = (name: string, pod: string): boolean => pod === `${name}-0`

export const failedMaster = (name: string, counters: Counters, limit: number): string | undefined =>
  Object.keys(counters).find((pod) => isMasterPod(name, pod) && counters[pod]! >= limit)

export const checkHealth = Effect.fnUntraced(function* (at: At, before: Counters, limit: number) {
  const pods = yield* podsOf(at)
  const answers = yield* Effect.forEach(pods, (pod) => Effect.map(pings(pod), (isOk) => [pod.name, isOk] as const))
  return { pods, counters: counted(before, answers, limit) }
})

/** An offset that cannot be read is 0, and eligible all the same (`gungnir:W16`). */
const offsetOf = (pod: Pod) =>
  Valkey.perform(new Observe({ node: nodeAt(pod) })).pipe(
    Effect.map(({ offset }) => offset),
    Effect.orElseSucceed(() => 0)
  )

/** The largest offset; of equal ones the first that was listed. */
export const largest = <A>(candidates: ReadonlyArray<readonly [A, number]>): A | undefined =>
  candidates.reduce<readonly [A, number] | undefined>(
    (best, one) => (best === undefined || one[1] > best[1] ? one : best),
    undefined
  )?.[0]

/** Undefined: failed, for whatever reason; what was done until then stays done (`gungnir:W12`). */
export const failover = Effect.fnUntraced(function* (
  at: At,
  pods: ReadonlyArray<Pod>,
  counters: Counters
): Effect.fn.Return<string | undefined, never, Kubernetes | Valkey> {
  const others = pods.filter(({ name }) => !isMasterPod(at.name, name) && (counters[name] ?? 0) === 0)
  const chosen = largest(
    yield* Effect.forEach(others, (pod) => Effect.map(offsetOf(pod), (offset) => [pod, offset] as const))
  )
  if (chosen === undefined) return undefined
  const primary = nodeAt(chosen)
  const isPromoted = yield* Effect.isSuccess(Valkey.perform(new Commands.FollowNobody({ node: primary, primary })))
  if (!isPromoted) return undefined
  for (const pod of pods) {
    // By name and DNS upstream; names are resolved here.
    if (pod !== chosen) yield* Effect.exit(Valkey.perform(new Commands.Follow({ node: nodeAt(pod), primary })))
  }
  const isSwitched = yield* Effect.isSuccess(Kubernetes.perform(pinned(at, chosen)))
  return isSwitched ? chosen.name : undefined
})

/** One key more in the selector; the others stay. */
const pinned = ({ name, namespace }: At, { name: pod }: Pod) =>
  new Commands.Merge({
    resource: Kinds.Service,
    manager: "upstream",
    object: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: SubResources.nameOf(name, "ClientService"), namespace },
      spec: { selector: { "statefulset.kubernetes.io/pod-name": pod } }
    }
  })
