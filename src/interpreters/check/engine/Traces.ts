/** Runs that were found, as data for people: nodes and labels become states and what changed in them. */
import type { Difference, Rescue, Step, Trace } from "../../../domain/check/Trace.ts"
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import type { Explore } from "./Explore.ts"
import type { Edge, Lasso } from "./Lasso.ts"

type Tuple = Int32Array

export class Traces<S extends Components> {
  private readonly compiled: Compiled<S>
  private readonly explored: Explore<S>

  constructor(explored: Explore<S>) {
    this.explored = explored
    this.compiled = explored.compiled
  }

  /** To a node, and if given one step on. */
  path(property: string, node: number, last?: { readonly label: number; readonly to: number }): Trace {
    const { initial, stem } = this.stem(node)
    if (last === undefined) return this.trace(property, initial, stem)
    const from = this.explored.coreOf(node)
    const step = this.step({ from, label: last.label, to: last.to < 0 ? from : last.to })
    const { breaks } = this.compiled.labels[last.label]!
    return { ...this.trace(property, initial, [...stem, step]), ...(breaks === undefined ? {} : { breaks }) }
  }

  lasso(property: string, node: number, { cycle, excuses }: Lasso): Trace {
    const { initial, stem } = this.stem(node)
    const rescue = excuses.map(({ at, because, fair }): Rescue => {
      const { action, key } = this.compiled.fairs[fair]!
      return { action, key, because, at }
    })
    return {
      ...this.trace(property, initial, stem),
      cycle: cycle.map((edge) => this.step(edge)),
      isLasso: true,
      rescue
    }
  }

  private trace(property: string, initial: S, stem: ReadonlyArray<Step>): Trace {
    return { model: this.compiled.system.name, property, initial, stem, cycle: [], isLasso: false, rescue: [] }
  }

  private stem(node: number): { readonly initial: S; readonly stem: ReadonlyArray<Step> } {
    const { explored } = this
    const steps: Array<Step> = []
    let at = node
    for (let parent = this.parent(at); parent >= 0; at = parent, parent = this.parent(at)) {
      const label = explored.labelBetween(parent, at)
      steps.push(this.step({ from: explored.coreOf(parent), label, to: explored.coreOf(at) }))
    }
    return { initial: this.compiled.decode(this.tuple(explored.coreOf(at))), stem: steps.toReversed() }
  }

  private parent(node: number): number {
    return this.explored.nodeParent.data[node]!
  }

  private tuple(core: number): Tuple {
    const tuple = new Int32Array(this.compiled.width)
    this.explored.tuples.read(core, tuple)
    return tuple
  }

  private step({ from, label, to }: Edge): Step {
    return stepOf(this.compiled, label, this.tuple(from), this.tuple(to))
  }
}

export const stepOf = <S extends Components>(compiled: Compiled<S>, label: number, from: Tuple, to: Tuple): Step => {
  const { action, key, says } = compiled.labels[label]!
  const { cost } = compiled.actions[action]!
  return {
    action: compiled.system.actions[action]!.name,
    key,
    says,
    ...(cost < 0 ? {} : { cost: compiled.classes[cost]! }),
    changes: differences(compiled, from, to)
  }
}

const differences = <S extends Components>(
  { columns }: Compiled<S>,
  from: Tuple,
  to: Tuple
): ReadonlyArray<Difference> =>
  columns.flatMap(({ name, values }, i) =>
    from[i] === to[i] ? [] : [{ component: name, before: values[from[i]!], after: values[to[i]!] }]
  )
