/**
 * Where nothing follows by itself: what several actions do together, found by
 * the bits of a packed tuple that they look at. Actions that look at much the
 * same share a table, from those bits to the steps: the label of each, and the
 * bits that it changes.
 */
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { changesAt, changeWords, countAt } from "./Deltas.ts"
import type { Tuples } from "./Tuples.ts"
import { Words } from "./Words.ts"

/** Actions share a table if what they look at has not more values than these. */
const mostShared = 4096
/** A table of more entries is given up. */
const mostEntries = 1 << 15
/** So many cores after the beginning, the actions are bundled anew, by what they were seen to look at. */
const formings = [4, 64, 1024, 16_384]
const mostFormings = 30

/** The steps of a few actions, by the bits that they look at. */
class Table {
  readonly actions: ReadonlyArray<number>
  /** What they look at or change. */
  readonly slots: Set<number>
  /** Per entry how many steps, and for each its label (`~label`: it changes nothing) and the words that it changes. */
  entries = new Words(64)
  count = 0
  private mask: Int32Array = new Int32Array(0)
  /** Open addressing: where the entry begins, and its masked words. */
  private places = new Int32Array(0)

  constructor(actions: ReadonlyArray<number>, slots: Set<number>) {
    this.actions = actions
    this.slots = slots
  }

  get bytes(): number {
    return this.entries.bytes + this.places.byteLength
  }

  /** Forgets everything: the bits are others now. */
  clear(tuples: Tuples): void {
    this.mask = tuples.maskOf(this.slots)
    this.places = new Int32Array(16 * (this.mask.length + 1))
    this.entries = new Words(64)
    // Nothing lies at 0.
    this.entries.push(0)
    this.count = 0
  }

  /** Where the entry of a tuple begins, or 0. */
  find(tuple: Int32Array): number {
    return this.places[this.place(tuple)]!
  }

  add(tuple: Int32Array, entry: number): void {
    const words = this.mask.length
    if (++this.count * 2 * (words + 1) > this.places.length) this.grow()
    const at = this.place(tuple)
    this.places[at] = entry
    for (let i = 0; i < words; i++) this.places[at + 1 + i] = tuple[i]! & this.mask[i]!
  }

  private place(tuple: Int32Array): number {
    const { mask, places } = this
    const words = mask.length
    const last = places.length / (words + 1) - 1
    let hash = 0
    for (let i = 0; i < words; i++) hash = Math.imul(hash ^ (tuple[i]! & mask[i]!), 0x9e3779b1)
    let index = (hash ^ (hash >>> 15)) & last
    for (;;) {
      const at = index * (words + 1)
      if (places[at] === 0) return at
      let i = 0
      while (i < words && places[at + 1 + i] === (tuple[i]! & mask[i]!)) i++
      if (i === words) return at
      index = (index + 1) & last
    }
  }

  private grow(): void {
    const old = this.places
    const stride = this.mask.length + 1
    this.places = new Int32Array(old.length * 2)
    for (let from = 0; from < old.length; from += stride) {
      if (old[from] === 0) continue
      const to = this.place(old.subarray(from + 1, from + stride))
      for (let i = 0; i < stride; i++) this.places[to + i] = old[from + i]!
    }
  }
}

const union = (one: Iterable<number>, other: Iterable<number>): Set<number> => new Set([...one, ...other])

export class Bundles<S extends Components> {
  /** Actions that no table has: one bit each. */
  readonly rest: Int32Array
  private readonly compiled: Compiled<S>
  private readonly tuples: Tuples
  private readonly actions: ReadonlyArray<number>
  private readonly taken: Uint8Array
  private tables: ReadonlyArray<Table> = []
  private epoch = 0
  private cores = 0
  private formed = 0
  /** Some table looks at more than it was made for. */
  private isOutgrown = false

  /** `actions`: one bit each; `taken`: where to note which ever happened. */
  constructor(compiled: Compiled<S>, tuples: Tuples, actions: Int32Array, taken: Uint8Array) {
    this.compiled = compiled
    this.tuples = tuples
    this.rest = actions.slice()
    this.taken = taken
    this.actions = compiled.actions.flatMap((_, i) => ((actions[i >>> 5]! & (1 << (i & 31))) === 0 ? [] : [i]))
  }

