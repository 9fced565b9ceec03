/**
 * Runs a function of a state once and records what it reads: the only way that
 * user code is called during a search.
 */
import type { Components, Read } from "../../../domain/check/System.ts"
import type { Interner } from "./Interner.ts"
import { Memo } from "./Memo.ts"
import { Names } from "./Names.ts"
import { Problem } from "./Problem.ts"
import type { Words } from "./Words.ts"

/** The values that one component has had. */
export class Column {
  readonly name: string
  readonly values: Array<unknown> = []
  private readonly ids = new Map<number, number>()
  private readonly interner: Interner

  constructor(name: string, interner: Interner) {
    this.name = name
    this.interner = interner
  }

  idOf(value: unknown, where: string): number {
    const interned = this.interner.intern(value, where)
    const known = this.ids.get(interned)
    if (known !== undefined) return known
    this.ids.set(interned, this.values.length)
    return this.values.push(this.interner.values[interned]) - 1
  }
}

interface Name {
  readonly kind: string
  readonly nth: number
  readonly ofAfter: boolean
}

/** A function of the state: its number in the memo, what people call it, and how well remembering it pays. */
export interface Known {
  readonly id: number
  readonly where: string
  /** Where results lie that are more than a number. */
  readonly words: Words | undefined
  runs: number
  finds: number
}

/** After so many runs, what is seldom found again is not remembered any more. */
const trialRuns = 50_000
/** The first runs and then one of so many are done twice. */
const twiceAtFirst = 16
const twiceOf = 64

export class Reader<S extends Components> {
  readonly columns: ReadonlyArray<Column>
  readonly memo: Memo
  /** What the last run read. */
  path: Array<number> = []
  ids: Array<number> = []
  readonly before: Read<S>
  readonly after: Read<S>
  private readonly names: Names
  private readonly slots = new Map<string, number>()
  private readonly unused: Array<Name> = []
  private readonly unusedSlots = new Map<string, number>()
  private state: Int32Array = new Int32Array(0)
  private next: Int32Array = new Int32Array(0)
  private running: string | undefined
  /** Per component: in which run it was read last. */
  private readonly notedIn: Int32Array
  private runs = 0

  constructor(columns: ReadonlyArray<Column>, interner: Interner, mentions?: (value: unknown) => Iterable<string>) {
    this.columns = columns
    this.notedIn = new Int32Array(2 * columns.length)
    this.names = new Names(interner, columns, mentions)
    for (const [i, { name }] of columns.entries()) this.slots.set(name, i)
    this.memo = new Memo(columns.length, (what, state, after) => this.free(what, state, after))
    this.before = this.read(false)
    this.after = this.read(true)
  }

  register(where: string, words?: Words): Known {
    return { id: this.memo.register(), where, words, runs: 0, finds: 0 }
  }

  /** The slot of a component; `undefined`: there is none of this name. */
  slotOf(component: string): number | undefined {
    return this.slots.get(component)
  }

  /** The remembered result, or what `run` makes of it. */
  result(known: Known, state: Int32Array, after: Int32Array, run: () => number): number {
    const found = this.memo.find(known.id, state, after)
    known.finds++
    return found >= 0 ? found : this.run(known, state, after, run)
  }

  private run(known: Known, state: Int32Array, after: Int32Array, run: () => number): number {
    const result = this.observe(known.where, state, after, run)
    if (known.runs < twiceAtFirst || known.runs % twiceOf === 0) this.repeat(known, result, state, after, run)
    if (++known.runs > trialRuns && known.runs * 5 > known.finds * 4) return result
    const other = this.memo.add(known.id, this.path, this.ids, result)
    if (other >= 0) {
      throw new Problem({
        what: "Unsteady",
        where: known.where,
        detail: `read ${this.label(other)} at another time where everything read before was the same; it must depend on what it reads and on nothing else`
      })
    }
    return result
  }

