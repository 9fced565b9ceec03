/**
 * A walk that did not come to its goal proves nothing by itself; but one that
 * came back to a state, unfair to nobody in between, may go round for ever.
 */
import type { Components, Property, System } from "../../src/domain/check/System.ts"
import type { Trace } from "../../src/domain/check/Trace.ts"
import * as Rerun from "../../src/interpreters/check/report/Rerun.ts"

type Live = Extract<Property<Components>, { _tag: "LeadsTo" | "Stabilizes" }>

export interface Lasso {
  readonly stem: number
  readonly cycle: number
}

/** The states of a run, the first included. */
const statesOf = ({ initial, stem }: Trace): ReadonlyArray<Components> => {
  const states: Array<Components> = [initial]
  for (const { changes } of stem) {
    states.push({ ...states.at(-1)!, ...Object.fromEntries(changes.map(({ after, component }) => [component, after])) })
  }
  return states
}

/** Whoever was enabled all the time was taken. */
const isFair = (system: System<Components>, cycle: ReadonlyArray<Components>, { stem }: Trace, from: number) => {
  const taken = new Set(cycle.map((_, at) => Rerun.nameOf(stem[from + at]!.action, stem[from + at]!.key)))
  let waiting: ReadonlyArray<string> | undefined
  for (const state of cycle) {
    const enabled = new Set(Rerun.fairIn(system, state).keys())
    waiting = (waiting ?? [...enabled]).filter((name) => enabled.has(name) && !taken.has(name))
    if (waiting.length === 0) return true
  }
  return waiting?.length === 0
}

/** Whether the premise is met and the goal is not, again and again. */
const misses = (
  system: System<Components>,
  { _tag, goal, premise }: Live,
  states: ReadonlyArray<Components>,
  from: number
): boolean => {
  const isThere = (state: Components) => goal(Rerun.reader(system, state))
  const isAsked = (state: Components) => premise(Rerun.reader(system, state))
  const cycle = states.slice(from)
  if (_tag === "Stabilizes") return cycle.every(isAsked) && !cycle.every(isThere)
  if (cycle.some(isThere)) return false
  const last = states.findLastIndex(isThere)
  return states.slice(last + 1).some(isAsked)
}

/** Strong fairness is not looked at: a system with it has no lassos here. Undefined: none that is a proof. */
export const lassoIn = (system: System<Components>, name: string, trace: Trace): Lasso | undefined => {
  const property = system.properties.find((one) => one.name === name)
  if (property?._tag !== "LeadsTo" && property?._tag !== "Stabilizes") return undefined
  if (system.actions.some(({ fairness }) => fairness === "strong")) return undefined
  const states = statesOf(trace)
  const calmFrom = trace.stem.findLastIndex(({ cost }) => cost !== undefined) + 1
  const end = states.length - 1
  const returns: Array<number> = []
  for (let from = calmFrom; from < end; from++) if (Rerun.isSameState(states[from]!, states[end]!)) returns.push(from)
  // The last few rounds, and if those are unfair to somebody, all there was.
  const from = [...returns.slice(-3).toReversed(), ...returns.slice(0, 1)].find(
    (one) => isFair(system, states.slice(one, end), trace, one) && misses(system, property, states.slice(0, end), one)
  )
  return from === undefined ? undefined : { stem: from, cycle: end - from }
}
