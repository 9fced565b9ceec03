/**
 * The controller that keeps the six sub-resources of a cluster: made when they
 * are missing, applied when they have drifted, never taken from somebody else.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Controller, Key, Verdict } from "../../domain/Controller.ts"
import type { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import { unsupportedSpec } from "../../domain/valkey/cluster/Unsupported.ts"
import { names } from "../../domain/valkey/resources/Metadata.ts"
import type { PasswordLost } from "../../domain/valkey/resources/Password.ts"
import { pendingChanges } from "../../domain/valkey/resources/Rollout.ts"
import { subResources } from "../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../domain/valkey/Settings.ts"
import { blame } from "./Blame.ts"
import * as Keep from "./Keep.ts"
import { cached } from "./Observe.ts"
import { keepPassword } from "./Password.ts"
import { sources } from "./Sources.ts"

/** A pass needs nothing from the one before. */
export type Memory = Readonly<Record<string, never>>

const nothing: Memory = {}

export type Failure = Keep.Failure | PasswordLost

/** All six, whatever becomes of one: then the first failure. */
const keepAll = Effect.fnUntraced(function* (cluster: Cluster.Cluster): Effect.fn.Return<void, Failure, Kubernetes> {
  let failure: Failure | undefined
  for (const sub of subResources(cluster)) {
    const kept = sub.name === "Secret" ? keepPassword(sub, cluster) : Keep.keep(sub, cluster, Keep.create)
    const exit = yield* Effect.result(Effect.asVoid<unknown, Failure, Kubernetes>(kept))
    if (Result.isFailure(exit)) failure ??= exit.failure
  }
  if (failure !== undefined) return yield* failure
})

export const resources: Controller<Memory, Failure, Kubernetes> = {
  name: resourcesManager,
  primary: Cluster.resource,
  sources: sources.filter(({ _tag }) => _tag === "Objects"),
  initialMemory: nothing,
  pass: Effect.fn("Resources.pass")(function* (
    key: Key,
    memory: Memory
  ): Effect.fn.Return<Verdict<Memory>, Failure, Kubernetes> {
    const object = yield* cached(Cluster.resource, key, key.name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return { memory }
    const decoded = Cluster.decode(object)
    if (Exit.isFailure(decoded)) return { memory: yield* blame(object, [], Effect.as(decoded, memory)) }
    const cluster = decoded.value
    const refused = unsupportedSpec(cluster.spec)
    if (refused.length > 0) return { memory: yield* blame(object, refused, Effect.succeed(memory)) }
    const live = yield* cached(Kinds.StatefulSet, key, names(cluster.metadata).statefulSet)
    yield* blame(object, pendingChanges(cluster, live), keepAll(cluster))
    return { memory }
  })
}
