/**
 * What a search node has besides its core: the budgets left and one bit per
 * `LeadsTo` that waits for its goal, packed into as few words as they need. Each
 * lane has a guard bit above it, so that "at least as much of everything" is one
 * subtraction per word.
 */
import { Problem } from "./Problem.ts"

const usable = 31

export interface Lane {
  readonly word: number
  readonly shift: number
  readonly mask: number
}

export class Lanes {
  readonly words: number
  readonly budgets: ReadonlyArray<Lane>
  readonly waits: ReadonlyArray<Lane>
  private readonly guards: Int32Array

  /** `limits`: the budgets at first; `waits`: how many bits. */
  constructor(limits: ReadonlyArray<number>, waits: number) {
    let word = 0
    let shift = 0
    const guards: Array<number> = []
    const lane = (limit: number): Lane => {
      const bits = Math.max(1, 32 - Math.clz32(limit))
      if (limit > 2 ** (usable - 2)) {
        throw new Problem({ what: "Outgrown", where: "budgets", detail: `a budget of ${limit} cannot be counted` })
      }
      if (shift + bits + 1 > usable) {
        word++
        shift = 0
      }
      const made = { word, shift, mask: 2 ** bits - 1 }
      guards[word] = (guards[word] ?? 0) + 2 ** (shift + bits)
      shift += bits + 1
      return made
    }
    this.budgets = limits.map(lane)
    this.waits = Array.from({ length: waits }, () => lane(1))
    this.words = limits.length + waits === 0 ? 0 : word + 1
    this.guards = Int32Array.from(guards)
  }

  /** What is left of a budget, or whether it waits. */
  get(data: Int32Array, from: number, { mask, shift, word }: Lane): number {
    return (data[from + word]! >>> shift) & mask
  }

  set(data: Int32Array, from: number, { mask, shift, word }: Lane, value: number): void {
    if (value < 0 || value > mask) {
      throw new Problem({ what: "Outgrown", where: "budgets", detail: `${value} does not fit its lane of ${mask}` })
    }
    data[from + word] = (data[from + word]! & ~(mask << shift)) | (value << shift)
  }

  /** Whether the first has at least as much of everything. */
  covers(data: Int32Array, first: number, other: Int32Array, second: number): boolean {
    for (let i = 0; i < this.words; i++) {
      const guard = this.guards[i]!
      if ((((data[first + i]! | guard) - other[second + i]!) & guard) !== guard) return false
    }
    return true
  }

  equals(data: Int32Array, first: number, other: Int32Array, second: number): boolean {
    for (let i = 0; i < this.words; i++) if (data[first + i] !== other[second + i]) return false
    return true
  }
}
