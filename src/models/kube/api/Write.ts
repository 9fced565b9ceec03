/**
 * Creates and updates: the order of checks of kube-apiserver's generic
 * registry, since it decides which error a client sees (anvil 2.3).
 */
import * as Result from "effect/Result"
import { seconds } from "../../../domain/kube/Body.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import type { Names } from "../../Names.ts"
import { clusterIp } from "./ClusterIp.ts"
import { removed, stored } from "./Hooks.ts"
import type { Kind } from "./Kind.ts"
import * as Metadata from "./Metadata.ts"
import * as Namespaces from "./Namespaces.ts"
import { settled } from "./patch/Patch.ts"
import { inNamespace, owned, type Place } from "./Place.ts"
import * as Status from "./Status.ts"
import type { Reply } from "./Status.ts"
import { find, keyOf, pathOf, put, remove, type State } from "./Store.ts"
import { strategyOf } from "./Strategy.ts"
import { same, sharing } from "./Types.ts"

export type Written = Result.Result<readonly [State, KubeObject], Reply>

/** How a write turns what is stored (or nothing) into what is to be stored, field managers included. */
export type Change = (live: KubeObject | undefined) => Result.Result<KubeObject, Reply>

/** Creating by an update or an apply goes on whatever version the object names. */
const unversioned = (object: KubeObject): KubeObject => {
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** What only the server sets. */
const wiped = (object: KubeObject): KubeObject => {
  const {
    creationTimestamp: _1,
    deletionGracePeriodSeconds: _2,
    deletionTimestamp: _3,
    uid: _4,
    ...metadata
  } = object.metadata
  return { ...object, metadata }
}

const initial = (kind: Kind, object: KubeObject, uid: string, names: Names): KubeObject => {
  const { generation, ...metadata } = object.metadata
  const { status: sent, ...rest } = object
  const status = kind.hasStatus ? kind.initialStatus(object) : sent
  return {
    ...rest,
    // Spreading an object loses that it is one; apiVersion and kind are in `rest`.
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...metadata,
      ...(kind.hasGeneration ? { generation: 1 } : generation ? { generation } : {}),
      uid,
      creationTimestamp: seconds(names.nowMillis)
    },
    ...(status === undefined ? {} : { status })
  }
}

const nameLimit = 63 - 5

const generated = (base: string, suffix: string): string => `${base.slice(0, nameLimit)}${suffix}`

/** Attempts at a free name, as many as the real server makes. */
const attempts = 8

/** Stores a new object; `sent` has its managers already. */
const insert = (state: State, place: Place, sent: KubeObject, names: Names): Written => {
  const object = Metadata.tidied(sent)
  const allowed = Namespaces.admitsCreate(state, place.kind.resource, place.namespace, object)
  if (allowed !== undefined) return Result.fail(allowed)
  const base = object.metadata.name ? "" : (object.metadata.generateName ?? "")
  if (base === "") return insertNamed(state, place, object, names)
  let result: Written | undefined
  for (let attempt = 0; attempt < attempts; attempt++) {
    const slot = { key: keyOf(place.kind.resource), path: pathOf(place.namespace, base) }
    const suffix = names.suffix({ ...state, created: state.created + attempt }, slot, attempt)
    const candidate = { ...object, metadata: { ...object.metadata, name: generated(base, suffix) } }
    result = insertNamed(state, place, candidate, names)
    if (Result.isSuccess(result) || result.failure.status !== 409) return result
  }
  // The loop ran at least once.
  return result!
}

