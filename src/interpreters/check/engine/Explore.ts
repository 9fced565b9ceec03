/**
 * Breadth-first search over nodes (core, budgets left, waiting bits). A core is
 * expanded once, a class of faults only when some node can pay for it; its edges
 * serve every budget, and those that cost nothing are the graph of liveness.
 *
 * Cores are numbered in the order in which they are first visited, and first
 * expanded in this order: so calm edges lie in one array, core after core.
 */
import type { Components } from "../../../domain/check/System.ts"
import { Answers } from "./Answers.ts"
import type { Compiled } from "./Compiled.ts"
import { Edges } from "./Edges.ts"
import { type Broken, Expand } from "./Expand.ts"
import { Lanes } from "./Lanes.ts"
import { Nodes } from "./Nodes.ts"
import { Symmetric } from "./Symmetric.ts"
import { Tuples } from "./Tuples.ts"
import type { Watched } from "./Watched.ts"

export interface Bounds {
  readonly maxCores: number
  /** Of the tables of the search. */
  readonly maxBytes: number
  /** Stop at the first violation of safety. */
  readonly stopAtFirst: boolean
  /** Leave out nodes whose core was visited with at least as much of every budget. */
  readonly dominance: boolean
  /** Keep one of the states that differ in the names of interchangeable elements only. */
  readonly symmetry: boolean
  /** With fewer cores nothing is compiled: that takes longer than it saves; default 4096. */
  readonly compiledFrom?: number
}

const compiledFrom = 4096

/** So many cores are expanded at once, where no node is more than its core. */
const together = 64

const verifiedAtFirst = 50
const verifiedOf = 64

export class Explore<S extends Components> {
  readonly compiled: Compiled<S>
  readonly watched: Watched<S>
  readonly bounds: Bounds
  readonly tuples: Tuples
  readonly symmetric: Symmetric<S> | undefined
  readonly edges: Edges
  readonly product: Nodes<S>
  transitions = 0
  depth = 0
  /** Why it stopped before the end. */
  stopped: string | undefined
  private readonly expand: Expand<S>
  private readonly calmSteps: { readonly to: Edges["to"]; readonly by: Edges["by"] }
  private readonly costlySteps: { readonly to: Edges["to"]; readonly by: Edges["by"] }
  /** Actions as bits: those that cost nothing, and those of each class. */
  private readonly calm: Int32Array
  private readonly costly: ReadonlyArray<Int32Array>
  private readonly answers: Answers | undefined
  private readonly state: Int32Array
  private readonly isPlain: boolean
  private readonly compiledFrom: number
  private at = 0
  private levelEnd = 0
  private isBad = false

  constructor(compiled: Compiled<S>, watched: Watched<S>, bounds: Bounds) {
    this.compiled = compiled
    this.watched = watched
    this.bounds = bounds
    const { classes } = compiled
    const { budgets, symmetric } = compiled.system
    const limits = classes.map((name) => budgets[name]!)
    this.tuples = new Tuples(compiled.width)
    this.symmetric = bounds.symmetry && symmetric !== undefined ? new Symmetric(compiled, symmetric) : undefined
    this.edges = new Edges(classes.length)
    this.product = new Nodes(new Lanes(limits, watched.waiting.length), watched, bounds.dominance)
    const bits = (cost: number) => bitsOf(compiled.actions.map((action) => action.cost === cost && !action.isOff))
    this.calm = bits(-1)
    this.costly = classes.map((_, cost) => bits(cost))
    const discover = (core: number, parent: number) => this.discover(core, parent)
    this.state = new Int32Array(compiled.width)
    const ask = (state: Int32Array) => watched.answers(state)
    if (watched.isShort) this.answers = new Answers(this.tuples, compiled.width, compiled.looked, ask)
    this.expand = new Expand(compiled, watched, this.tuples, this.symmetric, discover, this.calm)
    this.compiledFrom = bounds.compiledFrom ?? compiledFrom
    this.isPlain = this.product.isPlain && this.symmetric === undefined
    this.calmSteps = { to: this.edges.to, by: this.edges.by }
    this.costlySteps = { to: this.edges.costlyTo, by: this.edges.costlyBy }
    for (const tuple of compiled.initial) this.start(tuple, limits)
    this.levelEnd = this.nodes
  }

  get cores(): number {
    return this.tuples.size
  }

  get nodes(): number {
    return this.product.size
  }

  get queue(): number {
    return this.nodes - this.at
  }

  get broken(): ReadonlyMap<string, Broken> {
    return this.expand.broken
  }

  /** Per action, whether it was ever taken. */
  get taken(): Uint8Array {
    return this.expand.taken
  }

  get bytes(): number {
    const { edges, expand, product, symmetric, tuples, watched } = this
    return (
      tuples.bytes +
      watched.bytes +
      edges.bytes +
      product.bytes +
      expand.bytes +
      (this.answers?.bytes ?? 0) +
      (symmetric?.bytes ?? 0)
    )
  }

  coreOf(node: number): number {
    return this.product.coreOf(node)
  }

  /** Of a state that was reached. */
  coreOfState(tuple: Int32Array): number {
    const find = (representative: Int32Array) => {
      this.tuples.set(representative)
      return this.tuples.find()
    }
    return this.symmetric === undefined ? find(tuple) : this.symmetric.core(tuple, find)
  }

