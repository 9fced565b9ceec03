/**
 * Failures of the Kubernetes API, as programs are allowed to see them.
 */
import * as Schema from "effect/Schema"
import type { ApiReply, ApiRequest, StatusBody } from "./Wire.ts"

/**
 * The twelve errors of `gungnir:3.2`, and beside them those it folds into
 * `Other`. `Unreachable`: nothing was sent. `TimedOut`: the outcome is unknown.
 */
export const Reason = Schema.Literals([
  "BadRequest",
  "Conflict",
  "Forbidden",
  "Invalid",
  "NotFound",
  "AlreadyExists",
  "NotSupported",
  "InternalError",
  "Timeout",
  "ServerTimeout",
  "TransactionAbort",
  "Other",
  "Unauthorized",
  "Expired",
  "TooManyRequests",
  "ServiceUnavailable",
  "Unreachable",
  "TimedOut"
])
export type Reason = typeof Reason.Type

export class KubeError extends Schema.TaggedError<KubeError>()("KubeError", {
  /** Tag of the command. */
  command: Schema.String,
  /** `resource[.group] namespace/name[/subresource]`. */
  target: Schema.String,
  reason: Reason,
  /** HTTP status; 0 when there was no answer. */
  status: Schema.Number,
  /** The server's own words. */
  detail: Schema.String,
  /** What a 429 or 503 asked for. */
  retryAfterSeconds: Schema.optionalKey(Schema.Number)
}) {
  override get message(): string {
    return `${this.command} ${this.target}: ${this.reason}${this.detail === "" ? "" : `: ${this.detail}`}`
  }
  /** Somebody else was first: nothing is wrong, and the next pass sees what they did. */
  get isRace(): boolean {
    return this.reason === "Conflict" || this.reason === "AlreadyExists"
  }
  /** The same request may be answered differently later, with nothing else changed. */
  get isRetryable(): boolean {
    return retryable.has(this.reason)
  }
}

const retryable = new Set<Reason>([
  "InternalError",
  "Timeout",
  "ServerTimeout",
  "TooManyRequests",
  "ServiceUnavailable",
  "Unreachable",
  "TimedOut"
])

const byReason: Readonly<Record<string, Reason>> = {
  BadRequest: "BadRequest",
  Conflict: "Conflict",
  Forbidden: "Forbidden",
  Invalid: "Invalid",
  NotFound: "NotFound",
  AlreadyExists: "AlreadyExists",
  MethodNotAllowed: "NotSupported",
  UnsupportedMediaType: "NotSupported",
  InternalError: "InternalError",
  Timeout: "Timeout",
  ServerTimeout: "ServerTimeout",
  Unauthorized: "Unauthorized",
  Expired: "Expired",
  Gone: "Expired",
  TooManyRequests: "TooManyRequests",
  ServiceUnavailable: "ServiceUnavailable"
}

const byStatus: Readonly<Record<number, Reason>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "NotSupported",
  409: "Conflict",
  410: "Expired",
  415: "NotSupported",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout"
}

export const targetOf = (request: ApiRequest): string => {
  const resource = request.group === "" ? request.resource : `${request.resource}.${request.group}`
  const object = [request.namespace, request.name].filter((part) => part !== undefined).join("/")
  return (
    [resource, object].filter((part) => part !== "").join(" ") + (request.subresource ? `/${request.subresource}` : "")
  )
}

/** A patch for another uid: refused as 422 where the object is there, as 409 where it is not (measured on 1.34). */
const isReplaced = (body: Partial<StatusBody> | undefined): boolean => {
  const details = body?.details as { readonly causes?: ReadonlyArray<{ readonly field?: string }> } | undefined
  return body?.code === 422 && details?.causes?.some(({ field }) => field === "metadata.uid") === true
}

/** The error that an answer other than the expected one stands for. Total: unknown answers are `Other`. */
export const fromReply = (command: string, request: ApiRequest, reply: ApiReply): KubeError => {
  const target = targetOf(request)
  if (reply.status === 0) {
    const reason = reply.body === "TimedOut" ? "TimedOut" : "Unreachable"
    return new KubeError({ command, target, reason, status: 0, detail: ("detail" in reply && reply.detail) || "" })
  }
  const body = reply.body as Partial<StatusBody> | undefined
  const isStatus = typeof body === "object" && body !== null && body.kind === "Status"
  const named = isStatus && body.reason !== undefined ? byReason[body.reason] : undefined
  const reason = isReplaced(body) ? "Conflict" : (named ?? byStatus[reply.status] ?? "Other")
  const retryAfter = "headers" in reply ? Number(reply.headers?.["retry-after"]) : NaN
  return new KubeError({
    command,
    target,
    reason,
    status: reply.status,
    detail: isStatus ? (body.message ?? "") : `status ${reply.status} with a body that is no Status`,
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {})
  })
}
