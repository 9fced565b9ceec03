/**
 * What every write to the API server names, so that it reaches what was meant
 * or nothing (architecture 2, `gungnir:8.3` 3).
 */
import { type ApiRequest, ContentType, preconditionsOf } from "../../domain/kube/Wire.ts"

/** Undefined: it is a compare-and-swap of the version that it was decided from, or makes what is absent. */
export const versionless = (request: ApiRequest): string | undefined =>
  request.verb === "create" || preconditionsOf(request).resourceVersion !== undefined
    ? undefined
    : `a ${request.verb} of ${request.resource} without resourceVersion`

/** Undefined: it may be sent. */
export const nameless = (request: ApiRequest): string | undefined => {
  const { contentType, subresource, verb } = request
  const { resourceVersion, uid } = preconditionsOf(request)
  if (verb === "create") return undefined
  if (subresource === "status") {
    return uid !== undefined && resourceVersion !== undefined ? undefined : "a status without uid and resourceVersion"
  }
  if (verb === "delete") return uid === undefined ? "a delete without uid" : undefined
  if (contentType === ContentType.jsonPatch) return uid === undefined ? "a JSON patch that tests no uid" : undefined
  if (verb === "update") return resourceVersion === undefined ? "an update without resourceVersion" : undefined
  if (contentType !== ContentType.apply) return `a ${verb} that is no apply`
  return uid === undefined ? "an apply without uid" : undefined
}
