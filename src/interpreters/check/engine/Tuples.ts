/**
 * The set of tuples of ids, exact: open addressing over indices, the tuples
 * themselves in one array. The hash of a tuple is the exclusive or of its words'
 * hashes, so a step pays for the words that it changes.
 */
import { Words } from "./Words.ts"

/** The share of one word in the hash of its tuple. */
export const mix = (slot: number, id: number): number => {
  let hash = Math.imul(id + Math.imul(slot + 1, 0x632be5ab), 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d)
  return hash ^ (hash >>> 16)
}

export class Tuples {
  readonly width: number
  size = 0
  readonly words: Words
  private slots = new Int32Array(4096)

  constructor(width: number) {
    this.width = width
    this.words = new Words(4096)
  }

  hashOf(tuple: Int32Array, from = 0): number {
    let hash = 0
    for (let i = 0; i < this.width; i++) hash ^= mix(i, tuple[from + i]!)
    return hash
  }

  /** The index of a tuple, new or not: it is new if `size` has grown. */
  add(tuple: Int32Array, hash: number): number {
    const { slots, width } = this
    const data = this.words.data
    const mask = slots.length - 1
    let at = hash & mask
    for (let slot = slots[at]!; slot !== 0; slot = slots[at]!) {
      const base = (slot - 1) * width
      let i = 0
      while (i < width && data[base + i] === tuple[i]) i++
      if (i === width) return slot - 1
      at = (at + 1) & mask
    }
    this.append(tuple)
    slots[at] = ++this.size
    if (this.size * 3 > slots.length * 2) this.grow()
    return this.size - 1
  }

  /** Its index, or -1. */
  find(tuple: Int32Array): number {
    const { slots, width } = this
    const data = this.words.data
    const mask = slots.length - 1
    for (let at = this.hashOf(tuple) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const base = (slots[at]! - 1) * width
      let i = 0
      while (i < width && data[base + i] === tuple[i]) i++
      if (i === width) return slots[at]! - 1
    }
    return -1
  }

  /** Copies the words of a tuple. */
  read(index: number, into: Int32Array): void {
    const data = this.words.data
    const base = index * this.width
    for (let i = 0; i < this.width; i++) into[i] = data[base + i]!
  }

  get bytes(): number {
    return this.words.bytes + this.slots.byteLength
  }

  private append(tuple: Int32Array): void {
    const words = this.words
    words.reserve(this.width)
    const data = words.data
    for (let i = 0; i < this.width; i++) data[words.length + i] = tuple[i]!
    words.length += this.width
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let i = 0; i < this.size; i++) {
      let at = this.hashOf(this.words.data, i * this.width) & mask
      while (slots[at] !== 0) at = (at + 1) & mask
      slots[at] = i + 1
    }
    this.slots = slots
  }
}
