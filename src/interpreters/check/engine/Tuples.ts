/**
 * The set of tuples of ids, exact: open addressing over indices, the tuples
 * themselves packed into as few words as their ids need. A slot whose ids have
 * outgrown its bits gets more, and all tuples are packed anew.
 *
 * Steps from one tuple are made first and looked up together: memory then works
 * on all of them at once.
 */
import { Layout } from "./Layout.ts"
import { Words } from "./Words.ts"

/** Of the hash of a tuple, which compiled loops compute as well. */
export const hashSeed = 0x2c1b3c6d
export const hashSteps = [0x9e3779b1, 0xc2b2ae3d] as const
export const placeFactor = 0x9e3779b1

const [first, second] = hashSteps

const mixed = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, first)
  return mixed ^ (mixed >>> 15)
}

const finished = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 13), second)
  return mixed ^ (mixed >>> 16)
}

const hashOf = (key: Int32Array, from: number, words: number): number => {
  let hash = hashSeed
  for (let i = 0; i < words; i++) hash = mixed(hash, key[from + i]!)
  return finished(hash)
}

const bitsAtFirst = 2
/** Words of those that find no place at once. */
const waiting = 4096
const mostBits = 30

export class Tuples {
  size = 0
  /** How often everything was packed anew. */
  epoch = 0
  /** Steps that were made and not looked up yet. */
  made = 0
  private layout: Layout
  /** All of them, one after another. */
  readonly packed: Words
  /** Pairs of the index + 1 and the hash: what differs is seldom compared, and growing reads no tuple. */
  readonly slots: Words
  /** Which bits of a hash are a place: the upper ones. */
  shift: number
  /** The tuple that steps start from, packed. */
  base: Int32Array
  /** The one that a step makes. */
  private key: Int32Array
  private readonly scratch: Int32Array
  readonly keys: Words
  readonly hashes = new Words(64)
  /** Finds places of all when there are twice as many, faster than we can; false: it cannot. */
  doubling: (() => boolean) | undefined
  /** Of no use to anybody, but that what is fetched is not left out. */
  sink = 0

  /** `room`: for how many at first, a power of 2. */
  constructor(width: number, room = 4096) {
    this.slots = new Words(2 * room)
    this.slots.length = 2 * room
    this.shift = shiftOf(2 * room)
    this.packed = new Words(room)
    this.layout = new Layout(Array.from({ length: width }, () => bitsAtFirst))
    this.base = new Int32Array(this.layout.words)
    this.key = new Int32Array(this.layout.words)
    this.keys = new Words(64 * this.layout.words)
    this.scratch = new Int32Array(width)
  }

  get bytes(): number {
    return this.packed.bytes + this.slots.bytes
  }

  /** The words of a packed tuple. */
  get words(): number {
    return this.layout.words
  }

  read(index: number, into: Int32Array): void {
    this.layout.read(this.packed.data, index * this.layout.words, into)
  }

  /** Steps start from this one. */
  startFrom(index: number): void {
    const { base, layout, packed } = this
    const data = packed.data
    for (let i = 0; i < base.length; i++) base[i] = data[index * layout.words + i]!
  }

  /** The ids of the tuple that steps start from. */
  readBase(into: Int32Array): void {
    this.layout.read(this.base, 0, into)
  }

  /** The bits of some slots. */
  maskOf(slots: Iterable<number>): Int32Array {
    const mask = new Int32Array(this.layout.words)
    for (const slot of slots) mask[this.layout.word[slot]!]! |= this.layout.mask[slot]! << this.layout.shift[slot]!
    return mask
  }

  /** The next step begins. */
  reset(): void {
    const { base, key } = this
    for (let i = 0; i < key.length; i++) key[i] = base[i]!
  }

  /** The step changes a slot. */
  change(slot: number, to: number): void {
    this.fit(slot, to)
    const { mask, shift, word } = this.layout
    const at = word[slot]!
    this.key[at] = (this.key[at]! & ~(mask[slot]! << shift[slot]!)) | (to << shift[slot]!)
  }

  /** The step is made: it waits to be looked up. */
  push(): void {
    this.pushBy(this.key, 0, 0)
  }

  /** A step is made that changes the tuple it starts from by these words; `keep`: -1, or 0 for a whole tuple. */
  pushBy(delta: Int32Array, from: number, keep = -1): void {
    this.makeRoom(1)
    const { base } = this
    const keys = this.keys.data
    const words = base.length
    const to = this.made * words
    for (let i = 0; i < words; i++) keys[to + i] = (base[i]! & keep) ^ delta[from + i]!
    this.hashes.data[this.made++] = hashOf(keys, to, words)
  }

  /** As many steps as are listed: the label of each, and the words that it changes. */
  pushAll(all: Words, from: number, count: number, labels: Words): void {
    this.makeRoom(count)
    labels.reserve(count)
    const { base } = this
    const steps = all.data
    const hashes = this.hashes.data
    const keys = this.keys.data
    const words = base.length
    const labelOf = labels.data
    let to = this.made * words
    for (let made = this.made; count > 0; count--) {
      labelOf[labels.length++] = steps[from++]!
      let hash = hashSeed
      for (let i = 0; i < words; i++) {
        const word = base[i]! ^ steps[from++]!
        keys[to++] = word
        hash = mixed(hash, word)
      }
      hashes[made++] = finished(hash)
      this.made = made
    }
  }

