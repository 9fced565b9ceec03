/**
 * The scale subresource: replicas of a StatefulSet or a custom resource, seen
 * and written as a `Scale` of autoscaling/v1.
 */
import * as Result from "effect/Result"
import { seconds } from "../../../domain/kube/Body.ts"
import type { KubeObject, ManagedFieldsEntry } from "../../../domain/kube/Object.ts"
import { ContentType } from "../../../domain/kube/Wire.ts"
import type { Names } from "../../Names.ts"
import { type Answer, answered, type Call, placeOf, refusedPatch } from "./Change.ts"
import { valueAt } from "./FieldSelector.ts"
import type { Kind } from "./Kind.ts"
import * as Options from "./Options.ts"
import { applied, isFailure, patched } from "./patch/Patch.ts"
import * as Selector from "./Selector.ts"
import { owned } from "./Place.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { find, keyOf, pathOf, type State } from "./Store.ts"
import { isFields } from "./Types.ts"
import * as Write from "./Write.ts"

const pathOfText = (path: string): ReadonlyArray<string> => path.replace(/^\./, "").split(".")

const numberAt = (object: KubeObject, path: string): number | undefined => {
  const value = valueAt(object, pathOfText(path))
  return typeof value === "number" ? value : undefined
}

const selectorText = (kind: Kind, object: KubeObject): string => {
  const path = kind.scale?.labelSelectorPath
  const value = kind.custom ? path && valueAt(object, pathOfText(path)) : valueAt(object, ["spec", "selector"])
  if (typeof value === "string") return value
  return isFields(value) ? Selector.print(Selector.ofObject(value) ?? []) : ""
}

const scaleOf = (kind: Kind, object: KubeObject): KubeObject => {
  const { creationTimestamp, name, namespace, resourceVersion, uid } = object.metadata
  const replicas = numberAt(object, kind.scale?.specReplicasPath ?? "")
  const selector = selectorText(kind, object)
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    // All of them are there in a stored object of a namespace.
    metadata: {
      name: name!,
      namespace: namespace!,
      uid: uid!,
      resourceVersion: resourceVersion!,
      creationTimestamp: creationTimestamp!
    },
    spec: replicas ? { replicas } : {},
    status: {
      replicas: numberAt(object, kind.scale?.statusReplicasPath ?? "") ?? 0,
      ...(selector === "" ? {} : { selector })
    }
  }
}

const put = (value: unknown, [head, ...rest]: ReadonlyArray<string>, leaf: unknown): unknown =>
  head === undefined
    ? leaf
    : { ...(isFields(value) ? value : {}), [head]: put(isFields(value) ? value[head] : undefined, rest, leaf) }

/** Of a sent Scale: the number of replicas it asks for. An absent one is 0, as in the Go type. */
const replicasOf = ({ kind, name }: Call, scale: unknown): Result.Result<number, Reply> => {
  const replicas = valueAt(scale, ["spec", "replicas"]) ?? 0
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    const why = `json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`
    return Result.fail(Status.badRequest(`Scale in version "v1" cannot be handled as a Scale: ${why}`))
  }
  if (replicas >= 0 || kind.custom) return Result.succeed(replicas)
  const message = `Invalid value: ${replicas}: must be greater than or equal to 0`
  return Result.fail(
    Status.invalid({ group: "autoscaling", resource: "Scale" }, name, [
      { field: "spec.replicas", reason: "FieldValueInvalid", message }
    ])
  )
}

