/**
 * Liveness with interchangeable elements: fairness is owed to each element by
 * name, which representatives have lost. So the parts that look suspicious are
 * unfolded into all the states that they stand for, and decided there exactly.
 */
import type { Components } from "../../../domain/check/System.ts"
import { type CalmGraph, Cycles } from "./Cycles.ts"
import type { Explore } from "./Explore.ts"
import { type Lasso, lasso } from "./Lasso.ts"
import type { Symmetric } from "./Symmetric.ts"
import type { Walked } from "./Traces.ts"
import { Tuples } from "./Tuples.ts"
import { Words } from "./Words.ts"

export interface Unfolded {
  /** The representative of where the cycle begins. */
  readonly core: number
  readonly cycle: ReadonlyArray<Walked>
  readonly excuses: Lasso["excuses"]
}

const outside = 2 ** 31 - 1

/** A text: why it cannot be decided. `endOf`: the state in which the run to a core ends. */
export const unfold = <S extends Components>(
  explored: Explore<S>,
  symmetric: Symmetric<S>,
  parts: ReadonlyArray<Int32Array>,
  graph: CalmGraph,
  isBad: (core: number) => boolean,
  endOf: (core: number) => Int32Array
): Unfolded | string | undefined => {
  const goesRound = (members: Int32Array) =>
    members.length > 1 || hasEdge(graph, members[0]!, (to) => to === members[0])
  const stops = parts.filter(
    (members) => !goesRound(members) && !hasEdge(graph, members[0]!, (_, label) => graph.fairOf.data[label]! >= 0)
  )
  const stop = stops.reduce((first, [core]) => Math.min(first, core!), outside)
  if (stop !== outside) return { core: stop, cycle: [], excuses: [] }
  const cores = new Words()
  const states = new Tuples(explored.compiled.width)
  const state = new Int32Array(explored.compiled.width)
  for (const core of parts.filter(goesRound).flatMap((members) => [...members])) {
    explored.tuples.read(core, state)
    for (const other of symmetric.orbit(state.slice())) {
      states.set(other)
      states.add()
      cores.push(core)
    }
    if (states.size > explored.bounds.maxCores)
      return `unfolding what is symmetric needs more than ${states.size} states`
  }
  const unfolded = expand(explored, states, graph)
  const part = new Cycles(
    unfolded,
    () => true,
    (index) => isBad(cores.data[index]!)
  ).find()
  if (part === undefined) return undefined
  const core = cores.data[part.bad]!
  // The run to the core ends in one of the states that it stands for: from there it goes round just so.
  states.set(endOf(core))
  const begin = states.find()
  const { cycle, excuses } = lasso(
    unfolded,
    new Cycles(
      unfolded,
      () => true,
      (index) => index === begin
    ).find()!
  )
  const tuple = (index: number) => {
    states.read(index, state)
    return state.slice()
  }
  return { core, cycle: cycle.map(({ from, label, to }) => ({ label, from: tuple(from), to: tuple(to) })), excuses }
}

const hasEdge = (
  { begins, by, to }: CalmGraph,
  core: number,
  test: (to: number, label: number) => boolean
): boolean => {
  for (let e = begins.data[core]!; e < begins.data[core + 1]!; e++) if (test(to.data[e]!, by.data[e]!)) return true
  return false
}

/** All calm steps between these states, and those that lead out of them. */
const expand = <S extends Components>({ compiled }: Explore<S>, states: Tuples, graph: CalmGraph): CalmGraph => {
  const begins = new Words()
  const to = new Words()
  const by = new Words()
  const state = new Int32Array(compiled.width)
  begins.push(0)
  for (let i = 0; i < states.size; i++) {
    states.read(i, state)
    for (const step of compiled.steps(state)) {
      if (step.cost >= 0 || step.to.every((id, k) => id === state[k])) continue
      states.set(step.to)
      const target = states.find()
      to.push(target < 0 ? outside : target)
      by.push(step.label)
    }
    begins.push(to.length)
  }
  // Labels that were met here first are as fair as the others.
  return {
    size: states.size,
    begins,
    to,
    by,
    fairOf: graph.fairOf,
    isStrong: compiled.fairs.map(({ strong }) => strong)
  }
}
