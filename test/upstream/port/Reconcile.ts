/**
 * How upstream's binary drives its state machine for one cluster
 * (`gungnir:3.4`): requests become `kubectl`, health is looked at in one step,
 * and a failover jumps over the steps that were meant for it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Controller, Key } from "../../../src/domain/Controller.ts"
import type { KubeError } from "../../../src/domain/kube/KubeError.ts"
import { Create, Get, Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import type { Valkey } from "../../../src/domain/valkey/Valkey.ts"
import * as Commands from "./Commands.ts"
import * as Failover from "./Failover.ts"
import * as Fsm from "./Fsm.ts"
import * as SubResources from "./SubResources.ts"

export interface Settings {
  readonly pingIntervalMillis: number
  readonly downAfterMillis: number
  readonly reconcileIntervalMillis: number
}

/** `gungnir:6.1` */
export const defaults: Settings = { pingIntervalMillis: 1000, downAfterMillis: 5000, reconcileIntervalMillis: 10_000 }

/** Steps of one pass; the state machine needs 19 at most. */
const fuel = 30

type Effects = Kubernetes | Valkey

const wantedOf = ({ name, namespace }: Key) =>
  Effect.map(Kubernetes.perform(new Get({ resource: Cluster.resource, name, namespace })), (object) => {
    const { image, replicas } = (object["spec"] ?? {}) as { readonly image?: string; readonly replicas?: number }
    return {
      name,
      namespace,
      uid: object.metadata.uid ?? "",
      replicas: replicas ?? 3,
      image: image ?? "valkey/valkey:7.2"
    } satisfies SubResources.Wanted
  })

const failed = (error: KubeError): Fsm.Response => ({
  _tag: "Failed",
  error: error.reason === "NotFound" ? "ObjectNotFound" : "Other"
})

/** `kubectl apply`: what was made before is patched, else it is made. Neither says what was read. */
const applied = (wanted: SubResources.Wanted, sub: Fsm.Sub) => {
  const resource = SubResources.resourceOf[sub]
  const object = SubResources.build(wanted, sub)
  return Kubernetes.perform(new Commands.Merge({ resource, object, manager: "upstream" })).pipe(
    Effect.catchIf(
      (error) => error._tag === "KubeError" && error.reason === "NotFound",
      () => Kubernetes.perform(new Create({ resource, object }))
    )
  )
}

const execute = (wanted: SubResources.Wanted, request: Fsm.Request): Effect.Effect<Fsm.Response, never, Kubernetes> => {
  switch (request._tag) {
    case "Get": {
      const resource = SubResources.resourceOf[request.sub]
      const name = SubResources.nameOf(wanted.name, request.sub)
      return Kubernetes.perform(new Get({ resource, namespace: wanted.namespace, name })).pipe(
        Effect.map((object): Fsm.Response => ({ _tag: "Got", object })),
        Effect.catch((error) => Effect.succeed(failed(error)))
      )
    }
    case "Create":
    case "Update":
      return applied(wanted, request.sub).pipe(
        Effect.map((): Fsm.Response => ({ _tag: request._tag === "Create" ? "Created" : "Updated" })),
        Effect.orElseSucceed((): Fsm.Response => ({ _tag: "Failed", error: "Other" }))
      )
    case "UpdateStatus":
      // Nobody is asked (`gungnir:W22`).
      return Effect.succeed({ _tag: "StatusUpdated" })
  }
}

const report = ({ name, namespace, uid }: SubResources.Wanted, status: { readonly [field: string]: unknown }) =>
  Effect.exit(
    Kubernetes.perform(
      new Commands.MergeStatus({
        resource: Cluster.resource,
        name,
        namespace,
        uid,
        resourceVersion: "",
        status,
        manager: "upstream"
      })
    )
  )

/** What a pass has seen beside the state of the machine. */
interface Seen {
  readonly pods: ReadonlyArray<Failover.Pod>
  readonly counters: Failover.Counters
}

const look = Effect.fnUntraced(function* (settings: Settings, wanted: SubResources.Wanted, seen: Seen) {
  const limit = Failover.threshold(settings.downAfterMillis, settings.pingIntervalMillis)
  const next = yield* Failover.checkHealth(wanted, seen.counters, limit)
  const failedMaster = Failover.failedMaster(wanted.name, next.counters, limit)
  return { seen: next, change: failedMaster === undefined ? {} : { failedMaster } }
})

/** All of it at once, and then straight to the end. */
const failOver = Effect.fnUntraced(function* (
  wanted: SubResources.Wanted,
  state: Fsm.State,
  seen: Seen
): Effect.fn.Return<Fsm.State | undefined, never, Effects> {
  const master = yield* Failover.failover(wanted, seen.pods, seen.counters)
  if (master === undefined) return undefined
  yield* report(wanted, { phase: "Running", masterPod: master, readyReplicas: seen.pods.length })
  return {
    ...state,
    step: { _tag: "UpdateStatus" },
    selectedReplica: master,
    discoveredMaster: master,
    failoverInProgress: false
  }
})

const conclude = Effect.fnUntraced(function* (wanted: SubResources.Wanted, state: Fsm.State) {
  if (Fsm.isError(state)) return yield* report(wanted, { phase: "Failed", readyReplicas: 0 })
  const { discoveredMaster } = state
  return yield* report(wanted, {
    phase: "Running",
    ...(discoveredMaster === undefined ? {} : { masterPod: discoveredMaster }),
    // Pods with an address, ready or not (`gungnir:W20`).
    readyReplicas: (yield* Failover.podsOf(wanted)).length
  })
})

/** One pass over one cluster; answers the counters for the next. */
export const reconcile = Effect.fnUntraced(function* (
  settings: Settings,
  key: Key,
  counters: Failover.Counters
): Effect.fn.Return<Failover.Counters, never, Effects> {
  const wanted = yield* Effect.orElseSucceed(wantedOf(key), () => undefined)
  if (wanted === undefined) return counters
  let seen: Seen = { pods: [], counters }
  let state = Fsm.initial
  let response: Fsm.Response | undefined
  for (let left = fuel; left > 0 && !Fsm.isTerminal(state); left--) {
    if (state.step._tag === "CheckHealth") {
      const looked = yield* look(settings, wanted, seen)
      seen = looked.seen
      state = { ...state, ...looked.change }
    }
    const ahead = state.step._tag === "SelectReplica" ? yield* failOver(wanted, state, seen) : undefined
    if (ahead !== undefined) {
      state = ahead
      response = { _tag: "StatusUpdated" }
      continue
    }
    const [next, request] = Fsm.core(state, response)
    state = next
    response = request === undefined ? undefined : yield* execute(wanted, request)
  }
  if (Fsm.isTerminal(state)) yield* conclude(wanted, state)
  return seen.counters
})

/** For a model of one cluster, in which nobody else leads. */
export const reconciler = (settings: Settings = defaults): Controller<Failover.Counters, never, Effects> => ({
  name: "upstream",
  primary: Cluster.resource,
  sources: [
    {
      _tag: "Objects",
      resource: Cluster.resource,
      keysOf: ({ metadata }) => [{ namespace: metadata.namespace ?? "", name: metadata.name ?? "" }]
    }
  ],
  initialMemory: {},
  pass: (key, counters) =>
    Effect.map(reconcile(settings, key, counters), (memory) => ({
      memory,
      requeueAfter: Duration.millis(settings.reconcileIntervalMillis)
    }))
})
