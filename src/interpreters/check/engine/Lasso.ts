/**
 * A fair cycle through a bad core: the shortest one first, then only the detours
 * that some fair action needs. And for every fair action, why it does not help.
 */
import type { CalmGraph, FairPart } from "./Cycles.ts"

/** One step of the cycle. */
export interface Edge {
  readonly from: number
  readonly label: number
  readonly to: number
}

export interface Excuse {
  readonly fair: number
  readonly because: "disabled" | "taken"
  readonly at: number
}

export interface Lasso {
  /** Empty: the run stops in the bad core. */
  readonly cycle: ReadonlyArray<Edge>
  readonly excuses: ReadonlyArray<Excuse>
}

export const lasso = (graph: CalmGraph, { bad, isInside, members }: FairPart): Lasso => {
  if (members.length === 1) return { cycle: [], excuses: [] }
  const wanted = new Set<number>()
  for (;;) {
    const cycle = tour(graph, isInside, bad, wanted)
    const unmet = accuse(graph, cycle).filter((fair) => !wanted.has(fair))
    if (unmet.length === 0) return { cycle, excuses: excuse(graph, cycle) }
    for (const fair of unmet) wanted.add(fair)
  }
}

const edgesOf = (graph: CalmGraph, from: number): ReadonlyArray<Edge> => {
  const edges: Array<Edge> = []
  for (let e = graph.begins.data[from]!; e < graph.begins.data[from + 1]!; e++) {
    edges.push({ from, label: graph.by.data[e]!, to: graph.to.data[e]! })
  }
  return edges
}

const fairOf = (graph: CalmGraph, { label }: Edge): number => graph.fairOf.data[label]!

const enables = (graph: CalmGraph, core: number, fair: number): boolean =>
  edgesOf(graph, core).some((edge) => fairOf(graph, edge) === fair)

/** Goes to what satisfies each of `wanted`, the nearest first, and back. */
const tour = (
  graph: CalmGraph,
  isInside: (core: number) => boolean,
  start: number,
  wanted: ReadonlySet<number>
): ReadonlyArray<Edge> => {
  const cycle: Array<Edge> = []
  const left = new Set(wanted)
  let at = start
  const release = () => {
    for (const fair of left) {
      const isTaken = cycle.some((edge) => fairOf(graph, edge) === fair)
      if (isTaken || (!graph.isStrong[fair] && !enables(graph, at, fair))) left.delete(fair)
    }
  }
  for (release(); left.size > 0; release()) {
    const helps = (edge: Edge) =>
      left.has(fairOf(graph, edge)) || [...left].some((fair) => !graph.isStrong[fair] && !enables(graph, edge.to, fair))
    const path = walk(graph, isInside, at, helps)
    cycle.push(...path)
    at = path.at(-1)!.to
  }
  if (at !== start || cycle.length === 0) cycle.push(...walk(graph, isInside, at, ({ to }) => to === start))
  return cycle
}

/** A shortest path inside whose last edge is the one that is looked for. */
const walk = (
  graph: CalmGraph,
  isInside: (core: number) => boolean,
  from: number,
  isLast: (edge: Edge) => boolean
): ReadonlyArray<Edge> => {
  const reached = new Map<number, Edge | undefined>([[from, undefined]])
  const queue = [from]
  for (const core of queue) {
    for (const edge of edgesOf(graph, core)) {
      if (!isInside(edge.to)) continue
      if (isLast(edge)) {
        const path = [edge]
        for (let back = reached.get(core); back !== undefined; back = reached.get(back.from)) path.push(back)
        return path.toReversed()
      }
      if (reached.has(edge.to)) continue
      reached.set(edge.to, edge)
      queue.push(edge.to)
    }
  }
  throw new Error("a strongly connected part is not connected")
}

/** What this cycle is unfair to. */
const accuse = (graph: CalmGraph, cycle: ReadonlyArray<Edge>): ReadonlyArray<number> => {
  const taken = new Set(cycle.map((edge) => fairOf(graph, edge)))
  const enabled = cycle.map(({ from }) => new Set(edgesOf(graph, from).map((edge) => fairOf(graph, edge))))
  const all = new Set(enabled.flatMap((fairs) => [...fairs]))
  all.delete(-1)
  return [...all].filter(
    (fair) => !taken.has(fair) && (graph.isStrong[fair] || enabled.every((fairs) => fairs.has(fair)))
  )
}

const excuse = (graph: CalmGraph, cycle: ReadonlyArray<Edge>): ReadonlyArray<Excuse> => {
  const enabled = cycle.map(({ from }) => new Set(edgesOf(graph, from).map((edge) => fairOf(graph, edge))))
  const all = new Set(enabled.flatMap((fairs) => [...fairs]))
  all.delete(-1)
  return [...all].map((fair) => {
    const taken = cycle.findIndex((edge) => fairOf(graph, edge) === fair)
    if (taken >= 0) return { fair, because: "taken", at: taken }
    return { fair, because: "disabled", at: enabled.findIndex((fairs) => !fairs.has(fair)) }
  })
}
