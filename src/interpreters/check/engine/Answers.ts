/**
 * What all properties of states say of a packed tuple, found by the bits of it
 * that any of them ever looked at. Given up where those have too many values.
 */
import type { Tuples } from "./Tuples.ts"

/** So many are tried before it is seen whether they are worth while. */
const trial = 4096
const mostEntries = 1 << 17

export class Answers {
  private readonly tuples: Tuples
  /** Slots that were looked at; `width`: something else, so nothing can be found again. */
  private readonly seen: ReadonlySet<number>
  private readonly width: number
  private readonly ask: (state: Int32Array) => number
  private readonly state: Int32Array
  private mask: Int32Array = new Int32Array(0)
  /** Open addressing: the masked words, and what was said + 1. */
  private places = new Int32Array(0)
  private count = 0
  private finds = 0
  private known = -1
  private epoch = -1
  private isGivenUp = false

  /** `seen` grows while `ask` is asked. */
  constructor(tuples: Tuples, width: number, seen: ReadonlySet<number>, ask: (state: Int32Array) => number) {
    this.tuples = tuples
    this.width = width
    this.seen = seen
    this.ask = ask
    this.state = new Int32Array(width)
  }

  get bytes(): number {
    return this.places.byteLength
  }

  /** Of the tuple of this index. */
  of(index: number): number {
    if (this.isGivenUp) return this.asked(index)
    if (this.known !== this.seen.size || this.epoch !== this.tuples.epoch) this.clear()
    this.finds++
    const at = this.place(this.tuples.packed.data, index * this.tuples.words)
    const said = this.places[at + this.mask.length]!
    return said === 0 ? this.remembered(index, at) : said - 1
  }

  private asked(index: number): number {
    this.tuples.read(index, this.state)
    return this.ask(this.state)
  }

  private remembered(index: number, at: number): number {
    const said = this.asked(index)
    this.isGivenUp =
      this.seen.has(this.width) || this.count >= mostEntries || (this.count > trial && this.count * 4 > this.finds)
    if (this.isGivenUp) this.places = new Int32Array(0)
    if (this.isGivenUp || this.known !== this.seen.size) return said
    const { mask, places } = this
    const data = this.tuples.packed.data
    const from = index * mask.length
    for (let i = 0; i < mask.length; i++) places[at + i] = data[from + i]! & mask[i]!
    places[at + mask.length] = said + 1
    if (++this.count * 2 * (mask.length + 1) > places.length) this.grow()
    return said
  }

  private place(data: Int32Array, from: number): number {
    const { mask, places } = this
    const words = mask.length
    const last = places.length / (words + 1) - 1
    let hash = 0
    for (let i = 0; i < words; i++) hash = Math.imul(hash ^ (data[from + i]! & mask[i]!), 0x9e3779b1)
    let index = (hash ^ (hash >>> 15)) & last
    for (;;) {
      const at = index * (words + 1)
      if (places[at + words] === 0) return at
      let i = 0
      while (i < words && places[at + i] === (data[from + i]! & mask[i]!)) i++
      if (i === words) return at
      index = (index + 1) & last
    }
  }

  /** The bits are others now. */
  private clear(): void {
    this.known = this.seen.size
    this.epoch = this.tuples.epoch
    this.mask = this.tuples.maskOf([...this.seen].filter((slot) => slot < this.width))
    this.places = new Int32Array(64 * (this.mask.length + 1))
    this.count = 0
  }

  private grow(): void {
    const old = this.places
    const stride = this.mask.length + 1
    this.places = new Int32Array(old.length * 2)
    for (let from = 0; from < old.length; from += stride) {
      if (old[from + stride - 1] === 0) continue
      const to = this.place(old, from)
      for (let i = 0; i < stride; i++) this.places[to + i] = old[from + i]!
    }
  }
}