const insertNamed = (state: State, place: Place, object: KubeObject, names: Names): Written => {
  const { kind, namespace } = place
  const key = keyOf(kind.resource)
  const uid = names.uid(state, { key, path: pathOf(namespace, object.metadata.name ?? "") })
  const made = initial(kind, object, uid, names)
  // What an update of a status creates gets nothing allocated.
  const next =
    place.subresource === undefined ? kind.prepared(made, undefined, { clusterIp: () => clusterIp(state) }) : made
  const checks = !kind.custom && strategyOf(kind.resource).checksFinalizers
  const own = [...kind.validateCreate(next), ...(checks ? Metadata.finalizerCauses(next) : [])]
  const causes = own.length > 0 ? own : Metadata.causes(next)
  // Validation has required a name.
  const name = next.metadata.name ?? ""
  if (causes.length > 0) return Result.fail(Status.invalid(Status.kindOf(kind.resource), name, causes))
  const refused = strategyOf(kind.resource).admitsCreate(state, kind, next)
  if (refused !== undefined) return Result.fail(refused)
  if (next.metadata.resourceVersion !== undefined && next.metadata.resourceVersion !== "") {
    return Result.fail(Status.unexplained("resourceVersion should not be set on objects to be created"))
  }
  const path = pathOf(namespace, name)
  const live = find(state, key, path)
  if (live !== undefined) {
    const resource = Status.qualified(kind.resource)
    const terminating = live.metadata.deletionTimestamp !== undefined
    return Result.fail(
      object.metadata.generateName
        ? Status.nameNotGenerated(resource, name)
        : Status.alreadyExists(resource, name, terminating)
    )
  }
  if (place.dryRun) return Result.succeed([state, next])
  const [after, created] = put(state, key, path, next, names)
  return Result.succeed([stored(after, kind.resource, undefined, created, names), created])
}

/** A create by POST, of a decoded and defaulted object. */
export const create = (state: State, place: Place, object: KubeObject, names: Names): Written =>
  Result.flatMap(inNamespace(place, wiped(object)), (next) =>
    insert(state, place, owned(place, undefined, next, names), names)
  )

