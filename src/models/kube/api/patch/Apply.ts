/**
 * Server-side apply: what a manager applies is put over the live object, what
 * it applied before and leaves out now goes unless another manager owns it, and
 * what others own is a conflict unless forced.
 */
import { apiVersionOf, type KubeObject } from "../../../../domain/kube/Object.ts"
import type { Cause, Kind } from "../Kind.ts"
import { isFields, same } from "../Types.ts"
import { invalidType } from "./Check.ts"
import * as LastApplied from "./LastApplied.ts"
import { identity, type Owner, type Owners, decode, encode } from "./Managers.ts"
import * as Owned from "./Owned.ts"
import * as Paths from "./Paths.ts"
import { type Manager, type PatchFailure } from "./Patch.ts"
import * as Typed from "./Typed.ts"

export type Applier = Manager & { readonly force: boolean }

const badRequest = (message: string): PatchFailure => ({ failure: true, status: 400, reason: "BadRequest", message })

/** The real server answers these with a bare 500. */
const unexpected = (message: string): PatchFailure => ({ failure: true, status: 500, reason: "", message })

const groupVersionKind = (body: { readonly [name: string]: unknown }): string => {
  const apiVersion = String(body["apiVersion"] ?? "")
  return `${apiVersion === "" || apiVersion.includes("/") ? apiVersion || "/" : `/${apiVersion}`}, Kind=${String(body["kind"] ?? "")}`
}

