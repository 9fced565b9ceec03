/** What a step of a sequence is, and what the making of one begins with. */
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import type { ApiRequest } from "../../src/domain/kube/Wire.ts"
import type { Random } from "./Random.ts"
import type { Subject } from "./Subjects.ts"

/** What one server has told about an object by now. */
export interface Known {
  readonly object: KubeObject
  /** Versions it had before, the last one last. */
  readonly older: ReadonlyArray<string>
}

export interface Step {
  readonly subject: Subject
  /** What is asked, for the table: `apply`, `merge patch of status`... */
  readonly what: string
  readonly name: string
  /** `rest` is what the last list said about where it goes on. */
  readonly request: (known: Known | undefined, rest?: string) => ApiRequest
}

export interface Place {
  /** Namespace of the sequence; its name is in every name of a cluster-wide kind. */
  readonly namespace: string
}

const wrongUid = "99999999-9999-4999-8999-999999999999"

export type Precondition = "none" | "current" | "stale" | "wrong"

export const precondition = (random: Random): Precondition =>
  random.chance(0.6) ? "none" : random.pick(["current", "current", "stale", "wrong"])

/** Metadata that makes a write conditional, as far as this server has told anything. */
export const conditions = (version: Precondition, uid: Precondition, known: Known | undefined) => ({
  ...(version === "none"
    ? {}
    : {
        resourceVersion:
          version === "current"
            ? (known?.object.metadata.resourceVersion ?? "1")
            : version === "stale"
              ? (known?.older.at(-1) ?? "1")
              : "1"
      }),
  ...(uid === "current" && known !== undefined
    ? { uid: known.object.metadata.uid }
    : uid === "wrong"
      ? { uid: wrongUid }
      : {})
})

export interface Drawn {
  readonly random: Random
  readonly subject: Subject
  readonly place: Place
  readonly name: string
}

export const where = ({ name, place, subject }: Drawn) => ({
  group: subject.resource.group,
  version: subject.resource.version,
  resource: subject.resource.plural,
  ...(subject.resource.namespaced ? { namespace: place.namespace } : {}),
  name
})

export const collectionOf = (drawn: Drawn) => {
  const { name: _, ...collection } = where(drawn)
  return collection
}

export type Maker = (drawn: Drawn) => { readonly what: string; readonly request: Step["request"] }
