/**
 * Breadth-first search over nodes (core, budgets left, waiting bits). A core is
 * expanded once, a class of faults only when some node can pay for it; its edges
 * serve every budget, and those that cost nothing are the graph of liveness.
 *
 * Cores are numbered in the order in which they are first visited, and first
 * expanded in this order: so calm edges lie in one array, core after core.
 */
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { Lanes } from "./Lanes.ts"
import { Symmetric } from "./Symmetric.ts"
import { Tuples } from "./Tuples.ts"
import type { Watched } from "./Watched.ts"
import { Words } from "./Words.ts"

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
}

export interface Broken {
  readonly node: number
  readonly label: number
  /** -1: the state did not change. */
  readonly to: number
}

const verifiedAtFirst = 50
const verifiedOf = 64

export class Explore<S extends Components> {
  readonly compiled: Compiled<S>
  readonly watched: Watched<S>
  readonly tuples: Tuples
  readonly symmetric: Symmetric<S> | undefined
  readonly lanes: Lanes
  /** Calm edges and where those of each expanded core begin. */
  readonly edgeTo = new Words()
  readonly edgeBy = new Words()
  readonly begins = new Words()
  readonly nodeParent = new Words()
  readonly nodeLanes = new Words()
  /** Rules that programs broke by themselves: the first of each sentence. */
  readonly broken = new Map<string, Broken>()
  readonly taken: Uint8Array
  transitions = 0
  depth = 0
  /** Why it stopped before the end. */
  stopped: string | undefined
  private readonly isPlain: boolean
  readonly bounds: Bounds
  private readonly nodeCore = new Words()
  /** Nodes of one core, from the newest to the oldest: index + 1. */
  private readonly nodeNext = new Words()
  private readonly newest = new Words()
  /** Rows of edges that cost something: per core the first and last row + 1, per row its edges and the next row + 1. */
  private readonly faultTo = new Words()
  private readonly faultBy = new Words()
  private readonly rows = new Words()
  private readonly firstRow = new Words()
  private readonly lastRow = new Words()
  /** Per core, the classes that were expanded: bits. */
  private readonly asked = new Words()
  private readonly askedWords: number
  /** Actions as bits: those that cost nothing, and those of each class. */
  private readonly calm: Int32Array
  private readonly costly: ReadonlyArray<Int32Array>
  private readonly open: Int32Array
  private readonly state: Int32Array
  private readonly out: Int32Array
  private readonly changed: Int32Array
  private readonly next: Int32Array
  private readonly settles: boolean
  private at = 0
  private levelEnd = 0
  private isBad = false

  constructor(compiled: Compiled<S>, watched: Watched<S>, bounds: Bounds) {
    this.compiled = compiled
    this.watched = watched
    this.bounds = bounds
    const classes = compiled.classes
    this.lanes = new Lanes(
      classes.map((name) => compiled.system.budgets[name]!),
      watched.waiting.length
    )
    this.isPlain = this.lanes.words === 0
    this.tuples = new Tuples(compiled.width)
    const { symmetric } = compiled.system
    this.symmetric = bounds.symmetry && symmetric !== undefined ? new Symmetric(compiled, symmetric) : undefined
    this.askedWords = (classes.length + 31) >>> 5
    const bits = (cost: number) => bitsOf(compiled.actions.map((action) => action.cost === cost && !action.isOff))
    this.calm = bits(-1)
    this.costly = classes.map((_, cost) => bits(cost))
    this.open = new Int32Array(this.calm.length)
    this.state = new Int32Array(compiled.width)
    this.out = new Int32Array(compiled.width)
    this.changed = new Int32Array(compiled.maskWords)
    this.next = new Int32Array(this.lanes.words)
    this.settles = compiled.hasEager || this.symmetric !== undefined
    this.taken = new Uint8Array(compiled.actions.length)
    this.begins.push(0)
    for (const tuple of compiled.initial) this.start(tuple)
    this.levelEnd = this.nodes
  }

  get cores(): number {
    return this.tuples.size
  }

  /** Cores whose calm edges are known: those below this. */
  get expanded(): number {
    return this.begins.length - 1
  }

