/**
 * What follows every step by itself: the eager steps of a system, each asked
 * only where something is different that it has ever read.
 */
import type { Components, Eager, InNumbers } from "../../../domain/check/System.ts"
import { Problem } from "./Problem.ts"
import type { Column, Known, Reader } from "./Reader.ts"
import { Words } from "./Words.ts"

interface Step {
  readonly name: string
  readonly known: Known
  readonly run: () => number
  /** Slots that it has ever read. */
  readonly reads: Int32Array
  readsAll: boolean
  /** Instead of `run`: whether something is different then. */
  readonly settle: ((state: Int32Array, changed: Int32Array) => boolean) | undefined
}

/** What a function has set, as slots and ids. */
type ChangesOf<S extends Components> = (
  set: Partial<S>,
  where: string
) => ReadonlyArray<readonly [slot: number, id: number]>

const mostRounds = 10_000

export class Settling<S extends Components> {
  private readonly system: string
  private readonly columns: ReadonlyArray<Column>
  private readonly reader: Reader<S>
  private readonly steps: ReadonlyArray<Step>
  /** Results: how many changes, slots and ids. */
  private readonly changes = new Words()
  private readonly none = new Int32Array(0)

  constructor(
    { eager, name }: { readonly name: string; readonly eager?: ReadonlyArray<Eager<S>> },
    columns: ReadonlyArray<Column>,
    reader: Reader<S>,
    changesOf: ChangesOf<S>
  ) {
    this.system = name
    this.columns = columns
    this.reader = reader
    // At 0: nothing happens.
    this.changes.push(0)
    this.steps = (eager ?? []).map((one) => this.compiled(one, changesOf))
  }

  get isIdle(): boolean {
    return this.steps.length === 0
  }

  get bytes(): number {
    return this.changes.bytes
  }

  /** Lets everything eager happen; `changed`: the slots that differ from a settled state, one bit each. */
  settle(state: Int32Array, changed: Int32Array, isFirst = false): void {
    const { steps } = this
    let rounds = 0
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!
      if (!isFirst && !step.readsAll && !meets(step.reads, changed)) continue
      const differs = step.settle?.(state, changed) ?? this.apply(this.nextOf(step, state), state, changed)
      if (!differs) continue
      if (++rounds > mostRounds) throw this.endless(step.name)
      i = -1
    }
  }

  private nextOf({ known, run }: Step, state: Int32Array): number {
    return this.reader.result(known, state, this.none, run)
  }

  private compiled({ inNumbers, name, next }: Eager<S>, changesOf: ChangesOf<S>): Step {
    const settle = inNumbers && this.settledInNumbers(name, inNumbers)
    const width = this.columns.length
    const known = this.reader.register(`eager step "${name}"`, this.changes)
    const run = () => {
      const offset = this.changes.length
      const set = next(this.reader.before)
      const slots = this.reader.path
      for (const slot of slots) if (slot < width) step.reads[slot >>> 5]! |= 1 << (slot & 31)
      step.readsAll ||= slots.some((slot) => slot >= width)
      if (set === undefined) return 0
      const changes = changesOf(set, known.where)
      this.changes.push(changes.length)
      for (const change of changes) for (const word of change) this.changes.push(word)
      return offset
    }
    // What it reads is known from the initial state on, where each is asked.
    const reads = new Int32Array((width + 31) >>> 5)
    const step: Step = { name, known, run, reads, readsAll: settle !== undefined, settle }
    return step
  }

  private settledInNumbers(name: string, { components, over }: InNumbers) {
    const slots = components.map((component) => this.reader.slotOf(component)!)
    const next = over(slots.map((slot) => this.columns[slot]!.values))
    const ids = new Int32Array(slots.length)
    return (state: Int32Array, changed: Int32Array): boolean => {
      for (let i = 0; i < ids.length; i++) ids[i] = state[slots[i]!]!
      const set = next(ids)
      if (set === undefined) return false
      for (const [i, value] of set) {
        const slot = slots[i]!
        state[slot] = this.columns[slot]!.idOf(value, `eager step "${name}", component ${components[i]}`)
        changed[slot >>> 5]! |= 1 << (slot & 31)
      }
      return set.length > 0
    }
  }

  private apply(offset: number, state: Int32Array, changed: Int32Array): boolean {
    const data = this.changes.data
    let differs = false
    for (let i = 0; i < data[offset]!; i++) {
      const slot = data[offset + 1 + 2 * i]!
      const id = data[offset + 2 + 2 * i]!
      if (state[slot] === id) continue
      state[slot] = id
      changed[slot >>> 5]! |= 1 << (slot & 31)
      differs = true
    }
    return differs
  }

  private endless(last: string): Problem {
    const detail = `eager steps do not come to an end: ${mostRounds} of them one after another, the last was "${last}"`
    return new Problem({ what: "Endless", where: this.system, detail })
  }
}

const meets = (one: Int32Array, other: Int32Array): boolean => {
  for (let i = 0; i < one.length; i++) if ((one[i]! & other[i]!) !== 0) return true
  return false
}
