/**
 * The Kubernetes API as requests and replies: what the HTTP transport sends
 * and the API server model answers are these same values.
 */
import type { Json, KubeObject } from "./Object.ts"

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection"

export const ContentType = {
  json: "application/json",
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  jsonPatch: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json"
} as const

/**
 * One request. `query` holds the query parameters of the API as text
 * (`labelSelector`, `fieldSelector`, `limit`, `continue`, `resourceVersion`,
 * `resourceVersionMatch`, `fieldManager`, `force`, `fieldValidation`, `dryRun`,
 * `allowWatchBookmarks`, `sendInitialEvents`, `timeoutSeconds`,
 * `gracePeriodSeconds`, `propagationPolicy`).
 */
export interface ApiRequest {
  readonly verb: Verb
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: string
  readonly query?: Readonly<Record<string, string>>
  /** Of the body; `application/json` when absent. Chooses the patch type. */
  readonly contentType?: string
  /** `delete` takes DeleteOptions here. Values of a Secret may be `Redacted`. */
  readonly body?: unknown
  readonly stamps?: ReadonlyArray<Stamp>
}

/** Which object a request is meant for, and which version of it; undefined: any. */
export interface Preconditions {
  readonly uid?: unknown
  readonly resourceVersion?: unknown
}

interface Operation {
  readonly op?: string
  readonly path?: string
  readonly value?: unknown
}

const isOperations = (body: unknown): body is ReadonlyArray<Operation> => Array.isArray(body)

/** A JSON patch tests the one and replaces the other by what it has to be already, the options of a deletion list them, any other body has them in its metadata. */
export const preconditionsOf = ({ body, contentType, verb }: ApiRequest): Preconditions => {
  if (contentType === ContentType.jsonPatch && isOperations(body)) {
    const valueOf = (op: string, path: string) => body.find((one) => one.op === op && one.path === path)?.value
    return { uid: valueOf("test", "/metadata/uid"), resourceVersion: valueOf("replace", "/metadata/resourceVersion") }
  }
  // Bodies are objects of the API, or options of a deletion; what they do not have is undefined.
  const { metadata, preconditions } = (body ?? {}) as {
    readonly metadata?: Preconditions
    readonly preconditions?: Preconditions
  }
  return (verb === "delete" ? preconditions : metadata) ?? {}
}

/** `Status` of the API: what every error reply carries. */
export interface StatusBody {
  readonly kind: "Status"
  readonly apiVersion: "v1"
  readonly metadata: Json
  readonly status: "Success" | "Failure"
  readonly message?: string
  readonly reason?: string
  readonly details?: Json
  readonly code: number
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"
  readonly object: KubeObject
}

/**
 * What came back. Status 0 is the transport's own: `Unreachable`, nothing was
 * sent; `TimedOut`, the outcome is unknown. A watch answers status 200 with a
 * `WatchBody` of at least one event after the asked version, or an error reply
 * (410 when that version is forgotten).
 */
export type ApiReply =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: 0; readonly body: "Unreachable" | "TimedOut"; readonly detail?: string }

export interface WatchBody {
  readonly kind: "WatchEvents"
  readonly events: ReadonlyArray<WatchEvent>
  /** Where the next watch continues, if the server says so; a stream of events does not. */
  readonly resourceVersion?: string
}

/**
 * A value that a program may not choose: the server model or the transport
 * puts its clock reading, or fresh randomness, at `path` of the body.
 * `password` is 32 characters of [A-Za-z0-9].
 */
export interface Stamp {
  readonly path: ReadonlyArray<string>
  readonly value: "seconds" | "micros" | "password"
}
