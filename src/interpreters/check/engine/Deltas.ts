/**
 * What outcomes do to a packed tuple. One that has read all that it changes does
 * the same bits wherever it is found again, so a step is a few exclusive ors.
 */
import type { Tuples } from "./Tuples.ts"
import { Words } from "./Words.ts"

/** An outcome in a list of results: its label, its delta, and how many changes of a slot from an id to another one. */
export const deltaAt = 1
export const countAt = 2
export const changesAt = 3
export const changeWords = 3
/** What a slot was before, if the function did not read it. */
export const unread = -1
/** Of an outcome that has no delta. */
const none = -1

export class Deltas {
  data = new Int32Array(0)
  private readonly tuples: Tuples
  private readonly isReady = new Words()
  private count = 0
  private epoch = -1

  constructor(tuples: Tuples) {
    this.tuples = tuples
  }

  get bytes(): number {
    return this.data.byteLength + this.isReady.bytes
  }

  /** Where the delta of an outcome lies in `data`, or -1: it has none. */
  of(outcomes: Int32Array, at: number): number {
    let index = outcomes[at + deltaAt]!
    if (index === none) return -1
    if (index === 0) {
      index = this.has(outcomes, at) ? ++this.count : none
      outcomes[at + deltaAt] = index
      if (index === none) return -1
    }
    if (this.epoch !== this.tuples.epoch || index >= this.isReady.length) this.renew()
    if (this.isReady.data[index] === 0) this.make(index, outcomes, at)
    return index * this.tuples.words
  }

  private has(outcomes: Int32Array, at: number): boolean {
    for (let i = 0; i < outcomes[at + countAt]!; i++) {
      if (outcomes[at + changesAt + changeWords * i + 1] === unread) return false
    }
    return true
  }

  private make(index: number, outcomes: Int32Array, at: number): void {
    const { tuples } = this
    const begin = at + changesAt
    const end = begin + changeWords * outcomes[at + countAt]!
    for (let i = begin; i < end; i += changeWords) tuples.fit(outcomes[i]!, outcomes[i + 2]!)
    if (this.epoch !== tuples.epoch) this.renew()
    for (let i = begin; i < end; i += changeWords) {
      tuples.differ(outcomes[i]!, outcomes[i + 1]!, outcomes[i + 2]!, this.data, index * tuples.words)
    }
    this.isReady.data[index] = 1
  }

  /** Tuples are packed anew, or there are more outcomes: all begin again. */
  private renew(): void {
    this.epoch = this.tuples.epoch
    this.isReady.fill(2 * this.count + 2)
    this.isReady.data.fill(0)
    this.data = new Int32Array(this.isReady.length * this.tuples.words)
  }
}
