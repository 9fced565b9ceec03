/** What is measured of failovers, on a clock and records of our own. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import type { LastFailover } from "../../src/domain/valkey/Intent.ts"
import * as Failovers from "../../src/local/Failovers.ts"
import type { Gap, Writer } from "../../src/local/Writer.ts"

const recorded = (uid: string, lastFailover: LastFailover) =>
  Cluster.decode({
    apiVersion: "valkey.verilean.io/v1",
    kind: "ValkeyCluster",
    metadata: { name: "example", namespace: "default", uid, resourceVersion: "1", generation: 1 },
    spec: { replicas: 3 },
    status: { lastFailover }
  })

const bootstrap: LastFailover = { epoch: 1, kind: "Bootstrap", to: "example-0", lossBytes: 0, lossMillis: 0 }

const unplanned: LastFailover = {
  ...bootstrap,
  epoch: 2,
  kind: "Unplanned",
  from: "example-0",
  to: "example-1",
  lossMillis: 1000
}

describe("the gap of a failover", () => {
  it.effect("is not the time in which a cluster was deleted and made again", () =>
    Effect.gen(function* () {
      let cluster: Cluster.Cluster | undefined
      let last = 0
      const gaps: Array<Gap> = []
      const writer: Writer = {
        acknowledged: () => 0,
        lastAcknowledgedMillis: () => last,
        lastGap: () => gaps.at(-1),
        longestGap: (since) =>
          gaps.filter(({ endedMillis }) => endedMillis > since).sort((one, other) => other.millis - one.millis)[0],
        lostSince: () => Effect.succeed([])
      }
      const acknowledge = Effect.map(Clock.currentTimeMillis, (now) => {
        if (last > 0) gaps.push({ millis: now - last, endedMillis: now })
        last = now
      })
      const told: Array<Failovers.Measured> = []
      const tell = (measured: Failovers.Measured) => Effect.sync(() => void told.push(measured))
      yield* Effect.forkScoped(Failovers.measure(() => cluster, writer, tell))
      const after = (millis: number) => Effect.andThen(TestClock.adjust(millis), acknowledge)
      cluster = yield* recorded("one", bootstrap)
      yield* after(100)
      yield* after(100)
      cluster = undefined
      yield* TestClock.adjust(30_000)
      cluster = yield* recorded("two", bootstrap)
      yield* after(100)
      yield* after(100)
      cluster = yield* recorded("two", unplanned)
      yield* after(700)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(
        told.map(({ epoch, gapMs }) => ({ epoch, gapMs })),
        [{ epoch: 2, gapMs: 700 }]
      )
    })
  )
})