/** What an update may not touch, whatever the kind. */
const kept = (old: KubeObject, next: KubeObject, generation: number | undefined): KubeObject => {
  const { creationTimestamp, deletionGracePeriodSeconds, deletionTimestamp, uid } = old.metadata
  const { generation: _, ...metadata } = next.metadata
  return {
    ...next,
    metadata: {
      ...metadata,
      ...(generation === undefined ? {} : { generation }),
      ...(metadata.uid || uid === undefined ? {} : { uid }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(deletionGracePeriodSeconds === undefined || metadata.deletionGracePeriodSeconds !== undefined
        ? {}
        : { deletionGracePeriodSeconds })
    }
  }
}

/** The version that the object names, against the stored one. The success has the stored one. */
const atStoredVersion = (
  { kind, name }: Place,
  live: KubeObject,
  next: KubeObject
): Result.Result<KubeObject, Reply> => {
  const version = next.metadata.resourceVersion ?? ""
  const stored = live.metadata.resourceVersion
  if (version === stored) return Result.succeed(next)
  if (version === "" && kind.allowUnconditionalUpdate && stored !== undefined) {
    return Result.succeed({ ...next, metadata: { ...next.metadata, resourceVersion: stored } })
  }
  const resource = Status.qualified(kind.resource)
  if (version === "" || version === "0") {
    const field = "metadata.resourceVersion"
    const message = "Invalid value: 0: must be specified for an update"
    return Result.fail(Status.invalid(resource, name, [{ field, reason: "FieldValueInvalid", message }]))
  }
  // The checker's versions are names: where none is a number, another name is only another version.
  if (/^\d+$/.test(stored ?? "0") && !/^\d+$/.test(version)) {
    return Result.fail(Status.unexplained(`strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`))
  }
  return Result.fail(Status.modified(resource, name))
}

const validated = (place: Place, live: KubeObject, next: KubeObject): Result.Result<KubeObject, Reply> => {
  const { kind, name, subresource } = place
  const rules = strategyOf(kind.resource).rulesOf(kind, subresource)
  const checks = (subresource === undefined || subresource === "status") && strategyOf(kind.resource).checksFinalizers
  const finalizers = checks && !kind.custom ? Metadata.finalizerCauses(next) : []
  // Both the registry and the strategies of kinds look at what may not change, and clients see both.
  const fixed = Metadata.updateCauses(live, next)
  const causes = [...fixed, ...Metadata.common(next.metadata), ...fixed, ...rules(live, next), ...finalizers]
  return causes.length === 0
    ? Result.succeed(next)
    : Result.fail(Status.invalid(Status.kindOf(kind.resource), name, causes))
}

const isFinished = (live: KubeObject, next: KubeObject): boolean =>
  live.metadata.deletionTimestamp !== undefined &&
  (next.metadata.finalizers ?? []).length === 0 &&
  (live.metadata.deletionGracePeriodSeconds ?? 0) === 0

/**
 * Replaces a stored object, or removes it when it was being deleted and its
 * last finalizer goes. A change that changes nothing keeps the version.
 */
const replace = (state: State, place: Place, live: KubeObject, sent: KubeObject, names: Names): Written => {
  const { kind, namespace, name, subresource } = place
  const strategy = strategyOf(kind.resource)
  const versioned = atStoredVersion(place, live, Metadata.tidied(sent))
  if (Result.isFailure(versioned)) return Result.fail(versioned.failure)
  const merged = strategy.merged(kind, subresource, live, versioned.success)
  const main = subresource === undefined || subresource === "scale"
  const prepared = main ? kind.prepared(merged, live, { clusterIp: () => clusterIp(state) }) : merged
  const moves = main && kind.hasGeneration && kind.generationMoves(live, prepared)
  const { generation } = live.metadata
  const next = kept(live, prepared, moves ? (generation ?? 0) + 1 : generation)
  const valid = validated(place, live, next)
  if (Result.isFailure(valid)) return Result.fail(valid.failure)
  const refused = subresource === undefined ? strategy.admitsUpdate(state, live, next) : undefined
  if (refused !== undefined) return Result.fail(refused)
  const final = sharing(live, settled(live, next))
  const key = keyOf(kind.resource)
  const path = pathOf(namespace, name)
  if (isFinished(live, final) && strategy.mayRemove(final)) {
    const after = place.dryRun ? undefined : remove(state, key, path, names)
    return Result.succeed([after === undefined ? state : removed(after[0], kind.resource, after[1], names), final])
  }
  if (same(live, final)) return Result.succeed([state, live])
  if (place.dryRun) return Result.succeed([state, final])
  const [after, updated] = put(state, key, path, final, names)
  return Result.succeed([stored(after, kind.resource, live, updated, names), updated])
}

/**
 * Changes the object at `place`. When there is none: `NotFound`, unless the
 * kind, or `creates` where it is given, allows the write to create it.
 */
export const change = (
  state: State,
  place: Place,
  compute: Change,
  names: Names,
  options: { readonly creates?: boolean; readonly uid?: string } = {}
): Result.Result<readonly [State, KubeObject, boolean], Reply> => {
  const { kind, name, namespace } = place
  const resource = Status.qualified(kind.resource)
  const live = find(state, keyOf(kind.resource), pathOf(namespace, name))
  const creates = options.creates ?? kind.allowCreateOnUpdate
  if (live === undefined && !creates) return Result.fail(Status.notFound(resource, name))
  if (options.uid !== undefined && options.uid !== (live?.metadata.uid ?? "")) {
    return Result.fail(uidMismatch(place, options.uid, live))
  }
  const next = compute(live)
  if (Result.isFailure(next)) return Result.fail(next.failure)
  if (live === undefined) {
    return Result.map(
      insert(state, place, unversioned(wiped(next.success)), names),
      ([after, object]) => [after, object, true] as const
    )
  }
  const missing = Namespaces.admitsUpdate(state, kind.resource, namespace)
  if (missing !== undefined) return Result.fail(missing)
  return Result.map(
    replace(state, place, live, next.success, names),
    ([after, object]) => [after, object, false] as const
  )
}

const uidMismatch = ({ kind, name, namespace }: Place, uid: string, live: KubeObject | undefined): Reply => {
  const key = strategyOf(kind.resource).storageKey(kind, namespace, name)
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live?.metadata.uid ?? ""}`
  return Status.conflict(
    Status.qualified(kind.resource),
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`
  )
}
