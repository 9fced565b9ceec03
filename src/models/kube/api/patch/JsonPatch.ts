/**
 * JSON patch (RFC 6902) as the server's library reads it: a replace of a
 * missing member adds it, a copy of a missing one copies null.
 */
import { isFields, same } from "../Types.ts"

interface Operation {
  readonly op: string
  readonly path: string
  readonly from: string | undefined
  readonly value: unknown
}

const operationOf = (entry: unknown): Operation | undefined => {
  if (!isFields(entry)) return undefined
  const { op, path, from, value } = entry
  if (typeof op !== "string" || typeof path !== "string") return undefined
  if (from !== undefined && typeof from !== "string") return undefined
  return { op, path, from, value: value === undefined ? null : value }
}

const unescape = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~")

const partsOf = (pointer: string): ReadonlyArray<string> | undefined =>
  pointer === "" ? [] : pointer.startsWith("/") ? pointer.slice(1).split("/").map(unescape) : undefined

/** The result of a step, or that it cannot be taken. */
type Step = { readonly value: unknown } | undefined

const indexIn = (list: ReadonlyArray<unknown>, part: string, isInsert: boolean): number | undefined => {
  if (part === "-") return isInsert ? list.length : undefined
  if (!/^-?\d+$/.test(part)) return undefined
  const limit = isInsert ? list.length : list.length - 1
  const index = Number(part) < 0 ? Number(part) + limit + 1 : Number(part)
  return index >= 0 && index <= limit ? index : undefined
}

const childOf = (parent: unknown, part: string): Step => {
  if (Array.isArray(parent)) {
    const index = indexIn(parent, part, false)
    return index === undefined ? undefined : { value: parent[index] }
  }
  return isFields(parent) && Object.hasOwn(parent, part) ? { value: parent[part] } : undefined
}

/** Rebuilds the way down to the parent of the last part, and lets `change` rebuild that. */
const changedAt = (
  value: unknown,
  parts: ReadonlyArray<string>,
  change: (parent: unknown, part: string) => Step
): Step => {
  const [part, ...rest] = parts
  if (part === undefined) return undefined
  if (rest.length === 0) return change(value, part)
  const child = childOf(value, part)
  if (child === undefined) return undefined
  const next = changedAt(child.value, rest, change)
  if (next === undefined) return undefined
  if (Array.isArray(value)) return { value: value.with(indexIn(value, part, false)!, next.value) }
  // `childOf` found the part in it, so it is an object.
  return { value: { ...(value as object), [part]: next.value } }
}

const add =
  (value: unknown) =>
  (parent: unknown, part: string): Step => {
    if (Array.isArray(parent)) {
      const index = indexIn(parent, part, true)
      return index === undefined ? undefined : { value: parent.toSpliced(index, 0, value) }
    }
    return isFields(parent) ? { value: { ...parent, [part]: value } } : undefined
  }

const replace =
  (value: unknown) =>
  (parent: unknown, part: string): Step => {
    if (Array.isArray(parent)) {
      const index = indexIn(parent, part, false)
      return index === undefined ? undefined : { value: parent.with(index, value) }
    }
    return isFields(parent) ? { value: { ...parent, [part]: value } } : undefined
  }

const remove = (parent: unknown, part: string): Step => {
  if (Array.isArray(parent)) {
    const index = indexIn(parent, part, false)
    return index === undefined ? undefined : { value: parent.toSpliced(index, 1) }
  }
  if (!isFields(parent) || !Object.hasOwn(parent, part)) return undefined
  const { [part]: _, ...others } = parent
  return { value: others }
}

const valueAt = (document: unknown, parts: ReadonlyArray<string>): Step =>
  parts.reduce<Step>((here, part) => (here === undefined ? undefined : childOf(here.value, part)), { value: document })

const parentExists = (document: unknown, parts: ReadonlyArray<string>): boolean =>
  valueAt(document, parts.slice(0, -1)) !== undefined

const run = (document: unknown, { op, path, from, value }: Operation): Step => {
  const parts = partsOf(path)
  const source = from === undefined ? undefined : partsOf(from)
  if (parts === undefined) return undefined
  switch (op) {
    case "add":
      return parts.length === 0 ? { value } : changedAt(document, parts, add(value))
    case "replace":
      return parts.length === 0 ? { value } : changedAt(document, parts, replace(value))
    case "remove":
      return changedAt(document, parts, remove)
    case "test": {
      const found = valueAt(document, parts)
      if (found === undefined) return value === null && parentExists(document, parts) ? { value: document } : undefined
      return same(found.value, value) ? { value: document } : undefined
    }
    case "move": {
      const found = source === undefined ? undefined : valueAt(document, source)
      const without = found === undefined ? undefined : changedAt(document, source!, remove)
      return found === undefined || without === undefined
        ? undefined
        : changedAt(without.value, parts, add(found.value))
    }
    case "copy": {
      if (source === undefined || !parentExists(document, source)) return undefined
      return changedAt(document, parts, add(valueAt(document, source)?.value ?? null))
    }
    default:
      return undefined
  }
}

/** The document after all operations, or undefined when one of them cannot be done. */
export const patched = (document: unknown, operations: ReadonlyArray<unknown>): Step =>
  operations.reduce<Step>(
    (here, entry) => {
      const operation = operationOf(entry)
      return here === undefined || operation === undefined ? undefined : run(here.value, operation)
    },
    { value: document }
  )
