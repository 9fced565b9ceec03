/**
 * Where a write goes, who sends it, and whether what is sent belongs there.
 */
import * as Result from "effect/Result"
import { seconds } from "../../../domain/kube/Body.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import type { Names } from "../../Names.ts"
import type { Kind } from "./Kind.ts"
import { managed } from "./patch/Patch.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"

/** Where a write goes and who sends it. */
export interface Place {
  readonly kind: Kind
  /** Empty for a cluster-wide kind. */
  readonly namespace: string
  /** Empty when a create leaves it to the server. */
  readonly name: string
  readonly subresource: string | undefined
  readonly manager: string
  readonly dryRun: boolean
}

const by = (place: Place, names: Names) => ({
  manager: place.manager,
  time: seconds(names.nowMillis),
  ...(place.subresource === undefined ? {} : { subresource: place.subresource })
})

/** The object with the managers of its fields, as this request leaves them. */
export const owned = (place: Place, live: KubeObject | undefined, next: KubeObject, names: Names): KubeObject => {
  const fields = managed(place.kind, live, next, by(place, names))
  const { managedFields: _, ...metadata } = next.metadata
  return { ...next, metadata: fields.length === 0 ? metadata : { ...metadata, managedFields: fields } }
}

/** Namespace of the object against that of the request; an object without one gets it. */
export const inNamespace = ({ kind, namespace }: Place, object: KubeObject): Result.Result<KubeObject, Reply> => {
  const own = object.metadata.namespace ?? ""
  if (own === namespace) return Result.succeed(object)
  const { namespace: _, ...metadata } = object.metadata
  if (!kind.resource.namespaced) return Result.succeed({ ...object, metadata })
  return own === ""
    ? Result.succeed({ ...object, metadata: { ...metadata, namespace } })
    : Result.fail(
        Status.badRequest("the namespace of the provided object does not match the namespace sent on the request")
      )
}

/** Name of the object against that of the request. */
export const named = ({ name }: Place, object: KubeObject): Result.Result<KubeObject, Reply> => {
  const own = object.metadata.name ?? ""
  if (own === name) return Result.succeed(object)
  return Result.fail(
    Status.badRequest(
      own === ""
        ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
        : `the name of the object (${own}) does not match the name on the URL (${name})`
    )
  )
}
