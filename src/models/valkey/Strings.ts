/** Commands on keys: strings and counters, enough for writers, probes and clients that count. */
import type { Reply } from "../../domain/valkey/Wire.ts"
import * as Keys from "./Keys.ts"

/** A key and its new value; undefined when it went. */
export type Change = readonly [key: string, value: string | undefined]

/** A reply, and what a command on keys changes. */
export interface Answer {
  readonly reply: Reply
  readonly changes: ReadonlyArray<Change>
}

const unchanged = (reply: Reply): Answer => ({ reply, changes: [] })

const notInteger = unchanged({ error: "ERR value is not an integer or out of range" })

const integer = (text: string): number | undefined => {
  const value = Number(text)
  return /^-?\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined
}

const add = (data: Keys.Keys, key: string, by: number | undefined): Answer => {
  const before = integer(Keys.get(data, key) ?? "0")
  const after = before === undefined || by === undefined ? undefined : before + by
  if (after === undefined || !Number.isSafeInteger(after)) return notInteger
  return { reply: after, changes: [[key, String(after)]] }
}

/** `SET key value [NX | XX] [GET]`. */
const set = (data: Keys.Keys, [key, value, ...words]: ReadonlyArray<string>): Answer => {
  const options = words.map((word) => word.toUpperCase())
  const isKnown = options.every((option) => option === "NX" || option === "XX" || option === "GET")
  if (!isKnown || (options.includes("NX") && options.includes("XX"))) return unchanged({ error: "ERR syntax error" })
  const before = Keys.get(data, key!)
  const isWritten = before === undefined ? !options.includes("XX") : !options.includes("NX")
  const reply = options.includes("GET") ? (before ?? null) : isWritten ? "OK" : null
  return isWritten ? { reply, changes: [[key!, value!]] } : unchanged(reply)
}

const del = (data: Keys.Keys, keys: ReadonlyArray<string>): Answer => {
  const held = [...new Set(keys)].filter((key) => Keys.get(data, key) !== undefined)
  return { reply: held.length, changes: held.map((key) => [key, undefined]) }
}

/** Commands that may write, by lower-case name. */
export const writes: Readonly<Record<string, (data: Keys.Keys, words: ReadonlyArray<string>) => Answer>> = {
  append: (data, [key, text]) => {
    const value = (Keys.get(data, key!) ?? "") + text!
    return { reply: value.length, changes: [[key!, value]] }
  },
  decr: (data, [key]) => add(data, key!, -1),
  del,
  incr: (data, [key]) => add(data, key!, 1),
  incrby: (data, [key, by]) => add(data, key!, integer(by!)),
  set
}

export const changed = (data: Keys.Keys, changes: ReadonlyArray<Change>): Keys.Keys =>
  changes.reduce((now, [key, value]) => (value === undefined ? Keys.remove(now, key) : Keys.set(now, key, value)), data)

/** The keys after a command of the replication stream; one that is no write changes nothing. */
export const written = (data: Keys.Keys, [name = "", ...words]: ReadonlyArray<string>): Keys.Keys => {
  const write = writes[name.toLowerCase()]
  return write === undefined ? data : changed(data, write(data, words).changes)
}

/** Commands that only read, by lower-case name. */
export const reads: Readonly<Record<string, (data: Keys.Keys, words: ReadonlyArray<string>) => Reply>> = {
  dbsize: (data) => data.count,
  exists: (data, keys) => keys.filter((key) => Keys.get(data, key) !== undefined).length,
  get: (data, [key]) => Keys.get(data, key!) ?? null,
  mget: (data, keys) => keys.map((key) => Keys.get(data, key) ?? null),
  type: (data, [key]) => (Keys.get(data, key!) === undefined ? "none" : "string")
}
