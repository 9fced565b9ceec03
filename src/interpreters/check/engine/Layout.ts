/** How a tuple of ids is packed into words: no slot lies across two of them. */

/** Where each slot lies: its word, its shift in it, and the mask of its bits. */
export class Layout {
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
