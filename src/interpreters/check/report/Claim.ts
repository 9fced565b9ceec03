/** What a trace shows, in sentences: the same ones in the terminal and on the page. */
import type { Rescue, Trace } from "../../../domain/check/Trace.ts"

export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`

/** Per class of faults and outside events, how often the run pays for it: "crash 1, stale 2". */
export const paid = ({ cycle, stem }: Trace): string => {
  const times = Map.groupBy(
    [...stem, ...cycle].flatMap(({ cost }) => (cost === undefined ? [] : [cost])),
    (cost) => cost
  )
  return [...times].map(([cost, { length }]) => `${cost} ${length}`).join(", ")
}

/** What is wrong, in one sentence. */
export const sentence = (trace: Trace): string => {
  const { breaks, cycle, isLasso, property, stem } = trace
  const after = plural(stem.length, "step")
  const faults = paid(trace)
  const among = faults === "" ? " without any fault" : ` (faults and outside events: ${faults})`
  if (breaks !== undefined) return `After ${after}${among}, the program breaks a rule of its own: ${breaks}`
  if (!isLasso) return `After ${after}${among}, "${property}" is broken.`
  const then = cycle.length === 0 ? "nothing happens any more" : `${plural(cycle.length, "step")} repeat for ever`
  return `After ${after}${among}, ${then}, and "${property}" is not kept.`
}

/** Why this fair action does not save the run; steps are numbered from 1 through the whole trace. */
export const excuse = ({ cycle, stem }: Trace, { at, because }: Rescue): string => {
  const step = stem.length + at + 1
  if (because === "taken") return `is taken (step ${step}), and the loop goes on`
  const before = cycle.length < 2 ? "in the loop" : at === 0 ? "where the loop begins" : `before step ${step}`
  return `is not enabled ${before}, so it need not happen`
}
