/** Runs that were found, as data for people: nodes and labels become states and what changed in them. */
import type { Difference, Rescue, Step, Trace } from "../../../domain/check/Trace.ts"
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled, Taken } from "./Compiled.ts"
import type { Explore } from "./Explore.ts"
import type { Lasso } from "./Lasso.ts"

type Tuple = Int32Array

/** One step of a run, with the states as they are. */
export interface Walked {
  readonly label: number
  readonly from: Tuple
  readonly to: Tuple
}

export class Traces<S extends Components> {
  private readonly compiled: Compiled<S>
  private readonly explored: Explore<S>

  constructor(explored: Explore<S>) {
    this.explored = explored
    this.compiled = explored.compiled
  }

  /** To a node, and if given on to a step from there that is the one looked for. */
  path(
    property: string,
    node: number,
    last?: { readonly label: number; readonly isIt: (step: Walked) => boolean }
  ): Trace {
    const run = this.run(node)
    if (last === undefined) return this.trace(property, run)
    const from = this.end(run)
    // Of what is symmetric the run may end in another state than the step was found in, and take it by another
    // label: but one that costs the same, or a budget may be overdrawn.
    const cost = this.compiled.costOf.data[last.label]!
    const steps = this.compiled
      .steps(from)
      .filter((step) => step.cost === cost)
      .map(({ label, to }): Walked => ({ label, from, to }))
    const found = steps.find((step) => step.label === last.label && last.isIt(step)) ?? steps.find(last.isIt)!
    const { breaks } = this.compiled.labels[found.label]!
    const trace = this.trace(property, { ...run, steps: [...run.steps, found] })
    return breaks === undefined ? trace : { ...trace, breaks }
  }

  /** `excuses` may be of a cycle that begins where the run to the node ends. */
  lasso(property: string, run: Run, cycle: ReadonlyArray<Walked>, excuses: Lasso["excuses"]): Trace {
    const rescue = excuses.map(({ at, because, fair }): Rescue => {
      const { action, key } = this.compiled.fairs[fair]!
      return { action, key, because, at }
    })
    return { ...this.trace(property, run), cycle: cycle.map((step) => this.step(step)), isLasso: true, rescue }
  }

  /** From an initial state to the node: of the states that it stands for, to whichever is reached. */
  run(node: number): Run {
    const { explored } = this
    const nodes = [node]
    for (let parent = this.parent(node); parent >= 0; parent = this.parent(parent)) nodes.push(parent)
    nodes.reverse()
    const first = explored.coreOf(nodes[0]!)
    const initial = this.compiled.initial.find((tuple) => explored.coreOfState(tuple) === first)!
    const steps: Array<Walked> = []
    for (let i = 1; i < nodes.length; i++) {
      const from = this.end({ initial, steps })
      const label = explored.labelBetween(nodes[i - 1]!, nodes[i]!)
      steps.push(this.realStep(from, label, explored.coreOf(nodes[i]!)))
    }
    return { initial, steps }
  }

  end({ initial, steps }: Run): Tuple {
    return steps.at(-1)?.to ?? initial
  }

  tuple(core: number): Tuple {
    const tuple = new Int32Array(this.compiled.width)
    this.explored.tuples.read(core, tuple)
    return tuple
  }

  private realStep(from: Tuple, label: number, core: number): Walked {
    if (this.explored.symmetric === undefined) return { label, from, to: this.tuple(core) }
    const cost = this.compiled.costOf.data[label]!
    const isIt = (step: Taken) => step.cost === cost && this.explored.coreOfState(step.to) === core
    return { from, ...this.compiled.steps(from).find(isIt)! }
  }

  private trace(property: string, { initial, steps }: Run): Trace {
    return {
      model: this.compiled.system.name,
      property,
      initial: this.compiled.decode(initial),
      stem: steps.map((step) => this.step(step)),
      cycle: [],
      isLasso: false,
      rescue: []
    }
  }

  private parent(node: number): number {
    return this.explored.product.parent.data[node]!
  }

  private step({ from, label, to }: Walked): Step {
    return stepOf(this.compiled, label, from, to)
  }
}

export interface Run {
  readonly initial: Tuple
  readonly steps: ReadonlyArray<Walked>
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
