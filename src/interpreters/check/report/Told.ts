/**
 * A run as the trace that is shown: what every step changed, and why no fair
 * action saves the loop.
 */
import type * as System from "../../../domain/check/System.ts"
import type { Rescue, Step, Trace } from "../../../domain/check/Trace.ts"
import * as Judge from "./Judge.ts"
import * as Plain from "./Plain.ts"
import type * as Rerun from "./Rerun.ts"

const changes = (before: Rerun.State, after: Rerun.State): Step["changes"] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((component) => !Plain.isSame(before[component], after[component]))
    .map((component) => ({ component, before: before[component], after: after[component] }))

const stepOf = <S extends System.Components>(taken: Rerun.Taken<S>, before: S): Step => {
  const { fairness, name } = taken.action
  return {
    action: name,
    key: taken.key,
    says: taken.says,
    ...(typeof fairness === "object" ? { cost: fairness.budget } : {}),
    changes: changes(before, taken.state)
  }
}

export const trace = <S extends System.Components>(
  system: System.System<S>,
  property: string,
  run: Judge.Run<S>
): Trace => {
  const steps = run.steps.map((taken, at) => stepOf(taken, run.states[at]!))
  const cycleAt = run.cycleAt ?? steps.length
  const breaks = run.steps.at(-1)?.breaks
  const reasons: ReadonlyArray<Rescue> =
    run.cycleAt === undefined
      ? []
      : Judge.rescue(system, run).flatMap((reason) => (reason.because === undefined ? [] : [reason]))
  return {
    model: system.name,
    property,
    initial: run.states[0]!,
    stem: steps.slice(0, cycleAt),
    cycle: steps.slice(cycleAt),
    isLasso: run.cycleAt !== undefined,
    rescue: reasons,
    ...(breaks === undefined ? {} : { breaks })
  }
}
