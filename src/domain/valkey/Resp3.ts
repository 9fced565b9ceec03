/**
 * RESP, both versions: the values that Valkey speaks, how they are written, and
 * what of them a program gets to see. Reading is in `resp3/Parser.ts`.
 */
import * as Redacted from "effect/Redacted"
import { isError, type Reply, type Word } from "./Wire.ts"

/**
 * One value of RESP2 or RESP3. The common ones are JavaScript's own: a simple
 * string is a string, a bulk string its bytes (decoding them is a decision of
 * the reader, `gungnir:7.2` L7), an integer a number, or a bigint when it lies
 * outside of the safe range (L8), each of the three nulls `null`. Streamed
 * strings and aggregates are read as what they amount to.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | ReadonlyArray<Value>
  | SimpleError
  | BulkError
  | Double
  | BigNumber
  | Verbatim
  | MapValue
  | SetValue
  | Push
  | Attributed

export interface SimpleError {
  readonly _tag: "SimpleError"
  readonly text: string
}
export interface BulkError {
  readonly _tag: "BulkError"
  readonly bytes: Uint8Array
}
export interface Double {
  readonly _tag: "Double"
  readonly value: number
}
export interface BigNumber {
  readonly _tag: "BigNumber"
  readonly value: bigint
}
export interface Verbatim {
  readonly _tag: "Verbatim"
  /** Three characters of ASCII: `txt`, `mkd`. */
  readonly format: string
  readonly bytes: Uint8Array
}
export type Pairs = ReadonlyArray<readonly [Value, Value]>
/** In the order of the wire, duplicates kept. */
export interface MapValue {
  readonly _tag: "Map"
  readonly pairs: Pairs
}
/** In the order of the wire, duplicates kept. */
export interface SetValue {
  readonly _tag: "Set"
  readonly items: ReadonlyArray<Value>
}
/** Out of band: never the reply to a command. */
export interface Push {
  readonly _tag: "Push"
  readonly items: ReadonlyArray<Value>
}
/** A value with what the server had to say about it. */
export interface Attributed {
  readonly _tag: "Attributed"
  readonly attributes: Pairs
  readonly value: Value
}
export type Tagged = Exclude<Value, string | number | bigint | boolean | null | Uint8Array | ReadonlyArray<Value>>

const utf8 = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** Calling the decoder costs more than the characters of a short text. */
const shortest = 32

/** UTF-8; each byte that is none becomes U+FFFD. */
export const text = (bytes: Uint8Array): string => {
  if (bytes.length > shortest) return decoder.decode(bytes)
  let ored = 0
  for (const byte of bytes) ored |= byte
  return ored < 128 ? ascii(bytes, 0, bytes.length) : decoder.decode(bytes)
}

/** Bytes below 128 as text. Eight at a time: each call and each concatenation costs as much as several characters. */
export const ascii = (bytes: Uint8Array, from: number, to: number): string => {
  let text = ""
  let at = from
  for (; at + 8 <= to; at += 8) {
    const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!]
    text += String.fromCharCode(a, b, c, d, bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!)
  }
  for (; at < to; at++) text += String.fromCharCode(bytes[at]!)
  return text
}
export const bytes = (text: string): Uint8Array => utf8.encode(text)

export const isPush = (value: Value): value is Push =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Push"

const isList = (value: Value): value is ReadonlyArray<Value> => Array.isArray(value)

const isOneLine = (line: string): boolean => !/[\r\n]/.test(line)

/** `inf`, `-inf` and `nan` as the protocol spells them. */
const double = (value: number): string => {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  return Object.is(value, -0) ? "-0" : String(value)
}

type Pieces = Array<Uint8Array>
const line = (out: Pieces, line: string): void => void out.push(utf8.encode(`${line}\r\n`))

const sized = (out: Pieces, mark: string, payload: Uint8Array): void => {
  line(out, `${mark}${payload.length}`)
  out.push(payload, utf8.encode("\r\n"))
}

const list = (out: Pieces, mark: string, items: ReadonlyArray<Value>, protocol: Protocol): void => {
  line(out, `${mark}${items.length}`)
  for (const item of items) write(out, item, protocol)
}

const pairs = (out: Pieces, mark: string, all: Pairs, protocol: Protocol): void => {
  line(out, `${mark}${all.length}`)
  for (const [key, value] of all) {
    write(out, key, protocol)
    write(out, value, protocol)
  }
}

const errorLine = (text: string): string => `-${text.replaceAll(/[\r\n]/g, " ")}`

