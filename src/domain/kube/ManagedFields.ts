/**
 * Which manager owns which fields, as far as a controller must know it: what it
 * created by POST counts as an update and would outlive its later applies.
 */
import type { Json, ManagedFieldsEntry } from "./Object.ts"

const isUpdateOf = (manager: string) => (entry: ManagedFieldsEntry) =>
  entry.manager === manager && entry.operation === "Update" && entry.subresource === undefined

const union = (left: Json | undefined, right: Json | undefined): Json => {
  if (typeof left !== "object" || left === null || Array.isArray(left)) return right ?? {}
  if (typeof right !== "object" || right === null || Array.isArray(right)) return left
  const fields = new Map(Object.entries(left))
  for (const [name, below] of Object.entries(right)) fields.set(name, union(fields.get(name), below))
  return Object.fromEntries(fields)
}

/** True while fields of `manager` are owned by an update: `OwnByApply` is due. */
export const ownsByUpdate = (managedFields: ReadonlyArray<ManagedFieldsEntry> | undefined, manager: string): boolean =>
  (managedFields ?? []).some(isUpdateOf(manager))

/** The entries with what `manager` owns by update or apply as one apply. */
export const ownedByApply = (
  managedFields: ReadonlyArray<ManagedFieldsEntry>,
  manager: string
): ReadonlyArray<ManagedFieldsEntry> => {
  const isApply = (entry: ManagedFieldsEntry) =>
    entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined
  const mine = managedFields.filter((entry) => isApply(entry) || isUpdateOf(manager)(entry))
  const rest = managedFields.filter((entry) => !mine.includes(entry))
  if (mine.length === 0) return rest
  const fieldsV1 = mine.map((entry) => entry.fieldsV1).reduce<Json>((all, fields) => union(all, fields), {})
  return [...rest, { ...mine[0], operation: "Apply", fieldsV1 }]
}

/** What `manager` owns by apply, as one set; empty when it never applied. */
export const appliedBy = (managedFields: ReadonlyArray<ManagedFieldsEntry>, manager: string): Json | undefined =>
  managedFields
    .filter((entry) => entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined)
    .map((entry) => entry.fieldsV1)
    .reduce<Json | undefined>((all, fields) => union(all, fields), undefined)
