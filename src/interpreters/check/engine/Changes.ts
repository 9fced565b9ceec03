/** What an outcome changes in the state that a step starts from, with all that follows by itself. */
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { changeWords } from "./Deltas.ts"
import type { Tuples } from "./Tuples.ts"

export class Changes<S extends Components> {
  /** The state after `settle`. */
  readonly out: Int32Array
  private readonly changed: Int32Array
  private readonly compiled: Compiled<S>
  private readonly tuples: Tuples

  constructor(compiled: Compiled<S>, tuples: Tuples) {
    this.compiled = compiled
    this.tuples = tuples
    this.out = new Int32Array(compiled.width)
    this.changed = new Int32Array(compiled.maskWords)
  }

  /** Whether these changes make another state. */
  change(state: Int32Array, words: Int32Array, at: number, changes: number): boolean {
    const { tuples } = this
    let differs = false
    tuples.reset()
    for (const end = at + changeWords * changes; at < end; at += changeWords) {
      const slot = words[at]!
      const id = words[at + 2]!
      if (state[slot] === id) continue
      tuples.change(slot, id)
      differs = true
    }
    return differs
  }

  /** Whether these changes make another state, with all that follows by itself. */
  settle(state: Int32Array, words: Int32Array, at: number, changes: number): boolean {
    const { changed, out, tuples } = this
    let differs = false
    for (let k = 0; k < state.length; k++) out[k] = state[k]!
    for (const end = at + changeWords * changes; at < end; at += changeWords) {
      const slot = words[at]!
      const id = words[at + 2]!
      if (out[slot] === id) continue
      out[slot] = id
      changed[slot >>> 5]! |= 1 << (slot & 31)
      differs = true
    }
    if (!differs) return false
    this.compiled.settle(out, changed)
    changed.fill(0)
    differs = false
    tuples.reset()
    for (let k = 0; k < state.length; k++) {
      if (out[k] === state[k]) continue
      tuples.change(k, out[k]!)
      differs = true
    }
    return differs
  }
}