  /** Expands so many nodes at most; whether there is more to do. */
  advance(count: number): boolean {
    const end = this.at + count
    while (this.at < Math.min(end, this.nodes)) {
      if (this.at === this.levelEnd) {
        this.depth++
        this.levelEnd = this.nodes
      }
      if (this.isPlain) this.expandMany(Math.min(end, this.levelEnd, this.at + together) - this.at)
      else this.expandNode(this.at++)
      if (this.bounds.stopAtFirst && (this.isBad || this.expand.isBad)) {
        this.stopped = "stopped at the first violation"
        return false
      }
      if (this.cores > this.bounds.maxCores) break
    }
    if (this.at >= this.nodes) return false
    const bytes = this.bytes + this.compiled.bytes
    if (this.cores > this.bounds.maxCores) this.stopped = `more than ${this.bounds.maxCores} cores`
    if (bytes > this.bounds.maxBytes) this.stopped = `more than ${Math.round(this.bounds.maxBytes / 1e6)} MB`
    return this.stopped === undefined
  }

  /** The label of a step from one node to the next: it is found again rather than stored. */
  labelBetween(parent: number, node: number): number {
    const { edges, product } = this
    const core = this.coreOf(node)
    const from = this.coreOf(parent)
    for (let e = edges.begins.data[from]!; e < edges.begins.data[from + 1]!; e++) {
      if (edges.to.data[e] === core && product.leads(parent, node, -1)) return edges.by.data[e]!
    }
    for (let row = edges.rowOf(from); row !== 0; row = edges.rowAfter(row)) {
      for (let e = edges.beginOfRow(row); e < edges.endOfRow(row); e++) {
        const label = edges.costlyBy.data[e]!
        if (edges.costlyTo.data[e] === core && product.leads(parent, node, this.compiled.costOf.data[label]!))
          return label
      }
    }
    throw new Error("a node has no step from its parent")
  }

  private start(tuple: Int32Array, limits: ReadonlyArray<number>): void {
    const core = this.expand.initial(tuple)
    if (!this.product.isPlain) this.product.start(core, limits)
  }

  private discover(core: number, parent: number): void {
    if (!this.watched.isIdle && !this.look(core)) this.isBad = true
    this.product.discover(parent)
    this.edges.discover(core)
  }

  /** Whether a core breaks nothing. */
  private look(core: number): boolean {
    if (this.answers !== undefined) return this.watched.note(core, this.answers.of(core))
    this.tuples.read(core, this.state)
    return this.watched.discover(core, this.state)
  }

  /** These many nodes at once, which are cores as well. */
  private expandMany(count: number): void {
    const { edges } = this
    if (this.at >= this.compiledFrom) this.expand.compile()
    this.expand.takeMany(this.at, count, this.calm, this.calmSteps, (edgesSoFar) => edges.endCalm(edgesSoFar))
    this.at += count
    this.transitions = edges.to.length
  }

  private expandNode(node: number): void {
    const { edges, product } = this
    const core = product.coreOf(node)
    if (core === edges.expanded) this.expandCalm(core, node)
    if (product.isPlain) {
      this.transitions = edges.to.length
      return
    }
    this.expandCostly(core, node)
    const end = edges.begins.data[core + 1]!
    this.transitions += end - edges.begins.data[core]!
    for (let e = edges.begins.data[core]!; e < end; e++) product.step(node, -1, edges.to.data[e]!)
    for (let row = edges.rowOf(core); row !== 0; row = edges.rowAfter(row)) this.follow(row, node)
  }

  private follow(row: number, node: number): void {
    const { edges, product } = this
    const costOf = this.compiled.costOf.data
    for (let e = edges.beginOfRow(row); e < edges.endOfRow(row); e++) {
      if (product.step(node, costOf[edges.costlyBy.data[e]!]!, edges.costlyTo.data[e]!)) this.transitions++
    }
  }

  private expandCalm(core: number, node: number): void {
    this.expand.startFrom(core)
    this.verify(core)
    this.expand.takeCalm(this.calm, node, this.calmSteps)
    this.edges.endCalm()
  }

  /** Only the classes that this node can pay for and nobody could before. */
  private expandCostly(core: number, node: number): void {
    const { edges, product } = this
    const from = edges.costlyTo.length
    let hasStarted = false
    for (let cost = 0; cost < this.costly.length; cost++) {
      if (!product.canPay(node, cost) || !edges.isFirstAsked(core, cost)) continue
      if (!hasStarted) this.expand.startFrom(core)
      hasStarted = true
      this.expand.take(this.costly[cost]!, node, this.costlySteps)
    }
    edges.endRow(core, from)
  }

  /** Now and then, whether the elements are interchangeable at all. */
  private verify(core: number): void {
    if (this.symmetric === undefined || (core >= verifiedAtFirst && core % verifiedOf !== 0)) return
    const { exchanges } = this.symmetric
    for (let i = 0; i < exchanges.length; i++) this.symmetric.verify(this.expand.state, i, this.watched)
  }
}

const bitsOf = (flags: ReadonlyArray<boolean>): Int32Array => {
  const bits = new Int32Array((flags.length + 31) >>> 5)
  for (const [i, flag] of flags.entries()) if (flag) bits[i >>> 5]! |= 1 << (i & 31)
  return bits
}
