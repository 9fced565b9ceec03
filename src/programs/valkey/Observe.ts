/**
 * What the Sentinel program knows at the start of a pass: the cluster, its
 * pods, and what each node answers within one probe.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Key } from "../../domain/Controller.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { CachedGet, CachedList, Get, Kubernetes, List } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../domain/kube/Object.ts"
import type { Answer } from "../../domain/valkey/Health.ts"
import { type Family, type Member, membersOf } from "../../domain/valkey/Members.ts"
import { type Address, type NodeError, Observe, Valkey } from "../../domain/valkey/Valkey.ts"

/** An object, or undefined if the API has none. */
export const find = (command: Get | CachedGet): Effect.Effect<KubeObject | undefined, KubeError, Kubernetes> =>
  Kubernetes.perform(command).pipe(
    Effect.catchIf(
      (error) => error.reason === "NotFound",
      () => Effect.succeed(undefined)
    )
  )

/** From the watch cache; with a selector also that there is none with those labels. */
export const cached = (resource: Resource, { namespace }: Key, name: string, labelSelector?: string) =>
  find(new CachedGet({ resource, namespace, name, ...(labelSelector === undefined ? {} : { labelSelector }) }))

/** The pods that belong to the cluster; `isFresh`: by a quorum read. */
export const members = Effect.fnUntraced(function* (
  key: Key,
  family: Family,
  labelSelector: string,
  isFresh: boolean
): Effect.fn.Return<ReadonlyArray<Member>, KubeError, Kubernetes> {
  const collection = { resource: Kinds.Pod, namespace: key.namespace, labelSelector }
  const [statefulSet, pods] = yield* Effect.all(
    [
      isFresh
        ? find(new Get({ resource: Kinds.StatefulSet, namespace: key.namespace, name: key.name }))
        : cached(Kinds.StatefulSet, key, key.name, labelSelector),
      Kubernetes.perform(isFresh ? new List(collection) : new CachedList(collection))
    ],
    { concurrency: "unbounded" }
  )
  return membersOf(family, statefulSet, pods.items)
})

/** What an error of a node says about the node. */
export const answerOf = ({ detail, reason }: NodeError): Answer => {
  switch (reason) {
    case "Refused":
      return { _tag: "Gone" }
    case "TimedOut":
    case "Closed":
    case "OtherProcess":
      return { _tag: "Silent" }
    case "Loading":
    case "Busy":
    case "PrimaryDown":
      return { _tag: "Alive", reason }
    case "NotValkey":
      return { _tag: "NotValkey" }
    case "Unauthorized":
      return { _tag: "Foreign", reason: `it refuses the password of this cluster, ${detail === "" ? reason : detail}` }
    case "Unexpected":
      return { _tag: "Foreign", reason: detail === "" ? reason : detail }
  }
}

const look = (node: Address): Effect.Effect<Answer, never, Valkey> =>
  Effect.match(Valkey.perform(new Observe({ node })), {
    onFailure: answerOf,
    onSuccess: (facts): Answer => ({ _tag: "Answered", facts })
  })

/**
 * Asks one node, for one probe at most, so that a frozen one never delays what
 * concerns another. A refusal counts when it comes twice: the first may be the
 * end of a connection that was already there (`failover:6.1`).
 */
export const probe = (node: Address, millis: number): Effect.Effect<Answer, never, Valkey> =>
  look(node).pipe(
    Effect.flatMap((answer) => (answer._tag === "Gone" ? look(node) : Effect.succeed(answer))),
    Effect.timeoutOption(millis),
    Effect.map(Option.getOrElse((): Answer => ({ _tag: "Silent" })))
  )
