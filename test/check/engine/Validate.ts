/** Says what is wrong with a trace, by walking it on plain states. */
import type { Components, Property, System } from "../../../src/domain/check/System.ts"
import type { Step, Trace } from "../../../src/domain/check/Trace.ts"
import { reading, settled, steps, textOf } from "./Reference.ts"

const follow = <S extends Components>(system: System<S>, state: S, step: Step): S => {
  const changed = Object.fromEntries(step.changes.map(({ after, component }) => [component, after]))
  const expected = textOf({ ...state, ...changed })
  const found = steps(system, state).find(
    ({ action, cost, key, next }) =>
      action === step.action && key === step.key && cost === step.cost && textOf(next) === expected
  )
  if (found === undefined) throw new Error(`no such step: ${textOf(step)} in ${textOf(state)}`)
  for (const { before, component } of step.changes) {
    if (textOf(before) !== textOf(state[component])) throw new Error(`${component} was not ${textOf(before)}`)
  }
  return found.next
}

const walk = <S extends Components>(system: System<S>, from: S, path: ReadonlyArray<Step>): ReadonlyArray<S> => {
  const states = [from]
  for (const step of path) states.push(follow(system, states.at(-1)!, step))
  return states
}

/** Throws unless the trace is a real run that breaks the property. */
export const validate = <S extends Components>(system: System<S>, property: Property<S>, trace: Trace): void => {
  const claim = (isTrue: boolean, what: string) => {
    if (!isTrue) throw new Error(`${system.name}, ${property.name}: ${what}`)
  }
  // Traces hold the components of their system.
  const initial = trace.initial as S
  claim(
    system.initial.some((state) => textOf(settled(system, state)) === textOf(initial)),
    "it begins in an initial state"
  )
  const stem = walk(system, initial, trace.stem)
  const used = trace.stem.flatMap(({ cost }) => (cost === undefined ? [] : [cost]))
  for (const [name, budget] of Object.entries(system.budgets)) {
    claim(used.filter((cost) => cost === name).length <= budget, `${name} is within its budget`)
  }
  const end = stem.at(-1)!
  if (property._tag === "Always") return claim(!property.holds(reading(end)), "its last state breaks the property")
  if (property._tag === "Step") {
    return claim(!property.holds(reading(stem.at(-2)!), reading(end)), "its last step breaks the property")
  }
  claim(trace.isLasso && trace.cycle.every(({ cost }) => cost === undefined), "it goes round for ever, without faults")
  const round = walk(system, end, trace.cycle)
  claim(textOf(round.at(-1)) === textOf(end), "it is closed")
  claim(unfairTo(system, trace.cycle, trace.cycle.length === 0 ? round : round.slice(0, -1)).length === 0, "it is fair")
  claim(excusesHold(system, trace, round), "it says rightly why it is fair")
  if (property._tag === "LeadsTo") {
    const all = [...stem, ...round]
    const last = all.findLastIndex((state) => property.goal(reading(state)))
    claim(last < stem.length - 1, "the goal is not reached in the cycle")
    claim(
      stem.slice(last + 1).some((state) => property.premise(reading(state))),
      "the premise held"
    )
  } else if (property._tag === "Stabilizes") {
    claim(
      round.every((state) => property.premise(reading(state))),
      "the premise holds for ever"
    )
    claim(
      round.some((state) => !property.goal(reading(state))),
      "the goal fails again and again"
    )
  }
}

const enabledIn = <S extends Components>(system: System<S>, state: S): ReadonlySet<string> =>
  new Set(
    steps(system, state)
      .filter(({ cost }) => cost === undefined)
      .map(({ action, key }) => `${action}/${key}`)
  )

const unfairTo = <S extends Components>(
  system: System<S>,
  cycle: ReadonlyArray<Step>,
  states: ReadonlyArray<S>
): ReadonlyArray<string> => {
  const taken = new Set(cycle.map(({ action, key }) => `${action}/${key}`))
  const enabled = states.map((state) => enabledIn(system, state))
  const fairness = (fair: string) => system.actions.find(({ name }) => fair.startsWith(`${name}/`))!.fairness
  return [...new Set(enabled.flatMap((fairs) => [...fairs]))].filter((fair) => {
    if (taken.has(fair)) return false
    return fairness(fair) === "strong" || (fairness(fair) === "weak" && enabled.every((fairs) => fairs.has(fair)))
  })
}

const excusesHold = <S extends Components>(system: System<S>, trace: Trace, round: ReadonlyArray<S>): boolean =>
  trace.rescue.every(({ action, at, because, key }) => {
    const step = trace.cycle[at]!
    if (because === "taken") return step.action === action && step.key === key
    return !enabledIn(system, round[at]!).has(`${action}/${key}`)
  })