  get bytes(): number {
    return this.tables.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** All steps that the tables know of, from the tuple that steps start from; their labels go to `waiting`. */
  take(waiting: Words): void {
    if (formings.includes(this.cores++) || (this.isOutgrown && this.formed < mostFormings)) this.form()
    const { tables, tuples } = this
    for (let t = 0; t < tables.length; t++) {
      if (this.epoch !== tuples.epoch) this.clear()
      const table = tables[t]!
      const from = table.find(tuples.base)
      const at = from === 0 ? this.fill(table) : from
      const data = table.entries.data
      if (at !== 0 && data[at]! > 0) tuples.pushAll(data, at + 1, data[at]!, waiting)
    }
  }

  /** Each action goes where most of what it looks at is looked at already. */
  private form(): void {
    const { touches } = this.compiled
    this.isOutgrown = false
    this.formed++
    const made: Array<{ readonly actions: Array<number>; slots: Set<number> }> = []
    this.rest.fill(0)
    for (const action of this.actions) {
      const slots = touches[action]!
      if (slots.has(this.compiled.width) || this.valuesOf(slots) > mostEntries) {
        this.leave(action)
        continue
      }
      const fitting = made
        .map((table) => ({ table, shared: [...slots].filter((slot) => table.slots.has(slot)).length }))
        .filter(({ table }) => this.valuesOf(union(table.slots, slots)) <= mostShared)
        .toSorted((one, other) => other.shared - one.shared)[0]?.table
      if (fitting === undefined) made.push({ actions: [action], slots: new Set(slots) })
      else {
        fitting.actions.push(action)
        fitting.slots = union(fitting.slots, slots)
      }
    }
    this.tables = made.map(({ actions, slots }) => new Table(actions, slots))
    this.clear()
  }

  /** How many combinations of values these slots can have, as far as is known. */
  private valuesOf(slots: Iterable<number>): number {
    return [...slots].reduce((count, slot) => count * this.compiled.columns[slot]!.values.length, 1)
  }

  private clear(): void {
    this.epoch = this.tuples.epoch
    for (const table of this.tables) table.clear(this.tuples)
  }

  private leave(action: number): void {
    this.rest[action >>> 5]! |= 1 << (action & 31)
  }

  /** Asks the actions of a table; where the entry begins, or 0: the table is given up. */
  private fill(table: Table): number {
    const { compiled, tuples } = this
    const state = new Int32Array(compiled.width)
    tuples.readBase(state)
    const found = table.actions.map((action) => {
      const at = compiled.outcomesOf(action, state)
      if (at !== 0) this.taken[action] = 1
      return at
    })
    if (!this.covers(table)) {
      this.tables = this.tables.filter((other) => other !== table)
      for (const action of table.actions) this.leave(action)
      return 0
    }
    const steps = found.flatMap((at) => this.stepsAt(at, state))
    for (const { changes } of steps) for (const [slot, id] of changes) tuples.fit(slot, id)
    if (this.epoch !== tuples.epoch) this.clear()
    const entry = table.entries.length
    table.entries.push(steps.length)
    const delta = new Int32Array(tuples.words)
    for (const { changes, label } of steps) {
      delta.fill(0)
      for (const [slot, id] of changes) tuples.differ(slot, state[slot]!, id, delta, 0)
      table.entries.push(changes.length === 0 ? ~label : label)
      for (const word of delta) table.entries.push(word)
    }
    table.add(tuples.base, entry)
    return entry
  }

  /** Makes sure that the table distinguishes all that its actions have ever looked at; false: it cannot. */
  private covers(table: Table): boolean {
    const before = table.slots.size
    for (const action of table.actions) for (const slot of this.compiled.touches[action]!) table.slots.add(slot)
    if (table.slots.has(this.compiled.width) || table.count >= mostEntries) return false
    if (table.slots.size > before) {
      table.clear(this.tuples)
      this.isOutgrown ||= this.valuesOf(table.slots) > mostShared
    }
    return true
  }

  /** Of the results of an action, what each changes in this state. */
  private stepsAt(at: number, state: Int32Array) {
    const words = this.compiled.outcomes.data
    const steps: Array<{ readonly label: number; readonly changes: ReadonlyArray<readonly [number, number]> }> = []
    let from = at + 1
    for (let left = words[at]!; left > 0; left--) {
      const label = words[from]!
      const end = from + changesAt + changeWords * words[from + countAt]!
      const changes: Array<readonly [number, number]> = []
      for (let i = from + changesAt; i < end; i += changeWords) {
        if (state[words[i]!] !== words[i + 2]) changes.push([words[i]!, words[i + 2]!])
      }
      if (changes.length > 0 || this.compiled.breaks.data[label] !== 0) steps.push({ label, changes })
      from = end
    }
    return steps
  }
}
