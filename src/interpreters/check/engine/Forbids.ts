/**
 * What one component alone forbids: per value of it, the actions that have no
 * outcomes whatever else there is, one bit each.
 */
import { Words } from "./Words.ts"

export class Forbids {
  private readonly words: number
  /** Per slot, where its bits begin in `bits` and for how many ids; they move when there are more. */
  private readonly begins: Int32Array
  private readonly counts: Int32Array
  private readonly bits = new Words()
  /** Slots that forbid anything. */
  private slots = new Int32Array(0)

  constructor(width: number, actions: number) {
    this.words = (actions + 31) >>> 5
    this.begins = new Int32Array(width)
    this.counts = new Int32Array(width)
  }

  /** Takes away what is forbidden. */
  narrow(actions: Int32Array, state: Int32Array): void {
    const { begins, counts, slots, words } = this
    const bits = this.bits.data
    for (let k = 0; k < slots.length; k++) {
      const slot = slots[k]!
      const id = state[slot]!
      if (id >= counts[slot]!) continue
      const from = begins[slot]! + id * words
      for (let i = 0; i < words; i++) actions[i]! &= ~bits[from + i]!
    }
  }

  add(slot: number, id: number, action: number): void {
    const { counts, words } = this
    if (id >= counts[slot]!) this.widen(slot, 2 * id + 2)
    this.bits.data[this.begins[slot]! + id * words + (action >>> 5)]! |= 1 << (action & 31)
  }

  private widen(slot: number, count: number): void {
    const { begins, bits, counts, words } = this
    if (counts[slot] === 0) this.slots = Int32Array.of(...this.slots, slot)
    const begin = bits.length
    bits.fill(begin + count * words)
    bits.data.copyWithin(begin, begins[slot]!, begins[slot]! + counts[slot]! * words)
    begins[slot] = begin
    counts[slot] = count
  }
}
