/** A closed system driven by hand: what is possible now, and the state after it and all that follows by itself. */
import type { Components, Outcome, Read, System } from "../../../src/domain/check/System.ts"
import { textOf } from "../../../src/interpreters/check/step/Intern.ts"

export interface Possible {
  readonly action: string
  readonly budget: string | undefined
  readonly outcome: Outcome<Components>
  readonly after: Components
}

export const readOf = (system: System<Components>, state: Components): Read<Components> =>
  Object.assign((name: string) => state[name], {
    unused: (kind: string, nth = 0): string => {
      const taken = new Set(Object.values(state).flatMap((value) => [...(system.mentions?.(value) ?? [])]))
      let left = nth
      for (let index = 0; ; index++) if (!taken.has(`${kind}#${index}`) && left-- === 0) return `${kind}#${index}`
    }
  })

export const settled = (system: System<Components>, state: Components): Components => {
  let now = state
  for (let round = 0; round < 1000; round++) {
    let set: Components | undefined
    for (const { next } of system.eager ?? []) if ((set = next(readOf(system, now))) !== undefined) break
    if (set === undefined) return now
    now = { ...now, ...set }
  }
  throw new Error("the system does not settle")
}

export const possible = (system: System<Components>, state: Components): ReadonlyArray<Possible> =>
  system.actions.flatMap(({ fairness, name, outcomes }) =>
    [...outcomes(readOf(system, state))].map((outcome) => ({
      action: name,
      budget: typeof fairness === "object" ? fairness.budget : undefined,
      outcome,
      after: settled(system, { ...state, ...outcome.set })
    }))
  )

export const first = (system: System<Components>): Components => settled(system, system.initial[0]!)

/** Takes the first possible calm step again and again; what happened, until nothing does or `enough`. */
export const calmly = (system: System<Components>, from: Components, enough = 50) => {
  const says: Array<string> = []
  let state = from
  while (says.length < enough) {
    const next = possible(system, state).find(
      ({ after, budget }) => budget === undefined && textOf(after) !== textOf(state)
    )
    if (next === undefined) break
    says.push(next.outcome.says ?? next.action)
    state = next.after
  }
  return { says, state }
}
