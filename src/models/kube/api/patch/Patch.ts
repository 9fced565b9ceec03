/**
 * The four ways to patch an object, and who owns its fields afterwards.
 */
import type { KubeObject } from "../../../../domain/kube/Object.ts"
import { ContentType } from "../../../../domain/kube/Wire.ts"
import type { Cause, Kind } from "../Kind.ts"
import { isFields } from "../Types.ts"
import { goText } from "./Check.ts"
import * as JsonPatch from "./JsonPatch.ts"
import { merged } from "./Merge.ts"
import { strategic } from "./Strategic.ts"

export { applied } from "./Apply.ts"
export { managed, settled } from "./Owned.ts"

export type PatchFailure = {
  readonly failure: true
  readonly status: number
  readonly reason: string
  readonly message: string
  readonly causes?: ReadonlyArray<Cause>
}

export const isFailure = (result: KubeObject | PatchFailure): result is PatchFailure => "failure" in result

/** Who writes. `time` is RFC 3339 with whole seconds. */
export interface Manager {
  readonly manager: string
  readonly subresource?: string
  readonly time: string
}

const badRequest = (message: string): PatchFailure => ({ failure: true, status: 400, reason: "BadRequest", message })

/** The server tells nothing about a JSON patch that does not apply, or a strategic one it cannot read. */
const rejected: PatchFailure = {
  failure: true,
  status: 422,
  reason: "Invalid",
  message: "the server rejected our request due to an error in our request"
}

const invalidPatch = (shown: string, why: string): PatchFailure => {
  const message = `Invalid value: ${JSON.stringify(shown)}: ${why}`
  return {
    failure: true,
    status: 422,
    reason: "Invalid",
    message: ` "" is invalid: patch: ${message}`,
    causes: [{ field: "patch", reason: "FieldValueInvalid", message }]
  }
}

const undecodable = (body: unknown, into: string): PatchFailure => {
  const what = Array.isArray(body)
    ? "array"
    : isFields(body)
      ? "object"
      : typeof body === "boolean"
        ? "bool"
        : typeof body
  return badRequest(`error decoding patch: json: cannot unmarshal ${what} into Go value of type ${into}`)
}

/** The patched text goes through the decoder: what it refuses is the patch's fault. */
const checked = (kind: Kind, object: unknown, shown: string): KubeObject | PatchFailure => {
  const decoded = kind.decode(object)
  if ("error" in decoded) return invalidPatch(shown, decoded.detail ?? decoded.error)
  // The decoder has accepted it as an object.
  return object as KubeObject
}

const jsonPatched = (kind: Kind, live: KubeObject, body: unknown): KubeObject | PatchFailure => {
  if (!Array.isArray(body)) return undecodable(body, "[]handlers.jsonPatchOp")
  const result = JsonPatch.patched(live, body)
  return result === undefined ? rejected : checked(kind, result.value, JSON.stringify(result.value))
}

const mergePatched = (kind: Kind, live: KubeObject, body: unknown): KubeObject | PatchFailure => {
  if (!isFields(body)) return undecodable(body, "map[string]interface {}")
  const result = merged(live, body)
  return checked(kind, result, JSON.stringify(result))
}

const strategicPatched = (kind: Kind, live: KubeObject, body: unknown): KubeObject | PatchFailure => {
  if (!isFields(body)) return undecodable(body, "map[string]interface {}")
  const result = strategic(kind.type, live, body)
  return "rejected" in result ? { ...rejected, ...result.rejected } : checked(kind, result.value, goText(body))
}

const supported = (kind: Kind): ReadonlyArray<string> =>
  [
    ContentType.jsonPatch,
    ContentType.merge,
    ...(kind.custom ? [] : [ContentType.strategic]),
    ContentType.apply,
    ...(kind.custom ? [] : ["application/apply-patch+cbor"])
  ].filter((type) => type !== "application/apply-patch+cbor")

/** The live object with a merge, JSON or strategic patch: readable by `decode`, neither decoded nor defaulted yet. */
export const patched = (
  kind: Kind,
  live: KubeObject,
  contentType: string,
  body: unknown
): KubeObject | PatchFailure => {
  switch (contentType) {
    case ContentType.jsonPatch:
      return jsonPatched(kind, live, body)
    case ContentType.merge:
      return mergePatched(kind, live, body)
    case ContentType.strategic:
      if (!kind.custom) return strategicPatched(kind, live, body)
  }
  return {
    failure: true,
    status: 415,
    reason: "UnsupportedMediaType",
    message: `the body of the request was in an unknown format - accepted media types include: ${supported(kind).join(", ")}`
  }
}
