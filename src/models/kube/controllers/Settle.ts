/**
 * Built-in controllers at work on a store: one move at a time, the one that
 * waited longest first, until nothing changes any more.
 */
import type { ApiReply } from "../../../domain/kube/Wire.ts"
import type { Names } from "../../Names.ts"
import { handle, type State } from "../api/Server.ts"
import type { BuiltIn, Move } from "./BuiltIn.ts"
import { movesOf } from "./ControllerManager.ts"
import * as Remembered from "./Remembered.ts"

/** Which of the possible moves comes next. Total: there is at least one. */
export type Choose = (moves: ReadonlyArray<Move>) => Move

/** A move that the server refused, or that changed nothing. */
export interface Futile {
  readonly key: string
  readonly status: number
  readonly why: string
}

export interface Work {
  readonly state: State
  /** Moves since the work began. */
  readonly count: number
  /** By key, the count at which it was last served. */
  readonly served: ReadonlyMap<string, number>
  /** In this very state; another state asks again. */
  readonly futile: ReadonlyArray<Futile>
}

export const begin = (state: State): Work => ({ state, count: 0, served: new Map(), futile: [] })

/** The same work on a store that others have changed. */
export const on = (work: Work, state: State): Work => (state === work.state ? work : { ...work, state, futile: [] })

/** No key is passed over for ever. Among keys never served, the first. */
const longestWaiting = ({ served }: Work, moves: ReadonlyArray<Move>): Move => {
  const turnOf = ({ key }: Move) => served.get(key) ?? -1
  return moves.reduce((best, move) => (turnOf(move) < turnOf(best) ? move : best))
}

const messageOf = (reply: ApiReply | undefined): string => {
  const body = reply?.body
  return typeof body === "object" && body !== null && "message" in body ? String(body.message) : "changed nothing"
}

/** One move; undefined when there is none that could change anything. */
export const step = (
  builtIns: ReadonlyArray<BuiltIn>,
  work: Work,
  names: Names,
  choose: Choose = (moves) => longestWaiting(work, moves),
  memory?: Remembered.Memory
): Work | undefined => {
  const tried = new Set(work.futile.map(({ key }) => key))
  const moves = movesOf(builtIns, work.state, names.nowMillis, memory).filter(({ key }) => !tried.has(key))
  if (moves.length === 0) return undefined
  const move = choose(moves)
  const [state, reply] = handle(work.state, move.request, names)
  const count = work.count + 1
  const served = new Map(work.served).set(move.key, count)
  return state === work.state
    ? {
        ...work,
        count,
        served,
        futile: [...work.futile, { key: move.key, status: reply?.status ?? 0, why: messageOf(reply) }]
      }
    : { state, count, served, futile: [] }
}

/** The keys that were served last: what goes in circles is among them. */
export const latestKeys = ({ served }: Work, count = 4): ReadonlyArray<string> =>
  [...served]
    .sort((left, right) => right[1] - left[1])
    .slice(0, count)
    .map(([key]) => key)

export interface Options {
  readonly limit?: number
  readonly choose?: Choose
  /** Of earlier work with the same controllers, on whatever store. */
  readonly memory?: Remembered.Memory
}

/** Works until nothing is left or `limit` moves were made; `isSettled` says which. */
export const settle = (
  builtIns: ReadonlyArray<BuiltIn>,
  state: State,
  names: Names,
  { choose, limit = 10_000, memory = Remembered.empty() }: Options = {}
): { readonly work: Work; readonly isSettled: boolean } => {
  let work = begin(state)
  while (work.count < limit) {
    const next = step(builtIns, work, names, choose, memory)
    if (next === undefined) return { work, isSettled: true }
    work = next
  }
  return { work, isSettled: false }
}
