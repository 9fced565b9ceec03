/**
 * A growing array of 32-bit integers, the only thing that large tables are made of.
 * One that grows in place lies in a memory of WebAssembly once it is large, and is not copied; what was `data`
 * before is gone then.
 */
import { type Memory, memoryOf, mostPages, pagesOf } from "./Wasm.ts"

const large = 1 << 20
const mostByOne = 64

export class Words {
  data: Int32Array
  length = 0
  /** Whose memory it lies in, if it is not its own. */
  host: { readonly widen: (words: Words, capacity: number) => void } | undefined

  private memory: Memory | undefined
  private readonly growsInPlace: boolean

  constructor(capacity = 1024, growsInPlace = false) {
    this.growsInPlace = growsInPlace
    this.data = new Int32Array(capacity)
  }

  /** Makes room for so many more. */
  reserve(extra: number): void {
    const needed = this.length + extra
    if (needed <= this.data.length) return
    // Large ones grow more slowly: while growing, the old one may be there as well.
    const factor = this.data.length < large ? 2 : this.growsInPlace || this.host !== undefined ? 1.25 : 1.5
    this.widen(Math.max(Math.ceil(this.data.length * factor), needed))
  }

  /** Makes room for so many in all. */
  widen(capacity: number): void {
    if (this.host !== undefined) return this.host.widen(this, capacity)
    if (this.growsInPlace && capacity >= large && pagesOf(capacity) <= mostPages) this.spread(capacity)
    else this.copyTo(new Int32Array(capacity))
  }

  /** To a memory, or further on in it. */
  private spread(capacity: number): void {
    const pages = pagesOf(capacity)
    try {
      if (this.memory !== undefined) {
        this.memory.grow(pages - pagesOf(this.data.length))
        this.data = new Int32Array(this.memory.buffer)
        return
      }
      const memory = memoryOf(pages)
      this.copyTo(new Int32Array(memory.buffer))
      this.memory = memory
    } catch {
      this.copyTo(new Int32Array(capacity))
    }
  }

  private copyTo(next: Int32Array): void {
    next.set(this.data)
    this.memory = undefined
    this.data = next
  }

  push(word: number): void {
    if (this.length === this.data.length) this.reserve(1)
    this.data[this.length++] = word
  }

  /** These, from one to another. */
  append(words: Int32Array, from: number, end: number): void {
    const count = end - from
    if (this.length + count > this.data.length) this.reserve(count)
    const { data, length } = this
    if (count > mostByOne) data.set(words.subarray(from, end), length)
    else for (let i = 0; i < count; i++) data[length + i] = words[from + i]!
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
