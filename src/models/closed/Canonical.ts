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

const kindNumbers = new Map<string, number>()
const lists = new WeakMap<object, Int32Array>()

/** Kind and number of each name that a part mentions, in order. Caches of pure functions. */
const listOf = (part: unknown): Int32Array => {
  const isObject = typeof part === "object" && part !== null
  const known = isObject ? lists.get(part) : undefined
  if (known !== undefined) return known
  const list = Int32Array.from(
    [...mentions(part)].flatMap((name) => {
      const kind = kindOf(name)
      const number = kindNumbers.get(kind) ?? kindNumbers.size
      kindNumbers.set(kind, number)
      return [number, Number(name.slice(kind.length + 1))]
    })
  )
  if (isObject) lists.set(part, list)
  return list
}

/** Whether no name moves, without a look at the names themselves: most states are like that. */
export const isCanonical = (parts: ReadonlyArray<unknown>): boolean => {
  const all = parts.map(listOf)
  const counts = new Int32Array(kindNumbers.size)
  for (const list of all) {
    for (let at = 0; at < list.length; at += 2) {
      const kind = list[at]!
      const number = list[at + 1]!
      if (number > counts[kind]!) return false
      if (number === counts[kind]!) counts[kind]!++
    }
  }
  return true
}

/** `components`: all of the state that mention names, those that show the world first. */
export const canonical = (components: ReadonlyArray<string>): Eager<Components> => ({
  name: "names are given anew",
  isRemembered: false,
  next: (read) => {
    const parts = components.map((name) => read(name))
    if (isCanonical(parts)) return undefined
    const renaming = renamingOf(parts)
    const set: Record<string, unknown> = {}
    components.forEach((name, index) => {
      const next = renamed(parts[index], renaming)
      if (next !== parts[index]) set[name] = next
    })
    return set
  }
})
