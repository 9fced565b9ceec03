/**
 * The last thing of every step: opaque names are given anew, smallest first,
 * in the order in which the state mentions them. Worlds that differ in nothing
 * but names, in whatever process remembers them, are one state (exact, since
 * names are compared for equality only).
 */
import type { Components, Eager } from "../../domain/check/System.ts"
import { mentions, renamed } from "./OpaqueNames.ts"

const kindOf = (name: string): string => name.slice(0, name.lastIndexOf("#"))

/** Which names move; empty: all have the names they should have. */
export const renamingOf = (parts: ReadonlyArray<unknown>): ReadonlyMap<string, string> => {
  const counts = new Map<string, number>()
  const seen = new Set<string>()
  const renaming = new Map<string, string>()
  for (const part of parts) {
    for (const name of mentions(part)) {
      if (seen.has(name)) continue
      seen.add(name)
      const kind = kindOf(name)
      const number = counts.get(kind) ?? 0
      counts.set(kind, number + 1)
      const next = `${kind}#${number}`
      if (next !== name) renaming.set(name, next)
    }
  }
  return renaming
}

/** `components`: all of the state that mention names, those that show the world first. */
export const canonical = (components: ReadonlyArray<string>): Eager<Components> => ({
  name: "names are given anew",
  next: (read) => {
    const parts = components.map((name) => read(name))
    const renaming = renamingOf(parts)
    if (renaming.size === 0) return undefined
    const set: Record<string, unknown> = {}
    components.forEach((name, index) => {
      const next = renamed(parts[index], renaming)
      if (next !== parts[index]) set[name] = next
    })
    return set
  }
})