const refused = (kind: Kind, body: unknown): PatchFailure | undefined => {
  if (!isFields(body)) {
    const what = Array.isArray(body) ? "array" : typeof body
    return badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`
    )
  }
  if (body["apiVersion"] !== apiVersionOf(kind.resource) || body["kind"] !== kind.resource.kind) {
    return badRequest(`invalid object type: ${groupVersionKind(body)}`)
  }
  const metadata = isFields(body["metadata"]) ? body["metadata"] : {}
  if (metadata["managedFields"] !== undefined && metadata["managedFields"] !== null) {
    return badRequest("metadata.managedFields must be nil")
  }
  const wrong = invalidType(kind.type, body)
  const name = `${String(metadata["namespace"] ?? "")}/${String(metadata["name"] ?? "")}; ${groupVersionKind(body)}`
  return wrong === undefined ? undefined : unexpected(`failed to create typed patch object (${name}): ${wrong}`)
}

interface Conflict {
  readonly owner: Owner
  readonly path: Paths.Path
}

const ownerText = ({ manager, operation, apiVersion, subresource }: Owner): string =>
  JSON.stringify(manager) +
  (subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`) +
  (operation === "Update" ? ` using ${apiVersion}` : "")

const conflictFailure = (conflicts: ReadonlyArray<Conflict>): PatchFailure => {
  const causes: ReadonlyArray<Cause> = conflicts.map(({ owner, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${ownerText(owner)}`,
    field: Paths.pathText(path)
  }))
  const groups = [...Map.groupBy(conflicts, ({ owner }) => owner)].flatMap(([owner, group]) => [
    `conflicts with ${ownerText(owner)}:`,
    ...group.map(({ path }) => `- ${Paths.pathText(path)}`)
  ])
  const text =
    conflicts.length === 1
      ? `1 conflict: ${causes[0]!.message}: ${causes[0]!.field}`
      : `${conflicts.length} conflicts: ${groups.join("\n")}`
  return { failure: true, status: 409, reason: "Conflict", message: `Apply failed with ${text}`, causes }
}

const conflictsOf = (owners: Owners, self: string, changed: Paths.Paths): ReadonlyArray<Conflict> =>
  [...owners]
    .filter(([id]) => id !== self)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, owner]) => Paths.toList(Paths.intersection(owner.paths, changed)).map((path) => ({ owner, path })))

/** Takes out what the manager applied last time and nobody else, nor its new configuration, owns. */
const pruned = (kind: Kind, merged: unknown, owners: Owners, last: Paths.Paths): unknown => {
  if (last.size === 0) return merged
  const named = (paths: Paths.Paths) => Paths.withNamedFields(paths, kind.type)
  const all = named(Typed.pathsOf(kind.type, merged))
  const stays = (value: unknown) => named(Typed.pathsOf(kind.type, value))
  const removed = Typed.remove(kind.type, merged, named(last))
  const anyone = [...owners.values()].reduce((sum, { paths }) => Paths.union(sum, paths), Paths.empty)
  const owned = Typed.remove(kind.type, merged, Paths.difference(all, Paths.union(stays(removed), named(anyone))))
  return Typed.remove(kind.type, merged, Paths.intersection(Paths.difference(all, stays(owned)), named(last)))
}

/** An object that nobody tracks yet belongs to `before-first-apply` as a whole. */
const ownersOf = (kind: Kind, live: KubeObject, { subresource, time }: Applier): Owners => {
  const owners = decode(live.metadata?.managedFields) ?? new Map()
  if (owners.size > 0) return owners
  return Owned.updated(kind, Owned.emptyOf(kind), live, owners, {
    manager: "before-first-apply",
    time,
    ...(subresource === undefined ? {} : { subresource })
  })
}

type Outcome = { readonly object: unknown; readonly owners: Owners } | { readonly conflicts: ReadonlyArray<Conflict> }

const attempt = (kind: Kind, live: KubeObject, body: KubeObject, before: Owners, by: Applier): Outcome => {
  const bare = Owned.withoutManagers(live)
  const self: Omit<Owner, "paths" | "time"> = {
    manager: by.manager,
    operation: "Apply",
    apiVersion: apiVersionOf(kind.resource),
    subresource: by.subresource ?? ""
  }
  const id = identity(self)
  const last = before.get(id)
  const sets = Paths.without(Typed.pathsOf(kind.type, body), Owned.resetPaths(kind, by.subresource))
  const claimed = new Map(before).set(id, { ...self, time: last?.time, paths: sets })
  const next = pruned(kind, Typed.merge(kind.type, bare, body), claimed, last?.paths ?? Paths.empty)
  const changes = Owned.changesOf(kind, bare, next, by.subresource)
  const conflicts = by.force ? [] : conflictsOf(claimed, id, Paths.union(changes.modified, changes.added))
  if (conflicts.length > 0) return { conflicts }
  const owners = new Map(Owned.without(claimed, changes, id))
  const mine = Paths.difference(sets, Owned.untracked)
  const isSame = same(bare, next)
  if (mine.size === 0) owners.delete(id)
  else owners.set(id, { ...self, time: isSame ? last?.time : by.time, paths: mine })
  return { object: isSame ? bare : next, owners }
}

/**
 * Server-side apply. Absent `live`: the object is created by it. The result is
 * decoded, not defaulted, and carries its managed fields; 500 with the server's
 * text where the body does not fit the type.
 */
export const applied = (
  kind: Kind,
  live: KubeObject | undefined,
  body: unknown,
  by: Applier
): KubeObject | PatchFailure => {
  const failure = refused(kind, body)
  if (failure !== undefined) return failure
  // `refused` has checked apiVersion and kind; metadata may be missing, which reads as empty.
  const config = body as KubeObject
  const base = live ?? Owned.emptyOf(kind)
  const owners = ownersOf(kind, base, by)
  let outcome = attempt(kind, base, config, owners, by)
  if ("conflicts" in outcome && by.manager === LastApplied.manager) {
    const allowed = LastApplied.unchanged(kind, base)
    const left = outcome.conflicts.filter(({ path }) => allowed === undefined || !Paths.has(allowed, path))
    outcome = left.length > 0 ? { conflicts: left } : attempt(kind, base, config, owners, { ...by, force: true })
  }
  if ("conflicts" in outcome) return conflictFailure(outcome.conflicts)
  const decoded = kind.decode(outcome.object)
  if ("error" in decoded) return unexpected(decoded.error)
  return Owned.withManagers(LastApplied.updated(by.manager, decoded.object, config), encode(outcome.owners))
}
