/**
 * Where nothing follows by itself: what several actions do together, found by
 * the bits of a packed tuple that they look at. Actions that look at much the
 * same share a table, from those bits to the steps: the label of each, and the
 * bits that it changes.
 */
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { changesAt, changeWords, countAt } from "./Deltas.ts"
import { placeFactor, type Tuples } from "./Tuples.ts"
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
  count = 0
  /** Steps of an entry. */
  most = 0
  mask: Int32Array = new Int32Array(0)
  /** Where places begin in the store, how many they are less one: where the entry begins, and its masked words. */
  places = 0
  last = 0
  private readonly store: Words

  constructor(actions: ReadonlyArray<number>, slots: Set<number>, store: Words) {
    this.actions = actions
    this.slots = slots
    this.store = store
  }

  /** Forgets everything: the bits are others now. */
  clear(tuples: Tuples): void {
    this.mask = tuples.maskOf(this.slots)
    this.count = 0
    this.make(16)
  }

  /** Where the entry of a tuple begins, or 0. */
  find(tuple: Int32Array): number {
    return this.store.data[this.place(tuple, 0)]!
  }

  add(tuple: Int32Array, entry: number): void {
    if (++this.count * 2 > this.last + 1) this.grow()
    const at = this.place(tuple, 0)
    const data = this.store.data
    data[at] = entry
    for (let i = 0; i < this.mask.length; i++) data[at + 1 + i] = tuple[i]! & this.mask[i]!
  }

  private place(tuple: Int32Array, from: number): number {
    const { last, mask, places } = this
    const data = this.store.data
    const words = mask.length
    let hash = 0
    for (let i = 0; i < words; i++) hash = Math.imul(hash ^ (tuple[from + i]! & mask[i]!), placeFactor)
    let index = (hash ^ (hash >>> 15)) & last
    for (;;) {
      const at = places + index * (words + 1)
      if (data[at] === 0) return at
      let i = 0
      while (i < words && data[at + 1 + i] === (tuple[from + i]! & mask[i]!)) i++
      if (i === words) return at
      index = (index + 1) & last
    }
  }

  private make(count: number): void {
    this.places = this.store.length
    this.last = count - 1
    this.store.fill(this.places + count * (this.mask.length + 1))
  }

  private grow(): void {
    const { last, places, store } = this
    const stride = this.mask.length + 1
    this.make(2 * last + 2)
    for (let from = places; from <= places + last * stride; from += stride) {
      if (store.data[from] === 0) continue
      const to = this.place(store.data, from + 1)
      for (let i = 0; i < stride; i++) store.data[to + i] = store.data[from + i]!
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
  tables: ReadonlyArray<Table> = []
  /** Of all tables: per entry how many steps, for each its label (`~label`: it changes nothing), the words it changes. */
  readonly store = new Words()
  /** Another one as soon as tables are others, or lie elsewhere. */
  version = 0
  /** At most so many steps of a core are in tables. */
  mostSteps = 0
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
    return this.store.bytes
  }

  /** Whether tables have all actions, for tuples as they are packed now, and stay as they are. */
  get isReady(): boolean {
    if (this.epoch !== this.tuples.epoch || (this.isOutgrown && this.formed < mostFormings)) return false
    for (let i = 0; i < this.rest.length; i++) if (this.rest[i] !== 0) return false
    return true
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
      const { data } = this.store
      if (at !== 0 && data[at]! > 0) tuples.pushAll(this.store, at + 1, data[at]!, waiting)
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
    this.tables = made.map(({ actions, slots }) => new Table(actions, slots, this.store))
    this.clear()
  }

  /** How many combinations of values these slots can have, as far as is known. */
  private valuesOf(slots: Iterable<number>): number {
    return [...slots].reduce((count, slot) => count * this.compiled.columns[slot]!.values.length, 1)
  }

  private clear(): void {
    this.epoch = this.tuples.epoch
    this.store.data.fill(0)
    // Nothing lies at 0.
    this.store.length = 1
    this.mostSteps = 0
    for (const table of this.tables) table.clear(this.tuples)
    this.version++
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
      this.version++
      return 0
    }
    const steps = found.flatMap((at) => this.stepsAt(at, state))
    for (const { changes } of steps) for (const [slot, id] of changes) tuples.fit(slot, id)
    if (this.epoch !== tuples.epoch) this.clear()
    const { store } = this
    const entry = store.length
    table.most = Math.max(table.most, steps.length)
    store.push(steps.length)
    const delta = new Int32Array(tuples.words)
    for (const { changes, label } of steps) {
      delta.fill(0)
      for (const [slot, id] of changes) tuples.differ(slot, state[slot]!, id, delta, 0)
      store.push(changes.length === 0 ? ~label : label)
      for (const word of delta) store.push(word)
    }
    table.add(tuples.base, entry)
    this.version++
    this.mostSteps = this.tables.reduce((sum, { most }) => sum + most, 0)
    return entry
  }

  /** Makes sure that the table distinguishes all that its actions have ever looked at; false: it cannot. */
  private covers(table: Table): boolean {
    const before = table.slots.size
    for (const action of table.actions) for (const slot of this.compiled.touches[action]!) table.slots.add(slot)
    if (table.slots.has(this.compiled.width) || table.count >= mostEntries) return false
    if (table.slots.size > before) {
      table.clear(this.tuples)
      this.version++
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