  /** The same once more must be the same: what a function keeps for itself is found here. */
  private repeat(known: Known, result: number, state: Int32Array, after: Int32Array, run: () => number): void {
    const { words } = known
    const end = words?.length ?? 0
    const path = this.path
    const again = this.observe(known.where, state, after, run)
    const isSame = again === result || (words !== undefined && again >= end && same(words, result, end, again))
    if (words !== undefined) words.length = end
    if (isSame && path.length === this.path.length && path.every((what, i) => what === this.path[i])) return
    const detail = `returned two different things for the same state, having read ${this.seen()}; it must depend on what it reads and on nothing else`
    throw new Problem({ what: "Unsteady", where: known.where, detail })
  }

  /** What runs now, or was broken off. */
  get where(): string | undefined {
    return this.running
  }

  /** Calls the user's function; a throw becomes a `Problem`. */
  observe(where: string, state: Int32Array, after: Int32Array, run: () => number): number {
    this.state = state
    this.next = after
    this.path = []
    this.ids = []
    this.runs++
    this.running = where
    try {
      return run()
    } catch (cause) {
      if (cause instanceof Problem) throw cause
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new Problem({ what: "Threw", where, detail: `threw "${message}", having read ${this.seen()}` })
    } finally {
      this.running = undefined
    }
  }

  private seen(): string {
    const text = (i: number, what: number) =>
      `${this.label(what)} = ${what < 2 * this.columns.length ? show(this.columns[what % this.columns.length]!.values[this.ids[i]!]) : this.ids[i]}`
    return this.path.length === 0 ? "nothing" : this.path.map((what, i) => text(i, what)).join(", ")
  }

  private label(what: number): string {
    const width = this.columns.length
    if (what >= 2 * width) return `unused("${this.unused[what - 2 * width]!.kind}")`
    return what < width ? this.columns[what]!.name : `${this.columns[what - width]!.name} afterwards`
  }

  private read(ofAfter: boolean): Read<S> {
    const width = this.columns.length
    const component = <K extends keyof S & string>(name: K): S[K] => {
      const slot = this.slots.get(name)
      if (slot === undefined) throw this.unknown(name)
      if (this.running === undefined) throw this.late(name)
      const id = (ofAfter ? this.next : this.state)[slot]!
      this.note(ofAfter ? slot + width : slot, id)
      // The column of this name holds nothing but values of this component.
      return this.columns[slot]!.values[id] as S[K]
    }
    const unused = (kind: string, nth = 0): string => {
      if (this.running === undefined) throw this.late(`unused("${kind}")`)
      const what = 2 * width + this.unusedSlot(kind, nth, ofAfter)
      const number = this.free(what, this.state, this.next)
      this.note(what, number)
      return `${kind}#${number}`
    }
    return Object.assign(component, { unused })
  }

  private note(what: number, id: number): void {
    if (what < this.notedIn.length) {
      if (this.notedIn[what] === this.runs) return
      this.notedIn[what] = this.runs
    } else if (this.path.includes(what)) return
    this.path.push(what)
    this.ids.push(id)
  }

  private unusedSlot(kind: string, nth: number, ofAfter: boolean): number {
    const key = `${ofAfter ? 1 : 0}${nth}#${kind}`
    let slot = this.unusedSlots.get(key)
    if (slot === undefined) {
      slot = this.unused.push({ kind, nth, ofAfter }) - 1
      this.unusedSlots.set(key, slot)
    }
    return slot
  }

  private free(what: number, state: Int32Array, after: Int32Array): number {
    const { kind, nth, ofAfter } = this.unused[what - 2 * this.columns.length]!
    return this.names.free(kind, nth, ofAfter ? after : state)
  }

  private unknown(name: string): Problem {
    const known = this.columns.map((column) => column.name).join(", ")
    const detail = `reads the component "${name}", which the initial state does not have (it has ${known})`
    return new Problem({ what: "Unknown", where: this.running ?? "read", detail })
  }

  private late(name: string): Problem {
    const detail = `${name} is read after the function that was given this \`read\` has returned`
    return new Problem({ what: "Unsteady", where: "read", detail })
  }
}

const same = (words: Words, from: number, end: number, other: number): boolean => {
  if (words.length - other !== end - from) return false
  for (let i = from; i < end; i++) if (words.data[i] !== words.data[other + i - from]) return false
  return true
}

/** Short, for messages. */
export const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}
