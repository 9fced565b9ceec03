/**
 * Who owns what after a write that is no apply: the writer owns what it changed
 * or added, and nobody what it removed.
 */
import { apiVersionOf, type KubeObject, type ManagedFieldsEntry } from "../../../../domain/kube/Object.ts"
import type { Kind } from "../Kind.ts"
import { same } from "../Types.ts"
import { isUnreadable } from "./Check.ts"
import { capped, decode, encode, identity, type Owner, type Owners } from "./Managers.ts"
import * as Paths from "./Paths.ts"
import type { Manager } from "./Patch.ts"
import * as Typed from "./Typed.ts"

/** Paths that belong to the server itself. */
export const untracked: Paths.Paths = Paths.of([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion"
  ].map((name) => ["f:metadata", `f:${name}`])
])

const empties = new WeakMap<Kind, KubeObject>()

/** What an object of the kind is before anything is written to it. */
export const emptyOf = (kind: Kind): KubeObject => {
  const apiVersion = apiVersionOf(kind.resource)
  const bare = { apiVersion, kind: kind.resource.kind }
  // Custom objects start with nothing; so the paths of `metadata` itself count as added, and are untracked.
  if (kind.custom) return bare as KubeObject
  const known = empties.get(kind)
  if (known !== undefined) return known
  const decoded = kind.decode(bare)
  const object = "error" in decoded ? (bare as KubeObject) : decoded.object
  empties.set(kind, object)
  return object
}

export const withoutManagers = (object: KubeObject): KubeObject => {
  if (object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

export const withManagers = (object: KubeObject, managedFields: ReadonlyArray<ManagedFieldsEntry>): KubeObject =>
  managedFields.length === 0 ? withoutManagers(object) : { ...object, metadata: { ...object.metadata, managedFields } }

export const resetPaths = (kind: Kind, subresource: string | undefined): Paths.Paths => {
  const resets = kind.resets(subresource)
  return resets.length === 0 ? Paths.empty : Paths.of(resets.map((path) => path.map((name) => `f:${name}`)))
}

/** The changes of a write, without what it cannot set. */
export const changesOf = (
  kind: Kind,
  before: unknown,
  after: unknown,
  subresource: string | undefined
): Typed.Comparison => {
  const { added, modified, removed } = Typed.compare(kind.type, before, after)
  const resets = resetPaths(kind, subresource)
  return {
    added: Paths.without(added, resets),
    modified: Paths.without(modified, resets),
    removed: Paths.without(removed, resets)
  }
}

/** The owners, all but `self` without what was changed; those left with nothing are gone. */
export const without = (owners: Owners, changes: Typed.Comparison, self: string | undefined): Owners => {
  const taken = Paths.union(changes.added, changes.modified)
  return new Map(
    [...owners].flatMap(([id, owner]): ReadonlyArray<[string, Owner]> => {
      if (id === self) return [[id, owner]]
      const paths = Paths.difference(Paths.difference(owner.paths, taken), changes.removed)
      return paths.size === 0 ? [] : [[id, paths === owner.paths ? owner : { ...owner, paths }]]
    })
  )
}

/** Owners after an update from `before` to `after`. */
export const updated = (kind: Kind, before: KubeObject, after: KubeObject, owners: Owners, by: Manager): Owners => {
  const changes = changesOf(kind, withoutManagers(before), withoutManagers(after), by.subresource)
  const result = new Map(without(owners, changes, undefined))
  const mine = Paths.difference(Paths.union(changes.added, changes.modified), untracked)
  if (mine.size === 0) return capped(result)
  const self: Omit<Owner, "paths"> = {
    manager: by.manager === "" ? "unknown" : by.manager,
    operation: "Update",
    apiVersion: apiVersionOf(kind.resource),
    subresource: by.subresource ?? "",
    time: by.time
  }
  const id = identity(self)
  return capped(result.set(id, { ...self, paths: Paths.union(mine, result.get(id)?.paths ?? Paths.empty) }))
}

/** A client asks for a clean slate with no entries or one empty entry. */
const isReset = (entries: ReadonlyArray<ManagedFieldsEntry> | undefined): boolean =>
  entries !== undefined && (entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0))

/** Entries that the write itself carries count, unless it goes to a subresource or they make no sense. */
const startOf = (before: KubeObject, after: KubeObject, subresource: string | undefined): Owners => {
  const sent = after.metadata?.managedFields
  const live = () => decode(before.metadata?.managedFields) ?? new Map<string, Owner>()
  if (subresource !== undefined && subresource !== "") return live()
  if (isReset(sent)) return new Map()
  const owners = decode(sent)
  return owners === undefined || owners.size === 0 ? live() : owners
}

/** Managed fields after a create (`before` absent), an update or a patch. */
export const managed = (
  kind: Kind,
  before: KubeObject | undefined,
  after: KubeObject,
  by: Manager
): ReadonlyArray<ManagedFieldsEntry> => {
  const live = before ?? emptyOf(kind)
  const owners = startOf(live, after, by.subresource)
  // Once nobody is tracked, updates track nobody; an apply starts again.
  if (before !== undefined && owners.size === 0) return []
  // An update of the status is not asked about the rest; what cannot be read there has no owners, nor has anything else.
  if (kind.custom && by.subresource === "status" && isUnreadable(kind.type, withoutManagers(after))) return []
  return encode(updated(kind, live, after, owners, by))
}

const withoutTime = (entry: ManagedFieldsEntry): ManagedFieldsEntry => {
  const { time: _, ...others } = entry
  return others
}

/** `next`, or with the stored managed fields when only their times differ: a write that changes nothing changes no time. */
export const settled = (stored: KubeObject, next: KubeObject): KubeObject => {
  const [before, after] = [stored.metadata.managedFields ?? [], next.metadata.managedFields ?? []]
  if (before.length !== after.length || before.length === 0) return next
  const isSame = same(before.map(withoutTime), after.map(withoutTime))
  return isSame && same(withoutManagers(stored), withoutManagers(next)) ? withManagers(next, before) : next
}
