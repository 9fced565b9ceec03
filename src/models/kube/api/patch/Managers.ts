/**
 * Field managers: `metadata.managedFields` as sets of paths by manager, and
 * back in the server's order.
 */
import type { ManagedFieldsEntry } from "../../../../domain/kube/Object.ts"
import * as Paths from "./Paths.ts"

/** One writer of an object. */
export interface Owner {
  readonly manager: string
  readonly operation: "Apply" | "Update"
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string | undefined
  readonly paths: Paths.Paths
}

/** By identity: name, operation, subresource, and for updates the version. */
export type Owners = ReadonlyMap<string, Owner>

/** Sorts like the server's identity, which conflicts are listed by. */
export const identity = (owner: Pick<Owner, "manager" | "operation" | "apiVersion" | "subresource">): string =>
  JSON.stringify({
    manager: owner.manager,
    operation: owner.operation,
    ...(owner.operation === "Update" ? { apiVersion: owner.apiVersion } : {}),
    ...(owner.subresource === "" ? {} : { subresource: owner.subresource })
  })

const ownerOf = (entry: ManagedFieldsEntry): Owner | undefined =>
  (entry.operation !== "Apply" && entry.operation !== "Update") || !entry.apiVersion || entry.fieldsType !== "FieldsV1"
    ? undefined
    : {
        manager: entry.manager ?? "",
        operation: entry.operation,
        apiVersion: entry.apiVersion,
        subresource: entry.subresource ?? "",
        time: entry.time,
        paths: Paths.fromFields(entry.fieldsV1)
      }

/** A cache of a pure function: most writes change what few managers own. */
const decoded = new WeakMap<ReadonlyArray<ManagedFieldsEntry>, { readonly owners: Owners | undefined }>()

/** Undefined when one entry is malformed: the server then takes none of them. */
export const decode = (entries: ReadonlyArray<ManagedFieldsEntry> = []): Owners | undefined => {
  const known = decoded.get(entries)
  if (known !== undefined) return known.owners
  const all = entries.map(ownerOf)
  const owners = all.every((owner) => owner !== undefined)
    ? new Map(all.map((owner) => [identity(owner), owner]))
    : undefined
  decoded.set(entries, { owners })
  return owners
}

const secondsOf = (time: string | undefined): number => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000))

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

export const encode = (owners: Owners): ReadonlyArray<ManagedFieldsEntry> =>
  [...owners.values()]
    .toSorted(
      (left, right) =>
        order(left.operation, right.operation) ||
        secondsOf(left.time) - secondsOf(right.time) ||
        order(left.manager, right.manager) ||
        order(left.apiVersion, right.apiVersion) ||
        order(left.subresource, right.subresource)
    )
    .map(({ manager, operation, apiVersion, subresource, time, paths }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: "FieldsV1",
      fieldsV1: Paths.toFields(paths),
      ...(subresource === "" ? {} : { subresource })
    }))

const maxUpdaters = 10

/** At most ten updaters: older ones are folded into `ancient-changes`. */
export const capped = (owners: Owners): Owners => {
  const updaters = [...owners].filter(([, { operation }]) => operation === "Update")
  if (updaters.length <= maxUpdaters) return owners
  const oldest = updaters.toSorted(
    ([left, { time }], [right, { time: other }]) => secondsOf(time) - secondsOf(other) || order(left, right)
  )
  const result = new Map(owners)
  const first = new Map<string, string>()
  let count = updaters.length
  for (const [id, owner] of oldest) {
    if (count <= maxUpdaters) break
    const before = first.get(owner.apiVersion)
    if (before === undefined) {
      first.set(owner.apiVersion, id)
      continue
    }
    const bucket: Owner = { ...owner, manager: "ancient-changes", subresource: "", operation: "Update" }
    const bucketId = identity(bucket)
    const held = result.get(bucketId) ?? result.get(before)!
    result.delete(before)
    result.delete(id)
    result.set(bucketId, { ...bucket, paths: Paths.union(owner.paths, held.paths) })
    count -= 1
  }
  return result
}
