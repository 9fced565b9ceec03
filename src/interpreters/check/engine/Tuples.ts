/**
 * The set of tuples of ids, exact: open addressing over indices, the tuples
 * themselves packed into as few words as their ids need. A slot whose ids have
 * outgrown its bits gets more, and all tuples are packed anew.
 *
 * The hash of a tuple is the exclusive or of its slots' hashes, so a step pays
 * for the slots that it changes, and packing anew changes no hash.
 */
import { Words } from "./Words.ts"

/** The share of one slot in the hash of its tuple. */
export const mix = (slot: number, id: number): number => {
  let hash = Math.imul(id + Math.imul(slot + 1, 0x632be5ab), 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d)
  return hash ^ (hash >>> 16)
}

const hashOf = (tuple: Int32Array): number => {
  let hash = 0
  for (let i = 0; i < tuple.length; i++) hash ^= mix(i, tuple[i]!)
  return hash
}

/** Where each slot lies: its word, its shift in it, and the mask of its bits. */
class Layout {
  readonly words: number
  readonly word: Int32Array
  readonly shift: Int32Array
  readonly mask: Int32Array
  readonly bits: ReadonlyArray<number>

  constructor(bits: ReadonlyArray<number>) {
    this.bits = bits
    this.word = new Int32Array(bits.length)
    this.shift = new Int32Array(bits.length)
    this.mask = Int32Array.from(bits, (count) => 2 ** count - 1)
    // First fit, the widest first: no slot lies across two words.
    const free: Array<number> = []
    for (const slot of bits.map((_, i) => i).toSorted((a, b) => bits[b]! - bits[a]!)) {
      let word = free.findIndex((left) => left >= bits[slot]!)
      if (word < 0) word = free.push(32) - 1
      this.word[slot] = word
      this.shift[slot] = 32 - free[word]!
      free[word]! -= bits[slot]!
    }
    this.words = free.length
  }

  read(data: Int32Array, from: number, into: Int32Array): void {
    for (let i = 0; i < into.length; i++) into[i] = (data[from + this.word[i]!]! >>> this.shift[i]!) & this.mask[i]!
  }

  write(tuple: Int32Array, data: Int32Array, to: number): void {
    data.fill(0, to, to + this.words)
    for (let i = 0; i < tuple.length; i++) data[to + this.word[i]!]! |= tuple[i]! << this.shift[i]!
  }
}

const bitsAtFirst = 2
const mostBits = 30

export class Tuples {
  size = 0
  private layout: Layout
  private packed: Words
  /** Pairs of the index + 1 and the hash: what differs is seldom compared, and growing reads no tuple. */
  private slots: Int32Array
  /** The tuple that steps start from, and the one they make. */
  private base: Int32Array
  private key: Int32Array
  private readonly scratch: Int32Array
  private baseHash = 0
  private hash = 0

  /** `room`: for how many at first, a power of 2. */
  constructor(width: number, room = 4096) {
    this.slots = new Int32Array(2 * room)
    this.packed = new Words(room)
    this.layout = new Layout(Array.from({ length: width }, () => bitsAtFirst))
    this.base = new Int32Array(this.layout.words)
    this.key = new Int32Array(this.layout.words)
    this.scratch = new Int32Array(width)
  }

  get bytes(): number {
    return this.packed.bytes + this.slots.byteLength
  }

  read(index: number, into: Int32Array): void {
    this.layout.read(this.packed.data, index * this.layout.words, into)
  }

  /** Steps start from this one, whose ids are `into` afterwards. */
  startFrom(index: number, into: Int32Array): void {
    this.read(index, into)
    const { base, layout, packed } = this
    for (let i = 0; i < layout.words; i++) base[i] = packed.data[index * layout.words + i]!
    this.baseHash = hashOf(into)
  }

  /** The next step begins. */
  reset(): void {
    const { base, key } = this
    for (let i = 0; i < key.length; i++) key[i] = base[i]!
    this.hash = this.baseHash
  }

  /** The step changes a slot. */
  change(slot: number, from: number, to: number): void {
    if (to > this.layout.mask[slot]!) this.widen(slot, to)
    const { mask, shift, word } = this.layout
    const at = word[slot]!
    this.key[at] = (this.key[at]! & ~(mask[slot]! << shift[slot]!)) | (to << shift[slot]!)
    this.hash ^= mix(slot, from) ^ mix(slot, to)
  }

  /** What the step made: its index, new or not; it is new if `size` has grown. */
  add(): number {
    const at = this.place()
    const known = this.slots[at]!
    if (known !== 0) return known - 1
    this.packed.reserve(this.key.length)
    const data = this.packed.data
    for (let i = 0; i < this.key.length; i++) data[this.packed.length + i] = this.key[i]!
    this.packed.length += this.key.length
    this.slots[at] = ++this.size
    this.slots[at + 1] = this.hash
    if (this.size * 3 > this.slots.length) this.grow()
    return this.size - 1
  }

  /** A whole tuple becomes what the step makes. */
  set(tuple: Int32Array): void {
    for (let i = 0; i < tuple.length; i++) if (tuple[i]! > this.layout.mask[i]!) this.widen(i, tuple[i]!)
    this.layout.write(tuple, this.key, 0)
    this.hash = hashOf(tuple)
  }

  /** The index of what the step made, or -1. */
  find(): number {
    return this.slots[this.place()]! - 1
  }

  /** Where it is in `slots`, or the free place where it belongs. */
  private place(): number {
    const { hash, key, slots } = this
    const words = key.length
    const data = this.packed.data
    const mask = slots.length - 1
    let at = (hash << 1) & mask
    for (let known = slots[at]!; known !== 0; known = slots[at]!) {
      if (slots[at + 1] === hash) {
        const from = (known - 1) * words
        let i = 0
        while (i < words && data[from + i] === key[i]) i++
        if (i === words) break
      }
      at = (at + 2) & mask
    }
    return at
  }

  /** Packs everything anew, with more bits for this slot. */
  private widen(slot: number, id: number): void {
    const old = this.layout
    const bits = Math.min(mostBits, Math.max(32 - Math.clz32(id), old.bits[slot]! + 2))
    this.layout = new Layout(old.bits.with(slot, bits))
    const { words } = this.layout
    const repack = (data: Int32Array, from: number, into: Int32Array, to: number) => {
      old.read(data, from, this.scratch)
      this.layout.write(this.scratch, into, to)
    }
    const packed = new Words(Math.max(4096, Math.ceil(this.size * words * 1.2)))
    packed.fill(this.size * words)
    for (let i = 0; i < this.size; i++) repack(this.packed.data, i * old.words, packed.data, i * words)
    this.packed = packed
    const [base, key] = [new Int32Array(words), new Int32Array(words)]
    repack(this.base, 0, base, 0)
    repack(this.key, 0, key, 0)
    this.base = base
    this.key = key
  }

  private grow(): void {
    const old = this.slots
    const slots = new Int32Array(old.length * 2)
    const mask = slots.length - 1
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue
      let at = (old[i + 1]! << 1) & mask
      while (slots[at] !== 0) at = (at + 2) & mask
      slots[at] = old[i]!
      slots[at + 1] = old[i + 1]!
    }
    this.slots = slots
  }
}
