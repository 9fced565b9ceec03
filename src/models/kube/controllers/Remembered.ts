/**
 * Moves of controllers, computed anew only when something that they read has
 * changed: most of the store stays as it is from move to move, and who wants
 * nothing wants nothing later either, until a time comes that it waits for.
 * First by kinds of objects; then, where a controller looks at one thing after
 * another, by what was read for each.
 */
import { definitions } from "../api/Catalog.ts"
import { all, keyOf, type Objects, type State } from "../api/Store.ts"
import { type BuiltIn, earliest, type Move, type Parts, type View, viewOf } from "./BuiltIn.ts"

/** One look at the store: the same as long as its kind is, or else if it would see the same. */
interface Read {
  readonly key: string
  objects: Objects
  readonly isSame: (view: View) => boolean
}

/** What came of looking: `due` says when it may want something of the same store although it wants nothing now. */
interface Last<R> {
  readonly reads: R
  readonly moves: ReadonlyArray<Move>
  readonly nowMillis: number
  readonly due: number | undefined
}

type Kinds = ReadonlyMap<string, Objects>
type Item = Last<ReadonlyArray<Read>>

interface Known {
  readonly items: WeakMap<object, Item>
  /** Every kind that was ever looked at for an item. */
  readonly kinds: Set<string>
  whole: Last<Kinds> | undefined
}

/** Of controllers that read nothing but the store and the time. */
export interface Memory {
  readonly known: WeakMap<BuiltIn, Known>
}

export const empty = (): Memory => ({ known: new WeakMap() })

const sameItems = (left: ReadonlyArray<unknown>, right: ReadonlyArray<unknown>): boolean =>
  left === right || (left.length === right.length && left.every((one, index) => one === right[index]))

/** The same view, telling what was looked at and how to find out whether that is still so. */
const watched = (view: View, read: (key: string, isSame: (later: View) => boolean) => void): View => {
  const noted = <A extends ReadonlyArray<unknown>>(key: string, look: (view: View) => A): A => {
    const found = look(view)
    read(key, (later) => sameItems(look(later), found))
    return found
  }
  return {
    get resources() {
      return noted(definitions, (from) => from.resources)
    },
    list: (resource, namespace) => noted(keyOf(resource), (from) => from.list(resource, namespace)),
    get: (resource, namespace, name) => {
      const found = view.get(resource, namespace, name)
      read(keyOf(resource), (later) => later.get(resource, namespace, name) === found)
      // `found` is what `get` of this very call would give.
      return found as never
    },
    selected: (resource, namespace, selector) =>
      noted(keyOf(resource), (from) => from.selected(resource, namespace, selector)),
    controlled: (resource, namespace, uid) =>
      noted(keyOf(resource), (from) => from.controlled(resource, namespace, uid)),
    owned: (resource, uid) => noted(keyOf(resource), (from) => from.owned(resource, uid))
  }
}

const mayStand = <R>(last: Last<R>, nowMillis: number): boolean =>
  nowMillis === last.nowMillis ||
  (last.moves.length === 0 && nowMillis > last.nowMillis && nowMillis < (last.due ?? Infinity))

const sameKinds = (reads: Kinds, state: State): boolean => {
  for (const [key, objects] of reads) if (all(state, key) !== objects) return false
  return true
}

const sameReads = (reads: ReadonlyArray<Read>, state: State, view: View): boolean => {
  for (const read of reads) {
    const objects = all(state, read.key)
    if (read.objects === objects) continue
    if (!read.isSame(view)) return false
    read.objects = objects
  }
  return true
}

/** One look of a controller at one moment. */
interface Look {
  readonly builtIn: BuiltIn
  readonly known: Known
  readonly state: State
  readonly view: View
  readonly nowMillis: number
}

const keyed = ({ name }: BuiltIn, moves: ReadonlyArray<Move>): ReadonlyArray<Move> =>
  moves.map(({ key, request }): Move => ({ key: `${name}: ${key}`, request }))

const itemOf = ({ builtIn, known, nowMillis, state, view }: Look, parts: Parts, item: object): Item => {
  const last = known.items.get(item)
  if (last !== undefined && mayStand(last, nowMillis) && sameReads(last.reads, state, view)) return last
  const reads: Array<Read> = []
  const seen = watched(view, (key, isSame) => {
    known.kinds.add(key)
    reads.push({ key, objects: all(state, key), isSame })
  })
  const moves = keyed(builtIn, parts.moves(seen, item, nowMillis))
  const due = moves.length === 0 ? parts.due?.(seen, item, nowMillis) : undefined
  const next = { reads, moves, nowMillis, due }
  known.items.set(item, next)
  return next
}

const partsOf = (look: Look, parts: Parts): Last<Kinds> => {
  const reads = new Map<string, Objects>()
  const read = (key: string) => void reads.set(key, all(look.state, key))
  const moves: Array<Move> = []
  let due: number | undefined
  for (const item of parts.items(watched(look.view, read))) {
    const last = itemOf(look, parts, item)
    if (last.moves.length > 0) moves.push(...last.moves)
    if (last.due !== undefined) due = earliest([due, last.due])
  }
  for (const key of look.known.kinds) read(key)
  return { reads, moves, nowMillis: look.nowMillis, due }
}

const wholeOf = (look: Look): Last<Kinds> => {
  const { builtIn, nowMillis, state, view } = look
  if (builtIn.parts !== undefined) return partsOf(look, builtIn.parts)
  const reads = new Map<string, Objects>()
  const seen = watched(view, (key) => void reads.set(key, all(state, key)))
  const moves = keyed(builtIn, builtIn.moves(seen, nowMillis))
  return { reads, moves, nowMillis, due: moves.length === 0 ? builtIn.due?.(seen, nowMillis) : undefined }
}

/** As `moves` says; from `memory` when nothing that it read then is different now. */
export const movesIn = (memory: Memory, builtIns: ReadonlyArray<BuiltIn>, state: State, nowMillis: number) => {
  let view: View | undefined
  return builtIns.flatMap((builtIn) => {
    let known = memory.known.get(builtIn)
    if (known === undefined)
      memory.known.set(builtIn, (known = { items: new WeakMap(), kinds: new Set(), whole: undefined }))
    const { whole } = known
    if (whole !== undefined && mayStand(whole, nowMillis) && sameKinds(whole.reads, state)) return whole.moves
    known.whole = wholeOf({ builtIn, known, state, view: (view ??= viewOf(state)), nowMillis })
    return known.whole.moves
  })
}
