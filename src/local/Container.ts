/**
 * One run of a container: its process, or what stands for it in this one, and
 * what its probes find.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Image, Prepared, Spec } from "./ContainerSpec.ts"
import * as Probe from "./Probe.ts"
import * as Process from "./Process.ts"

export interface Checks {
  readonly isReady: Effect.Effect<boolean>
  readonly isAlive: Effect.Effect<boolean>
}

export interface Run {
  readonly running: Process.Running
  readonly checks: Checks
}

/** Runs until it ends by itself or its scope closes. */
export const start = (
  image: Image,
  spec: Spec,
  prepared: Prepared,
  address: string,
  onOutput: (text: string) => void
): Effect.Effect<Run, never, Scope.Scope> =>
  image.inProcess === undefined
    ? Effect.map(
        Process.run(
          Process.bound(prepared.command([...(spec.command ?? []), ...(spec.args ?? [])])),
          prepared.env,
          onOutput
        ),
        (running) => ({
          running,
          checks: {
            isReady: Probe.exec(spec.readinessProbe, prepared),
            isAlive: Probe.exec(spec.livenessProbe, prepared)
          }
        })
      )
    : Effect.map(image.inProcess(prepared, address), (running) => ({ running, checks: running }))

/** Tells whether it is ready, and ends it when it has failed too often; for as long as it is not interrupted. */
export const probe = (
  spec: Spec,
  { checks, running }: Run,
  setReady: (isReady: boolean) => Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.all(
    [
      Probe.readiness(spec.readinessProbe, checks.isReady, setReady),
      Probe.liveness(
        spec.livenessProbe,
        checks.isAlive,
        Effect.sync(() => running.signal("SIGKILL"))
      )
    ],
    { concurrency: "unbounded", discard: true }
  )
