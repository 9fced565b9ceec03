/**
 * One random run of a system: first with faults, chosen by chance from a
 * selection of classes that is itself chosen by chance, then calm and fair. The
 * same seed makes the same run.
 */
import type { Components } from "../../../domain/check/System.ts"
import type { Trace } from "../../../domain/check/Trace.ts"
import type { Compiled, Taken } from "./Compiled.ts"
import { ownRules } from "./Decide.ts"
import { stepOf } from "./Traces.ts"
import type { Watched } from "./Watched.ts"

/** Numbers from 0 below 1. */
export const chance = (seed: number): (() => number) => {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Of one property, in one walk. */
export interface Sighting {
  readonly property: string
  readonly kind: "violated" | "witness" | "notSeen"
  readonly trace?: Trace
  readonly because?: string
}

interface Past {
  readonly label: number
  readonly to: Int32Array
}

export class Walk<S extends Components> {
  readonly sightings: Array<Sighting> = []
  /** Steps taken. */
  steps = 0
  private readonly compiled: Compiled<S>
  private readonly watched: Watched<S>
  private readonly random: () => number
  private readonly first: Int32Array
  private state: Int32Array
  private readonly past: Array<Past> = []
  private readonly budgets: Array<number>
  private readonly eagerness: ReadonlyArray<number>
  private readonly waits: Array<boolean>
  /** Per fairness, when it was taken last. */
  private readonly taken = new Map<number, number>()

  constructor(compiled: Compiled<S>, watched: Watched<S>, seed: number) {
    this.compiled = compiled
    this.watched = watched
    this.random = chance(seed)
    this.first = compiled.initial[Math.floor(this.random() * compiled.initial.length)]!
    this.state = this.first
    this.budgets = compiled.classes.map((name) => compiled.system.budgets[name]!)
    this.eagerness = this.budgets.map(() => (this.random() < 0.5 ? 0 : this.random()))
    this.waits = watched.live.map(() => false)
    this.look()
  }

  /** All of it, to be gone through piece by piece: so many steps with faults, then so many without, unless safety is broken. */
  *run(steps: number, calmSteps: number): Generator<void, void> {
    if (this.sightings.some(({ kind }) => kind === "violated")) return
    if (yield* this.stir(steps)) yield* this.calm(calmSteps)
  }

  /** With faults; false: a property of safety is broken. */
  private *stir(steps: number): Generator<void, boolean> {
    for (let i = 0; i < steps; i++) {
      const moves = this.moves().filter(({ cost }) => cost < 0 || this.random() < this.eagerness[cost]!)
      const calm = moves.filter(({ cost }) => cost < 0)
      const from = calm.length > 0 && this.random() < 0.8 ? calm : moves
      if (from.length === 0) return true
      if (!this.take(from[Math.floor(this.random() * from.length)]!)) return false
      yield
    }
    return true
  }

  /** Without faults and fair: in the second half of so many steps every goal must hold that has to. */
  private *calm(steps: number): Generator<void, void> {
    const kept = this.watched.live.map(() => true)
    for (let i = 0; i < steps; i++) {
      const moves = this.moves().filter(({ cost, fair }) => cost < 0 && fair >= 0)
      if (moves.length === 0) return this.stops()
      const longest = Math.min(...moves.map(({ fair }) => this.taken.get(fair) ?? -1))
      const due = moves.filter(({ fair }) => (this.taken.get(fair) ?? -1) === longest)
      const move = due[Math.floor(this.random() * due.length)]!
      this.taken.set(move.fair, this.steps)
      if (!this.take(move)) return
      yield
      if (i < steps / 2) continue
      for (const [k, live] of this.watched.live.entries()) {
        kept[k]! &&= live.waits ? this.waits[k]! : live.premise(this.state)
      }
    }
    for (const [k, { goal, property, waits }] of this.watched.live.entries()) {
      if (!kept[k] || (!waits && goal(this.state))) continue
      const because = `the goal is not there after ${steps} calm, fair steps`
      this.sightings.push({ property, kind: "notSeen", because, trace: this.trace(property) })
    }
  }

  /** Nothing fair is enabled: the run may end here. */
  private stops(): void {
    for (const [k, { goal, premise, property, waits }] of this.watched.live.entries()) {
      const isOpen = waits ? this.waits[k]! : premise(this.state) && !goal(this.state)
      if (!isOpen) continue
      const trace = { ...this.trace(property), isLasso: true }
      this.sightings.push({ property, kind: "violated", because: "a run stops before the goal", trace })
    }
  }

  private take({ cost, label, to }: Taken): boolean {
    const before = this.state
    const { breaks } = this.compiled.labels[label]!
    this.steps++
    if (cost >= 0) this.budgets[cost]!--
    this.past.push({ label, to })
    this.state = to
    if (breaks !== undefined) {
      const trace = { ...this.trace(ownRules), breaks }
      this.sightings.push({ property: ownRules, kind: "violated", because: breaks, trace })
      return false
    }
    const broken = this.watched.steps.find(({ holds }) => !holds(before, to))
    if (broken === undefined) return this.look()
    this.violated(broken.property, "a step is taken that breaks it")
    return false
  }

  /** Asks the properties of the state. */
  private look(): boolean {
    for (const { holds, property } of this.watched.sometimes) {
      if (holds(this.state) && !this.sightings.some((seen) => seen.property === property)) {
        this.sightings.push({ property, kind: "witness" })
      }
    }
    for (const [k, { goal, premise, waits }] of this.watched.live.entries()) {
      if (waits) this.waits[k] = (this.waits[k]! || premise(this.state)) && !goal(this.state)
    }
    const broken = this.watched.always.find(({ holds }) => !holds(this.state))
    if (broken !== undefined) this.violated(broken.property, "a state is reached where it does not hold")
    return broken === undefined
  }

  private violated(property: string, because: string): void {
    this.sightings.push({ property, kind: "violated", because, trace: this.trace(property) })
  }

  private moves(): ReadonlyArray<Taken> {
    return this.compiled.steps(this.state).filter(({ cost }) => cost < 0 || this.budgets[cost]! > 0)
  }

  private trace(property: string): Trace {
    const stem = this.past.map(({ label, to }, i) =>
      stepOf(this.compiled, label, i === 0 ? this.first : this.past[i - 1]!.to, to)
    )
    const initial = this.compiled.decode(this.first)
    return { model: this.compiled.system.name, property, initial, stem, cycle: [], isLasso: false, rescue: [] }
  }
}
