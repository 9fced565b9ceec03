/**
 * Runs that go on for ever: strongly connected parts of the calm graph within a
 * region that a fair run may stay in. Weak fairness is decided on the whole part;
 * strong fairness by taking out the cores that enable what is never taken inside,
 * and looking at what is left (Streett).
 */
import type { Words } from "./Words.ts"

export interface CalmGraph {
  /** Cores with known edges. */
  readonly size: number
  readonly begins: Words
  readonly to: Words
  readonly by: Words
  /** Per label, what its fairness is counted on, or -1. */
  readonly fairOf: Words
  /** Per fairness, whether it is strong. */
  readonly isStrong: ReadonlyArray<boolean>
}

/** A part that a fair run may stay in and that has a bad core. */
export interface FairPart {
  readonly members: Int32Array
  /** The first bad one. */
  readonly bad: number
  readonly isInside: (core: number) => boolean
}

export class Cycles {
  private readonly graph: CalmGraph
  /** Per core: 0 outside, else the number of the region it is searched in. */
  private readonly region: Int32Array
  private readonly index: Int32Array
  private readonly low: Int32Array
  /** Of a finished part. */
  private readonly part: Int32Array
  private parts = 0
  private regions = 1
  private counter = 0
  /** Bad cores that no cycle goes through and nothing fair leaves. */
  private readonly stops: Array<number> = []
  private readonly isBad: (core: number) => boolean
  private readonly enabledIn: Int32Array
  private readonly seenAt: Int32Array
  private readonly takenIn: Int32Array

  constructor(graph: CalmGraph, isInside: (core: number) => boolean, isBad: (core: number) => boolean) {
    this.graph = graph
    this.isBad = isBad
    const alive = new Int32Array((graph.size + 31) >>> 5)
    let inside = 0
    for (let core = 0; core < graph.size; core++) {
      if (!isInside(core)) continue
      alive[core >>> 5]! |= 1 << (core & 31)
      inside++
    }
    const size = this.trim(alive, inside) === 0 ? 0 : graph.size
    this.region = new Int32Array(size)
    for (let core = 0; core < size; core++) if (has(alive, core)) this.region[core] = 1
    this.index = new Int32Array(size)
    this.low = new Int32Array(size)
    this.part = new Int32Array(size)
    this.enabledIn = new Int32Array(graph.isStrong.length)
    this.seenAt = new Int32Array(graph.isStrong.length)
    this.takenIn = new Int32Array(graph.isStrong.length)
  }

  /** The part whose first bad core was found earliest. */
  find(): FairPart | undefined {
    let best: { readonly members: Int32Array; readonly bad: number } | undefined
    const stop = this.stops.reduce((first, core) => Math.min(first, core), this.graph.size)
    if (stop < this.graph.size) best = { members: Int32Array.of(stop), bad: stop }
    const left: Array<Int32Array> = []
    const consider = (members: Int32Array, bad: number): void => {
      if (best !== undefined && bad >= best.bad) return
      const unfair = this.judge(members)
      if (unfair === "fair") best = { members, bad }
      else if (unfair !== "unfair" && unfair.length > 0) left.push(unfair)
    }
    for (let root = 0; root < this.region.length; root++) if (this.region[root] === 1) this.visit(root, 1, consider)
    for (let members = left.pop(); members !== undefined; members = left.pop()) {
      const region = ++this.regions
      for (const core of members) {
        this.region[core] = region
        this.index[core] = 0
      }
      for (const core of members) this.visit(core, region, consider)
    }
    if (best === undefined) return undefined
    const inside = new Set(best.members)
    return { ...best, isInside: (core) => inside.has(core) }
  }

  /** All parts with a bad core, fair or not. */
  suspicious(): ReadonlyArray<Int32Array> {
    const found: Array<Int32Array> = this.stops.map((core) => Int32Array.of(core))
    const consider = (members: Int32Array) => void found.push(members)
    for (let root = 0; root < this.region.length; root++) if (this.region[root] === 1) this.visit(root, 1, consider)
    return found
  }

  /**
   * Takes out cores from which no step leads to one that is left: no cycle goes through them. Most are found
   * after those that they lead to, so that a few rounds from the end leave little to search: how many.
   */
  private trim(alive: Int32Array, inside: number): number {
    const begins = this.graph.begins.data
    const to = this.graph.to.data
    let left = inside
    for (let taken = left; left > 0 && 16 * taken >= left; left -= taken) {
      taken = 0
      for (let core = this.graph.size - 1; core >= 0; core--) {
        if (!has(alive, core) || leads(begins[core]!, begins[core + 1]!, to, alive)) continue
        alive[core >>> 5]! &= ~(1 << (core & 31))
        taken++
        if (this.isBad(core) && !this.hasFair(core)) this.stops.push(core)
      }
    }
    return left
  }

  private firstBad(members: Int32Array, from: number, end: number): number {
    let first = -1
    for (let i = from; i < end; i++) {
      const core = members[i]!
      if ((first < 0 || core < first) && this.isBad(core)) first = core
    }
    return first
  }

