/**
 * The names that servers choose, as the checker wants them: each of an object
 * or pod of its own, the smallest that nobody mentions, so that worlds that
 * differ in history only are the same world. Compared for equality only.
 */
import type { Names } from "../Names.ts"

/** All stamps of a closed model: no reading of a clock is in a state. */
export const nowMillis = Date.UTC(2026, 0, 1)

/** Smallest free names: `Read.unused`. */
export type Unused = (kind: string, nth?: number) => string

const versionOrUid = /(?:rv|uid)\.[a-z0-9.-]+?\.n\d+(?![a-z0-9])/
const hexadecimal = /(?:5e|1d)0{28}[0-9a-f]{10}/
const address = /10\.244\.\d+\.\d+/
const anyName = new RegExp(`${versionOrUid.source}|${hexadecimal.source}|${address.source}`, "g")

/** The pods of a set get neighbouring numbers, so that their order is that of their ordinals. */
const slotOf = (path: string): number => {
  const [, base = path, ordinal = "0"] = /^(.*?)-?(\d?)$/.exec(path) ?? []
  let hash = 0
  for (let index = 0; index < base.length; index++) hash = (hash * 31 + base.charCodeAt(index)) % 24
  return hash * 10 + Number(ordinal) + 1
}

const plural = (key: string): string => key.slice(key.indexOf("/") + 1)

const kindOf = (prefix: "rv" | "uid", key: string, path: string): string =>
  prefix === "uid" && key === "/pods"
    ? `uid.pod-${slotOf(path)}`
    : `${prefix}.${plural(key)}.${path.replaceAll("/", ".").toLowerCase()}`

const numberOf = (name: string): number => Number(name.slice(name.lastIndexOf("#") + 1))

/** `uid.pod-11#2` as it stands in objects. */
const written = (name: string): string => {
  const at = name.lastIndexOf("#")
  const [kind, number] = [name.slice(0, at), numberOf(name)]
  const process = /^(run|replid)-(\d+)$/.exec(kind)
  if (process === null) return `${kind}.n${number}`
  const hex = (value: string | number, size: number) => Number(value).toString(16).padStart(size, "0")
  return `${process[1] === "run" ? "5e" : "1d"}${"0".repeat(28)}${hex(process[2]!, 5)}${hex(number, 5)}`
}

/** The pod's uid, whose number its address carries. */
const ofAddress = (text: string): string => {
  const [, , slot, number] = text.split(".")
  return `uid.pod-${slot}#${Number(number) - 1}`
}

/** The name as `Unused` gives it, of one that stands in a text. */
const read = (text: string): string => {
  if (text.startsWith("10.")) return ofAddress(text)
  if (text.startsWith("rv.") || text.startsWith("uid.")) {
    const at = text.lastIndexOf(".n")
    return `${text.slice(0, at)}#${text.slice(at + 2)}`
  }
  const kind = text.startsWith("5e") ? "run" : "replid"
  return `${kind}-${Number.parseInt(text.slice(-10, -5), 16)}#${Number.parseInt(text.slice(-5), 16)}`
}

/** Of the pod with this uid. */
export const addressOf = (uid: string): string | undefined => {
  const [, slot, number] = /^uid\.pod-(\d+)\.n(\d+)$/.exec(uid) ?? []
  return slot === undefined ? undefined : `10.244.${slot}.${Number(number) + 1}`
}

const mayHoldNames = (text: string): boolean =>
  text.includes(".n") || text.includes("10.244.") || text.includes("0000000000")

const mentioned = new WeakMap<object, ReadonlySet<string>>()
const none: ReadonlySet<string> = new Set()

const byText = (one: unknown, other: unknown): number => (String(one) < String(other) ? -1 : 1)

/** Keys in their own order: in which order they were set is history, and of two equal values either may be met. */
const entriesOf = (value: object): Iterable<readonly [unknown, unknown]> => {
  if (Array.isArray(value)) return value.entries()
  if (value instanceof Set) return [...value].toSorted(byText).entries()
  const entries: Array<[unknown, unknown]> = value instanceof Map ? [...value] : Object.entries(value)
  return entries.sort(([one], [other]) => byText(one, other))
}

/** The names in a value, in its keys too, in an order that equal values share. Plain data, maps and sets of texts. */
export const mentions = (value: unknown): ReadonlySet<string> => {
  if (typeof value === "string") {
    return mayHoldNames(value) ? new Set([...value.matchAll(anyName)].map(([text]) => read(text))) : none
  }
  if (typeof value !== "object" || value === null) return none
  const known = mentioned.get(value)
  if (known !== undefined) return known
  let found: Set<string> | undefined
  for (const [name, part] of entriesOf(value)) {
    for (const one of mentions(name)) (found ??= new Set()).add(one)
    for (const one of mentions(part)) (found ??= new Set()).add(one)
  }
  mentioned.set(value, found ?? none)
  return found ?? none
}

/** The value under other names: `renaming` is of names as `mentions` gives them. What changes nothing stays the same object. */
export const renamed = <A>(value: A, renaming: ReadonlyMap<string, string>): A => {
  const text = (before: string): string =>
    mayHoldNames(before)
      ? before.replaceAll(anyName, (one) => {
          const next = renaming.get(read(one))
          if (next === undefined) return one
          return one.startsWith("10.") ? (addressOf(written(next)) ?? one) : written(next)
        })
      : before
  const each = (part: unknown): unknown => {
    if (typeof part === "string") return text(part)
    if (typeof part !== "object" || part === null) return part
    if (![...mentions(part)].some((name) => renaming.has(name))) return part
    if (Array.isArray(part)) return part.map(each)
    if (part instanceof Map) return new Map([...part].map(([key, item]) => [each(key), each(item)]))
    if (part instanceof Set) return new Set([...part].map(each))
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [text(key), each(item)]))
  }
  // The same shape with other texts.
  return each(value) as A
}

/** Names for one step, and which of them it took. */
export interface Choice {
  readonly names: Names
  readonly chosen: ReadonlyMap<string, ReadonlyArray<string>>
}

const letters = "bcdfghjklmnpqrstvwxz"

export const choosing = (unused: Unused): Choice => {
  const chosen = new Map<string, Array<string>>()
  const next = (kind: string): string => {
    const taken = chosen.get(kind) ?? []
    const name = unused(kind, taken.length)
    chosen.set(kind, [...taken, name])
    return written(name)
  }
  const slotAt = (host: string): string => host.split(".")[2] ?? "0"
  return {
    chosen,
    names: {
      uid: (_, { key, path }) => next(kindOf("uid", key, path)),
      resourceVersion: (_, { key, path }) => next(kindOf("rv", key, path)),
      suffix: (_, _slot, attempt) => letters[attempt]!.repeat(5),
      nowMillis,
      password: () => "password-of-the-closed-world",
      runId: (_, host) => next(`run-${slotAt(host)}`),
      replid: (_, host) => next(`replid-${slotAt(host)}`)
    }
  }
}

/** Names that a step took and did not keep are as if never taken: those that are `alive` move down. */
export const movedDown = ({ chosen }: Choice, alive: (name: string) => boolean): ReadonlyMap<string, string> => {
  const renaming = new Map<string, string>()
  for (const taken of chosen.values()) {
    const kept = taken.filter(alive)
    kept.forEach((name, index) => {
      if (taken[index] !== name) renaming.set(name, taken[index]!)
    })
  }
  return renaming
}
