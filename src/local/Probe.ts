/**
 * Exec probes of containers, as a kubelet runs them.
 */
import * as Effect from "effect/Effect"
import type { ExecProbe, Prepared } from "./ContainerSpec.ts"
import * as Process from "./Process.ts"

/** Faster than a kubelet, until the first success: what runs here is looked at by people. */
const eagerMillis = 100

/** One run of the probe's command; without one the container is taken to be well. */
export const exec = (probe: ExecProbe | undefined, { command, env }: Prepared): Effect.Effect<boolean> => {
  const line = probe?.exec?.command
  if (probe === undefined || line === undefined) return Effect.succeed(true)
  return Effect.scoped(Effect.flatMap(Process.run(command(line), env), ({ exit }) => exit)).pipe(
    Effect.timeoutOption((probe.timeoutSeconds ?? 1) * 1000),
    Effect.map((code) => code._tag === "Some" && code.value === 0)
  )
}

const period = ({ periodSeconds = 10 }: ExecProbe): number => periodSeconds * 1000

/** Says whether the container is ready, each time that is decided; for ever. */
export const readiness = (
  probe: ExecProbe | undefined,
  isReadyNow: Effect.Effect<boolean>,
  setReady: (isReady: boolean) => Effect.Effect<void>
): Effect.Effect<void> =>
  probe === undefined
    ? Effect.void
    : Effect.gen(function* () {
        let failures = 0
        let isReady = false
        while (true) {
          if (yield* isReadyNow) {
            failures = 0
            isReady = true
            yield* setReady(true)
          } else if (++failures >= (probe.failureThreshold ?? 3)) {
            isReady = false
            yield* setReady(false)
          }
          yield* Effect.sleep(isReady ? period(probe) : Math.min(eagerMillis, period(probe)))
        }
      })

/** Ends the container when it has failed too often in a row. */
export const liveness = (
  probe: ExecProbe | undefined,
  isAlive: Effect.Effect<boolean>,
  end: Effect.Effect<void>
): Effect.Effect<void> =>
  probe === undefined
    ? Effect.void
    : Effect.gen(function* () {
        let failures = 0
        while (failures < (probe.failureThreshold ?? 3)) {
          yield* Effect.sleep(period(probe))
          failures = (yield* isAlive) ? 0 : failures + 1
        }
        yield* end
      })
