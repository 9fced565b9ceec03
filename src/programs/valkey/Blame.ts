/**
 * Says on the cluster itself what keeps it from being as desired: an invalid
 * spec, a field that is not built, a request that the API refused.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { NotLeader } from "../../domain/Capability.ts"
import * as Condition from "../../domain/kube/Condition.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Kubernetes, PatchStatus } from "../../domain/kube/Kubernetes.ts"
import { field, type KubeObject } from "../../domain/kube/Object.ts"
import type { Violation } from "../../domain/kube/Rule.ts"
import * as Cluster from "../../domain/valkey/Cluster.ts"
import type { ConditionType } from "../../domain/valkey/cluster/Status.ts"
import { resourcesManager } from "../../domain/valkey/Settings.ts"

type Verdict = Omit<Condition.Verdict, "observedGeneration"> & { readonly type: ConditionType }

type Blamed = { readonly _tag: string; readonly message: string }

const unsupported = (fields: ReadonlyArray<Violation>): Verdict =>
  fields.length === 0
    ? { type: "Unsupported", status: "False", reason: "None", message: "" }
    : {
        type: "Unsupported",
        status: "True",
        reason: "NotBuilt",
        message: fields.map(({ message }) => message).join("; ")
      }

const reconciled = (failure: Blamed | undefined): Verdict =>
  failure === undefined
    ? { type: "Reconciled", status: "True", reason: "AsDesired", message: "" }
    : { type: "Reconciled", status: "False", reason: failure._tag, message: failure.message.slice(0, 1000) }

/** Without the password nobody sees what becomes of the nodes: who else would say so cannot. */
const blind = (failure: Blamed | undefined): ReadonlyArray<Verdict> =>
  failure?._tag !== "PasswordLost"
    ? []
    : [
        { type: "Ready", status: "Unknown", reason: failure._tag, message: "nobody can log in to the nodes" },
        { type: "Degraded", status: "True", reason: failure._tag, message: failure.message }
      ]

const isCondition = Schema.is(Condition.Condition)

/** Also of an object that is no valid cluster. */
const conditionsOf = (object: KubeObject): ReadonlyArray<Condition.Condition> => {
  const conditions = field(object, "status", "conditions")
  return Array.isArray(conditions) ? conditions.filter(isCondition) : []
}

/** Written only when it says something new, or the same of a new spec. */
const say = Effect.fnUntraced(function* (
  object: KubeObject,
  verdicts: ReadonlyArray<Verdict>
): Effect.fn.Return<void, KubeError | NotLeader, Kubernetes> {
  const { generation, name, namespace, resourceVersion, uid } = object.metadata
  const before = conditionsOf(object)
  const isNews = (next: Condition.Verdict) => {
    const was = before.find(({ type }) => type === next.type)
    return (
      was === undefined ||
      was.status !== next.status ||
      was.reason !== next.reason ||
      was.message !== next.message ||
      was.observedGeneration !== next.observedGeneration
    )
  }
  const news = verdicts
    .map((verdict): Condition.Verdict =>
      generation === undefined ? verdict : { ...verdict, observedGeneration: generation }
    )
    .filter(isNews)
  if (news.length === 0) return
  if (name === undefined || namespace === undefined || uid === undefined || resourceVersion === undefined) return
  yield* Kubernetes.perform(
    new PatchStatus({
      resource: Cluster.resource,
      namespace,
      name,
      uid,
      resourceVersion,
      status: { conditions: news.reduce(Condition.setCondition, before) },
      manager: resourcesManager
    })
  )
})

/** A lost race and a lost lease are nobody's fault, and pass. */
const isPassing = (failure: Blamed): boolean =>
  failure._tag === "NotLeader" ||
  ("reason" in failure && (failure.reason === "Conflict" || failure.reason === "AlreadyExists"))

/** Runs a pass and records how it ended, beside the fields it does not follow; its failure stays a failure. */
export const blame = <A, E extends Blamed>(
  object: KubeObject,
  fields: ReadonlyArray<Violation>,
  pass: Effect.Effect<A, E, Kubernetes>
): Effect.Effect<A, E | KubeError | NotLeader, Kubernetes> =>
  Effect.onExit(pass, (exit) => {
    const failure = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined
    if (Exit.isFailure(exit) && (failure === undefined || isPassing(failure))) return Effect.void
    return say(object, [unsupported(fields), reconciled(failure), ...blind(failure)])
  })
