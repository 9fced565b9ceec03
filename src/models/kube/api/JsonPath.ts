/**
 * The JSONPath of printer columns and selectable fields: names, indexes and
 * `[?(@.type=="Ready")]`.
 */
import { valueAt } from "./FieldSelector.ts"
import { isFields } from "./Types.ts"

const step = /^(?:\.?([\w-]+|\*)|\.?\['([^']+)'\]|\[(\d+|\*)\]|\[\?\(@\.([\w.-]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\])/

const childrenOf = (value: unknown): ReadonlyArray<unknown> =>
  Array.isArray(value) ? value : isFields(value) ? Object.values(value) : []

const next = (value: unknown, [, name, quoted, index, field, ...texts]: RegExpExecArray): ReadonlyArray<unknown> => {
  if (name === "*" || index === "*") return childrenOf(value)
  const key = name ?? quoted
  if (key !== undefined) return isFields(value) && Object.hasOwn(value, key) ? [value[key]] : []
  if (!Array.isArray(value)) return []
  if (index !== undefined) return Number(index) < value.length ? [value[Number(index)]] : []
  const text = texts[0] ?? texts[1]
  return value.filter((one) => valueAt(one, (field ?? "").split(".")) === text)
}

/** All that the path leads to; nothing when the path is none of this form. */
export const results = (value: unknown, path: string): ReadonlyArray<unknown> => {
  let found: ReadonlyArray<unknown> = [value]
  // In Kubernetes a dot before a filter is as good as none.
  for (let rest = path.replaceAll(".[", "["); rest !== "";) {
    const match = step.exec(rest)
    if (match === null) return []
    // Names with escaped dots are written `\.`; they are rare enough to be spelled ['a.b'] here.
    found = found.flatMap((one) => next(one, match))
    rest = rest.slice(match[0].length)
  }
  return found
}
