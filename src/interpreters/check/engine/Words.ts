/** A growing array of 32-bit integers, the only thing that large tables are made of. */
export class Words {
  data: Int32Array
  length = 0

  constructor(capacity = 1024) {
    this.data = new Int32Array(capacity)
  }

  /** Makes room for so many more. */
  reserve(extra: number): void {
    const needed = this.length + extra
    if (needed <= this.data.length) return
    // Large ones grow more slowly: while growing, the old one is there as well.
    const factor = this.data.length < 1 << 24 ? 2 : 1.5
    const next = new Int32Array(Math.max(Math.ceil(this.data.length * factor), needed))
    next.set(this.data)
    this.data = next
  }

  push(word: number): void {
    if (this.length === this.data.length) this.reserve(1)
    this.data[this.length++] = word
  }

  /** So many of these. */
  append(words: Int32Array, count: number): void {
    if (this.length + count > this.data.length) this.reserve(count)
    const { data, length } = this
    for (let i = 0; i < count; i++) data[length + i] = words[i]!
    this.length = length + count
  }

  /** Zeroes up to this length. */
  fill(length: number): void {
    if (length <= this.length) return
    this.reserve(length - this.length)
    this.length = length
  }

  get bytes(): number {
    return this.data.byteLength
  }
}