/** The stored object with what the sent Scale says of it. */
const rescaled = (call: Call, live: KubeObject, scale: unknown): Result.Result<KubeObject, Reply> => {
  const { kind, name } = call
  const path = kind.scale?.specReplicasPath ?? ""
  const uid = valueAt(scale, ["metadata", "uid"])
  const version = valueAt(scale, ["metadata", "resourceVersion"])
  if (typeof uid === "string" && uid !== "" && uid !== live.metadata.uid) {
    const { group, plural } = kind.resource
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`
    return Result.fail(Status.conflict({ group, resource: `${plural}/scale` }, name, why))
  }
  return Result.map(replicasOf(call, scale), (replicas) => {
    // `put` keeps apiVersion, kind and metadata: the path is below spec.
    const next = put(live, pathOfText(path), replicas) as KubeObject
    // Without a version of its own a Scale takes the stored one, whatever the kind demands of updates.
    return typeof version === "string" && version !== ""
      ? { ...next, metadata: { ...live.metadata, resourceVersion: version } }
      : next
  })
}

const isScale = (body: unknown): boolean =>
  isFields(body) &&
  (body["kind"] === undefined || body["kind"] === "Scale") &&
  (body["apiVersion"] === undefined || body["apiVersion"] === "autoscaling/v1")

/** An apply of a Scale owns the replicas of the object itself. */
const appliedScale = (
  call: Call,
  live: KubeObject,
  options: Options.WriteOptions,
  names: Names
): Result.Result<KubeObject, Reply> => {
  const { body, kind, name, namespace } = call
  const replicas = replicasOf(call, body)
  if (Result.isFailure(replicas)) return Result.fail(replicas.failure)
  const apply = put(
    { apiVersion: live.apiVersion, kind: live.kind, metadata: { name, namespace } },
    pathOfText(kind.scale?.specReplicasPath ?? ""),
    replicas.success
  )
  const time = seconds(names.nowMillis)
  const next = applied(kind, live, apply, {
    manager: options.manager,
    force: options.force,
    subresource: "scale",
    time
  })
  return isFailure(next) ? Result.fail(refusedPatch(next)) : Result.succeed(timeless(next))
}

const rank = ({ operation = "", time = "" }: ManagedFieldsEntry): string => `${operation} ${time}`

/** The real server keeps no time for who scaled; entries without one come first among their like. */
const timeless = (object: KubeObject): KubeObject => {
  const entries = object.metadata.managedFields ?? []
  const next = entries.map((entry): ManagedFieldsEntry => {
    const { time: _, ...rest } = entry
    return entry.subresource === "scale" ? rest : entry
  })
  if (next.length === 0) return object
  const managedFields = next.toSorted((left, right) =>
    rank(left) < rank(right) ? -1 : rank(left) > rank(right) ? 1 : 0
  )
  return { ...object, metadata: { ...object.metadata, managedFields } }
}

const changed = (
  state: State,
  call: Call,
  compute: Write.Change,
  options: Options.WriteOptions,
  names: Names
): Answer => {
  const written = Write.change(state, placeOf(call, options), compute, names)
  return answered(
    state,
    Result.map(written, ([after, object]) => [after, { status: 200, body: scaleOf(call.kind, object) }] as const)
  )
}

export const get = (state: State, { kind, name, namespace }: Call): Reply => {
  const found = find(state, keyOf(kind.resource), pathOf(namespace, name))
  if (found === undefined) return Status.notFound(Status.qualified(kind.resource), name)
  const path = kind.scale?.specReplicasPath ?? ""
  return numberAt(found, path) === undefined
    ? Status.internalError(`the spec replicas field ${JSON.stringify(path)} does not exist`)
    : { status: 200, body: scaleOf(kind, found) }
}

export const update = (state: State, call: Call, names: Names): Answer => {
  const options = Options.write("UpdateOptions", call.query, call.contentType)
  if (Result.isFailure(options)) return [state, options.failure]
  if (!isScale(call.body)) {
    return [state, Status.badRequest(`the object provided is unrecognized (must be of type Scale)`)]
  }
  const place = placeOf(call, options.success)
  const compute: Write.Change = (live) =>
    // An update of a subresource meets an object.
    Result.map(rescaled(call, live!, call.body), (next) => timeless(owned(place, live, next, names)))
  return changed(state, call, compute, options.success, names)
}

export const patch = (state: State, call: Call, names: Names): Answer => {
  const { body, contentType } = call
  const options = Options.write("PatchOptions", call.query, contentType)
  if (Result.isFailure(options)) return [state, options.failure]
  const place = placeOf(call, options.success)
  const compute: Write.Change = (stored) => {
    // A patch of a subresource meets an object.
    const live = stored!
    if (contentType === ContentType.apply && call.kind.custom) {
      const why = "to proper version: request to convert CR to an invalid group/version: autoscaling/v1"
      return Result.fail(
        Status.unexplained(`failed to convert new object (/${call.name}; autoscaling/v1, Kind=Scale) ${why}`)
      )
    }
    if (contentType === ContentType.apply) return appliedScale(call, live, options.success, names)
    // Without lists that merge, a strategic patch of a Scale is a merge patch.
    const type = contentType === ContentType.strategic ? ContentType.merge : contentType
    const scale = patched(call.kind, scaleOf(call.kind, live), type, body)
    if (isFailure(scale)) return Result.fail(refusedPatch(scale))
    return Result.map(rescaled(call, live, scale), (next) => timeless(owned(place, live, next, names)))
  }
  return changed(state, call, compute, options.success, names)
}
