/**
 * The properties of a system while it is searched: what was found of each so
 * far, and for liveness one bit per core for premise and goal.
 */
import type { Components, Property } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { Words } from "./Words.ts"

/** One bit each. */
const mostAnswers = 30

type Test = (state: Int32Array) => boolean

export interface Live {
  readonly property: string
  /** Once the premise held, even if it does not any more (`LeadsTo`), or only while it holds (`Stabilizes`). */
  readonly waits: boolean
  readonly premise: Test
  readonly goal: Test
  /** Cores with neither, the premise alone, the goal alone, both. */
  readonly counts: [number, number, number, number]
}

export interface Marked {
  readonly property: string
  /** Whether it was seen to read nothing at all. */
  readonly isConstant: () => boolean
  readonly holds: Test
  /** The first core that breaks it (`Always`) or has it (`Sometimes`); -1: none. */
  core: number
}

export interface Stepped {
  readonly property: string
  readonly isConstant: () => boolean
  readonly holds: (before: Int32Array, after: Int32Array) => boolean
  /** The first step that breaks it: the node it starts at, its label and where it leads. */
  found: { readonly node: number; readonly label: number; readonly to: number } | undefined
}

export class Watched<S extends Components> {
  readonly always: Array<Marked> = []
  readonly sometimes: Array<Marked> = []
  readonly steps: Array<Stepped> = []
  readonly live: Array<Live> = []
  /** Those of `live` that wait, in the order of their lanes. */
  readonly waiting: ReadonlyArray<number>
  /** No property wants to see each state. */
  readonly isIdle: boolean
  private readonly bits = new Words(1024, true)
  private readonly stride: number

  constructor(compiled: Compiled<S>, properties: ReadonlyArray<Property<S>>) {
    for (const property of properties) this.add(compiled, property)
    this.waiting = this.live.flatMap(({ waits }, i) => (waits ? [i] : []))
    this.isIdle = this.always.length + this.sometimes.length + this.live.length === 0
    this.stride = (2 * this.live.length + 31) >>> 5
  }

  /** A core that was not there before; whether it breaks nothing. */
  discover(core: number, state: Int32Array): boolean {
    let isGood = true
    for (const property of this.always) {
      if (property.core >= 0 || property.holds(state)) continue
      property.core = core
      isGood = false
    }
    for (const property of this.sometimes) if (property.core < 0 && property.holds(state)) property.core = core
    if (this.live.length > 0) this.mark(core, state)
    return isGood
  }

  /** What all properties say of a state, one bit each; those that are decided say anything. */
  answers(state: Int32Array): number {
    let bits = 0
    let bit = 1
    for (let i = 0; i < this.always.length; i++, bit <<= 1) {
      if (this.always[i]!.core >= 0 || this.always[i]!.holds(state)) bits |= bit
    }
    for (let i = 0; i < this.sometimes.length; i++, bit <<= 1) {
      if (this.sometimes[i]!.core < 0 && this.sometimes[i]!.holds(state)) bits |= bit
    }
    for (let i = 0; i < this.live.length; i++, bit <<= 2) {
      if (this.live[i]!.premise(state)) bits |= bit
      if (this.live[i]!.goal(state)) bits |= bit << 1
    }
    return bits
  }

  /** As `discover`, where `answers` are known. */
  note(core: number, answers: number): boolean {
    let isGood = true
    let bits = answers
    for (let i = 0; i < this.always.length; i++, bits >>>= 1) {
      if ((bits & 1) !== 0 || this.always[i]!.core >= 0) continue
      this.always[i]!.core = core
      isGood = false
    }
    for (let i = 0; i < this.sometimes.length; i++, bits >>>= 1) {
      if ((bits & 1) !== 0 && this.sometimes[i]!.core < 0) this.sometimes[i]!.core = core
    }
    if (this.live.length === 0) return isGood
    this.bits.push(bits)
    for (let i = 0; i < this.live.length; i++, bits >>>= 2) this.live[i]!.counts[bits & 3]!++
    return isGood
  }

  /** Whether `answers` are few enough for a word. */
  get isShort(): boolean {
    return this.always.length + this.sometimes.length + 2 * this.live.length <= mostAnswers
  }

  /** What all properties say of a state, to be compared. */
  says(state: Int32Array): string {
    const tests = [...this.always, ...this.sometimes].map(({ holds }) => holds)
    const all = [...tests, ...this.live.flatMap(({ goal, premise }) => [premise, goal])]
    return all.map((holds) => Number(holds(state))).join("")
  }

  /** What all properties say of a step, to be compared. */
  saysOfStep(before: Int32Array, after: Int32Array): string {
    return this.steps.map(({ holds }) => Number(holds(before, after))).join("")
  }

  premise(live: number, core: number): boolean {
    return this.bit(2 * live, core)
  }

  goal(live: number, core: number): boolean {
    return this.bit(2 * live + 1, core)
  }

  get bytes(): number {
    return this.bits.bytes
  }

  private bit(index: number, core: number): boolean {
    return (this.bits.data[core * this.stride + (index >>> 5)]! & (1 << (index & 31))) !== 0
  }

  private mark(core: number, state: Int32Array): void {
    this.bits.fill((core + 1) * this.stride)
    const base = core * this.stride
    for (let i = 0; i < this.live.length; i++) {
      const live = this.live[i]!
      const says = Number(live.premise(state)) + 2 * Number(live.goal(state))
      this.bits.data[base + (i >>> 4)]! |= says << ((2 * i) & 31)
      live.counts[says]!++
    }
  }

  private add(compiled: Compiled<S>, property: Property<S>): void {
    const { name } = property
    const where = `property "${name}"`
    if (property._tag === "Always" || property._tag === "Sometimes") {
      const { isConstant, test } = compiled.predicate(where, property.holds)
      this[property._tag === "Always" ? "always" : "sometimes"].push({
        property: name,
        holds: test,
        isConstant,
        core: -1
      })
    } else if (property._tag === "Step") {
      const { isConstant, test } = compiled.stepPredicate(where, property.holds)
      this.steps.push({ property: name, holds: test, isConstant, found: undefined })
    } else {
      const premise = compiled.predicate(`${where}, premise`, property.premise).test
      const goal = compiled.predicate(`${where}, goal`, property.goal).test
      const waits = property._tag === "LeadsTo"
      this.live.push({ property: name, waits, premise, goal, counts: [0, 0, 0, 0] })
    }
  }
}
