/**
 * The last thing of every step: opaque names are given anew, smallest first,
 * in the order in which the state mentions them. Worlds that differ in nothing
 * but names, in whatever process remembers them, are one state (exact, since
 * names are compared for equality only). Done after each step, so in numbers:
 * what is kept here are caches of pure functions.
 */
import type { Components, Eager } from "../../domain/check/System.ts"
import { mentions, renamed } from "./OpaqueNames.ts"

interface Name {
  readonly text: string
  readonly kindText: string
  readonly kind: number
  readonly number: number
}

const names: Array<Name> = []
const idsByText = new Map<string, number>()
const kinds = new Map<string, number>()
const lists = new WeakMap<object, ReadonlyArray<number>>()
const renamings = new WeakMap<object, Map<string, unknown>>()

const isObject = (part: unknown): part is object => typeof part === "object" && part !== null

const idOf = (text: string): number => {
  const known = idsByText.get(text)
  if (known !== undefined) return known
  const at = text.lastIndexOf("#")
  const kindText = text.slice(0, at)
  const kind = kinds.get(kindText) ?? kinds.size
  kinds.set(kindText, kind)
  idsByText.set(text, names.length)
  return names.push({ text, kindText, kind, number: Number(text.slice(at + 1)) }) - 1
}

/** The names that a part mentions, in order. */
const listOf = (part: unknown): ReadonlyArray<number> => {
  const known = isObject(part) ? lists.get(part) : undefined
  if (known !== undefined) return known
  const list = [...mentions(part)].map(idOf)
  if (isObject(part)) lists.set(part, list)
  return list
}

/** Per kind, how many were met. */
let counts = new Int32Array(64)

/** Whether no name moves. */
const isInOrder = (all: ReadonlyArray<ReadonlyArray<number>>): boolean => {
  if (counts.length < kinds.size) counts = new Int32Array(2 * kinds.size)
  else counts.fill(0)
  for (let i = 0; i < all.length; i++) {
    const list = all[i]!
    for (let k = 0; k < list.length; k++) {
      const { kind, number } = names[list[k]!]!
      if (number > counts[kind]!) return false
      if (number === counts[kind]!) counts[kind]!++
    }
  }
  return true
}

/** The number that each name should have; -1: it is not mentioned. */
const numbersOf = (all: ReadonlyArray<ReadonlyArray<number>>): Int32Array => {
  const counts = new Int32Array(kinds.size)
  const numbers = new Int32Array(names.length).fill(-1)
  for (const list of all) {
    for (const id of list) if (numbers[id] === -1) numbers[id] = counts[names[id]!.kind]!++
  }
  return numbers
}

const movesOf = (list: Iterable<number>, numbers: Int32Array): ReadonlyArray<number> =>
  [...list].filter((id) => numbers[id] !== names[id]!.number)

const renamingBy = (moves: ReadonlyArray<number>, numbers: Int32Array): ReadonlyMap<string, string> =>
  new Map(moves.map((id) => [names[id]!.text, `${names[id]!.kindText}#${numbers[id]!}`]))

/** Which names move; empty: all have the names they should have. */
export const renamingOf = (parts: ReadonlyArray<unknown>): ReadonlyMap<string, string> => {
  const all = parts.map(listOf)
  if (isInOrder(all)) return new Map()
  const numbers = numbersOf(all)
  return renamingBy(movesOf(new Set(all.flat()), numbers), numbers)
}

/** The same part comes again in many states, to be renamed in the same way. */
const anew = (part: unknown, list: ReadonlyArray<number>, numbers: Int32Array): unknown => {
  const moves = movesOf(list, numbers)
  if (moves.length === 0) return part
  if (!isObject(part)) return renamed(part, renamingBy(moves, numbers))
  const known = renamings.get(part) ?? new Map<string, unknown>()
  renamings.set(part, known)
  const key = moves.map((id) => `${id}>${numbers[id]!}`).join()
  if (!known.has(key)) known.set(key, renamed(part, renamingBy(moves, numbers)))
  return known.get(key)
}

/** What changes, by index. */
const anewOf = (
  parts: ReadonlyArray<unknown>,
  all: ReadonlyArray<ReadonlyArray<number>>
): ReadonlyArray<readonly [number, unknown]> => {
  const numbers = numbersOf(all)
  return parts.flatMap((part, index) => {
    const next = anew(part, all[index]!, numbers)
    return next === part ? [] : [[index, next] as const]
  })
}

const inNumbers = (values: ReadonlyArray<ReadonlyArray<unknown>>) => {
  const known = values.map((): Array<ReadonlyArray<number>> => [])
  const all: Array<ReadonlyArray<number>> = values.map(() => [])
  return (ids: Int32Array) => {
    for (let i = 0; i < ids.length; i++) all[i] = known[i]![ids[i]!] ??= listOf(values[i]![ids[i]!])
    if (isInOrder(all)) return undefined
    return anewOf(
      values.map((parts, i) => parts[ids[i]!]),
      all
    )
  }
}

/** `components`: all of the state that mention names, those that show the world first. */
export const canonical = (components: ReadonlyArray<string>): Eager<Components> => ({
  name: "names are given anew",
  inNumbers: { components, over: inNumbers },
  next: (read) => {
    const parts = components.map((name) => read(name))
    const all = parts.map(listOf)
    if (isInOrder(all)) return undefined
    return Object.fromEntries(anewOf(parts, all).map(([index, next]) => [components[index]!, next]))
  }
})
