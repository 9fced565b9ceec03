/**
 * The smallest pieces of RESP: lines, numbers, lengths and payloads, read at a
 * cursor. This is the inner loop of the parser: it counts bytes by hand, and a
 * fault is a note on the reader, so that nothing is allocated on the way.
 */
import { ascii, text } from "../Resp3.ts"
import type { Fault } from "./Limits.ts"

export interface Reader {
  readonly bytes: Uint8Array
  /** Behind the type byte when a token is begun, behind its CRLF when it was read. */
  at: number
  /** The longest line, type byte included. */
  readonly limit: number
  fault: Fault | undefined
  faultAt: number
  /** The length of a token that is cut, once it is known; else 0. */
  needed: number
}

/** Nothing was read: the bytes end before the token does, or the reader has a fault. */
export const none = Symbol("none")
export type None = typeof none

export const fail = (reader: Reader, fault: Fault, at: number): None => {
  reader.fault = fault
  reader.faultAt = at
  return none
}

/** The line from `start` has no end yet: that is fine while it is short enough. */
const cut = (reader: Reader, start: number): None => {
  const { bytes } = reader
  const size = bytes.length - start + (bytes[bytes.length - 1] === 13 ? 0 : 1)
  return size > reader.limit ? fail(reader, "TooLarge", start - 1) : none
}

/** Moves behind the line whose CR is at `end`. */
const close = (reader: Reader, start: number, end: number): boolean => {
  if (end - start + 1 > reader.limit) fail(reader, "TooLarge", start - 1)
  else if (reader.bytes[end + 1] !== 10) fail(reader, "BadLine", end + 1)
  else {
    reader.at = end + 2
    return true
  }
  return false
}

/** A fault at `at` counts once the line is complete: so it does not matter how the bytes were cut. */
const spoiled = (reader: Reader, start: number, at: number, fault: Fault): None => {
  const end = reader.bytes.indexOf(13, at)
  if (end < 0 || end + 1 >= reader.bytes.length) return cut(reader, start)
  return close(reader, start, end) ? fail(reader, fault, at) : none
}

/** Text up to CRLF. */
export const line = (reader: Reader): string | None => {
  const { at: start, bytes } = reader
  const last = bytes.length - 1
  if (last - start >= 3 && bytes[start] === 79 && bytes[start + 1] === 75 && bytes[start + 2] === 13) {
    return close(reader, start, start + 2) ? "OK" : none
  }
  let ored = 0
  for (let at = start; at < last; at++) {
    const byte = bytes[at]!
    if (byte === 13) {
      if (!close(reader, start, at)) return none
      return ored < 128 && at - start < 24 ? ascii(bytes, start, at) : text(bytes.subarray(start, at))
    }
    if (byte === 10) return spoiled(reader, start, at, "BadLine")
    ored |= byte
  }
  return cut(reader, start)
}

const decoded = (reader: Reader, start: number, end: number): bigint => {
  const digits = ascii(reader.bytes, start, end)
  return BigInt(digits.startsWith("+") ? digits.slice(1) : digits)
}

/** A whole number of any size. */
export const bigNumber = (reader: Reader): bigint | None => {
  const { at: start, bytes } = reader
  const last = bytes.length - 1
  const first = bytes[start] === 45 || bytes[start] === 43 ? start + 1 : start
  for (let at = first; at < last; at++) {
    const byte = bytes[at]!
    if (byte === 13 && at > first) return close(reader, start, at) ? decoded(reader, start, at) : none
    if (byte < 48 || byte > 57) return spoiled(reader, start, at, "BadNumber")
  }
  return cut(reader, start)
}

const largest = 9_223_372_036_854_775_807n

/** An integer of 64 bits: a bigint only outside of the safe range. */
export const integer = (reader: Reader): number | bigint | None => {
  const { at: start, bytes } = reader
  const isNegative = bytes[start] === 45
  const first = isNegative ? start + 1 : start
  const last = Math.min(bytes.length - 1, first + 15)
  let number = 0
  for (let at = first; at < last; at++) {
    const byte = bytes[at]!
    if (byte === 13 && at > first)
      return close(reader, start, at) ? (isNegative && number > 0 ? -number : number) : none
    if (byte < 48 || byte > 57) break
    number = number * 10 + byte - 48
  }
  return longInteger(reader, start)
}

const longInteger = (reader: Reader, start: number): number | bigint | None => {
  const value = bigNumber(reader)
  if (value === none) return none
  if (value > largest || value < -largest - 1n) return fail(reader, "BadNumber", start)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

export const double = (reader: Reader): number | None => {
  const start = reader.at
  const word = line(reader)
  if (word === none) return none
  if (decimal.test(word)) return Number(word)
  switch (word.toLowerCase()) {
    case "inf":
    case "+inf":
      return Infinity
    case "-inf":
      return -Infinity
    case "nan":
    case "-nan":
      return NaN
    default:
      return fail(reader, "BadNumber", start)
  }
}

/** The single character of a boolean, or none at all for a null: its code, or 0. */
export const letter = (reader: Reader, count: 0 | 1): number | None => {
  const { at: start, bytes } = reader
  const end = start + count
  if (end + 1 >= bytes.length)
    return bytes.indexOf(13, start) < 0 ? cut(reader, start) : spoiled(reader, start, start, "BadPayload")
  if (bytes[end] !== 13) return spoiled(reader, start, start, "BadPayload")
  if (count === 1 && bytes[start] !== 116 && bytes[start] !== 102) return spoiled(reader, start, start, "BadPayload")
  return close(reader, start, end) ? (count === 0 ? 0 : bytes[start]!) : none
}

/** The length of what follows is not known (`?`). */
export const streamed = -2
/** A null of RESP2 (`-1`). */
export const absent = -1

/** How many bytes or items follow: at most 15 digits. */
export const length = (reader: Reader): number | None => {
  const { at: start, bytes } = reader
  const last = bytes.length - 1
  let number = 0
  for (let at = start; at < last; at++) {
    const byte = bytes[at]!
    if (byte === 13 && at > start) return close(reader, start, at) ? number : none
    if (byte < 48 || byte > 57 || at - start > 14) return oddLength(reader, start, at)
    number = number * 10 + byte - 48
  }
  return cut(reader, start)
}

const oddLength = (reader: Reader, start: number, at: number): number | None => {
  const { bytes } = reader
  const isStreamed = bytes[start] === 63 && bytes[start + 1] === 13
  const isAbsent = bytes[start] === 45 && bytes[start + 1] === 49 && bytes[start + 2] === 13
  if (!isStreamed && !isAbsent) return spoiled(reader, start, at, "BadLength")
  const end = start + (isStreamed ? 1 : 2)
  if (end + 1 >= bytes.length) return none
  return close(reader, start, end) ? (isStreamed ? streamed : absent) : none
}

/** `size` bytes and CRLF: a view, none while they are not all there. */
export const payload = (reader: Reader, start: number, size: number): Uint8Array | None => {
  const { at, bytes } = reader
  const end = at + size
  if (end + 2 > bytes.length) {
    reader.needed = end + 2 - start
    return none
  }
  if (bytes[end] !== 13 || bytes[end + 1] !== 10) return fail(reader, "BadPayload", end)
  reader.at = end + 2
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, size)
}
