/**
 * The set of tuples of ids, exact: open addressing over indices, the tuples
 * themselves packed into as few words as their ids need. A slot whose ids have
 * outgrown its bits gets more, and all tuples are packed anew.
 *
 * Steps from one tuple are made first and looked up together: memory then works
 * on all of them at once.
 */
import { Words } from "./Words.ts"

const seed = 0x2c1b3c6d

const mixed = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

const finished = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d)
  return mixed ^ (mixed >>> 16)
}

const hashOf = (key: Int32Array, from: number, words: number): number => {
  let hash = seed
  for (let i = 0; i < words; i++) hash = mixed(hash, key[from + i]!)
  return finished(hash)
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
  /** How often everything was packed anew. */
  epoch = 0
  /** Steps that were made and not looked up yet. */
  made = 0
  private layout: Layout
  private packed: Words
  /** Pairs of the index + 1 and the hash: what differs is seldom compared, and growing reads no tuple. */
  private slots: Int32Array
  /** The tuple that steps start from, packed. */
  base: Int32Array
  /** The one that a step makes. */
  private key: Int32Array
  private readonly scratch: Int32Array
  private keys: Int32Array
  private hashes = new Int32Array(64)
  /** Of no use to anybody, but that what is fetched is not left out. */
  sink = 0

  /** `room`: for how many at first, a power of 2. */
  constructor(width: number, room = 4096) {
    this.slots = new Int32Array(2 * room)
    this.packed = new Words(room)
    this.layout = new Layout(Array.from({ length: width }, () => bitsAtFirst))
    this.base = new Int32Array(this.layout.words)
    this.key = new Int32Array(this.layout.words)
    this.keys = new Int32Array(64 * this.layout.words)
    this.scratch = new Int32Array(width)
  }

  get bytes(): number {
    return this.packed.bytes + this.slots.byteLength
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
    if (this.made === this.hashes.length) this.widenMade()
    const { base, keys } = this
    const words = base.length
    const to = this.made * words
    for (let i = 0; i < words; i++) keys[to + i] = (base[i]! & keep) ^ delta[from + i]!
    this.hashes[this.made++] = hashOf(keys, to, words)
  }

  /** As many steps as are listed: the label of each, and the words that it changes. */
  pushAll(steps: Int32Array, from: number, count: number, labels: Words): void {
    while (this.made + count > this.hashes.length) this.widenMade()
    labels.reserve(count)
    const { base, hashes, keys } = this
    const words = base.length
    const labelOf = labels.data
    let to = this.made * words
    for (let made = this.made; count > 0; count--) {
      labelOf[labels.length++] = steps[from++]!
      let hash = seed
      for (let i = 0; i < words; i++) {
        const word = base[i]! ^ steps[from++]!
        keys[to++] = word
        hash = mixed(hash, word)
      }
      hashes[made++] = finished(hash)
      this.made = made
    }
  }

  /**
   * Looks up the steps that were made: the index of each, in `targets`; those that were not there before are the
   * last so many. `labels`: a step of a negative one leads nowhere.
   */
  addAll(labels: Int32Array, targets: Int32Array): void {
    this.fetch()
    const words = this.layout.words
    for (let step = 0; step < this.made; step++) {
      targets[step] = labels[step]! < 0 ? -1 : this.addAt(this.keys, step * words, this.hashes[step]!)
    }
    this.made = 0
  }

  /** Asks memory for what looking up the steps will need: for all of it at once. */
  private fetch(): void {
    const { hashes, made, slots } = this
    const data = this.packed.data
    const mask = slots.length - 1
    const words = this.layout.words
    let sum = 0
    for (let i = 0; i < made; i++) sum ^= slots[(hashes[i]! << 1) & mask]!
    for (let i = 0; i < made; i++) {
      const known = slots[(hashes[i]! << 1) & mask]!
      if (known !== 0) sum ^= data[(known - 1) * words]!
    }
    this.sink = sum
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
    return this.slots[this.place(this.key, 0, this.hash)]! - 1
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
    const known = this.slots[at]!
    if (known !== 0) return known - 1
    const words = this.layout.words
    this.packed.reserve(words)
    const data = this.packed.data
    const to = this.packed.length
    for (let i = 0; i < words; i++) data[to + i] = keys[from + i]!
    this.packed.length += words
    this.slots[at] = ++this.size
    this.slots[at + 1] = hash
    if (this.size * 3 > this.slots.length) this.rehash(this.slots.length * 2)
    return this.size - 1
  }

  /** Where it is in `slots`, or the free place where it belongs. */
  private place(keys: Int32Array, from: number, hash: number): number {
    const { slots } = this
    const words = this.layout.words
    const data = this.packed.data
    const mask = slots.length - 1
    let at = (hash << 1) & mask
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
    const repacked = (data: Int32Array, count: number, room: number): Int32Array => {
      const into = new Int32Array(room * this.layout.words)
      for (let i = 0; i < count; i++) {
        old.read(data, i * old.words, this.scratch)
        this.layout.write(this.scratch, into, i * this.layout.words)
      }
      return into
    }
    const packed = new Words(0)
    packed.data = repacked(this.packed.data, this.size, Math.max(1024, Math.ceil(this.size * 1.2)))
    packed.length = this.size * this.layout.words
    this.packed = packed
    this.base = repacked(this.base, 1, 1)
    this.key = repacked(this.key, 1, 1)
    this.keys = repacked(this.keys, this.made, this.hashes.length)
    for (let i = 0; i < this.made; i++) this.hashes[i] = hashOf(this.keys, i * this.layout.words, this.layout.words)
    this.epoch++
    this.rehash(this.slots.length)
  }

  private widenMade(): void {
    const [keys, hashes] = [new Int32Array(this.keys.length * 2), new Int32Array(this.hashes.length * 2)]
    keys.set(this.keys)
    hashes.set(this.hashes)
    this.keys = keys
    this.hashes = hashes
  }

  private rehash(length: number): void {
    const slots = new Int32Array(length)
    const mask = length - 1
    const words = this.layout.words
    const data = this.packed.data
    for (let index = 0; index < this.size; index++) {
      const hash = hashOf(data, index * words, words)
      let at = (hash << 1) & mask
      while (slots[at] !== 0) at = (at + 2) & mask
      slots[at] = index + 1
      slots[at + 1] = hash
    }
    this.slots = slots
  }
}
