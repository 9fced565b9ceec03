/**
 * Interchangeable elements: of all states that differ in their names only, one is
 * kept. And the law this rests on, tried while searching: renaming a state renames
 * its steps, and no property sees a difference.
 */
import type { Components, Symmetry } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { Problem } from "./Problem.ts"
import { Tuples } from "./Tuples.ts"
import type { Watched } from "./Watched.ts"
import { Words } from "./Words.ts"

type Renaming = ReadonlyMap<string, string>

/** States whose core is remembered. */
const mostMade = 4_000_000

/** Of one renaming, per slot: where it goes, and its ids by id (+1; 0: not known yet). */
interface Table {
  readonly to: Int32Array
  readonly ids: ReadonlyArray<Words>
}

export class Symmetric<S extends Components> {
  readonly elements: ReadonlyArray<string>
  /** Neighbours exchanged: every renaming is made of these. */
  readonly exchanges: ReadonlyArray<Renaming>
  private readonly compiled: Compiled<S>
  private readonly symmetry: Symmetry<S>
  private readonly tables: ReadonlyArray<Table>
  private made: Tuples
  private coreOf = new Words()

  constructor(compiled: Compiled<S>, symmetry: Symmetry<S>) {
    this.compiled = compiled
    this.symmetry = symmetry
    this.elements = symmetry.elements
    this.exchanges = symmetry.elements.slice(1).map((name, i) => {
      const other = symmetry.elements[i]!
      return new Map([...symmetry.elements.map((same) => [same, same] as const), [name, other], [other, name]])
    })
    this.made = new Tuples(compiled.width)
    this.tables = this.exchanges.map(() => ({
      to: new Int32Array(compiled.width).fill(-1),
      ids: compiled.columns.map(() => new Words(16))
    }))
  }

  get bytes(): number {
    return this.made.bytes + this.coreOf.bytes
  }

  /** The core of a state: the one of all states that it may be renamed to, which `add` finds for the least of them. */
  core(tuple: Int32Array, add: (representative: Int32Array) => number): number {
    this.made.set(tuple)
    const known = this.made.find()
    if (known >= 0) return this.coreOf.data[known]!
    const orbit = this.orbit(tuple)
    const core = add(orbit.reduce((least, other) => (isLess(other, least) ? other : least)))
    if (this.made.size + orbit.length > mostMade) {
      this.made = new Tuples(this.compiled.width)
      this.coreOf = new Words()
    }
    for (const other of orbit) {
      this.made.set(other)
      const size = this.made.size
      if (this.made.add() === size) this.coreOf.push(core)
    }
    return core
  }

  /** All that it may be renamed to. */
  orbit(tuple: Int32Array): ReadonlyArray<Int32Array> {
    const seen = new Tuples(tuple.length, 16)
    seen.set(tuple)
    seen.add()
    const orbit = [tuple]
    for (const each of orbit) {
      for (let i = 0; i < this.exchanges.length; i++) {
        const other = this.renamed(each, i)
        const size = seen.size
        seen.set(other)
        if (seen.add() === size) orbit.push(other)
      }
    }
    return orbit
  }

  /** By one of the exchanges. */
  renamed(tuple: Int32Array, index: number): Int32Array {
    if (this.symmetry.renameComponent !== undefined) return this.byComponent(tuple, index)
    const state = this.symmetry.rename(this.compiled.decode(tuple), this.exchanges[index]!)
    return Int32Array.from(this.compiled.columns, (column) =>
      column.idOf(state[column.name], `renamed component ${column.name}`)
    )
  }

  private byComponent(tuple: Int32Array, index: number): Int32Array {
    const { ids, to } = this.tables[index]!
    const made = new Int32Array(tuple.length)
    for (let slot = 0; slot < tuple.length; slot++) {
      const id = tuple[slot]!
      const known = ids[slot]!
      if (id >= known.length) known.fill(id + 1)
      if (known.data[id] === 0) known.data[id] = this.component(slot, id, index) + 1
      made[to[slot]!] = known.data[id]! - 1
    }
    return made
  }

  private component(slot: number, id: number, index: number): number {
    const { name, values } = this.compiled.columns[slot]!
    const [renamed, value] = this.symmetry.renameComponent!(name, values[id], this.exchanges[index]!)
    const to = this.compiled.reader.slotOf(renamed)
    const { to: slots } = this.tables[index]!
    if (to === undefined || (slots[slot] !== -1 && slots[slot] !== to)) {
      const detail = `renaming calls it "${renamed}", which is no component or not the same one each time`
      throw new Problem({ what: "Malformed", where: `component ${name}`, detail })
    }
    slots[slot] = to
    return this.compiled.columns[to]!.idOf(value, `renamed component ${name}`)
  }

  /** Throws if renaming this state does not rename its steps, or changes what the properties say of it or of a step. */
  verify(tuple: Int32Array, index: number, watched: Watched<S>): void {
    const other = this.renamed(tuple, index)
    const steps = this.compiled.steps(tuple)
    const next = steps.map(({ cost, to }) => `${cost} ${this.renamed(to, index).join()}`)
    const renamed = this.compiled.steps(other).map(({ cost, to }) => `${cost} ${to.join()}`)
    const isSame = sorted(next) === sorted(renamed)
    const isAlike = ({ to }: { readonly to: Int32Array }) =>
      watched.saysOfStep(tuple, to) === watched.saysOfStep(other, this.renamed(to, index))
    if (isSame && watched.says(tuple) === watched.says(other) && steps.every(isAlike)) return
    const what = isSame ? "a property tells them apart" : "they do not have the same steps"
    const names = [...this.exchanges[index]!]
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => `${from} as ${to}`)
    const detail = `its elements are not interchangeable: ${what}, in a state and the same one with ${names.join(", ")}`
    throw new Problem({ what: "Malformed", where: this.compiled.system.name, detail })
  }
}

const sorted = (texts: ReadonlyArray<string>): string => [...new Set(texts)].toSorted().join(";")

const isLess = (one: Int32Array, other: Int32Array): boolean => {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return one[i]! < other[i]!
  return false
}
