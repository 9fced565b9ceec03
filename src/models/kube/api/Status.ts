/**
 * What the API server says when it refuses: `Status` bodies with the reasons,
 * details and words of kube-apiserver 1.34, since clients branch on them.
 */
import type { Resource } from "../../../domain/kube/Object.ts"
import type { StatusBody } from "../../../domain/kube/Wire.ts"
import type { Cause } from "./Kind.ts"

/** An answer of the server: never a transport's own. */
export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** `configmaps`, `statefulsets.apps`: how messages name a resource. */
export interface Qualified {
  readonly group: string
  readonly resource: string
}

type Details = NonNullable<StatusBody["details"]>

export const qualified = (resource: Resource): Qualified => ({ group: resource.group, resource: resource.plural })

/** Messages of the storage-independent checks name the kind where others name the resource. */
export const kindOf = (resource: Resource): Qualified => ({ group: resource.group, resource: resource.kind })

const text = ({ group, resource }: Qualified): string => (group === "" ? resource : `${resource}.${group}`)

const detailsOf = ({ group, resource }: Qualified, name: string, more: { readonly [field: string]: Details } = {}) => ({
  ...(name === "" ? {} : { name }),
  ...(group === "" ? {} : { group }),
  ...(resource === "" ? {} : { kind: resource }),
  ...more
})

/** A refusal. Without `reason` it is an error that the server does not explain further, as a 500 of storage. */
export const failure = (code: number, reason: string | undefined, message: string, details?: Details): Reply => {
  const body: StatusBody = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code
  }
  return { status: code, body }
}

export const success = (details?: Details): Reply => ({
  status: 200,
  body: {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    ...(details === undefined ? {} : { details })
  }
})

/** Of a subresource that is created and leaves nothing: a binding, an eviction. */
export const done: Reply = {
  status: 201,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }
}

export const deleted = (what: Qualified, name: string, uid: string): Reply => success(detailsOf(what, name, { uid }))

export const notFound = (what: Qualified, name: string): Reply =>
  failure(404, "NotFound", `${text(what)} ${JSON.stringify(name)} not found`, detailsOf(what, name))

/** The answer to a path that is none of the API's. It is no `Status`. */
export const noSuchPath: Reply = { status: 404, body: "404 page not found\n" }

/** A group and version that is served has no such resource. */
export const noSuchResource = failure(404, "NotFound", "the server could not find the requested resource", {})

export const alreadyExists = (what: Qualified, name: string, terminating: boolean): Reply =>
  failure(
    409,
    "AlreadyExists",
    `${terminating ? "object is being deleted: " : ""}${text(what)} ${JSON.stringify(name)} already exists`,
    detailsOf(what, name)
  )

export const nameNotGenerated = (what: Qualified, name: string): Reply =>
  failure(
    409,
    "AlreadyExists",
    `${text(what)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`,
    detailsOf(what, name, { retryAfterSeconds: 1 })
  )

export const conflict = (what: Qualified, name: string, why: string): Reply =>
  failure(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${text(what)} ${JSON.stringify(name)}: ${why}`,
    detailsOf(what, name)
  )

/** The version in the object is not the stored one. */
export const modified = (what: Qualified, name: string): Reply =>
  conflict(what, name, "the object has been modified; please apply your changes to the latest version and try again")

export const badRequest = (message: string): Reply => failure(400, "BadRequest", message)

export const forbidden = (what: Qualified, name: string, why: string, causes?: ReadonlyArray<Cause>): Reply =>
  failure(
    403,
    "Forbidden",
    `${text(what)}${name === "" ? "" : ` ${JSON.stringify(name)}`} is forbidden: ${why}`,
    detailsOf(what, name, causes === undefined ? {} : { causes: causesOf(causes) })
  )

export const methodNotAllowed = failure(
  405,
  "MethodNotAllowed",
  "the server does not allow this method on the requested resource",
  {}
)

/** Without `allowed` in the words of the router, which comes before the handler. */
export const unsupportedMediaType = (allowed?: ReadonlyArray<string>): Reply =>
  allowed === undefined
    ? failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    : failure(
        415,
        "UnsupportedMediaType",
        `the body of the request was in an unknown format - accepted media types include: ${allowed.join(", ")}`
      )

export const expired = (message: string): Reply => failure(410, "Expired", message)

export const tooManyRequests = (message: string, cause: string, retryAfterSeconds?: number): Reply => ({
  ...failure(429, "TooManyRequests", message, {
    causes: [{ reason: "DisruptionBudget", message: cause }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
  }),
  ...(retryAfterSeconds === undefined ? {} : { headers: { "retry-after": String(retryAfterSeconds) } })
})

export const tooLargeVersion = (asked: number, current: number): Reply => ({
  ...failure(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1
  }),
  headers: { "retry-after": "1" }
})

/** A 500 without a reason: what the real server answers where its storage layer gives up. */
export const unexplained = (message: string): Reply => failure(500, undefined, message)

export const internalError = (why: string): Reply =>
  failure(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] })

const causesOf = (causes: ReadonlyArray<Cause>): Details =>
  causes.map(({ field, message, reason }) => ({ reason, message, ...(field === "" ? {} : { field }) }))

/** A 422. The message names each distinct complaint once, the causes keep all. */
export const invalid = (kind: Qualified, name: string, causes: ReadonlyArray<Cause>): Reply => {
  const said = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))]
  const list = said.length === 1 ? said[0]! : `[${said.join(", ")}]`
  return failure(
    422,
    "Invalid",
    `${text(kind)} ${JSON.stringify(name)} is invalid${said.length === 0 ? "" : `: ${list}`}`,
    detailsOf(kind, name, causes.length === 0 ? {} : { causes: causesOf(causes) })
  )
}

/** A refused parameter of a request: `DeleteOptions.meta.k8s.io "" is invalid`. */
export const invalidOptions = (options: string, causes: ReadonlyArray<Cause>): Reply =>
  invalid({ group: "meta.k8s.io", resource: options }, "", causes)
