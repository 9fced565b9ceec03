/**
 * Clients that write through one address all the time, know exactly which
 * writes were acknowledged, and can say afterwards which of them are lost.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Transport } from "../domain/Capability.ts"
import type { Credentials, Exchange, Replies } from "../domain/valkey/Wire.ts"
import type { Address } from "./ServiceProxy.ts"

/** Acknowledged writes that are remembered for each client; older ones are overwritten in the dataset too. */
const slots = 4096
const clients = 4

/** One acknowledged write. */
export interface Acknowledged {
  readonly key: string
  readonly value: string
  readonly atMillis: number
}

export interface Options {
  readonly exchange: Transport<Exchange, Replies>
  /** Where to connect, now. */
  readonly address: () => Address | undefined
  readonly credentials: () => Credentials | undefined
  /** Between two writes of one client. */
  readonly pauseMillis: number
}

export interface Writer {
  readonly acknowledged: () => number
  readonly lastAcknowledgedMillis: () => number
  /** The longest time without an acknowledgement that began after `sinceMillis`, up to the last one. */
  readonly gapSince: (sinceMillis: number) => number
  /** Those acknowledged after `sinceMillis` that a reader does not find; undefined while nobody can be asked. */
  readonly lostSince: (sinceMillis: number) => Effect.Effect<ReadonlyArray<Acknowledged> | undefined>
}

interface Gap {
  readonly fromMillis: number
  readonly millis: number
}

/** Writes until the scope ends. */
export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Writer, never, Scope.Scope> {
  const remembered = new Map<string, Acknowledged>()
  const gaps: Array<Gap> = []
  let count = 0
  let last = 0

  const ask = (lines: Exchange["lines"]): Effect.Effect<Replies> =>
    Effect.suspend(() => {
      const address = options.address()
      const credentials = options.credentials()
      return address === undefined || credentials === undefined
        ? Effect.succeed<Replies>("Refused")
        : options.exchange({ address: address.host, port: address.port, credentials, lines })
    })

  const acknowledge = (key: string, value: string, atMillis: number): void => {
    // Short ones are the rhythm of the clients themselves.
    if (last > 0 && atMillis - last > 5) gaps.push({ fromMillis: last, millis: atMillis - last })
    if (gaps.length > 1000) gaps.shift()
    last = atMillis
    count++
    remembered.set(key, { key, value, atMillis })
  }

  const client = Effect.fnUntraced(function* (number: number): Effect.fn.Return<never> {
    for (let index = 0; ; index++) {
      const key = `writer-${number}-${index % slots}`
      const replies = yield* ask([["SET", key, String(index)]])
      if (typeof replies !== "string" && replies[0] === "OK") {
        acknowledge(key, String(index), yield* Clock.currentTimeMillis)
        yield* Effect.sleep(options.pauseMillis)
      } else yield* Effect.sleep(1)
    }
  })

  yield* Effect.forEach(
    Array.from({ length: clients }, (_, number) => number),
    (number) => Effect.forkScoped(client(number)),
    { discard: true }
  )

  const lostSince: Writer["lostSince"] = Effect.fnUntraced(function* (sinceMillis) {
    const due = [...remembered.values()].filter(({ atMillis }) => atMillis >= sinceMillis)
    const lost: Array<Acknowledged> = []
    for (let from = 0; from < due.length; from += 500) {
      const some = due.slice(from, from + 500)
      const replies = yield* ask([["MGET", ...some.map(({ key }) => key)]])
      const values = typeof replies === "string" ? undefined : replies[0]
      if (!Array.isArray(values)) return undefined
      // A newer write of the same key proves nothing was lost before it.
      lost.push(...some.filter(({ value }, index) => Number(values[index] ?? -1) < Number(value)))
    }
    return lost
  })

  return {
    acknowledged: () => count,
    lastAcknowledgedMillis: () => last,
    gapSince: (sinceMillis) =>
      Math.max(
        0,
        ...gaps.filter(({ fromMillis, millis }) => fromMillis + millis >= sinceMillis).map(({ millis }) => millis)
      ),
    lostSince
  }
})