  get nodes(): number {
    return this.nodeParent.length
  }

  get queue(): number {
    return this.nodes - this.at
  }

  get bytes(): number {
    const tables = [
      ...[this.edgeTo, this.edgeBy, this.begins, this.nodeParent, this.nodeLanes, this.nodeCore, this.nodeNext],
      ...[this.newest, this.faultTo, this.faultBy, this.rows, this.firstRow, this.lastRow, this.asked]
    ]
    return tables.reduce(
      (sum, { bytes }) => sum + bytes,
      this.tuples.bytes + this.watched.bytes + (this.symmetric?.bytes ?? 0)
    )
  }

  coreOf(node: number): number {
    return this.isPlain ? node : this.nodeCore.data[node]!
  }

  /** Of a state that was reached. */
  coreOfState(tuple: Int32Array): number {
    const find = (representative: Int32Array) => {
      this.tuples.set(representative)
      return this.tuples.find()
    }
    return this.symmetric === undefined ? find(tuple) : this.symmetric.core(tuple, find)
  }

  /** The first node that reached a core. */
  firstNode(core: number): number {
    if (this.isPlain) return core
    let node = this.newest.data[core]! - 1
    while (this.nodeNext.data[node] !== 0) node = this.nodeNext.data[node]! - 1
    return node
  }

