/**
 * What a law of the Kubernetes capability is, and the words that the laws are
 * written with. A law knows no interpreter: it only performs commands.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { NotLeader } from "../../domain/Capability.ts"
import type { KubeError, Reason } from "../../domain/kube/KubeError.ts"
import { Create, Kubernetes, Watch } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../domain/kube/Object.ts"
import type { WatchEvent } from "../../domain/kube/Wire.ts"

/** What the interpreter did, where the law says otherwise. */
export class LawBroken extends Schema.TaggedError<LawBroken>()("LawBroken", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

export type Failure = LawBroken | KubeError | NotLeader

export interface Law {
  /** A sentence that holds for every interpreter. */
  readonly name: string
  /** Succeeds when the law held in one run; makes what it needs, in a namespace of its own. */
  readonly check: Effect.Effect<void, Failure, Kubernetes>
}

type Body = Effect.fn.Return<void, Failure, Kubernetes>

/** A law that runs in a fresh namespace. */
export const law = (name: string, body: (namespace: string) => Body): Law => ({
  name,
  check: Effect.gen(function* () {
    const namespace = yield* Kubernetes.perform(
      new Create({
        resource: Kinds.Namespace,
        object: { apiVersion: "v1", kind: "Namespace", metadata: { generateName: "law-" } }
      })
    )
    yield* body(namespace.metadata.name ?? "")
  })
})

export const holds = (condition: boolean, detail: string): Effect.Effect<void, LawBroken> =>
  condition ? Effect.void : Effect.fail(new LawBroken({ detail }))

/** Equal as JSON; the order of fields does not count. */
export const same = (actual: unknown, expected: unknown, what: string): Effect.Effect<void, LawBroken> =>
  holds(canonical(actual) === canonical(expected), `${what}: ${canonical(actual)}, expected ${canonical(expected)}`)

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, field: unknown) =>
    typeof field === "object" && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : field
  ) ?? "nothing"

/** The command fails for one of these reasons; yields the error. */
export const refused = <A, R>(
  outcome: Effect.Effect<A, KubeError | NotLeader, R>,
  ...reasons: ReadonlyArray<Reason>
): Effect.Effect<KubeError, LawBroken, R> =>
  Effect.matchEffect(outcome, {
    onSuccess: (value) =>
      Effect.fail(
        new LawBroken({ detail: `expected ${reasons.join(" or ")}, but it succeeded with ${canonical(value)}` })
      ),
    onFailure: (error) =>
      error._tag === "KubeError" && reasons.includes(error.reason)
        ? Effect.succeed(error)
        : Effect.fail(new LawBroken({ detail: `expected ${reasons.join(" or ")}, got ${error.message}` }))
  })

/** Labels that the laws select their own objects by: real servers put others into every namespace. */
export const labels = { law: "yes" }
export const labelSelector = "law=yes"

export const configMap = (
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>> = {},
  metadata: KubeObject["metadata"] = {}
): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels, ...metadata }, data })

export const create = (resource: Resource, object: KubeObject) =>
  Kubernetes.perform(new Create({ resource, object, manager: "law" }))

export const versionOf = (object: KubeObject): string => object.metadata.resourceVersion ?? ""
export const uidOf = (object: KubeObject): string => object.metadata.uid ?? ""

/** The next `count` events after a version, bookmarks left out, through as many requests as it takes. */
export const eventsAfter = Effect.fnUntraced(function* (
  collection: { readonly resource: Resource; readonly namespace: string; readonly labelSelector?: string },
  resourceVersion: string,
  count: number
): Effect.fn.Return<ReadonlyArray<WatchEvent>, KubeError, Kubernetes> {
  let version = resourceVersion
  const all: Array<WatchEvent> = []
  while (all.length < count) {
    const events = yield* Kubernetes.perform(new Watch({ ...collection, resourceVersion: version }))
    version = versionOf(events.at(-1)!.object)
    all.push(...events.filter((event) => event.type !== "BOOKMARK"))
  }
  return all
})
