/** What was explored under which assumptions, and what makes a verdict worth less than it seems. */
import type { Components, System } from "../../../domain/check/System.ts"
import type { Coverage } from "../../../domain/check/Trace.ts"
import type { Explore } from "./Explore.ts"

export interface Notes {
  readonly merged: ReadonlyArray<string>
  readonly unexplored: ReadonlyArray<string>
}

export const coverage = <S extends Components>(explored: Explore<S>, notes: Notes): Coverage => {
  const { actions, system } = explored.compiled
  const named = (fairness: "weak" | "strong" | "none") =>
    system.actions.filter((action) => action.fairness === fairness).map(({ name }) => name)
  // First what was paid for and never had: a fault that cannot strike shows nothing.
  const neverTaken = actions
    .filter((_, i) => explored.taken[i] === 0)
    .toSorted((one, other) => Number(other.cost >= 0) - Number(one.cost >= 0))
    .map(({ action }) => action.name)
  return {
    cores: explored.cores,
    states: explored.nodes,
    transitions: explored.transitions,
    depth: explored.depth,
    budgets: system.budgets,
    weak: named("weak"),
    strong: named("strong"),
    unfair: named("none"),
    witnesses: Object.fromEntries(explored.watched.sometimes.map(({ core, property }) => [property, core >= 0])),
    neverTaken,
    merged: notes.merged,
    unexplored: notes.unexplored,
    warnings: [...aboutBudgets(system), ...aboutProperties(explored), ...aboutFairness(system)]
  }
}

const aboutBudgets = <S extends Components>({ actions, budgets }: System<S>): ReadonlyArray<string> => {
  const named = actions.flatMap(({ fairness }) => (typeof fairness === "object" ? [fairness.budget] : []))
  return [
    ...Object.entries(budgets).flatMap(([name, budget]) => [
      ...(budget === 0 ? [`the budget of "${name}" is 0: it never happens`] : []),
      ...(named.includes(name) ? [] : [`no action is paid from the budget "${name}"`])
    ]),
    ...[...new Set(named)]
      .filter((name) => !Object.hasOwn(budgets, name))
      .map((name) => `actions are paid from "${name}", which has no budget: they never happen`)
  ]
}

const aboutFairness = <S extends Components>({ actions, properties }: System<S>): ReadonlyArray<string> => {
  const asked = properties.find(({ _tag }) => _tag === "LeadsTo" || _tag === "Stabilizes")
  const isFair = actions.some(({ fairness }) => fairness === "weak" || fairness === "strong")
  return asked === undefined || isFair
    ? []
    : [`"${asked.name}" is asked, but no action is fair: every run may stop at any time`]
}

const aboutProperties = <S extends Components>(explored: Explore<S>): ReadonlyArray<string> => {
  const { always, live, sometimes, steps } = explored.watched
  const total = explored.cores
  const no = explored.stopped === undefined ? "no state" : "no state that was reached"
  const constant = [...always, ...sometimes, ...steps].flatMap(({ isConstant, property }) =>
    isConstant() ? [`"${property}" reads nothing: it says nothing of any state`] : []
  )
  const vacuous = live.flatMap(({ counts: [, open, only, both], property }) => {
    const [premises, goals] = [open + both, only + both]
    if (premises === 0) return [`the premise of "${property}" holds in ${no}: it says nothing`]
    if (goals === 0) return [`the goal of "${property}" holds in ${no}`]
    if (goals === total) return [`the goal of "${property}" holds in every state: it says nothing`]
    return open === 0 ? [`the goal of "${property}" holds wherever its premise does: nothing has to happen`] : []
  })
  const witness = sometimes.length === 0 ? [`no property says what must be reachable ("Sometimes"): no witness`] : []
  const missing = sometimes.filter(({ core }) => core < 0 && explored.stopped === undefined)
  return [...constant, ...vacuous, ...witness, ...missing.map(({ property }) => `"${property}" was never reached`)]
}
