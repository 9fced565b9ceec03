/** What an explored graph says of each property. */
import type { Components, Property, System } from "../../../domain/check/System.ts"
import type { Decision, Trace } from "../../../domain/check/Trace.ts"
import { type CalmGraph, Cycles } from "./Cycles.ts"
import type { Explore } from "./Explore.ts"
import { lasso } from "./Lasso.ts"
import { Traces, type Walked } from "./Traces.ts"
import { unfold } from "./Unfold.ts"
import type { Live } from "./Watched.ts"

/** Of one property. */
export interface Finding {
  readonly property: string
  readonly verdict: Decision
  readonly because?: string
  readonly trace?: Trace
}

/** The rule that nobody has to state: programs keep their own. Reported only if it is broken. */
export const ownRules = "the programs keep their own rules"

/** A violation that was found counts even if the search did not come to its end; nothing else does. */
export const decide = <S extends Components>(
  explored: Explore<S>,
  properties: System<S>["properties"]
): ReadonlyArray<() => Finding> => {
  const traces = new Traces(explored)
  const rest = (property: string): Finding =>
    explored.stopped === undefined
      ? { property, verdict: "holds" }
      : { property, verdict: "undecided", because: explored.stopped }
  const { labels } = explored.compiled
  const broken = [...explored.broken].slice(0, 1).map(([because, { label, node }]) => (): Finding => {
    const isIt = (step: Walked) => labels[step.label]!.breaks !== undefined
    return { property: ownRules, verdict: "violated", because, trace: traces.path(ownRules, node, { label, isIt }) }
  })
  return [...broken, ...properties.map((property) => () => safety(explored, traces, property) ?? rest(property.name))]
}

const safety = <S extends Components>(
  explored: Explore<S>,
  traces: Traces<S>,
  { _tag, name }: Property<S>
): Finding | undefined => {
  const { always, live, sometimes, steps } = explored.watched
  const violated = (because: string, trace?: Trace): Finding => {
    return { property: name, verdict: "violated", because, ...(trace === undefined ? {} : { trace }) }
  }
  switch (_tag) {
    case "Always": {
      const { core } = always.find(({ property }) => property === name)!
      if (core < 0) return undefined
      return violated("a state is reached where it does not hold", traces.path(name, explored.product.first(core)))
    }
    case "Step": {
      const { found, holds } = steps.find(({ property }) => property === name)!
      if (found === undefined) return undefined
      const isIt = ({ from, to }: Walked) => !holds(from, to)
      const trace = traces.path(name, found.node, { label: found.label, isIt })
      return violated("a step is taken that breaks it", trace)
    }
    case "Sometimes": {
      const { core } = sometimes.find(({ property }) => property === name)!
      if (core >= 0) return { property: name, verdict: "holds" }
      return explored.stopped === undefined ? violated("no state that is reached has it") : undefined
    }
    default: {
      const index = live.findIndex(({ property }) => property === name)
      const trace = liveness(explored, traces, live[index]!, index)
      if (trace === undefined) return undefined
      if (typeof trace === "string") return { property: name, verdict: "undecided", because: trace }
      const stops = trace.cycle.length === 0
      return violated(stops ? "a run stops before the goal" : "a fair run goes round without the goal", trace)
    }
  }
}

/** A text: why it cannot be decided. */
const liveness = <S extends Components>(
  explored: Explore<S>,
  traces: Traces<S>,
  { counts, property, waits }: Live,
  index: number
): Trace | string | undefined => {
  if (counts[1] === 0) return undefined
  const { watched } = explored
  const graph = calmGraph(explored)
  const waiting = waits ? firstWaiting(explored, index) : undefined
  const isInside = (core: number) => (waiting === undefined ? watched.premise(index, core) : waiting[core]! >= 0)
  const cycles = new Cycles(graph, isInside, (core) => waits || !watched.goal(index, core))
  const runTo = (core: number) => traces.run(waiting === undefined ? explored.product.first(core) : waiting[core]!)
  if (explored.symmetric !== undefined) {
    const isBad = (core: number) => waits || !watched.goal(index, core)
    const found = unfold(explored, explored.symmetric, cycles.suspicious(), graph, isBad, (core) =>
      traces.end(runTo(core))
    )
    if (found === undefined || typeof found === "string") return found
    return traces.lasso(property, runTo(found.core), found.cycle, found.excuses)
  }
  const part = cycles.find()
  if (part === undefined) return undefined
  const { cycle, excuses } = lasso(graph, part)
  const walked = cycle.map(({ from, label, to }) => ({ label, from: traces.tuple(from), to: traces.tuple(to) }))
  return traces.lasso(property, runTo(part.bad), walked, excuses)
}

const calmGraph = <S extends Components>({ compiled, edges }: Explore<S>): CalmGraph => ({
  size: edges.expanded,
  begins: edges.begins,
  to: edges.to,
  by: edges.by,
  fairOf: compiled.fairOf,
  isStrong: compiled.fairs.map(({ strong }) => strong)
})

/** Per core the first node that waits for the goal there, or -1. */
const firstWaiting = <S extends Components>(explored: Explore<S>, index: number): Int32Array => {
  const { watched } = explored
  const { lanes, left } = explored.product
  const lane = lanes.waits[watched.waiting.indexOf(index)]!
  const first = new Int32Array(explored.cores).fill(-1)
  for (let node = explored.nodes - 1; node >= 0; node--) {
    if (lanes.get(left.data, node * lanes.words, lane) === 1) first[explored.coreOf(node)] = node
  }
  return first
}
