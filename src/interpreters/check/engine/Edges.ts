/**
 * The steps between cores. Calm ones lie in one array, core after core: they are
 * the graph of liveness. Those that cost something are found class by class, when
 * some node can pay for them, and lie in rows.
 */
import { Words } from "./Words.ts"

export class Edges {
  /** Calm edges and where those of each expanded core begin. */
  readonly to = new Words(1024, true)
  readonly by = new Words(1024, true)
  readonly begins = new Words(1024, true)
  /** Edges that cost something. */
  readonly costlyTo = new Words()
  readonly costlyBy = new Words()
  /** Per core the first and last row + 1, per row its edges and the next row + 1. */
  private readonly rows = new Words()
  private readonly firstRow = new Words()
  private readonly lastRow = new Words()
  /** Per core, the classes that were expanded: bits. */
  private readonly asked = new Words()
  private readonly askedWords: number

  constructor(classes: number) {
    this.askedWords = (classes + 31) >>> 5
    this.begins.push(0)
  }

  /** Cores whose calm edges are known: those below this. */
  get expanded(): number {
    return this.begins.length - 1
  }

  get bytes(): number {
    const tables = [this.to, this.by, this.begins, this.costlyTo, this.costlyBy, this.rows]
    return [...tables, this.firstRow, this.lastRow, this.asked].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** A core was found that was not there before. */
  discover(core: number): void {
    if (this.askedWords === 0) return
    this.asked.fill((core + 1) * this.askedWords)
    this.firstRow.push(0)
    this.lastRow.push(0)
  }

  /** Whether the edges of a class are asked for the first time. */
  isFirstAsked(core: number, cost: number): boolean {
    const at = core * this.askedWords + (cost >>> 5)
    const bit = 1 << (cost & 31)
    if ((this.asked.data[at]! & bit) !== 0) return false
    this.asked.data[at]! |= bit
    return true
  }

  /** All calm edges of the next core are there. */
  endCalm(edges = this.to.length): void {
    this.begins.push(edges)
  }

  /** The costly edges from here on are of this core. */
  endRow(core: number, from: number): void {
    if (from === this.costlyTo.length) return
    this.rows.push(from)
    this.rows.push(this.costlyTo.length)
    this.rows.push(0)
    const row = this.rows.length / 3
    if (this.firstRow.data[core] === 0) this.firstRow.data[core] = row
    else this.rows.data[3 * this.lastRow.data[core]! - 1] = row
    this.lastRow.data[core] = row
  }

  /** The first row of a core, or 0. */
  rowOf(core: number): number {
    return this.askedWords === 0 ? 0 : this.firstRow.data[core]!
  }

  /** The row after this one, or 0. */
  rowAfter(row: number): number {
    return this.rows.data[3 * row - 1]!
  }

  beginOfRow(row: number): number {
    return this.rows.data[3 * row - 3]!
  }

  endOfRow(row: number): number {
    return this.rows.data[3 * row - 2]!
  }
}
