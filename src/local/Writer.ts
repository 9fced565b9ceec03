/**
 * Clients that write through one address all the time, know exactly which
 * writes were acknowledged, and can say afterwards which of them are lost.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Client from "./Client.ts"

/** One acknowledged write. */
export interface Acknowledged {
  readonly key: string
  readonly value: string
  readonly atMillis: number
}

/** A time without an acknowledgement. */
export interface Gap {
  readonly millis: number
  readonly endedMillis: number
}

export interface Writer {
  readonly acknowledged: () => number
  readonly lastAcknowledgedMillis: () => number
  readonly lastGap: () => Gap | undefined
  /** The longest one that ended after `sinceMillis`. */
  readonly longestGap: (sinceMillis: number) => Gap | undefined
  /** Those acknowledged after `sinceMillis` that a reader does not find; undefined while no primary can be asked. */
  readonly lostSince: (sinceMillis: number) => Effect.Effect<ReadonlyArray<Acknowledged> | undefined>
}

/** Together about one write in a millisecond. */
const clients = 4
const pauseMillis = 4
/** After a write that failed, or found nobody. */
const retryMillis = 4
/** Writes that are remembered for each client; older ones are overwritten in the dataset too. */
const slots = 8192
/** A shorter time without an acknowledgement is the rhythm of the clients. */
const shortestGap = 15
const mostGaps = 1000
/** Keys in one MGET. */
const batch = 500

/** Writes until the scope ends. */
export const make = Effect.fnUntraced(function* (
  options: Client.Options
): Effect.fn.Return<Writer, never, Scope.Scope> {
  const remembered = new Map<string, Acknowledged>()
  const gaps: Array<Gap> = []
  let count = 0
  let last = 0

  const acknowledge = (key: string, value: string, atMillis: number): void => {
    if (last > 0 && atMillis - last >= shortestGap) gaps.push({ millis: atMillis - last, endedMillis: atMillis })
    if (gaps.length > mostGaps) gaps.shift()
    last = atMillis
    count++
    remembered.set(key, { key, value, atMillis })
  }

  const write = Effect.fnUntraced(function* (number: number): Effect.fn.Return<never, never, Scope.Scope> {
    const client = yield* Client.make(options)
    for (let index = 0; ; index++) {
      const key = `writer-${number}-${index % slots}`
      const replies = yield* client.ask([["SET", key, String(index)]])
      const isAcknowledged = replies?.[0] === "OK"
      if (isAcknowledged) acknowledge(key, String(index), yield* Clock.currentTimeMillis)
      yield* Effect.sleep(isAcknowledged ? pauseMillis : retryMillis)
    }
  })
  yield* Effect.forEach(
    Array.from({ length: clients }, (_, number) => number),
    (number) => Effect.forkScoped(write(number)),
    { discard: true }
  )

  const reader = yield* Client.make(options)
  /** The values as a primary has them now. */
  const read = Effect.fnUntraced(function* (keys: ReadonlyArray<string>) {
    const replies = yield* reader.ask([["ROLE"], ["MGET", ...keys]])
    const [role, values] = replies ?? []
    if (Array.isArray(role) && role[0] === "master" && Array.isArray(values)) return values
    yield* reader.reconnect
    return undefined
  })

  const lostSince: Writer["lostSince"] = Effect.fnUntraced(function* (sinceMillis) {
    const due = [...remembered.values()].filter(({ atMillis }) => atMillis >= sinceMillis)
    const lost: Array<Acknowledged> = []
    for (let from = 0; from < due.length; from += batch) {
      const some = due.slice(from, from + batch)
      const values = yield* read(some.map(({ key }) => key))
      if (values === undefined) return undefined
      // A newer write of the same key proves nothing was lost before it.
      lost.push(...some.filter(({ value }, index) => Number(values[index] ?? -1) < Number(value)))
    }
    return lost
  })

  return {
    acknowledged: () => count,
    lastAcknowledgedMillis: () => last,
    lastGap: () => gaps.at(-1),
    longestGap: (sinceMillis) =>
      gaps
        .filter(({ endedMillis }) => endedMillis > sinceMillis)
        .reduce<Gap | undefined>(
          (most, gap) => (most === undefined || gap.millis > most.millis ? gap : most),
          undefined
        ),
    lostSince
  }
})
