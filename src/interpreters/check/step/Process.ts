/**
 * Operator processes as components and actions of a closed system: controllers
 * as they are, on the reducers and within the wrappers that ship.
 */
import { keyText } from "../../../domain/Controller.ts"
import type { Action, Components, Eager, Read } from "../../../domain/check/System.ts"
import { Draft } from "./Draft.ts"
import { cellsOf, type Operator } from "./Operator.ts"
import * as Holds from "./Holds.ts"
import * as Orphans from "./Orphans.ts"
import * as Passes from "./Passes.ts"
import * as Requests from "./Requests.ts"
import * as Time from "./Time.ts"
import * as Watches from "./Watches.ts"

/** As the process comes up: nothing cached, nothing remembered; its candidate asks for the lease at once. */
const boot = (draft: Draft, operator: Operator): void => {
  for (const cell of cellsOf(operator)) draft.put(cell, cell.initial)
  const candidate = operator.running.find(({ isElection }) => isElection)
  if (candidate === undefined || operator.election === undefined) return
  Passes.dispatch(draft, candidate, keyText(operator.election.key), { _tag: "Triggered" })
}

const nothing: Read<Components> = Object.assign(() => undefined, { unused: () => "" })

export const initial = (operators: ReadonlyArray<Operator>): Components => {
  const draft = new Draft(nothing)
  for (const operator of operators) boot(draft, operator)
  return { ...draft.set, [Orphans.orphans.name]: Orphans.orphans.initial }
}

/** What the process held is gone, but for what a server that is behind still says to the next one. */
const crash = (operator: Operator): Action<Components> => ({
  name: `${operator.name}: crash`,
  fairness: { budget: "crash" },
  *outcomes(read) {
    const draft = new Draft(read)
    const behind = operator.watching.map((watching) => draft.get(watching.behind))
    for (const running of operator.running) Passes.drop(draft, operator, running)
    boot(draft, operator)
    operator.watching.forEach((watching, index) => draft.put(watching.behind, behind[index] ?? null))
    yield { key: "", set: draft.set, says: `${operator.name} crashes and starts again` }
  }
})

export const actions = (
  context: Requests.Context,
  operators: ReadonlyArray<Operator>
): ReadonlyArray<Action<Components>> => [
  ...operators.flatMap((operator) => [
    ...Requests.actions(context, operator),
    ...Watches.actions(operator, context.budgets),
    ...("crash" in context.budgets ? [crash(operator)] : [])
  ]),
  ...Time.actions(context.outside, operators, context.budgets),
  Requests.orphansLand(context)
]

export const eager = (
  context: Requests.Context,
  operators: ReadonlyArray<Operator>
): ReadonlyArray<Eager<Components>> => [
  ...operators.flatMap((operator) => [
    ...Watches.eager(context.outside, operator),
    ...Holds.eager(context.outside, operator)
  ]),
  Orphans.forgets(context.outside)
]
