/**
 * The loop over the tokens of one chunk. The tokens that traffic is made of, in
 * their canonical spelling and complete, are read right here; all others, and
 * all that is wrong, by `Frame.read`, which gives the same for these.
 */
import * as Frame from "./Frame.ts"
import type { Limits } from "./Limits.ts"
import type * as Token from "./Token.ts"

const cr = 13
const lf = 10
const zero = 48

/** The number whose digits begin at `from`: its value, with where it ends in `cursor`; -1 when it needs another look. */
const digits = (bytes: Uint8Array, from: number, most: number, cursor: Cursor): number => {
  const last = Math.min(bytes.length - 1, from + most + 1)
  let number = 0
  for (let at = from; at < last; at++) {
    const digit = bytes[at]! - zero
    if (digit < 0 || digit > 9) {
      if (digit !== cr - zero || at === from || bytes[at + 1] !== lf) return -1
      cursor.at = at + 2
      return number
    }
    number = number * 10 + digit
  }
  return -1
}

interface Cursor {
  at: number
}

/**
 * Reads one complete token of a frequent type and delivers it; false when the
 * token is none of these. `end`: where the bytes or the limit of the value end.
 */
const quick = (
  run: Frame.Run,
  bytes: Uint8Array,
  start: number,
  end: number,
  cursor: Cursor,
  limits: Limits
): boolean => {
  switch (bytes[start]) {
    case 58: {
      const isNegative = bytes[start + 1] === 45
      const number = digits(bytes, isNegative ? start + 2 : start + 1, 15, cursor)
      if (number < 0) return false
      Frame.deliver(run, isNegative && number > 0 ? -number : number)
      return true
    }
    case 36: {
      const size = digits(bytes, start + 1, 9, cursor)
      const from = cursor.at
      const to = from + size
      if (size < 0 || to + 2 > end || bytes[to] !== cr || bytes[to + 1] !== lf) return false
      cursor.at = to + 2
      Frame.deliver(run, new Uint8Array(bytes.buffer, bytes.byteOffset + from, size))
      return true
    }
    case 42: {
      const count = digits(bytes, start + 1, 9, cursor)
      if (count < 0 || count * 3 > end - start || (run.frame !== undefined && run.frame.depth >= limits.maxDepth))
        return false
      Frame.open(run, "Array", count)
      return true
    }
    case 43: {
      const isOk =
        bytes[start + 1] === 79 && bytes[start + 2] === 75 && bytes[start + 3] === cr && bytes[start + 4] === lf
      if (!isOk) return false
      cursor.at = start + 5
      Frame.deliver(run, "OK")
      return true
    }
    default:
      return false
  }
}

/** Reads all complete tokens of `bytes`, of which `base` precede; answers where the first incomplete one begins. */
export const scan = (run: Frame.Run, bytes: Uint8Array, base: number, limits: Limits): number => {
  const reader: Token.Reader = { bytes, at: 0, limit: limits.maxLineBytes, fault: undefined, faultAt: 0, needed: 0 }
  const cursor: Cursor = { at: 0 }
  let start = 0
  let stop = run.valueOffset + limits.maxBytes - base
  while (start < bytes.length) {
    if (run.frame === undefined) {
      run.valueOffset = base + start
      stop = start + limits.maxBytes
    }
    const isPlain = run.frame === undefined || (run.frame.kind !== "Text" && stop - start >= 3)
    if (isPlain && quick(run, bytes, start, stop < bytes.length ? stop : bytes.length, cursor, limits)) {
      start = cursor.at
      continue
    }
    reader.at = start + 1
    const isRead = Frame.read(run, reader, bytes[start]!, limits, stop - start)
    if (reader.fault !== undefined) {
      run.malformed = { _tag: "Malformed", reason: reader.fault, offset: base + reader.faultAt }
      return start
    }
    if (!isRead) break
    start = reader.at
  }
  run.needed = start < bytes.length ? reader.needed : 0
  return start
}
