/**
 * Holds each failover that the record tells of against what clients saw: the
 * gap in their writes, and what was lost beside what was declared.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Cluster } from "../domain/valkey/Cluster.ts"
import type { LastFailover } from "../domain/valkey/Intent.ts"
import type { Acknowledged, Writer } from "./Writer.ts"

export interface Measured {
  readonly epoch: number
  readonly from: string
  readonly to: string
  readonly gapMs: number
  readonly lostWrites: number
  /** Each lost write was acknowledged inside the declared window, and together they are no larger than its bytes. */
  readonly withinBound: boolean
}

/** Of a SET with its framing, as the replication stream carries it. */
const bytesOf = ({ key, value }: Acknowledged): number => key.length + value.length + 40

const isWithin = (lost: ReadonlyArray<Acknowledged>, { lossBytes, lossMillis }: LastFailover, seenMillis: number) =>
  lost.every(({ atMillis }) => lossMillis >= 0 && atMillis >= seenMillis - lossMillis) &&
  lost.reduce((sum, one) => sum + bytesOf(one), 0) <= Math.max(0, lossBytes)

/** Asks until somebody can say; a failover right after this one may make them wait. */
const lostSince = (writer: Writer, sinceMillis: number): Effect.Effect<ReadonlyArray<Acknowledged>> =>
  Effect.flatMap(writer.lostSince(sinceMillis), (lost) =>
    lost === undefined
      ? Effect.andThen(Effect.sleep("20 millis"), lostSince(writer, sinceMillis))
      : Effect.succeed(lost)
  )

/** Tells of every failover after the first primary, once clients write again. Never ends. */
export const measure = (
  cluster: () => Cluster | undefined,
  writer: Writer,
  tell: (measured: Measured) => Effect.Effect<void>
): Effect.Effect<never> =>
  Effect.gen(function* () {
    let epoch = 0
    let checkedMillis = 0
    while (true) {
      const last = cluster()?.status.lastFailover
      const seenMillis = yield* Clock.currentTimeMillis
      if (last === undefined || last.epoch === epoch) {
        yield* Effect.sleep("5 millis")
        continue
      }
      epoch = last.epoch
      if (last.kind !== "Bootstrap") {
        while (writer.lastAcknowledgedMillis() <= seenMillis) yield* Effect.sleep("5 millis")
        const lost = yield* lostSince(writer, checkedMillis)
        yield* tell({
          epoch,
          from: last.from ?? "",
          to: last.to,
          gapMs: writer.gapSince(seenMillis - 10_000 > checkedMillis ? seenMillis - 10_000 : checkedMillis),
          lostWrites: lost.length,
          withinBound: isWithin(lost, last, seenMillis)
        })
      }
      checkedMillis = yield* Clock.currentTimeMillis
    }
  })
