/**
 * Aggregates that are open, innermost first, and how the value of one token
 * finds its place in them.
 */
import type { Pairs, Value } from "../Resp3.ts"
import type { Limits, Malformed } from "./Limits.ts"
import * as Token from "./Token.ts"

type Kind = "Array" | "Map" | "Set" | "Push" | "Attribute" | "Attributed" | "Text"

/** Items that earlier chunks brought, newest first: what was read stays as it is. */
interface Earlier {
  readonly items: ReadonlyArray<Value>
  readonly before: Earlier | undefined
}

export interface Frame {
  readonly kind: Kind
  /** Items still to come; negative when a terminator says so instead. */
  left: number
  /** Of the chunk in which the frame was last written. */
  readonly items: Array<Value>
  readonly earlier: Earlier | undefined
  /** What `Attributed` is about. */
  readonly attributes: Pairs
  readonly parent: Frame | undefined
  readonly depth: number
  /** The chunk in which the frame may still be written. */
  readonly chunk: number
}

/** What reading one chunk changes. */
export interface Run {
  frame: Frame | undefined
  readonly values: Array<Value>
  readonly chunk: number
  valueOffset: number
  needed: number
  malformed: Malformed | undefined
}

export const run = (frame: Frame | undefined, chunk: number, valueOffset: number): Run => ({
  frame: own(frame, chunk),
  values: [],
  chunk,
  valueOffset,
  needed: 0,
  malformed: undefined
})

/** A frame of an earlier chunk belongs to an earlier parser: it is continued, never changed. */
const own = (frame: Frame | undefined, chunk: number): Frame | undefined => {
  if (frame === undefined || frame.chunk === chunk) return frame
  const earlier = frame.items.length === 0 ? frame.earlier : { items: frame.items, before: frame.earlier }
  return { ...frame, items: [], earlier, chunk }
}

const itemsOf = (frame: Frame): ReadonlyArray<Value> => {
  if (frame.earlier === undefined) return frame.items
  const parts: Array<ReadonlyArray<Value>> = [frame.items]
  for (let part: Earlier | undefined = frame.earlier; part !== undefined; part = part.before) parts.push(part.items)
  const items: Array<Value> = []
  for (const part of parts.reverse()) for (const item of part) items.push(item)
  return items
}

const pairsOf = (items: ReadonlyArray<Value>): Pairs => {
  const pairs: Array<readonly [Value, Value]> = []
  for (let index = 0; index < items.length; index += 2) pairs.push([items[index]!, items[index + 1]!])
  return pairs
}

