/**
 * Moves of controllers, computed anew only when something that they read has
 * changed: most of the store stays as it is from move to move, and who wants
 * nothing wants nothing later either, until a time comes that it waits for.
 */
import { all, keyOf, type Objects, type State } from "../api/Store.ts"
import { type BuiltIn, type Move, type View, viewOf } from "./BuiltIn.ts"

interface Last {
  readonly reads: ReadonlyMap<string, Objects>
  readonly moves: ReadonlyArray<Move>
  readonly nowMillis: number
  /** When it may want something of the same store although it wants nothing now; undefined: never. */
  readonly due: number | undefined
}

/** Of controllers that read nothing but the store and the time. */
export type Memory = Map<BuiltIn, Last>

const definitions = "apiextensions.k8s.io/customresourcedefinitions"

/** The same view, telling which kinds were looked at; what is served depends on the definitions. */
const watched = (view: View, read: (key: string) => void): View => ({
  get resources() {
    read(definitions)
    return view.resources
  },
  list: (resource, namespace) => {
    read(keyOf(resource))
    return view.list(resource, namespace)
  },
  get: (resource, namespace, name) => {
    read(keyOf(resource))
    return view.get(resource, namespace, name)
  }
})

const isSame = ({ reads }: Last, state: State): boolean => {
  for (const [key, objects] of reads) if (all(state, key) !== objects) return false
  return true
}

const isStillTrue = (last: Last, state: State, nowMillis: number): boolean => {
  const isQuiet = last.moves.length === 0 && nowMillis >= last.nowMillis && nowMillis < (last.due ?? Infinity)
  return (isQuiet || nowMillis === last.nowMillis) && isSame(last, state)
}

/** As `moves` says; from `memory` when nothing that it read then is different now. */
export const movesIn = (memory: Memory, builtIns: ReadonlyArray<BuiltIn>, state: State, nowMillis: number) => {
  let view: View | undefined
  return builtIns.flatMap((builtIn) => {
    const last = memory.get(builtIn)
    if (last !== undefined && isStillTrue(last, state, nowMillis)) return last.moves
    view ??= viewOf(state)
    const reads = new Map<string, Objects>()
    const seen = watched(view, (key) => void reads.set(key, all(state, key)))
    const moves = builtIn
      .moves(seen, nowMillis)
      .map(({ key, request }): Move => ({ key: `${builtIn.name}: ${key}`, request }))
    const due = moves.length === 0 ? builtIn.due?.(seen, nowMillis) : undefined
    memory.set(builtIn, { reads, moves, nowMillis, due })
    return moves
  })
}
