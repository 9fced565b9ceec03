/**
 * What every write to the API server names, so that it reaches what was meant
 * or nothing (architecture 2, `gungnir:8.3` 3).
 */
import { type ApiRequest, ContentType } from "../../domain/kube/Wire.ts"

type Metadata = { readonly uid?: string; readonly resourceVersion?: string }

const metadataOf = ({ body }: ApiRequest): Metadata =>
  (body as { readonly metadata?: Metadata } | undefined)?.metadata ?? {}

const testsUid = ({ body }: ApiRequest): boolean =>
  (body as ReadonlyArray<{ readonly op?: string; readonly path?: string; readonly value?: unknown }>).some(
    ({ op, path, value }) => op === "test" && path === "/metadata/uid" && value !== undefined
  )

/** Undefined: it may be sent. */
export const nameless = (request: ApiRequest): string | undefined => {
  const { contentType, subresource, verb } = request
  const { resourceVersion, uid } = metadataOf(request)
  if (verb === "create") return undefined
  if (subresource === "status") {
    return uid !== undefined && resourceVersion !== undefined ? undefined : "a status without uid and resourceVersion"
  }
  if (verb === "delete") {
    const { preconditions } = (request.body ?? {}) as { readonly preconditions?: Metadata }
    return preconditions?.uid === undefined ? "a delete without uid" : undefined
  }
  if (contentType === ContentType.jsonPatch) return testsUid(request) ? undefined : "a JSON patch that tests no uid"
  if (verb === "update") return resourceVersion === undefined ? "an update without resourceVersion" : undefined
  if (contentType !== ContentType.apply) return `a ${verb} that is no apply`
  return uid === undefined ? "an apply without uid" : undefined
}
