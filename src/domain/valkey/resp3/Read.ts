/**
 * Any one token: which types there are, what each may look like, and what of
 * the limits it would exceed.
 */
import type { Value } from "../Resp3.ts"
import * as Frame from "./Frame.ts"
import type { Limits } from "./Limits.ts"
import * as Token from "./Token.ts"

const aggregate = (run: Frame.Run, reader: Token.Reader, kind: Frame.Kind, limits: Limits, budget: number): boolean => {
  const start = reader.at
  const length = Token.length(reader)
  if (length === Token.none) return false
  const isMap = kind === "Map" || kind === "Attribute"
  const canStream = kind === "Array" || kind === "Map" || kind === "Set"
  if (length === Token.absent && kind === "Array") Frame.deliver(run, null)
  else if (length < 0 && !(length === Token.streamed && canStream)) Token.fail(reader, "BadLength", start)
  // Three bytes are the least that an item can take.
  else if (length * (isMap ? 6 : 3) > budget) Token.fail(reader, "TooLarge", start - 1)
  else if ((run.frame?.depth ?? 0) >= limits.maxDepth) Token.fail(reader, "TooDeep", start - 1)
  else Frame.open(run, kind, length < 0 ? -1 : isMap ? 2 * length : length)
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

const bulk = (run: Frame.Run, reader: Token.Reader, limits: Limits, budget: number): boolean => {
  const start = reader.at
  const payload = sized(reader, budget)
  if (payload === undefined) return false
  if (payload !== "streamed") Frame.deliver(run, payload)
  else if ((run.frame?.depth ?? 0) >= limits.maxDepth) Token.fail(reader, "TooDeep", start - 1)
  else Frame.open(run, "Text", -1)
  return true
}

const blob = (run: Frame.Run, reader: Token.Reader, isVerbatim: boolean, budget: number): boolean => {
  const start = reader.at
  const payload = sized(reader, budget)
  if (payload === undefined) return false
  if (payload === null || payload === "streamed") Token.fail(reader, "BadLength", start)
  else if (!isVerbatim) Frame.deliver(run, { _tag: "BulkError", bytes: payload })
  else if (payload.length < 4 || payload[3] !== 58) Token.fail(reader, "BadPayload", start)
  else {
    const format = String.fromCharCode(payload[0]!, payload[1]!, payload[2]!)
    Frame.deliver(run, { _tag: "Verbatim", format, bytes: payload.subarray(4) })
  }
  return true
}

/** A piece of a streamed string: the last one is empty. */
const piece = (run: Frame.Run, frame: Frame.Frame, reader: Token.Reader, budget: number): boolean => {
  const start = reader.at
  const length = Token.length(reader)
  if (length === Token.none) return false
  if (length < 0) Token.fail(reader, "BadLength", start)
  else if (length === 0) run.frame = Frame.close(run, frame)
  else {
    reader.at = start
    const payload = sized(reader, budget)
    if (payload === undefined) return false
    Frame.deliver(run, payload as Uint8Array) // its length is positive
  }
  return true
}

const terminator = (run: Frame.Run, reader: Token.Reader): boolean => {
  const start = reader.at - 1
  const { frame } = run
  const isOdd = frame?.kind === "Map" && frame.left % 2 === 0
  if (frame === undefined || frame.left > 0 || frame.kind === "Text" || isOdd) {
    Token.fail(reader, "Misplaced", start)
    return false
  }
  if (Token.letter(reader, 0) === Token.none) return false
  run.frame = Frame.close(run, frame)
  return true
}

const scalar = (run: Frame.Run, value: Value | Token.None): boolean => {
  if (value === Token.none) return false
  Frame.deliver(run, value)
  return true
}

/** Reads the token of type `mark`; false when it is not all there. A fault is on the reader. */
export const token = (run: Frame.Run, reader: Token.Reader, mark: number, limits: Limits, budget: number): boolean => {
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

const rare = (run: Frame.Run, reader: Token.Reader, mark: number, limits: Limits, budget: number): boolean => {
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
