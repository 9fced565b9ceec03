/**
 * Values of RESP for property tests, each with one of the ways to spell it. A
 * tape of small numbers decides what is built: it shrinks to simpler values.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Value } from "../../../src/domain/valkey/Resp3.ts"

const encoder = new TextEncoder()

/** A value, and bytes that mean it: not always the canonical ones. */
export interface Spelled {
  readonly value: Value
  readonly bytes: Uint8Array
}

const texts = ["", "OK", "PONG", "QUEUED", "Background saving started", "héllo", "+5", "x".repeat(70)]
const errors = ["ERR unknown command 'x'", "READONLY You can't write against a read only replica.", "LOADING", ""]
const payloads = ["", "hello", "\r\n", "*3\r\n", "$-1\r\n", "role:master\r\nrun_id:00\r\n", "ünïcode", "x".repeat(300)]
const integers = [0, 1, -1, 42, 1_234_567_890_123, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
const bigs = [9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n, 9_007_199_254_740_993n]
const doubles = [0, -0, 1.5, -3.25e-9, 1e300, Infinity, -Infinity, NaN, 10]

export const concat = (...parts: ReadonlyArray<Uint8Array | string>): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? encoder.encode(part) : part)]))

const sized = (mark: string, payload: Uint8Array): Uint8Array => concat(`${mark}${payload.length}\r\n`, payload, "\r\n")

/** Reads the tape; zeros after its end, which mean the simplest choice. */
const player = (tape: ReadonlyArray<number>) => {
  let at = 0
  const next = (): number => tape[at++] ?? 0
  const pick = <A>(from: ReadonlyArray<A>): A => from[next() % from.length]!

  const bulk = (payload: Uint8Array): Spelled => {
    if (next() % 4 !== 3) return { value: payload, bytes: sized("$", payload) }
    const middle = Math.floor(payload.length / 2)
    const pieces = [payload.slice(0, middle), payload.slice(middle)].filter((piece) => piece.length > 0)
    const chunks = pieces.map((piece) => concat(`;${piece.length}\r\n`, piece, "\r\n"))
    return { value: payload, bytes: concat("$?\r\n", ...chunks, ";0\r\n") }
  }

  const payload = (): Uint8Array => {
    const size = next() % 24
    return size < 12 ? encoder.encode(pick(payloads)) : Uint8Array.from({ length: size }, next)
  }

  const many = (
    mark: string,
    step: 1 | 2,
    depth: number,
    of: (items: Array<Value>) => Value,
    canStream: boolean
  ): Spelled => {
    const count = next() % 4
    const items = Array.from({ length: count * step }, () => spelled(depth + 1))
    const head = canStream && next() % 4 === 3 ? "?" : String(count)
    return {
      value: of(items.map((item) => item.value)),
      bytes: concat(`${mark}${head}\r\n`, ...items.map((item) => item.bytes), head === "?" ? ".\r\n" : "")
    }
  }

  const pairs = (items: Array<Value>): Array<readonly [Value, Value]> =>
    items.flatMap((key, index) => (index % 2 === 0 ? [[key, items[index + 1]!] as const] : []))

  const scalar = (kind: number): Spelled => {
    switch (kind) {
      case 0: {
        const text = pick(texts)
        return { value: text, bytes: concat(`+${text}\r\n`) }
      }
      case 1: {
        const number = pick(integers)
        return { value: number, bytes: concat(`:${number > 0 ? pick(["", "+", "0"]) : ""}${number}\r\n`) }
      }
      case 2:
        return bulk(payload())
      case 3:
        return { value: null, bytes: concat(pick(["_\r\n", "$-1\r\n", "*-1\r\n"])) }
      case 4: {
        const text = pick(errors)
        return { value: { _tag: "SimpleError", text }, bytes: concat(`-${text}\r\n`) }
      }
      case 5: {
        const is = next() % 2 === 0
        return { value: is, bytes: concat(is ? "#t\r\n" : "#f\r\n") }
      }
      case 6: {
        const value = pick(doubles)
        const text = Number.isFinite(value) && !Object.is(value, -0) ? String(value).toUpperCase() : ""
        const odd = Number.isNaN(value) ? "nan" : value === Infinity ? "inf" : value === -Infinity ? "-inf" : "-0"
        return { value: { _tag: "Double", value }, bytes: concat(`,${text === "" ? odd : text}\r\n`) }
      }
      case 7: {
        const value = pick(bigs)
        return { value, bytes: concat(`:${value}\r\n`) }
      }
      case 8: {
        const value = pick(bigs) * BigInt(next()) ** 5n
        return { value: { _tag: "BigNumber", value }, bytes: concat(`(${value}\r\n`) }
      }
      case 9: {
        const bytes = payload()
        return { value: { _tag: "BulkError", bytes }, bytes: sized("!", bytes) }
      }
      default: {
        const bytes = payload()
        const format = pick(["txt", "mkd"])
        return { value: { _tag: "Verbatim", format, bytes }, bytes: sized("=", concat(`${format}:`, bytes)) }
      }
    }
  }

  const spelled = (depth: number): Spelled => {
    const kind = next() % (depth < 4 ? 16 : 11)
    switch (kind) {
      case 11:
        return many("*", 1, depth, (items) => items, true)
      case 12:
        return many("%", 2, depth, (items) => ({ _tag: "Map", pairs: pairs(items) }), true)
      case 13:
        return many("~", 1, depth, (items) => ({ _tag: "Set", items }), true)
      case 14:
        return many(">", 1, depth, (items) => ({ _tag: "Push", items }), false)
      case 15: {
        const about = many("|", 2, depth, (items) => ({ _tag: "Map", pairs: pairs(items) }), false)
        const attributes = (about.value as { readonly pairs: ReadonlyArray<readonly [Value, Value]> }).pairs
        const of = spelled(depth + 1)
        return { value: { _tag: "Attributed", attributes, value: of.value }, bytes: concat(about.bytes, of.bytes) }
      }
      default:
        return scalar(kind)
    }
  }
  return { spelled, next }
}

const byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
const tape = Arbitrary.array(Arbitrary.schema(byte), { maxLength: 80, minLength: 2 })

export const spelled: Arbitrary.Arbitrary<Spelled> = Arbitrary.map(tape, (numbers) => player(numbers).spelled(0))

export const bytes: Arbitrary.Arbitrary<Uint8Array> = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(byte), { maxLength: 60 }),
  (numbers) => Uint8Array.from(numbers)
)

const words = [
  ..."+-:$*%~>|_#,(!=;.?",
  ..."0123a",
  "-1",
  "inf",
  "t",
  "\r",
  "\n",
  "\r\n",
  "\r\n",
  "\r\n",
  "\r\n",
  "$1\r\n"
]

/** Bytes that look like the protocol: its marks, digits and line ends in any order. */
export const nearly: Arbitrary.Arbitrary<Uint8Array> = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(byte), { maxLength: 60 }),
  (numbers) => concat(...numbers.map((number) => words[number % words.length]!))
)

/** A valid frame with one byte changed, dropped or doubled. */
export const damaged: Arbitrary.Arbitrary<Uint8Array> = Arbitrary.map(tape, (numbers) => {
  const { next, spelled } = player(numbers)
  const how = next()
  const where = next()
  const byte = next()
  const { bytes } = spelled(0)
  const at = where % bytes.length
  const middle = how % 3 === 0 ? [byte] : how % 3 === 1 ? [] : [bytes[at]!, bytes[at]!]
  return Uint8Array.from([...bytes.subarray(0, at), ...middle, ...bytes.subarray(at + 1)])
})

/** The bytes cut at places that `cuts` decide; always the same bytes together. */
export const pieces = (bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const all: Array<Uint8Array> = []
  let from = 0
  for (let index = 0; from < bytes.length; index++) {
    const size = 1 + (cuts.length === 0 ? 0 : cuts[index % cuts.length]!)
    all.push(bytes.slice(from, from + size))
    from += size
  }
  return all
}

export const cuts = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))), {
  maxLength: 6
})
