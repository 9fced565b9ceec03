/**
 * Growing arrays side by side in one memory that compiled loops work on. An array
 * that outgrows its place pushes those after it on; where all of it is too much
 * for 32 bits, each goes its own way again.
 */
import { type Memory, memoryOf, pagesOf } from "./Wasm.ts"
import type { Words } from "./Words.ts"

const page = 65_536

export class Regions {
  readonly memory: Memory
  /** All is apart again. */
  isDissolved = false
  private readonly all: ReadonlyArray<Words>
  /** Pages of each. */
  private readonly pages: Array<number>

  /** Takes these arrays in, with all that they hold; those that grow most come last. `most`: pages in all. */
  constructor(all: ReadonlyArray<Words>, most?: number) {
    this.all = all
    this.pages = all.map(({ data }) => pagesOf(data.length))
    this.memory = memoryOf(
      this.pages.reduce((sum, count) => sum + count, 0),
      most
    )
    const before = all.map(({ data }) => data)
    this.place()
    for (const [i, words] of all.entries()) {
      words.data.set(before[i]!)
      words.host = this
    }
  }

  /** Where an array begins, in bytes. */
  beginOf(words: Words): number {
    return words.data.byteOffset
  }

  /** Room for so many words in one of them. */
  widen(words: Words, capacity: number): void {
    const index = this.all.indexOf(words)
    const extra = pagesOf(capacity) - this.pages[index]!
    if (extra <= 0) return
    const from = words.data.byteOffset + words.data.byteLength
    const end = this.memory.buffer.byteLength
    try {
      this.memory.grow(extra)
    } catch {
      this.dissolve()
      words.widen(capacity)
      return
    }
    const bytes = new Uint8Array(this.memory.buffer)
    bytes.copyWithin(from + extra * page, from, end)
    bytes.fill(0, from, Math.min(end, from + extra * page))
    this.pages[index]! += extra
    this.place()
  }

  private place(): void {
    let from = 0
    for (const [i, words] of this.all.entries()) {
      const bytes = this.pages[i]! * page
      words.data = new Int32Array(this.memory.buffer, from, bytes / 4)
      from += bytes
    }
  }

  private dissolve(): void {
    this.isDissolved = true
    for (const words of this.all) {
      words.data = words.data.slice()
      words.host = undefined
    }
  }
}
