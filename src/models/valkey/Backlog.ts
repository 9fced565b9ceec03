/**
 * The stretch of a replication stream that a server remembers, and sends to
 * replicas that ask for what comes after their offset. Offsets count bytes, as
 * those of a real server do.
 */
import type * as Keys from "./Keys.ts"
import * as Strings from "./Strings.ts"

/** One command of the stream, and the offset behind it. A replica carries it out as its primary did. */
export interface Entry {
  readonly end: number
  readonly words: ReadonlyArray<string>
}

export interface Backlog {
  /** Offset of the first byte remembered. */
  readonly first: number
  readonly entries: ReadonlyArray<Entry>
}

/** What a real server bounds by bytes alone; the model also by entries, so that a write copies little. */
const mostEntries = 4096

/** A backlog in which the next byte is the first. */
export const startingAfter = (offset: number): Backlog => ({ first: offset + 1, entries: [] })

export const append = (backlog: Backlog, entries: ReadonlyArray<Entry>, bytes: number): Backlog => {
  if (entries.length === 0) return backlog
  const all = [...backlog.entries, ...entries]
  const end = all.at(-1)!.end
  let from = Math.max(0, all.length - mostEntries)
  while (from < all.length - 1 && end - (from === 0 ? backlog.first - 1 : all[from - 1]!.end) > bytes) from++
  return from === 0
    ? { first: backlog.first, entries: all }
    : { first: all[from - 1]!.end + 1, entries: all.slice(from) }
}

/** Whether a replica whose next byte is `next` can go on from here (`failover:2.2`, PSYNC2). */
export const covers = (backlog: Backlog, offset: number, next: number): boolean =>
  next >= backlog.first && next <= offset + 1

/** What a replica that has come to `offset` has not seen yet. */
export const after = (backlog: Backlog, offset: number): ReadonlyArray<Entry> => {
  let from = backlog.entries.length
  while (from > 0 && backlog.entries[from - 1]!.end > offset) from--
  return backlog.entries.slice(from)
}

export const applied = (data: Keys.Keys, entries: ReadonlyArray<Entry>): Keys.Keys =>
  entries.reduce((now, { words }) => Strings.written(now, words), data)

/** Bytes of a command in the stream: an array of bulk strings. */
export const bytesOf = (words: ReadonlyArray<string>): number => {
  let bytes = 3 + String(words.length).length
  for (const word of words) {
    const size = byteLength(word)
    bytes += 5 + String(size).length + size
  }
  return bytes
}

/** Of the UTF-8 form. */
const byteLength = (text: string): number => {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
