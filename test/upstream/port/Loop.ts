/**
 * Upstream's one loop (`gungnir:5`, 6.2): take the Lease, then every cluster
 * one after the other, then sleep. Everything waits for everything.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Controller, Key } from "../../../src/domain/Controller.ts"
import { Get, Kubernetes, List } from "../../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import type { Valkey } from "../../../src/domain/valkey/Valkey.ts"
import { MergeLease } from "./Commands.ts"
import type { Counters } from "./Failover.ts"
import * as Reconcile from "./Reconcile.ts"

export interface Options {
  readonly identity: string
  readonly lease: Key
  readonly settings: Reconcile.Settings
}

/** By the name of the cluster, in whatever namespace (`gungnir:W17`). */
export type Memory = Readonly<Record<string, Counters>>

/** Counters of clusters that are gone go. */
export const cleaned = (memory: Memory, names: ReadonlyArray<string>): Memory =>
  Object.fromEntries(Object.entries(memory).filter(([name]) => names.includes(name)))

interface Spec {
  readonly holderIdentity?: string
  readonly renewTime?: string
  readonly leaseDurationSeconds?: number
}

/** By the holder's clock against ours, in whole seconds; a time that cannot be read has passed. */
export const isExpired = ({ leaseDurationSeconds = 15, renewTime }: Spec, nowMillis: number): boolean => {
  const renewed = Math.floor(Date.parse(renewTime ?? "") / 1000)
  return Number.isNaN(renewed) || Math.floor(nowMillis / 1000) > renewed + leaseDurationSeconds
}

/** A leader by its own word: what became of the patch is not looked at (`gungnir:W19`). A Lease that is missing stays so (W1). */
const leads = Effect.fnUntraced(function* ({ identity, lease }: Options) {
  const found = yield* Effect.option(Kubernetes.perform(new Get({ resource: Kinds.Lease, ...lease })))
  if (found._tag === "None") return false
  const spec = (found.value["spec"] ?? {}) as Spec
  const isFree = (spec.holderIdentity ?? "") === "" || isExpired(spec, yield* Clock.currentTimeMillis)
  if (spec.holderIdentity !== identity && !isFree) return false
  const taken = spec.holderIdentity === identity ? {} : { holderIdentity: identity, leaseDurationSeconds: 15 }
  const object = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: lease, spec: taken }
  yield* Effect.exit(Kubernetes.perform(new MergeLease({ resource: Kinds.Lease, object, manager: "upstream" })))
  return true
})

const clusters = Kubernetes.perform(new List({ resource: Cluster.resource })).pipe(
  Effect.map(({ items }) =>
    items.map(({ metadata }): Key => ({ namespace: metadata.namespace ?? "", name: metadata.name ?? "" }))
  ),
  Effect.orElseSucceed((): ReadonlyArray<Key> => [])
)

const turn = Effect.fnUntraced(function* (
  options: Options,
  before: Memory
): Effect.fn.Return<Memory, never, Kubernetes | Valkey> {
  if (!(yield* leads(options))) return before
  const all = yield* clusters
  let memory = before
  for (const key of all) {
    const counters = yield* Reconcile.reconcile(options.settings, key, memory[key.name] ?? {})
    memory = { ...memory, [key.name]: counters }
  }
  return cleaned(
    memory,
    all.map(({ name }) => name)
  )
})

/** Its only key is the Lease: a pass is one turn of the loop over all clusters. */
export const upstream = (options: Options): Controller<Memory, never, Kubernetes | Valkey> => ({
  name: "upstream",
  primary: Kinds.Lease,
  sources: [],
  initialMemory: {},
  pass: (_key, before) =>
    Effect.map(turn(options, before), (memory) => ({
      memory,
      requeueAfter: Duration.millis(options.settings.reconcileIntervalMillis)
    }))
})
