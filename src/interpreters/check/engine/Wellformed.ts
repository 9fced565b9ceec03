/** What a system must be before it is searched; a `Problem` says what is not. */
import type { Components, System } from "../../../domain/check/System.ts"
import { Problem } from "./Problem.ts"

/** Who was not made to say it by a compiler may say anything, a promise for one. */
export const truth = (where: string, said: unknown): number => {
  if (typeof said === "boolean") return said ? 1 : 0
  const detail = `returned ${said instanceof Promise ? "a promise" : String(said)}: true or false is expected`
  throw new Problem({ what: "Malformed", where, detail })
}

/** A fault is paid from its budget and never owed: fairness is one or the other. */
const isFairness = (given: unknown): boolean =>
  typeof given === "object" && given !== null
    ? "budget" in given && typeof given.budget === "string" && Object.keys(given).length === 1
    : given === "weak" || given === "strong" || given === "none"

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
  for (const { fairness, name } of actions) {
    if (isFairness(fairness)) continue
    refuse(
      `the fairness of "${name}" is ${JSON.stringify(fairness)}: "weak", "strong", "none" or { budget } is expected`
    )
  }
  for (const [kind, budget] of Object.entries(budgets)) {
    if (!Number.isSafeInteger(budget) || budget < 0)
      refuse(`the budget of "${kind}" is ${budget}: a whole number from 0`)
  }
}
