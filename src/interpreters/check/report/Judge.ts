/**
 * Whether a run really breaks a property, decided from the states themselves:
 * a path to a bad state or step, or a lasso that no fair action leaves.
 */
import type * as System from "../../../domain/check/System.ts"
import type { Rescue } from "../../../domain/check/Trace.ts"
import * as Rerun from "./Rerun.ts"

/** A run as states and the steps between them: `states` is one longer than `steps`. */
export interface Run<S extends System.Components> {
  readonly states: ReadonlyArray<S>
  readonly steps: ReadonlyArray<Rerun.Taken<S>>
  /** Index into `steps` where the cycle begins; `steps.length` for a run that stops; undefined for a path. */
  readonly cycleAt: number | undefined
}

/** Why the run does not break the property; undefined: it does. */
export type Objection = string | undefined

type Property<S extends System.Components> = System.Property<S>

const isBadState = <S extends System.Components>(system: System.System<S>, property: Property<S>, state: S): boolean =>
  property._tag === "Always" && !property.holds(Rerun.reader(system, state))

const isBadStep = <S extends System.Components>(
  system: System.System<S>,
  property: Property<S>,
  before: S,
  after: S
): boolean => property._tag === "Step" && !property.holds(Rerun.reader(system, before), Rerun.reader(system, after))

/** After how many steps the path first breaks the property. */
export const brokenAfter = <S extends System.Components>(
  system: System.System<S>,
  property: Property<S>,
  { states }: Run<S>
): number | undefined => {
  const at = states.findIndex(
    (state, index) =>
      isBadState(system, property, state) || (index > 0 && isBadStep(system, property, states[index - 1]!, state))
  )
  return at < 0 ? undefined : at
}

const tail = <S extends System.Components>({ cycleAt, states }: Run<S>): ReadonlyArray<S> => states.slice(cycleAt ?? 0)

const missed = <S extends System.Components>(
  system: System.System<S>,
  property: Property<S>,
  run: Run<S>
): Objection => {
  if (property._tag !== "LeadsTo" && property._tag !== "Stabilizes") return `${property.name} is no claim about loops`
  const premise = (state: S) => property.premise(Rerun.reader(system, state))
  const goal = (state: S) => property.goal(Rerun.reader(system, state))
  if (property._tag === "Stabilizes") {
    if (!tail(run).every(premise)) return "the premise does not hold all through the loop"
    return tail(run).every(goal) ? "the goal holds all through the loop" : undefined
  }
  if (tail(run).some(goal)) return "the goal is reached in the loop"
  const lastGoal = run.states.findLastIndex(goal)
  return run.states.some((state, at) => at > lastGoal && premise(state))
    ? undefined
    : "the premise never holds without the goal following"
}

/** For each fair step that the loop offers, what keeps it from saving the run; `undefined` where nothing does. */
export const rescue = <S extends System.Components>(
  system: System.System<S>,
  run: Run<S>
): ReadonlyArray<Rescue | { readonly action: string; readonly key: string; readonly because: undefined }> => {
  const at = run.cycleAt ?? run.steps.length
  const states = run.states.slice(at, Math.max(run.states.length - 1, at + 1))
  const taken = run.steps.slice(at).map(({ action, key }) => Rerun.nameOf(action.name, key))
  const enabled = states.map((state) => Rerun.fairIn(system, state))
  const seen = new Map(enabled.flatMap((steps) => [...steps]))
  return [...seen].map(([name, { action, key }]) => {
    const takenAt = taken.indexOf(name)
    if (takenAt >= 0) return { action: action.name, key, because: "taken" as const, at: takenAt }
    const disabledAt = action.fairness === "weak" ? enabled.findIndex((steps) => !steps.has(name)) : -1
    return disabledAt < 0
      ? { action: action.name, key, because: undefined }
      : { action: action.name, key, because: "disabled" as const, at: disabledAt }
  })
}

const unfair = <S extends System.Components>(system: System.System<S>, run: Run<S>): Objection => {
  const at = run.cycleAt ?? 0
  const paid = run.steps.slice(at).find(({ action }) => typeof action.fairness === "object")
  if (paid !== undefined) return `the loop takes "${paid.action.name}", which happens only so often`
  if (!Rerun.isSameState(run.states[at]!, run.states.at(-1)!)) return "the loop does not close"
  const saves = rescue(system, run).find(({ because }) => because === undefined)
  return saves === undefined ? undefined : `"${saves.action}" ${saves.key} is fair, stays enabled and is never taken`
}

/** Undefined when this run breaks this property. */
export const objection = <S extends System.Components>(
  system: System.System<S>,
  property: Property<S> | undefined,
  run: Run<S>
): Objection => {
  if (run.steps.at(-1)?.breaks !== undefined) return undefined
  if (property === undefined) return "the model has no property of this name, and no rule of the program is broken"
  if (run.cycleAt !== undefined) return missed(system, property, run) ?? unfair(system, run)
  return brokenAfter(system, property, run) === undefined ? `${property.name} holds in every state` : undefined
}
