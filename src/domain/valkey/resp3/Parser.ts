/**
 * Reads RESP as it arrives: a parser is plain data, and feeding it a chunk gives
 * the next parser and the values that are complete. It never throws, never waits
 * on what cannot come, and holds no more than its limits.
 */
import type { Value } from "../Resp3.ts"
import * as Frame from "./Frame.ts"
import * as Limits from "./Limits.ts"
import { scan } from "./Scan.ts"

/** A token that has begun and whose end has not come, as the chunks that hold it, newest first. */
interface Tail {
  readonly bytes: Uint8Array
  readonly before: Tail | undefined
}

/**
 * Chunks are kept by reference and payloads are views of them: the bytes that
 * were fed must not change afterwards. Feeding leaves the old parser as it was.
 */
export interface Parser {
  readonly limits: Limits.Limits
  /** The innermost aggregate that is open. */
  readonly frame: Frame.Frame | undefined
  readonly tail: Tail | undefined
  readonly tailBytes: number
  /** How long the token of the tail is, once its length is known. */
  readonly needed: number
  /** Bytes before the tail. */
  readonly offset: number
  /** Where the value that is being read begins. */
  readonly valueOffset: number
  /** How many chunks came: frames remember in which one they were last written. */
  readonly chunks: number
  readonly malformed: Limits.Malformed | undefined
}

export const make = (limits: Partial<Limits.Limits> = {}): Parser => ({
  limits: { ...Limits.defaults, ...limits },
  frame: undefined,
  tail: undefined,
  tailBytes: 0,
  needed: 0,
  offset: 0,
  valueOffset: 0,
  chunks: 0,
  malformed: undefined
})

/** `Ready` between two values, `NeedMore` inside of one, else what was wrong: then nothing more is read, for ever. */
export const status = (self: Parser): "Ready" | "NeedMore" | Limits.Malformed =>
  self.malformed ?? (self.frame === undefined && self.tail === undefined ? "Ready" : "NeedMore")

const slabBytes = 32 * 1024
let slab = new Uint8Array(slabBytes)
let slabUsed = 0

/** Fresh bytes; small ones share memory, which costs more to get than to fill. No byte is handed out twice. */
const room = (size: number): Uint8Array => {
  if (size > slabBytes / 4) return new Uint8Array(size)
  if (slabUsed + size > slabBytes) {
    slab = new Uint8Array(slabBytes)
    slabUsed = 0
  }
  slabUsed += size
  return new Uint8Array(slab.buffer, slabUsed - size, size)
}

const joined = (tail: Tail | undefined, last: Uint8Array, size: number): Uint8Array => {
  const whole = room(size)
  let at = size - last.length
  whole.set(last, at)
  for (let piece = tail; piece !== undefined; piece = piece.before) whole.set(piece.bytes, (at -= piece.bytes.length))
  return whole
}

/** How many bytes of `chunk` complete the token of the tail: -1 when it does not. */
const missing = (self: Parser, chunk: Uint8Array): number => {
  if (self.needed > 0) {
    const rest = self.needed - self.tailBytes
    return rest <= chunk.length ? rest : -1
  }
  if (self.tail!.bytes.at(-1) === 13) return 1
  const end = chunk.indexOf(13)
  return end >= 0 && end + 1 < chunk.length ? end + 2 : -1
}

/** A view without the methods of Node's `Buffer`, whose views are slower to make. */
const plain = (chunk: Uint8Array): Uint8Array =>
  chunk.constructor === Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)

const suspended = (self: Parser, run: Frame.Run, rest: Uint8Array, offset: number): Parser => ({
  limits: self.limits,
  frame: run.frame,
  tail: rest.length === 0 ? undefined : { bytes: rest, before: undefined },
  tailBytes: rest.length,
  needed: run.needed,
  offset,
  valueOffset: run.valueOffset,
  chunks: run.chunk,
  malformed: run.malformed
})

const lengthened = (self: Parser, chunk: Uint8Array): Parser => {
  const tailBytes = self.tailBytes + chunk.length
  const isEndless = self.needed === 0 && tailBytes - (chunk.at(-1) === 13 ? 1 : 0) > self.limits.maxLineBytes
  return {
    ...self,
    tail: { bytes: chunk, before: self.tail },
    tailBytes,
    chunks: self.chunks + 1,
    malformed: isEndless ? { _tag: "Malformed", reason: "TooLarge", offset: self.offset } : undefined
  }
}

/** The next parser, and the values that `chunk` completes, in order. */
export const feed = (self: Parser, chunk: Uint8Array): readonly [Parser, ReadonlyArray<Value>] => {
  if (self.malformed !== undefined || chunk.length === 0) return [self, []]
  const bytes = plain(chunk)
  const run: Frame.Run = Frame.run(self.frame, self.chunks + 1, self.valueOffset)
  let from = 0
  let base = self.offset
  if (self.tail !== undefined) {
    from = missing(self, bytes)
    if (from < 0) return [lengthened(self, bytes), []]
    const token = joined(self.tail, bytes.subarray(0, from), self.tailBytes + from)
    const end = scan(run, token, base, self.limits)
    if (run.malformed !== undefined) return [suspended(self, run, token.subarray(0, 0), base), run.values]
    if (end < token.length) return suspendedAfter(self, run, token.subarray(end), base + end, bytes.subarray(from))
    base += token.length
  }
  const rest = from === 0 ? bytes : bytes.subarray(from)
  const end = scan(run, rest, base, self.limits)
  return [
    suspended(self, run, run.malformed === undefined ? rest.subarray(end) : rest.subarray(0, 0), base + end),
    run.values
  ]
}

/** The tail was a header whose payload is still to come: what is left of the chunk is part of it. */
const suspendedAfter = (
  self: Parser,
  run: Frame.Run,
  token: Uint8Array,
  offset: number,
  rest: Uint8Array
): readonly [Parser, ReadonlyArray<Value>] => feed(suspended(self, run, token, offset), rest)

/** All of `bytes` as values; `NeedMore` when the last one is cut. */
export const decode = (
  bytes: Uint8Array,
  limits: Partial<Limits.Limits> = {}
): { readonly values: ReadonlyArray<Value>; readonly status: "Ready" | "NeedMore" | Limits.Malformed } => {
  const [parser, values] = feed(make(limits), bytes)
  return { values, status: status(parser) }
}
