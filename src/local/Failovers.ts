/**
 * Holds each failover that the record tells of against what clients saw: the
 * gap in their writes, and what was lost beside what was declared.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Cluster } from "../domain/valkey/Cluster.ts"
import type { LastFailover } from "../domain/valkey/Intent.ts"
import { bytesOf } from "../models/valkey/Backlog.ts"
import type { Acknowledged, Writer } from "./Writer.ts"

export interface Measured extends LastFailover {
  readonly gapMs: number
  readonly lostWrites: number
  /** Each lost write was acknowledged inside the declared window, and together they are no larger than its bytes. */
  readonly withinBound: boolean
}

/** -1: the record declares that any write may be lost. */
const isWithin = (lost: ReadonlyArray<Acknowledged>, { lossBytes, lossMillis }: LastFailover, seenMillis: number) => {
  const bytes = lost.reduce((sum, { key, value }) => sum + bytesOf(["SET", key, value]), 0)
  const isRecent = lossMillis < 0 || lost.every(({ atMillis }) => atMillis >= seenMillis - lossMillis)
  return isRecent && (lossBytes < 0 || bytes <= lossBytes)
}

const pollMillis = 5

/** Asks until somebody can say; a failover right after this one may make them wait. */
const lostSince = (writer: Writer, sinceMillis: number): Effect.Effect<ReadonlyArray<Acknowledged>> =>
  Effect.flatMap(writer.lostSince(sinceMillis), (lost) =>
    lost === undefined
      ? Effect.andThen(Effect.sleep(4 * pollMillis), lostSince(writer, sinceMillis))
      : Effect.succeed(lost)
  )

const untilAcknowledged = (writer: Writer, sinceMillis: number): Effect.Effect<void> =>
  Effect.suspend(() =>
    writer.lastAcknowledgedMillis() > sinceMillis
      ? Effect.void
      : Effect.andThen(Effect.sleep(pollMillis), untilAcknowledged(writer, sinceMillis))
  )

/** Tells of every failover after the first primary, once clients write again. Never ends. */
export const measure = (
  cluster: () => Cluster | undefined,
  writer: Writer,
  tell: (measured: Measured) => Effect.Effect<void>
): Effect.Effect<never> => {
  const next = Effect.fnUntraced(function* (last: LastFailover, sinceMillis: number) {
    const seenMillis = yield* Clock.currentTimeMillis
    yield* untilAcknowledged(writer, seenMillis)
    const checkedMillis = yield* Clock.currentTimeMillis
    const gapMs = writer.longestGap(sinceMillis)?.millis ?? 0
    const lost = yield* lostSince(writer, sinceMillis)
    yield* tell({ ...last, gapMs, lostWrites: lost.length, withinBound: isWithin(lost, last, seenMillis) })
    return checkedMillis
  })
  /** The time before is no gap of a failover: there was no primary that could have taken a write. */
  const first = Effect.gen(function* () {
    yield* untilAcknowledged(writer, yield* Clock.currentTimeMillis)
    return yield* Clock.currentTimeMillis
  })
  return Effect.gen(function* () {
    // A cluster that is deleted and made again counts its epochs from the beginning.
    let known = ""
    let sinceMillis = 0
    while (true) {
      const now = cluster()
      const last = now?.status.lastFailover
      const seen = `${now?.metadata.uid}/${last?.epoch}`
      if (last === undefined || seen === known) yield* Effect.sleep(pollMillis)
      else {
        known = seen
        sinceMillis = last.kind === "Bootstrap" ? yield* first : yield* next(last, sinceMillis)
      }
    }
  })
}