  /** Asks memory for what looking up the steps will need: for all of it at once, so nothing in between may branch. */
  fetch(): void {
    const { made, shift } = this
    const hashes = this.hashes.data
    const slots = this.slots.data
    const data = this.packed.data
    const words = this.layout.words
    let sum = 0
    for (let i = 0; i < made; i++) sum ^= slots[(hashes[i]! >>> shift) << 1]!
    for (let i = 0; i < made; i++) sum ^= data[Math.max(slots[(hashes[i]! >>> shift) << 1]! - 1, 0) * words]!
    this.sink = sum
  }

  /**
   * Looks up steps that were made: the index of each, in `targets`; those that were not there before are the
   * last so many. `labels`: a step of a negative one leads nowhere. There must be room for all of them.
   */
  addAll(labels: Int32Array, from: number, end: number, targets: Int32Array): void {
    const words = this.layout.words
    for (let step = from; step < end; step++) {
      targets[step] = labels[step]! < 0 ? -1 : this.addAt(this.keys.data, step * words, this.hashes.data[step]!)
    }
  }

  /** Steps that were made are forgotten. */
  forget(): void {
    this.made = 0
  }

  /** What `set` made: its index, new or not; it is new if `size` has grown. */
  add(): number {
    return this.addAt(this.key, 0, hashOf(this.key, 0, this.key.length))
  }

  /** A whole tuple becomes what the step makes. */
  set(tuple: Int32Array): void {
    for (let i = 0; i < tuple.length; i++) this.fit(i, tuple[i]!)
    this.layout.write(tuple, this.key, 0)
  }

  /** The index of what `set` made, or -1. */
  find(): number {
    return this.slots.data[this.place(this.key, 0, this.hash)]! - 1
  }

  /** Of what `set` made. */
  get hash(): number {
    return hashOf(this.key, 0, this.key.length)
  }

  /** Makes room for an id. */
  fit(slot: number, id: number): void {
    if (id > this.layout.mask[slot]!) this.widen(slot, id)
  }

  /** The bits of a packed tuple that differ if a slot does: into `delta`. */
  differ(slot: number, before: number, after: number, delta: Int32Array, at: number): void {
    const { shift, word } = this.layout
    delta[at + word[slot]!]! ^= (before ^ after) << shift[slot]!
  }

  private addAt(keys: Int32Array, from: number, hash: number): number {
    const at = this.place(keys, from, hash)
    const known = this.slots.data[at]!
    if (known !== 0) return known - 1
    const words = this.layout.words
    this.packed.reserve(words)
    const data = this.packed.data
    const to = this.packed.length
    for (let i = 0; i < words; i++) data[to + i] = keys[from + i]!
    this.packed.length += words
    this.slots.data[at] = ++this.size
    this.slots.data[at + 1] = hash
    if (this.size * 3 > this.slots.length) this.double()
    return this.size - 1
  }

  /** Where it is in `slots`, or the free place where it belongs. */
  private place(keys: Int32Array, from: number, hash: number): number {
    const slots = this.slots.data
    const words = this.layout.words
    const data = this.packed.data
    const mask = this.slots.length - 1
    let at = (hash >>> this.shift) << 1
    for (let known = slots[at]!; known !== 0; known = slots[at]!) {
      if (slots[at + 1] === hash) {
        const index = (known - 1) * words
        let i = 0
        while (i < words && data[index + i] === keys[from + i]) i++
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
    const repacked = (data: Int32Array, count: number): Int32Array => {
      const into = new Int32Array(count * this.layout.words)
      for (let i = 0; i < count; i++) {
        old.read(data, i * old.words, this.scratch)
        this.layout.write(this.scratch, into, i * this.layout.words)
      }
      return into
    }
    const replace = (words: Words, by: Int32Array): void => {
      words.length = 0
      words.append(by, 0, by.length)
    }
    replace(this.packed, repacked(this.packed.data, this.size))
    replace(this.keys, repacked(this.keys.data, this.made))
    this.base = repacked(this.base, 1)
    this.key = repacked(this.key, 1)
    for (let i = 0; i < this.made; i++) {
      this.hashes.data[i] = hashOf(this.keys.data, i * this.layout.words, this.layout.words)
    }
    this.epoch++
    this.hashAnew()
  }

  /** For so many more steps. */
  makeRoom(count: number): void {
    const steps = this.made + count
    if (steps > this.hashes.data.length) this.hashes.widen(2 * steps)
    if (steps * this.words > this.keys.data.length) this.keys.widen(2 * steps * this.words)
  }

  /** For so many more tuples. */
  reserve(count: number): void {
    this.packed.reserve(count * this.words)
    while ((this.size + count) * 3 > this.slots.length) this.double()
  }

  private double(): void {
    const length = 2 * this.slots.length
    // For those that find no place at once as well.
    this.slots.widen(length + waiting)
    this.slots.length = length
    this.shift = shiftOf(length)
    if (this.doubling?.() !== true) this.hashAnew()
  }

  /** Places of all, anew: one after another, so that memory works on many of them at once. */
  private hashAnew(): void {
    const { shift, size } = this
    const slots = this.slots.data
    const data = this.packed.data
    const words = this.layout.words
    const mask = this.slots.length - 1
    slots.fill(0)
    for (let index = 0; index < size; index++) {
      const hash = hashOf(data, index * words, words)
      let at = (hash >>> shift) << 1
      while (slots[at] !== 0) at = (at + 2) & mask
      slots[at] = index + 1
      slots[at + 1] = hash
    }
  }
}

/** Which bits of a hash are a place: the upper ones. */
const shiftOf = (length: number): number => Math.clz32(length >>> 1) + 1
