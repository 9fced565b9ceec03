/**
 * Who acts in a step and whom it reaches, from names alone: an action is named
 * "<lane>: <what>", a component "<lane>" or "<lane>/<part>".
 */
import type { Step, Trace } from "../../../domain/check/Trace.ts"

/** What a reader must not overlook in a step; `fault`: anything else that is paid from a budget. */
export type Mark = "crash" | "stale" | "fault"

export const laneOf = (component: string): string => component.split(/\/|: /)[0]!

export const actorOf = ({ action, changes }: Step): string => {
  const at = action.indexOf(": ")
  if (at > 0) return action.slice(0, at)
  const [first] = changes
  return first === undefined ? action.split(" ")[0]! : laneOf(first.component)
}

/** What the actor does, without its name. */
export const deedOf = ({ action, key }: Step): string => {
  const at = action.indexOf(": ")
  return `${at > 0 ? action.slice(at + 2) : action} ${key}`.trim()
}

/** The other lanes whose components the step changed. */
export const reachedBy = (step: Step): ReadonlyArray<string> => {
  const actor = actorOf(step)
  return [...new Set(step.changes.map(({ component }) => laneOf(component)))].filter((lane) => lane !== actor)
}

export const markOf = ({ action, cost, key, says }: Step): Mark | undefined => {
  const words = `${action} ${key} ${says} ${cost ?? ""}`.toLowerCase()
  if (/\b(crash|crashes|crashed|killed|restarted)\b/.test(words) && cost !== undefined) return "crash"
  if (/\bstale\b/.test(words)) return "stale"
  return cost === undefined ? undefined : "fault"
}

/** The lanes that take part, those of components in the order of the state, other actors before them. */
export const lanesOf = ({ cycle, initial, stem }: Trace): ReadonlyArray<string> => {
  const steps = [...stem, ...cycle]
  const taking = new Set(steps.flatMap((step) => [actorOf(step), ...reachedBy(step)]))
  const known = [...new Set(Object.keys(initial).map(laneOf))]
  return [...[...taking].filter((lane) => !known.includes(lane)), ...known.filter((lane) => taking.has(lane))]
}