const writeTagged3 = (out: Pieces, value: Tagged): void => {
  switch (value._tag) {
    case "SimpleError":
      return isOneLine(value.text) ? line(out, `-${value.text}`) : sized(out, "!", utf8.encode(value.text))
    case "BulkError":
      return sized(out, "!", value.bytes)
    case "Double":
      return line(out, `,${double(value.value)}`)
    case "BigNumber":
      return line(out, `(${value.value}`)
    case "Verbatim":
      return sized(out, "=", concat([utf8.encode(`${value.format}:`), value.bytes]))
    case "Map":
      return pairs(out, "%", value.pairs, 3)
    case "Set":
      return list(out, "~", value.items, 3)
    case "Push":
      return list(out, ">", value.items, 3)
    case "Attributed":
      pairs(out, "|", value.attributes, 3)
      return write(out, value.value, 3)
  }
}

/** As a server of RESP2 says it: what that version lacks becomes the nearest thing it has. */
const writeTagged2 = (out: Pieces, value: Tagged): void => {
  switch (value._tag) {
    case "SimpleError":
      return line(out, errorLine(value.text))
    case "BulkError":
      return line(out, errorLine(text(value.bytes)))
    case "Double":
      return sized(out, "$", utf8.encode(double(value.value)))
    case "BigNumber":
      return sized(out, "$", utf8.encode(String(value.value)))
    case "Verbatim":
      return sized(out, "$", value.bytes)
    case "Map":
      return list(out, "*", value.pairs.flat(), 2)
    case "Set":
    case "Push":
      return list(out, "*", value.items, 2)
    case "Attributed":
      return write(out, value.value, 2)
  }
}

const write = (out: Pieces, value: Value, protocol: Protocol): void => {
  if (typeof value === "string") return isOneLine(value) ? line(out, `+${value}`) : sized(out, "$", utf8.encode(value))
  if (typeof value === "number" || typeof value === "bigint") return line(out, `:${value}`)
  if (value === null) return line(out, protocol === 3 ? "_" : "$-1")
  if (typeof value === "boolean") return line(out, protocol === 3 ? `#${value ? "t" : "f"}` : `:${value ? 1 : 0}`)
  if (value instanceof Uint8Array) return sized(out, "$", value)
  if (isList(value)) return list(out, "*", value, protocol)
  return protocol === 3 ? writeTagged3(out, value) : writeTagged2(out, value)
}

export const concat = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

export type Protocol = 2 | 3

/**
 * The canonical bytes of a value. Total: a simple string or error of several
 * lines goes out as a bulk one, so that no text can pretend to be a frame.
 */
export const encode = (value: Value, protocol: Protocol = 3): Uint8Array => {
  const out: Pieces = []
  write(out, value, protocol)
  return concat(out)
}

/** Command lines as they go to a server: arrays of bulk strings. The one place where secret words are unwrapped. */
export const encodeCommands = (lines: ReadonlyArray<ReadonlyArray<Word>>): Uint8Array => {
  const out: Pieces = []
  for (const words of lines) {
    line(out, `*${words.length}`)
    for (const word of words) sized(out, "$", utf8.encode(typeof word === "string" ? word : Redacted.value(word)))
  }
  return concat(out)
}

/** The words of a command line as a server reads it; undefined when the value is none. */
export const commandOf = (value: Value): ReadonlyArray<string> | undefined => {
  if (!isList(value) || value.length === 0) return undefined
  const words: Array<string> = []
  for (const word of value) {
    if (!(word instanceof Uint8Array)) return undefined
    words.push(text(word))
  }
  return words
}

const whole = (value: bigint): number | string =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)

/** A value as programs see it (`Wire.ts`): no attributes, no bytes, no difference between the versions' maps and sets. */
export const toReply = (value: Value): Reply => {
  if (value instanceof Uint8Array) return text(value)
  if (typeof value === "bigint") return whole(value)
  if (typeof value !== "object" || value === null) return value
  if (isList(value)) return value.map(toReply)
  switch (value._tag) {
    case "SimpleError":
      return { error: value.text }
    case "BulkError":
      return { error: text(value.bytes) }
    case "Double":
      return Number.isFinite(value.value) ? value.value : double(value.value)
    case "BigNumber":
      return whole(value.value)
    case "Verbatim":
      return text(value.bytes)
    case "Map":
      return value.pairs.flat().map(toReply)
    case "Set":
    case "Push":
      return value.items.map(toReply)
    case "Attributed":
      return toReply(value.value)
  }
}

const statuses = new Set(["OK", "QUEUED", "PONG"])

/** What a server that answers with `Reply` puts on the wire: statuses as simple strings, other text as bulks. */
export const fromReply = (reply: Reply): Value => {
  if (typeof reply === "string") return statuses.has(reply) ? reply : utf8.encode(reply)
  if (typeof reply === "number") return Number.isSafeInteger(reply) ? reply : { _tag: "Double", value: reply }
  if (reply === null || typeof reply === "boolean") return reply
  if (isError(reply)) return { _tag: "SimpleError", text: reply.error }
  return reply.map(fromReply)
}
