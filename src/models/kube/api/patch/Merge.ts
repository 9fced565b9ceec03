/**
 * JSON merge patch (RFC 7386).
 */
import { isFields } from "../Types.ts"

/** Null removes, objects merge, all else replaces. */
export const merged = (target: unknown, patch: unknown): unknown => {
  if (!isFields(patch)) return patch
  const base = isFields(target) ? target : {}
  const result: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else if (value !== undefined) result[name] = merged(base[name], value)
  }
  return result
}