  /** Expands so many nodes at most; whether there is more to do. */
  advance(count: number): boolean {
    for (let left = count; left > 0 && this.at < this.nodes; left--) {
      if (this.at === this.levelEnd) {
        this.depth++
        this.levelEnd = this.nodes
      }
      this.expandNode(this.at++)
      if (this.isBad && this.bounds.stopAtFirst) {
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
    const core = this.coreOf(node)
    const from = this.coreOf(parent)
    for (let e = this.begins.data[from]!; e < this.begins.data[from + 1]!; e++) {
      if (this.edgeTo.data[e] === core && this.leads(parent, node, -1)) return this.edgeBy.data[e]!
    }
    for (let row = this.isPlain ? 0 : this.firstRow.data[from]!; row !== 0; row = this.rows.data[3 * row - 1]!) {
      for (let e = this.rows.data[3 * row - 3]!; e < this.rows.data[3 * row - 2]!; e++) {
        const label = this.faultBy.data[e]!
        if (this.faultTo.data[e] === core && this.leads(parent, node, this.compiled.costOf.data[label]!)) return label
      }
    }
    throw new Error("a node has no step from its parent")
  }

  private leads(parent: number, node: number, cost: number): boolean {
    if (this.isPlain) return true
    if (!this.pay(parent * this.lanes.words, cost)) return false
    this.watch(this.coreOf(node))
    return this.lanes.equals(this.next, 0, this.nodeLanes.data, node * this.lanes.words)
  }

  private start(tuple: Int32Array): void {
    this.tuples.set(tuple)
    this.out.set(tuple)
    const size = this.tuples.size
    const core = this.intern(-1)
    if (this.isPlain || core < size) return
    const { budgets, words } = this.lanes
    this.next.fill(0, 0, words)
    budgets.forEach((lane, i) =>
      this.lanes.set(this.next, 0, lane, this.compiled.system.budgets[this.compiled.classes[i]!]!)
    )
    this.watch(core)
    this.visit(core, -1)
  }

  private expandNode(node: number): void {
    const core = this.coreOf(node)
    if (core === this.expanded) this.expandCalm(core, node)
    if (this.isPlain) return
    if (this.askedWords > 0) this.expandCostly(core, node)
    const to = this.edgeTo.data
    const words = this.lanes.words
    const end = this.begins.data[core + 1]!
    this.transitions += end - this.begins.data[core]!
    for (let e = this.begins.data[core]!; e < end; e++) {
      this.pay(node * words, -1)
      this.watch(to[e]!)
      this.visit(to[e]!, node)
    }
    for (let row = this.firstRow.data[core]!; row !== 0; row = this.rows.data[3 * row - 1]!) this.follow(row, node)
  }

  private follow(row: number, node: number): void {
    const costOf = this.compiled.costOf.data
    for (let e = this.rows.data[3 * row - 3]!; e < this.rows.data[3 * row - 2]!; e++) {
      if (!this.pay(node * this.lanes.words, costOf[this.faultBy.data[e]!]!)) continue
      const to = this.faultTo.data[e]!
      this.transitions++
      this.watch(to)
      this.visit(to, node)
    }
  }

  private expandCalm(core: number, node: number): void {
    this.tuples.startFrom(core, this.state)
    this.verify(core)
    this.takeAll(this.calm, node, this.edgeTo, this.edgeBy)
    this.begins.push(this.edgeTo.length)
    if (this.isPlain) this.transitions = this.edgeTo.length
  }

  /** Only the classes that this node can pay for and nobody could before. */
  private expandCostly(core: number, node: number): void {
    const base = core * this.askedWords
    let from = -1
    for (let cost = 0; cost < this.costly.length; cost++) {
      const bit = 1 << (cost & 31)
      if ((this.asked.data[base + (cost >>> 5)]! & bit) !== 0) continue
      if (this.lanes.get(this.nodeLanes.data, node * this.lanes.words, this.lanes.budgets[cost]!) === 0) continue
      this.asked.data[base + (cost >>> 5)]! |= bit
      if (from < 0) {
        from = this.faultTo.length
        this.tuples.startFrom(core, this.state)
      }
      this.takeAll(this.costly[cost]!, node, this.faultTo, this.faultBy)
    }
    if (from < 0 || from === this.faultTo.length) return
    this.rows.push(from)
    this.rows.push(this.faultTo.length)
    this.rows.push(0)
    const row = this.rows.length / 3
    if (this.firstRow.data[core] === 0) this.firstRow.data[core] = row
    else this.rows.data[3 * this.lastRow.data[core]! - 1] = row
    this.lastRow.data[core] = row
  }

  /** Now and then, whether the elements are interchangeable at all. */
  private verify(core: number): void {
    if (this.symmetric === undefined || (core >= verifiedAtFirst && core % verifiedOf !== 0)) return
    const { exchanges } = this.symmetric
    for (let i = 0; i < exchanges.length; i++) this.symmetric.verify(this.state, i, this.watched)
  }

  private takeAll(actions: Int32Array, node: number, to: Words, by: Words): void {
    const { open } = this
    open.set(actions)
    this.compiled.narrow(open, this.state)
    for (let i = 0; i < open.length; i++) {
      for (let left = open[i]!; left !== 0; left &= left - 1) {
        this.take(32 * i + 31 - Math.clz32(left & -left), node, to, by)
      }
    }
  }

  /** All outcomes of an action in `state`. */
  private take(action: number, node: number, to: Words, by: Words): void {
    let at = this.compiled.outcomesOf(action, this.state)
    // Most actions have none in most states.
    if (at === 0) return
    this.taken[action] = 1
    const count = this.compiled.outcomes.data[at++]!
    for (let i = 0; i < count; i++) {
      const words = this.compiled.outcomes.data
      const changes = words[at + 1]!
      const differs = this.settles ? this.settle(words, at + 2, changes) : this.change(words, at + 2, changes)
      this.emit(words[at]!, differs ? this.intern(node) : -1, node, to, by)
      at += 2 + 2 * changes
    }
  }

  /** Whether these changes make another state. */
  private change(words: Int32Array, at: number, changes: number): boolean {
    const { state, tuples } = this
    let differs = false
    for (const end = at + 2 * changes; at < end; at += 2) {
      const slot = words[at]!
      const id = words[at + 1]!
      if (state[slot] === id) continue
      if (!differs) tuples.reset()
      tuples.change(slot, state[slot]!, id)
      differs = true
    }
    return differs
  }

  /** Whether these changes make another state, with all that follows by itself. */
  private settle(words: Int32Array, at: number, changes: number): boolean {
    const { changed, out, state, tuples } = this
    let differs = false
    for (let k = 0; k < state.length; k++) out[k] = state[k]!
    for (const end = at + 2 * changes; at < end; at += 2) {
      const slot = words[at]!
      if (out[slot] === words[at + 1]!) continue
      out[slot] = words[at + 1]!
      changed[slot >>> 5]! |= 1 << (slot & 31)
      differs = true
    }
    if (!differs) return false
    this.compiled.settle(out, changed)
    changed.fill(0)
    differs = false
    for (let k = 0; k < state.length; k++) {
      if (out[k] === state[k]) continue
      if (!differs) tuples.reset()
      tuples.change(k, state[k]!, out[k]!)
      differs = true
    }
    return differs
  }

  /** Steps that change nothing are no steps: neither enabled nor taken. */
  private emit(label: number, target: number, node: number, to: Words, by: Words): void {
    const breaks = this.compiled.labels[label]!.breaks
    if (breaks !== undefined && !this.broken.has(breaks)) {
      this.broken.set(breaks, { node, label, to: target })
      this.isBad = true
    }
    if (target < 0) return
    if (this.watched.steps.length > 0 && this.symmetric === undefined) this.tuples.read(target, this.out)
    for (const step of this.watched.steps) {
      if (step.found !== undefined || step.holds(this.state, this.out)) continue
      step.found = { node, label, to: target }
      this.isBad = true
    }
    to.push(target)
    by.push(label)
  }

  /** The core that the step made. */
  private intern(parent: number): number {
    if (this.symmetric !== undefined) return this.symmetric.core(this.out, (least) => this.internLeast(least, parent))
    const size = this.tuples.size
    const core = this.tuples.add()
    if (core < size) return core
    this.tuples.read(core, this.out)
    return this.discover(core, parent)
  }

  private internLeast(least: Int32Array, parent: number): number {
    this.tuples.set(least)
    const size = this.tuples.size
    const core = this.tuples.add()
    return core < size ? core : this.discover(core, parent, least)
  }

  private discover(core: number, parent: number, state = this.out): number {
    if (!this.watched.discover(core, state)) this.isBad = true
    if (this.isPlain) this.nodeParent.push(parent)
    else {
      this.newest.push(0)
      if (this.askedWords > 0) this.asked.fill((core + 1) * this.askedWords)
      this.firstRow.push(0)
      this.lastRow.push(0)
    }
    return core
  }

  /** What is left after a step in `next`; false: it cannot be paid. */
  private pay(from: number, cost: number): boolean {
    const { lanes, next } = this
    for (let i = 0; i < lanes.words; i++) next[i] = this.nodeLanes.data[from + i]!
    if (cost < 0) return true
    const lane = lanes.budgets[cost]!
    const left = lanes.get(next, 0, lane)
    if (left === 0) return false
    next[lane.word]! -= 1 << lane.shift
    return true
  }

  private watch(core: number): void {
    const { waiting } = this.watched
    for (let i = 0; i < waiting.length; i++) {
      const lane = this.lanes.waits[i]!
      if (this.watched.goal(waiting[i]!, core)) this.next[lane.word]! &= ~(1 << lane.shift)
      else if (this.watched.premise(waiting[i]!, core)) this.next[lane.word]! |= 1 << lane.shift
    }
  }

  private visit(core: number, parent: number): void {
    const { lanes, next, nodeLanes, nodeNext } = this
    const { words } = lanes
    for (let n = this.newest.data[core]!; n !== 0; n = nodeNext.data[n - 1]!) {
      const isKnown = this.bounds.dominance
        ? lanes.covers(nodeLanes.data, (n - 1) * words, next, 0)
        : lanes.equals(nodeLanes.data, (n - 1) * words, next, 0)
      if (isKnown) return
    }
    this.nodeCore.push(core)
    this.nodeParent.push(parent)
    for (let i = 0; i < words; i++) nodeLanes.push(next[i]!)
    nodeNext.push(this.newest.data[core]!)
    this.newest.data[core] = this.nodeParent.length
  }
}

const bitsOf = (flags: ReadonlyArray<boolean>): Int32Array => {
  const bits = new Int32Array((flags.length + 31) >>> 5)
  for (const [i, flag] of flags.entries()) if (flag) bits[i >>> 5]! |= 1 << (i & 31)
  return bits
}
