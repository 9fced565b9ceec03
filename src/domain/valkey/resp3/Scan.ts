/**
 * The loop over the tokens of one chunk. The tokens that traffic is made of, in
 * their canonical spelling and complete, are read right here; all others, and
 * all that is wrong, by `Read.token`, which gives the same for these.
 */
import type { Value } from "../Resp3.ts"
import * as Frame from "./Frame.ts"
import type { Limits } from "./Limits.ts"
import * as Read from "./Read.ts"
import type * as Token from "./Token.ts"

const cr = 13
const lf = 10
const minus = 45
const zero = 48
const star = 42

interface Cursor {
  /** Where a token ended: behind its CRLF. Written and read within one step of the loop. */
  at: number
  /** Arrays that the bytes broke off in, innermost first: `left` items of each are to come. */
  readonly broken: Array<{ readonly items: Array<Value>; readonly left: number }>
}

/** At most nine digits from `from` that end with CRLF before `end`; -1 when that is not what there is. */
const short = (bytes: Uint8Array, from: number, end: number, cursor: Cursor): number => {
  let number = 0
  const last = from + 10 < end ? from + 10 : end - 1
  for (let at = from; at < last; at++) {
    const digit = bytes[at]! - zero
    if (digit >= 0 && digit <= 9) number = number * 10 + digit
    else if (digit === cr - zero && at > from && bytes[at + 1] === lf) {
      cursor.at = at + 2
      return number
    } else return -1
  }
  return -1
}

/** The same with at most 15 digits: apart, so that the arithmetic of the short ones stays in small integers. */
const long = (bytes: Uint8Array, from: number, end: number, cursor: Cursor): number => {
  let number = 0
  const last = from + 16 < end ? from + 16 : end - 1
  for (let at = from; at < last; at++) {
    const digit = bytes[at]! - zero
    if (digit >= 0 && digit <= 9) number = number * 10 + digit
    else if (digit === cr - zero && at > from && bytes[at + 1] === lf) {
      cursor.at = at + 2
      return number
    } else return -1
  }
  return -1
}

/** A frequent token that is no aggregate; undefined when it is none of these, or not complete before `end`. */
const scalar = (bytes: Uint8Array, start: number, end: number, cursor: Cursor): Value | undefined => {
  if (end - start < 4) return undefined
  const second = bytes[start + 1]
  switch (bytes[start]) {
    case 36: {
      if (second === minus) return nothing(bytes, start, end, cursor)
      const length = short(bytes, start + 1, end, cursor)
      const from = cursor.at
      const to = from + length
      if (length < 0 || to + 2 > end || bytes[to] !== cr || bytes[to + 1] !== lf) return undefined
      cursor.at = to + 2
      return new Uint8Array(bytes.buffer, bytes.byteOffset + from, length)
    }
    case 58: {
      const from = second === minus ? start + 2 : start + 1
      let number = short(bytes, from, end, cursor)
      if (number < 0) number = long(bytes, from, end, cursor)
      return number < 0 ? undefined : second === minus ? 0 - number : number
    }
    case 43: {
      if (end - start < 5 || second !== 79 || bytes[start + 2] !== 75) return undefined
      if (bytes[start + 3] !== cr || bytes[start + 4] !== lf) return undefined
      cursor.at = start + 5
      return "OK"
    }
    default:
      return undefined
  }
}

/** `$-1`, the null of RESP2. */
const nothing = (bytes: Uint8Array, start: number, end: number, cursor: Cursor): null | undefined => {
  if (end - start < 5 || bytes[start + 2] !== zero + 1) return undefined
  if (bytes[start + 3] !== cr || bytes[start + 4] !== lf) return undefined
  cursor.at = start + 5
  return null
}

/**
 * An array of such tokens and arrays, `depth` levels at most. When an item is
 * none of these or not complete, the array is noted as broken and the cursor
 * stays at that item. `limit`: where the value must end.
 */
const array = (
  bytes: Uint8Array,
  start: number,
  end: number,
  limit: number,
  depth: number,
  cursor: Cursor
): Array<Value> | undefined => {
  const count = short(bytes, start + 1, end, cursor)
  if (count < 0 || depth < 1 || count * 3 > limit - start) return undefined
  if (count === 0) return []
  // Exactly as long as it will be: one that grows starts with room for seventeen.
  // oxlint-disable-next-line unicorn/no-new-array -- the argument is a length
  const items: Array<Value> = count <= 64 ? new Array<Value>(count) : []
  for (let left = count; left > 0; left--) {
    const from = cursor.at
    const isArray = from < end && bytes[from] === star
    const item = isArray ? array(bytes, from, end, limit, depth - 1, cursor) : scalar(bytes, from, end, cursor)
    if (item === undefined) {
      if (!isArray || cursor.broken.length === 0) cursor.at = from
      items.length = count - left
      cursor.broken.push({ items, left })
      return undefined
    }
    items[count - left] = item
  }
  return items
}

/** Reads all complete tokens of `bytes`, of which `base` precede; answers where the first incomplete one begins. */
export const scan = (run: Frame.Run, bytes: Uint8Array, base: number, limits: Limits): number => {
  const reader: Token.Reader = { bytes, at: 0, limit: limits.maxLineBytes, fault: undefined, faultAt: 0, needed: 0 }
  const cursor: Cursor = { at: 0, broken: [] }
  const size = bytes.length
  const { values } = run
  let { frame } = run
  let start = 0
  let valueStart = run.valueOffset - base
  while (start < size) {
    if (frame === undefined) valueStart = start
    const limit = valueStart + limits.maxBytes
    if (frame === undefined || (frame.kind !== "Text" && limit - start >= 3)) {
      const end = limit < size ? limit : size
      const depth = frame === undefined ? limits.maxDepth : limits.maxDepth - frame.depth
      const isArray = bytes[start] === star
      const value = isArray ? array(bytes, start, end, limit, depth, cursor) : scalar(bytes, start, end, cursor)
      if (value !== undefined) {
        start = cursor.at
        if (frame === undefined) values.push(value)
        else {
          frame.items.push(value)
          if (--frame.left === 0) frame = Frame.close(run, frame)
        }
        continue
      }
      if (cursor.broken.length > 0) {
        while (cursor.broken.length > 0) frame = Frame.resumed(run, frame, cursor.broken.pop()!)
        start = cursor.at
        continue
      }
    }
    run.frame = frame
    reader.at = start + 1
    const isRead = Read.token(run, reader, bytes[start]!, limits, limit - start)
    frame = run.frame
    if (reader.fault !== undefined) {
      run.malformed = { _tag: "Malformed", reason: reader.fault, offset: base + reader.faultAt }
      break
    }
    if (!isRead) break
    start = reader.at
  }
  run.frame = frame
  run.valueOffset = base + valueStart
  run.needed = start < size ? reader.needed : 0
  return start
}
