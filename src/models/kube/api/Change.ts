/**
 * Requests that write an object or its status: POST, PUT and PATCH, from the
 * body to the reply.
 */
import * as Result from "effect/Result"
import { seconds } from "../../../domain/kube/Body.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { ContentType } from "../../../domain/kube/Wire.ts"
import type { Names } from "../../Names.ts"
import { inVersion } from "./Catalog.ts"
import { open, type Opened, reopen, warned } from "./Envelope.ts"
import type { Kind } from "./Kind.ts"
import * as Options from "./Options.ts"
import type { WriteOptions } from "./Options.ts"
import { applied, isFailure, patched, type PatchFailure } from "./patch/Patch.ts"
import { inNamespace, named, owned, type Place } from "./Place.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import type { State } from "./Store.ts"
import * as Write from "./Write.ts"

/** A request to one kind, its parameters as text, its body in clear. */
export interface Call {
  readonly kind: Kind
  readonly namespace: string
  readonly name: string
  readonly subresource: string | undefined
  readonly query: Options.Query
  readonly contentType: string
  readonly body: unknown
}

export type Answer = readonly [State, Reply]

export const answered = (state: State, result: Result.Result<Answer, Reply>): Answer =>
  Result.isFailure(result) ? [state, result.failure] : result.success

export const placeOf = ({ kind, name, namespace, subresource }: Call, options: WriteOptions): Place => ({
  kind,
  namespace,
  name,
  subresource,
  manager: options.manager,
  dryRun: options.dryRun
})

const shown = ({ kind }: Call, object: KubeObject, status: number, warnings: ReadonlyArray<string>): Reply =>
  warned({ status, body: inVersion(kind.resource, object) }, warnings)

export const create = (state: State, call: Call, names: Names): Answer => {
  const options = Options.write("CreateOptions", call.query, call.contentType)
  if (Result.isFailure(options)) return [state, options.failure]
  const opened = open(call.kind, call.body, options.success.validation)
  if (Result.isFailure(opened)) return [state, opened.failure]
  const place = placeOf(call, options.success)
  const written = Write.create(state, place, opened.success.object, names)
  return answered(
    state,
    Result.map(written, ([after, object]) => [after, shown(call, object, 201, opened.success.warnings)] as const)
  )
}

export const update = (state: State, call: Call, names: Names): Answer => {
  const options = Options.write("UpdateOptions", call.query, call.contentType)
  if (Result.isFailure(options)) return [state, options.failure]
  const opened = open(call.kind, call.body, options.success.validation)
  if (Result.isFailure(opened)) return [state, opened.failure]
  const place = placeOf(call, options.success)
  const { object, warnings } = opened.success
  const placed = Result.flatMap(inNamespace(place, object), (next) => named(place, next))
  if (Result.isFailure(placed)) return [state, placed.failure]
  const next = placed.success
  const { uid } = next.metadata
  const written = Write.change(
    state,
    place,
    (live) => Result.succeed(owned(place, live, next, names)),
    names,
    uid ? { uid } : {}
  )
  return answered(
    state,
    Result.map(
      written,
      ([after, stored, created]) => [after, shown(call, stored, created ? 201 : 200, warnings)] as const
    )
  )
}

const patchTypes = (custom: boolean): ReadonlyArray<string> => [
  ContentType.jsonPatch,
  ContentType.merge,
  ...(custom ? [] : [ContentType.strategic]),
  ContentType.apply
]

export const refusedPatch = ({ causes, message, reason, status }: PatchFailure): Reply =>
  Status.failure(
    status,
    reason === "" ? undefined : reason,
    message,
    causes === undefined
      ? status === 422
        ? {}
        : undefined
      : { causes: causes.map(({ field, message, reason }) => ({ reason, message, field })) }
  )

/** What a patch of the content type does to the stored object. */
const patchedBy = (
  call: Call,
  options: WriteOptions,
  live: KubeObject | undefined,
  names: Names
): Result.Result<Opened, Reply> => {
  const { body, contentType, kind, subresource } = call
  if (contentType === ContentType.apply) {
    const next = applied(kind, live, body, {
      manager: options.manager,
      force: options.force,
      time: seconds(names.nowMillis),
      ...(subresource === undefined ? {} : { subresource })
    })
    if (isFailure(next)) return Result.fail(refusedPatch(next))
    return Result.succeed({ object: kind.defaulted(next), warnings: [] })
  }
  // Only an apply meets no object.
  const next = patched(kind, live!, contentType, body)
  return isFailure(next) ? Result.fail(refusedPatch(next)) : reopen(kind, next, options.validation)
}

const hasUid = ({ kind, name }: Place, live: KubeObject | undefined, next: KubeObject): Reply | undefined =>
  live === undefined && next.metadata.uid
    ? Status.conflict(
        Status.qualified(kind.resource),
        name,
        `uid mismatch: the provided object specified uid ${next.metadata.uid}, and no existing object was found`
      )
    : undefined

export const patch = (state: State, call: Call, names: Names): Answer => {
  const { contentType, kind, query, subresource } = call
  if (!patchTypes(kind.custom).includes(contentType)) {
    return [state, Status.unsupportedMediaType(kind.custom ? patchTypes(true) : undefined)]
  }
  const options = Options.write("PatchOptions", query, contentType)
  if (Result.isFailure(options)) return [state, options.failure]
  const place = placeOf(call, options.success)
  let warnings: ReadonlyArray<string> = []
  const compute: Write.Change = (live) => {
    const made = patchedBy(call, options.success, live, names)
    if (Result.isFailure(made)) return Result.fail(made.failure)
    warnings = made.success.warnings
    const refused = hasUid(place, live, made.success.object)
    if (refused !== undefined) return Result.fail(refused)
    const placed = Result.flatMap(inNamespace(place, made.success.object), (next) => named(place, next))
    return contentType === ContentType.apply ? placed : Result.map(placed, (next) => owned(place, live, next, names))
  }
  // An apply creates; so does one of the status, where an update of it may.
  const creates = contentType === ContentType.apply && (subresource === undefined || kind.allowCreateOnUpdate)
  const written = Write.change(state, place, compute, names, { creates })
  return answered(
    state,
    Result.map(
      written,
      ([after, stored, created]) => [after, shown(call, stored, created ? 201 : 200, warnings)] as const
    )
  )
}