/** The chunks of a streamed string as one. */
const textOf = (items: ReadonlyArray<Value>): Uint8Array => {
  const chunks = items as ReadonlyArray<Uint8Array> // `Text` frames take nothing else
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

const valueOf = (frame: Frame): Value => {
  const items = itemsOf(frame)
  switch (frame.kind) {
    case "Map":
      return { _tag: "Map", pairs: pairsOf(items) }
    case "Set":
      return { _tag: "Set", items }
    case "Push":
      return { _tag: "Push", items }
    case "Attributed":
      return { _tag: "Attributed", attributes: frame.attributes, value: items[0]! }
    case "Text":
      return textOf(items)
    default:
      return items
  }
}

/** Gives `value` its place, and each aggregate that it completes. */
export const deliver = (run: Run, value: Value): void => {
  let complete = value
  for (let frame = run.frame; frame !== undefined; frame = own(frame.parent, run.chunk)) {
    frame.items.push(complete)
    if (--frame.left !== 0) return void (run.frame = frame)
    if (frame.kind === "Attribute") return attributed(run, frame)
    complete = frame.kind === "Array" && frame.earlier === undefined ? frame.items : valueOf(frame)
  }
  run.frame = undefined
  run.values.push(complete)
}

/** Attributes are no value yet: they wait for the one that follows. */
const attributed = (run: Run, frame: Frame): void => {
  const attributes = pairsOf(itemsOf(frame))
  run.frame = { ...frame, kind: "Attributed", attributes, left: 1, items: [], earlier: undefined }
}

/** Ends `frame` before its time: it is empty, or its terminator came. */
const finish = (run: Run, frame: Frame): void => {
  if (frame.kind === "Attribute") return attributed(run, frame)
  run.frame = own(frame.parent, run.chunk)
  deliver(run, valueOf(frame))
}

const noPairs: Pairs = []

/** An aggregate whose items are to come; `left` of them. */
export const open = (run: Run, kind: Kind, left: number): void => {
  const { chunk, frame: parent } = run
  const depth = parent === undefined ? 1 : parent.depth + 1
  run.frame = { kind, left, items: [], earlier: undefined, attributes: noPairs, parent, depth, chunk }
  if (left === 0) finish(run, run.frame)
}

const aggregate = (run: Run, reader: Token.Reader, kind: Kind, limits: Limits, budget: number): boolean => {
  const start = reader.at
  const length = Token.length(reader)
  if (length === Token.none) return false
  const isMap = kind === "Map" || kind === "Attribute"
  const canStream = kind === "Array" || kind === "Map" || kind === "Set"
  if (length === Token.absent && kind === "Array") deliver(run, null)
  else if (length < 0 && !(length === Token.streamed && canStream)) Token.fail(reader, "BadLength", start)
  // Three bytes are the least that an item can take.
  else if (length * (isMap ? 6 : 3) > budget) Token.fail(reader, "TooLarge", start - 1)
  else if ((run.frame?.depth ?? 0) >= limits.maxDepth) Token.fail(reader, "TooDeep", start - 1)
  else open(run, kind, length < 0 ? -1 : isMap ? 2 * length : length)
  return true
}

/** What is said of a payload when it begins; `undefined` when it is not all there or wrong. */
const sized = (reader: Token.Reader, budget: number): Uint8Array | null | "streamed" | undefined => {
  const start = reader.at
  const length = Token.length(reader)
  if (length === Token.none) return undefined
  if (length === Token.absent) return null
  if (length === Token.streamed) return "streamed"
  if (reader.at - start + length + 3 > budget) {
    Token.fail(reader, "TooLarge", start - 1)
    return undefined
  }
  const payload = Token.payload(reader, start - 1, length)
  return payload === Token.none ? undefined : payload
}

const bulk = (run: Run, reader: Token.Reader, limits: Limits, budget: number): boolean => {
  const start = reader.at
  const payload = sized(reader, budget)
  if (payload === undefined) return false
  if (payload !== "streamed") deliver(run, payload)
  else if ((run.frame?.depth ?? 0) >= limits.maxDepth) Token.fail(reader, "TooDeep", start - 1)
  else open(run, "Text", -1)
  return true
}

const blob = (run: Run, reader: Token.Reader, isVerbatim: boolean, budget: number): boolean => {
  const start = reader.at
  const payload = sized(reader, budget)
  if (payload === undefined) return false
  if (payload === null || payload === "streamed") Token.fail(reader, "BadLength", start)
  else if (!isVerbatim) deliver(run, { _tag: "BulkError", bytes: payload })
  else if (payload.length < 4 || payload[3] !== 58) Token.fail(reader, "BadPayload", start)
  else {
    const format = String.fromCharCode(payload[0]!, payload[1]!, payload[2]!)
    deliver(run, { _tag: "Verbatim", format, bytes: payload.subarray(4) })
  }
  return true
}

/** A piece of a streamed string: the last one is empty. */
const piece = (run: Run, frame: Frame, reader: Token.Reader, budget: number): boolean => {
  const start = reader.at
  const length = Token.length(reader)
  if (length === Token.none) return false
  if (length < 0) Token.fail(reader, "BadLength", start)
  else if (length === 0) finish(run, frame)
  else {
    reader.at = start
    const payload = sized(reader, budget)
    if (payload === undefined) return false
    deliver(run, payload as Uint8Array) // its length is positive
  }
  return true
}

const terminator = (run: Run, reader: Token.Reader): boolean => {
  const start = reader.at - 1
  const { frame } = run
  const isOdd = frame?.kind === "Map" && frame.left % 2 === 0
  if (frame === undefined || frame.left > 0 || frame.kind === "Text" || isOdd) {
    Token.fail(reader, "Misplaced", start)
    return false
  }
  if (Token.letter(reader, 0) === Token.none) return false
  finish(run, frame)
  return true
}

const scalar = (run: Run, value: Value | Token.None): boolean => {
  if (value === Token.none) return false
  deliver(run, value)
  return true
}

/** Reads the token of type `mark`; false when it is not all there. A fault is on the reader. */
export const read = (run: Run, reader: Token.Reader, mark: number, limits: Limits, budget: number): boolean => {
  const { frame } = run
  if (frame !== undefined) {
    if (frame.kind === "Text") {
      if (mark === 59) return piece(run, frame, reader, budget)
      Token.fail(reader, "Misplaced", reader.at - 1)
      return false
    }
    if (budget < 3) {
      Token.fail(reader, "TooLarge", reader.at - 1)
      return false
    }
  }
  switch (mark) {
    case 36: // $
      return bulk(run, reader, limits, budget)
    case 58: // :
      return scalar(run, Token.integer(reader))
    case 43: // +
      return scalar(run, Token.line(reader))
    case 42: // *
      return aggregate(run, reader, "Array", limits, budget)
    default:
      return rare(run, reader, mark, limits, budget)
  }
}

const rare = (run: Run, reader: Token.Reader, mark: number, limits: Limits, budget: number): boolean => {
  switch (mark) {
    case 45: {
      // -
      const text = Token.line(reader)
      return scalar(run, text === Token.none ? text : { _tag: "SimpleError", text })
    }
    case 95: // _
      return scalar(run, Token.letter(reader, 0) === Token.none ? Token.none : null)
    case 35: {
      // #
      const letter = Token.letter(reader, 1)
      return scalar(run, letter === Token.none ? letter : letter === 116)
    }
    case 44: {
      // ,
      const value = Token.double(reader)
      return scalar(run, value === Token.none ? value : { _tag: "Double", value })
    }
    case 40: {
      // (
      const value = Token.bigNumber(reader)
      return scalar(run, value === Token.none ? value : { _tag: "BigNumber", value })
    }
    case 33: // !
      return blob(run, reader, false, budget)
    case 61: // =
      return blob(run, reader, true, budget)
    case 37: // %
      return aggregate(run, reader, "Map", limits, budget)
    case 126: // ~
      return aggregate(run, reader, "Set", limits, budget)
    case 62: // >
      return aggregate(run, reader, "Push", limits, budget)
    case 124: // |
      return aggregate(run, reader, "Attribute", limits, budget)
    case 46: // .
      return terminator(run, reader)
    default:
      Token.fail(reader, mark === 59 ? "Misplaced" : "UnknownType", reader.at - 1)
      return false
  }
}