  /** Fair, unfair for ever, or the members that are left without those that enable what is never taken. */
  private judge(members: Int32Array): "fair" | "unfair" | Int32Array {
    const { begins, by, fairOf, isStrong, to } = this.graph
    const part = this.part[members[0]!]!
    const touched: Array<number> = []
    for (const core of members) {
      for (let e = begins.data[core]!; e < begins.data[core + 1]!; e++) {
        const fair = fairOf.data[by.data[e]!]!
        if (fair < 0) continue
        if (this.enabledIn[fair] === 0) touched.push(fair)
        if (this.seenAt[fair] !== core + 1) {
          this.seenAt[fair] = core + 1
          this.enabledIn[fair]!++
        }
        const target = to.data[e]!
        if (target < this.part.length && this.part[target] === part) this.takenIn[fair] = 1
      }
    }
    const missed = touched.filter((fair) => this.takenIn[fair] === 0)
    const isUnfair = missed.some((fair) => this.enabledIn[fair] === members.length)
    for (const fair of touched) this.enabledIn[fair] = this.seenAt[fair] = this.takenIn[fair] = 0
    if (isUnfair) return "unfair"
    const never = new Set(missed.filter((fair) => isStrong[fair]))
    if (never.size === 0) return "fair"
    return members.filter((core) => {
      for (let e = begins.data[core]!; e < begins.data[core + 1]!; e++) {
        if (never.has(fairOf.data[by.data[e]!]!)) return false
      }
      return true
    })
  }

  private stack = new Int32Array(1024)
  private calls = new Int32Array(1024)
  private top = 0

  private push(core: number): void {
    if (this.top === this.stack.length) {
      const next = new Int32Array(this.stack.length * 2)
      next.set(this.stack)
      this.stack = next
    }
    this.stack[this.top++] = core
    this.index[core] = this.low[core] = ++this.counter
    this.part[core] = -1
  }

  /** Tarjan's algorithm without recursion; `calls` holds cores and the next edge of each. */
  private visit(root: number, region: number, found: (members: Int32Array, bad: number) => void): void {
    if (this.index[root] !== 0) return
    const { begins, to } = this.graph
    const { index, low, part } = this
    const size = index.length
    let depth = 0
    this.push(root)
    this.calls[0] = root
    this.calls[1] = begins.data[root]!
    while (depth >= 0) {
      const core = this.calls[2 * depth]!
      const last = begins.data[core + 1]!
      let e = this.calls[2 * depth + 1]!
      let child = -1
      for (; e < last && child < 0; e++) {
        const target = to.data[e]!
        if (target >= size || this.region[target] !== region) continue
        if (index[target] === 0) child = target
        else if (part[target] === -1 && index[target]! < low[core]!) low[core] = index[target]!
      }
      if (child >= 0) {
        this.calls[2 * depth + 1] = e
        this.push(child)
        depth++
        if (2 * depth + 2 > this.calls.length) {
          const next = new Int32Array(this.calls.length * 2)
          next.set(this.calls)
          this.calls = next
        }
        this.calls[2 * depth] = child
        this.calls[2 * depth + 1] = begins.data[child]!
        continue
      }
      if (low[core] === index[core]) this.close(core, found)
      depth--
      if (depth >= 0) {
        const parent = this.calls[2 * depth]!
        if (low[core]! < low[parent]!) low[parent] = low[core]!
      }
    }
  }

  /** Whether a fair step leads from here. */
  private hasFair(core: number): boolean {
    const { begins, by, fairOf } = this.graph
    for (let e = begins.data[core]!; e < begins.data[core + 1]!; e++) {
      if (fairOf.data[by.data[e]!]! >= 0) return true
    }
    return false
  }

  /** A part of one core that has no step to itself, and a fair one to others: nothing fair stays there. */
  private isLeft(core: number): boolean {
    const { begins, to } = this.graph
    for (let e = begins.data[core]!; e < begins.data[core + 1]!; e++) if (to.data[e] === core) return false
    return this.hasFair(core)
  }

  /** Most parts have nothing bad or nothing that stays, and nobody hears of them. */
  private close(core: number, found: (members: Int32Array, bad: number) => void): void {
    const end = this.top
    const id = ++this.parts
    let member: number
    do {
      member = this.stack[--this.top]!
      this.part[member] = id
    } while (member !== core)
    const bad = this.firstBad(this.stack, this.top, end)
    if (end - this.top === 1 && this.isLeft(core)) return
    if (bad >= 0) found(this.stack.slice(this.top, end), bad)
  }
}

/** One bit each, so that all of them are near. */
const has = (bits: Int32Array, core: number): boolean => ((bits[core >>> 5]! >>> (core & 31)) & 1) === 1

/** Whether one of these edges ends in a core that is alive. */
const leads = (from: number, end: number, to: Int32Array, alive: Int32Array): boolean => {
  for (let e = from; e < end; e++) if (has(alive, to[e]!)) return true
  return false
}
