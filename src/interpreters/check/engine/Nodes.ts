/**
 * The nodes of the search: a core with the budgets left and the goals that are
 * waited for. Without any of those, cores and nodes are the same.
 */
import type { Components } from "../../../domain/check/System.ts"
import type { Lanes } from "./Lanes.ts"
import type { Watched } from "./Watched.ts"
import { Words } from "./Words.ts"

export class Nodes<S extends Components> {
  readonly lanes: Lanes
  /** Per node, where it was first reached from; -1: it is initial. */
  readonly parent = new Words(1024, true)
  /** Per node, the words of its lanes. */
  readonly left = new Words()
  readonly isPlain: boolean
  private readonly watched: Watched<S>
  private readonly dominance: boolean
  private readonly core = new Words()
  /** Nodes of one core, from the newest to the oldest: index + 1. */
  private readonly older = new Words()
  private readonly newest = new Words()
  /** The lanes of the node that a step leads to. */
  private readonly next: Int32Array

  /** `dominance`: a node is left out whose core was visited with at least as much of every budget. */
  constructor(lanes: Lanes, watched: Watched<S>, dominance: boolean) {
    this.lanes = lanes
    this.watched = watched
    this.dominance = dominance
    this.isPlain = lanes.words === 0
    this.next = new Int32Array(lanes.words)
  }

  get size(): number {
    return this.parent.length
  }

  get bytes(): number {
    return [this.parent, this.left, this.core, this.older, this.newest].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  coreOf(node: number): number {
    return this.isPlain ? node : this.core.data[node]!
  }

  /** The first node that reached a core. */
  first(core: number): number {
    if (this.isPlain) return core
    let node = this.newest.data[core]! - 1
    while (this.older.data[node] !== 0) node = this.older.data[node]! - 1
    return node
  }

  /** A core was found that was not there before. */
  discover(parent: number): void {
    if (this.isPlain) this.parent.push(parent)
    else this.newest.push(0)
  }

  /** An initial state, with all that there is of each budget. */
  start(core: number, budgets: ReadonlyArray<number>): void {
    this.next.fill(0)
    budgets.forEach((budget, i) => this.lanes.set(this.next, 0, this.lanes.budgets[i]!, budget))
    this.enter(core, -1)
  }

  /** Takes a step that costs this (-1: nothing); false: it cannot be paid. */
  step(node: number, cost: number, core: number): boolean {
    if (!this.pay(node, cost)) return false
    this.enter(core, node)
    return true
  }

  /** Whether so much is left that this can be paid. */
  canPay(node: number, cost: number): boolean {
    return this.lanes.get(this.left.data, node * this.lanes.words, this.lanes.budgets[cost]!) > 0
  }

  /** Whether a step that costs this leads from a node to this very other one. */
  leads(parent: number, node: number, cost: number): boolean {
    if (this.isPlain) return true
    if (!this.pay(parent, cost)) return false
    this.watch(this.coreOf(node))
    return this.lanes.equals(this.next, 0, this.left.data, node * this.lanes.words)
  }

  /** What is left after a step in `next`; false: it cannot be paid. */
  private pay(node: number, cost: number): boolean {
    const { lanes, next } = this
    const from = node * lanes.words
    for (let i = 0; i < lanes.words; i++) next[i] = this.left.data[from + i]!
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

  private enter(core: number, parent: number): void {
    this.watch(core)
    const { lanes, left, next, older } = this
    const { words } = lanes
    for (let n = this.newest.data[core]!; n !== 0; n = older.data[n - 1]!) {
      const isKnown = this.dominance
        ? lanes.covers(left.data, (n - 1) * words, next, 0)
        : lanes.equals(left.data, (n - 1) * words, next, 0)
      if (isKnown) return
    }
    this.core.push(core)
    this.parent.push(parent)
    for (let i = 0; i < words; i++) left.push(next[i]!)
    older.push(this.newest.data[core]!)
    this.newest.data[core] = this.parent.length
  }
}
