/**
 * The built-in kinds.
 */
import type { Kind } from "../Kind.ts"

/** Key: `group/plural`. */
export const builtIn: ReadonlyMap<string, Kind> = new Map()
