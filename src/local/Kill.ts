/**
 * Kills a node of a settled cluster again and again, for people to watch and
 * for measurements: bounded by whoever runs it.
 */
import * as Effect from "effect/Effect"
import type { PodRunner } from "./PodRunner.ts"
import type { Stage } from "./Stage.ts"

export type Victim = "primary" | "replica"

/** Serving, with every pod attached: the next kill tells something of its own. */
const isSettled = ({ cluster }: Stage): boolean => {
  const known = cluster()
  const progressing = known?.status.conditions.find(({ type }) => type === "Progressing")
  return known?.status.phase === "Running" && progressing?.status === "False"
}

/** Never ends. Waits for a settled cluster, at most for another `everyMillis`, before each kill. */
export const repeatedly = (
  stage: Stage,
  runner: PodRunner,
  victim: Victim,
  everyMillis: number
): Effect.Effect<never> =>
  Effect.forever(
    Effect.gen(function* () {
      yield* Effect.sleep(everyMillis)
      const settled = Effect.suspend(() => (isSettled(stage) ? Effect.void : Effect.fail("not yet")))
      yield* Effect.ignore(
        Effect.timeoutOption(Effect.eventually(Effect.tapError(settled, () => Effect.sleep(20))), everyMillis)
      )
      const known = stage.cluster()
      const primary = known?.status.primary?.pod
      const target =
        victim === "primary" ? primary : stage.pods().find(({ metadata }) => metadata.name !== primary)?.metadata.name
      if (known !== undefined && target !== undefined) yield* runner.signal(known.metadata.namespace, target, "SIGKILL")
    })
  )
