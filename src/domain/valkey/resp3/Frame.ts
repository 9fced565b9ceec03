/**
 * Aggregates that are open, innermost first, and how a value finds its place in
 * them.
 */
import { concat, type Pairs, type Value } from "../Resp3.ts"
import type { Malformed } from "./Limits.ts"

export type Kind = "Array" | "Map" | "Set" | "Push" | "Attribute" | "Attributed" | "Text"

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
  const { attributes, depth, kind, left, parent } = frame
  return { kind, left, items: [], earlier, attributes, parent, depth, chunk }
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
const textOf = (items: ReadonlyArray<Value>): Uint8Array => concat(items as ReadonlyArray<Uint8Array>) // `Text` frames take nothing else

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
  const { frame } = run
  if (frame === undefined) run.values.push(value)
  else {
    frame.items.push(value)
    if (--frame.left === 0) run.frame = close(run, frame)
  }
}

/** A frame that is complete becomes a value of its parent, and so on outwards; answers the frame that is open then. */
export const close = (run: Run, complete: Frame): Frame | undefined => {
  let frame = complete
  for (;;) {
    if (frame.kind === "Attribute") return attributed(frame)
    const value = frame.kind === "Array" && frame.earlier === undefined ? frame.items : valueOf(frame)
    const parent = own(frame.parent, run.chunk)
    if (parent === undefined) {
      run.values.push(value)
      return undefined
    }
    parent.items.push(value)
    if (--parent.left !== 0) return parent
    frame = parent
  }
}

/** Attributes are no value yet: they wait for the one that follows. */
const attributed = (frame: Frame): Frame => {
  const attributes = pairsOf(itemsOf(frame))
  return { ...frame, kind: "Attributed", attributes, left: 1, items: [], earlier: undefined }
}

const frameIn = (run: Run, parent: Frame | undefined, kind: Kind, items: Array<Value>, left: number): Frame => {
  const depth = parent === undefined ? 1 : parent.depth + 1
  return { kind, left, items, earlier: undefined, attributes: [], parent, depth, chunk: run.chunk }
}

/** An array of which the first items were read. */
export const resumed = (
  run: Run,
  parent: Frame | undefined,
  broken: { readonly items: Array<Value>; readonly left: number }
): Frame => frameIn(run, parent, "Array", broken.items, broken.left)

/** An aggregate whose items are to come; `left` of them. */
export const open = (run: Run, kind: Kind, left: number): void => {
  const frame = frameIn(run, run.frame, kind, [], left)
  run.frame = left === 0 ? close(run, frame) : frame
}
