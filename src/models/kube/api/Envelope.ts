/**
 * Bodies of writes: whether one is the kind that its path says, and the object
 * in it, decoded and with its defaults.
 */
import * as Result from "effect/Result"
import { apiVersionOf, type KubeObject } from "../../../domain/kube/Object.ts"
import { builtIn, type Kind } from "./Kind.ts"
import type { WriteOptions } from "./Options.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { isFields } from "./Types.ts"

export interface Opened {
  readonly object: KubeObject
  /** What a client is told in `Warning` headers. */
  readonly warnings: ReadonlyArray<string>
}

const unrecognised = ({ resource }: Kind, why: string): Reply =>
  Status.badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): ${why}`)

const unhandled = (what: string, version: string, { resource }: Kind, why: string): Reply =>
  Status.badRequest(`${what} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}: ${why}`)

const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf("/") + 1)

const isRegistered = (apiVersion: string, kind: string): boolean => {
  for (const { resource } of builtIn.values()) {
    if (resource.kind === kind && apiVersionOf(resource) === apiVersion) return true
  }
  return false
}

const wrongBuiltIn = (kind: Kind, apiVersion: string, name: string): Reply => {
  const { group, version } = kind.resource
  const known = isRegistered(apiVersion, name)
  const family = group === "" ? "core" : group.split(".")[0]
  const why = known
    ? `converting (${versionOf(apiVersion)}.${name}) to (${family}.${kind.resource.kind}): unknown conversion`
    : `no kind ${JSON.stringify(name)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:110"`
  return unhandled(name, known ? version : apiVersion, kind, why)
}

/** The refusal of a body that is of another kind; a built-in kind need not be named. */
const wrongType = (kind: Kind, body: { readonly [field: string]: unknown }): Reply | undefined => {
  const expected = apiVersionOf(kind.resource)
  const { apiVersion = kind.custom ? "" : expected, kind: name = kind.custom ? "" : kind.resource.kind } = body
  if (typeof apiVersion !== "string" || typeof name !== "string") {
    return unrecognised(kind, "couldn't get version/kind; json parse error: apiVersion and kind must be strings")
  }
  if (!kind.custom) {
    const given = { apiVersion: apiVersion || expected, name: name || kind.resource.kind }
    return given.apiVersion === expected && given.name === kind.resource.kind
      ? undefined
      : wrongBuiltIn(kind, given.apiVersion, given.name)
  }
  if (name === "") {
    const text = JSON.stringify(body)
    return unrecognised(kind, `Object 'Kind' is missing in '${text}' (${text})`)
  }
  if (apiVersion !== expected) {
    return Status.badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`
    )
  }
  if (name === kind.resource.kind) return undefined
  const metadata = isFields(body["metadata"]) ? body["metadata"] : {}
  const message = `Invalid value: ${JSON.stringify(name)}: must be ${kind.resource.kind}`
  return Status.invalid({ group: kind.resource.group, resource: name }, String(metadata["name"] ?? ""), [
    { field: "kind", reason: "FieldValueInvalid", message }
  ])
}

/** Of a create or an update. */
export const open = (
  kind: Kind,
  body: unknown,
  validation: WriteOptions["validation"]
): Result.Result<Opened, Reply> => {
  if (!isFields(body)) {
    const text = JSON.stringify(body) ?? ""
    return Result.fail(unrecognised(kind, `couldn't get version/kind; json parse error: not an object (${text})`))
  }
  const wrong = wrongType(kind, body)
  if (wrong !== undefined) return Result.fail(wrong)
  const { resource } = kind
  const decoded = kind.decode({ ...body, apiVersion: apiVersionOf(resource), kind: resource.kind })
  if ("error" in decoded) return Result.fail(Status.badRequest(decoded.error))
  const unknown = decoded.unknown.map((path) => `unknown field ${JSON.stringify(path)}`)
  if (validation === "Strict" && unknown.length > 0) {
    return Result.fail(unhandled(resource.kind, resource.version, kind, `strict decoding error: ${unknown.join(", ")}`))
  }
  return Result.succeed({ object: kind.defaulted(decoded.object), warnings: validation === "Warn" ? unknown : [] })
}

/** Of what a merge, JSON or strategic patch made; its complaints are about the patch. */
export const reopen = (
  kind: Kind,
  patched: KubeObject,
  validation: WriteOptions["validation"]
): Result.Result<Opened, Reply> => {
  const refused = (why: string): Result.Result<never, Reply> => {
    const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}`
    const cause = { field: "patch", reason: "FieldValueInvalid", message }
    return Result.fail(Status.invalid({ group: "", resource: "" }, "", [cause]))
  }
  const decoded = kind.decode(patched)
  if ("error" in decoded) return refused(decoded.error)
  const unknown = decoded.unknown.map((path) => `unknown field ${JSON.stringify(path)}`)
  if (validation === "Strict" && unknown.length > 0) return refused(`strict decoding error: ${unknown.join(", ")}`)
  return Result.succeed({ object: kind.defaulted(decoded.object), warnings: validation === "Warn" ? unknown : [] })
}

export const warned = (reply: Reply, warnings: ReadonlyArray<string>): Reply =>
  warnings.length === 0
    ? reply
    : {
        ...reply,
        headers: {
          ...reply.headers,
          warning: warnings.map((one) => `299 - ${JSON.stringify(one)}`).join(", ")
        }
      }
