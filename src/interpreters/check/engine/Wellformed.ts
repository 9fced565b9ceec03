/** What a system must be before it is searched; a `Problem` says what is not. */
import type { Components, System } from "../../../domain/check/System.ts"
import { Problem } from "./Problem.ts"

export const validate = <S extends Components>({ actions, budgets, initial, name, properties }: System<S>): void => {
  const refuse = (detail: string) => {
    throw new Problem({ what: "Malformed", where: name, detail })
  }
  if (initial.length === 0) refuse("there is no initial state")
  if (Object.keys(initial[0]!).length === 0) refuse("its states have no components")
  for (const [kind, names] of [
    ["actions", actions.map((action) => action.name)],
    ["properties", properties.map((property) => property.name)]
  ] as const) {
    const twice = names.find((text, i) => names.indexOf(text) !== i)
    if (twice !== undefined) refuse(`two ${kind} have the name "${twice}"`)
  }
  for (const [kind, budget] of Object.entries(budgets)) {
    if (!Number.isSafeInteger(budget) || budget < 0)
      refuse(`the budget of "${kind}" is ${budget}: a whole number from 0`)
  }
}
