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

const untilSettled = (stage: Stage): Effect.Effect<void> =>
  Effect.suspend(() =>
    isSettled(stage) ? Effect.void : Effect.andThen(Effect.sleep("20 millis"), untilSettled(stage))
  )

/** Replicas in turn. */
const podOf = ({ cluster, pods }: Stage, victim: Victim, turn: number): string | undefined => {
  const primary = cluster()?.status.primary?.pod
  if (victim === "primary") return primary
  const replicas = pods().filter(({ metadata }) => metadata.name !== primary)
  return replicas[turn % Math.max(1, replicas.length)]?.metadata.name
}

/** Never ends. Waits for a settled cluster, at most for another `everyMillis`, before each kill. */
export const repeatedly = Effect.fnUntraced(function* (
  stage: Stage,
  runner: PodRunner,
  victim: Victim,
  everyMillis: number,
  tell: (pod: string) => Effect.Effect<void>
): Effect.fn.Return<never> {
  for (let turn = 0; ; turn++) {
    yield* Effect.sleep(everyMillis)
    yield* Effect.timeoutOption(untilSettled(stage), everyMillis)
    const [namespace, pod] = [stage.cluster()?.metadata.namespace, podOf(stage, victim, turn)]
    if (namespace === undefined || pod === undefined) continue
    if (yield* runner.signal(namespace, pod, "SIGKILL")) yield* tell(pod)
  }
})
