/**
 * A system as the search sees it: states are tuples of ids, every function of
 * the user is a decision tree over them.
 */
import type { Action, Components, Holds, Outcome, Read, System } from "../../../domain/check/System.ts"
import { changesAt, changeWords, countAt, unread } from "./Deltas.ts"
import { Forbids } from "./Forbids.ts"
import { Interner } from "./Interner.ts"
import { Problem } from "./Problem.ts"
import { Column, type Known, Reader } from "./Reader.ts"
import { truth, validate } from "./Wellformed.ts"
import { Settling } from "./Settling.ts"
import { Words } from "./Words.ts"

/** What an edge says: which action, on which key, in which words. */
export interface Label {
  readonly action: number
  readonly key: string
  readonly says: string
  readonly breaks: string | undefined
}

/** One action on one key: what fairness is counted on. */
export interface Fair {
  readonly action: string
  readonly key: string
  readonly strong: boolean
}

/** One step from a state. */
export interface Taken {
  readonly label: number
  /** The budget it is paid from, or -1. */
  readonly cost: number
  readonly fair: number
  readonly to: Int32Array
}

interface CompiledAction<S extends Components> {
  readonly action: Action<S>
  readonly known: Known
  readonly run: () => number
  /** Index of its budget; -1: free. */
  readonly cost: number
  /** Its budget is not there. */
  readonly isOff: boolean
}

export class Compiled<S extends Components> {
  readonly system: System<S>
  readonly columns: ReadonlyArray<Column>
  readonly width: number
  readonly interner = new Interner()
  readonly reader: Reader<S>
  readonly classes: ReadonlyArray<string>
  readonly actions: ReadonlyArray<CompiledAction<S>>
  readonly labels: Array<Label> = []
  readonly fairs: Array<Fair> = []
  /** Per label: index into `fairs`, or -1. */
  readonly fairOf = new Words()
  /** Per label: the budget it is paid from, or -1. */
  readonly costOf = new Words()
  /** Per label: 1 if a rule is broken; and whether one ever was. */
  readonly breaks = new Words()
  hasBreaks = false
  /** Results of actions: how many outcomes, and each one as `Deltas` says. */
  readonly outcomes = new Words()
  /** Per action, the slots that it was ever seen to read or change; `width`: a free name, so all of them. */
  readonly touches: ReadonlyArray<Set<number>>
  /** The slots that any predicate of states was ever seen to read; `width`: as above. */
  readonly looked = new Set<number>()
  readonly initial: ReadonlyArray<Int32Array>
  private readonly settling: Settling<S>
  private readonly labelIds = new Map<string, number>()
  private readonly fairIds = new Map<string, number>()
  private readonly all: Int32Array
  private readonly forbids: Forbids
  private readonly none = new Int32Array(0)

  constructor(system: System<S>) {
    validate(system)
    this.system = system
    this.columns = Object.keys(system.initial[0]!).map((name) => new Column(name, this.interner))
    this.width = this.columns.length
    this.touches = system.actions.map(() => new Set<number>())
    this.forbids = new Forbids(this.width, system.actions.length)
    this.all = new Int32Array((this.width + 31) >>> 5).fill(-1)
    this.reader = new Reader<S>(this.columns, this.interner, system.mentions)
    this.classes = Object.keys(system.budgets)
    // At 0: nothing happens.
    this.outcomes.push(0)
    this.settling = new Settling(system, this.columns, this.reader, (set, where) => this.changesOf(set, where))
    this.actions = system.actions.map((action, index) => this.compileAction(action, index))
    this.initial = system.initial.map((state) => this.encode(state))
  }

  /** Offset of the outcomes of an action in this state; 0: none. */
  outcomesOf(action: number, state: Int32Array): number {
    const { known, run } = this.actions[action]!
    return this.reader.result(known, state, this.none, run)
  }

  /** Everything that may happen in a state, settled; what changes nothing only if it breaks a rule. */
  steps(state: Int32Array): ReadonlyArray<Taken> {
    const changed = new Int32Array(this.maskWords)
    return this.actions.flatMap(({ cost, isOff }, action) => {
      const steps: Array<Taken> = []
      if (isOff) return steps
      let at = this.outcomesOf(action, state)
      for (let left = this.outcomes.data[at++]!; left > 0; left--) {
        const words = this.outcomes.data
        const label = words[at]!
        const to = state.slice()
        const end = at + changesAt + changeWords * words[at + countAt]!
        for (at += changesAt; at < end; at += changeWords) to[words[at]!] = words[at + 2]!
        changed.fill(0)
        for (let i = 0; i < to.length; i++) if (to[i] !== state[i]) changed[i >>> 5]! |= 1 << (i & 31)
        this.settle(to, changed)
        const isStep = to.some((id, i) => id !== state[i]) || this.labels[label]!.breaks !== undefined
        if (isStep) steps.push({ label, cost, fair: this.fairOf.data[label]!, to })
      }
      return steps
    })
  }

  /** Takes from `actions` (one bit each) those that one component alone is known to forbid. */
  narrow(actions: Int32Array, state: Int32Array): void {
    this.forbids.narrow(actions, state)
  }

  /** Lets everything eager happen; `changed`: the slots that differ from a settled state, one bit each. */
  settle(state: Int32Array, changed: Int32Array): void {
    this.settling.settle(state, changed)
  }

  get hasEager(): boolean {
    return !this.settling.isIdle
  }

  /** The words of `changed`. */
  get maskWords(): number {
    return this.all.length
  }

  /** A predicate as a function of tuples. */
  predicate(name: string, holds: Holds<S>) {
    const known = this.reader.register(name)
    const run = () => {
      const result = truth(name, holds(this.reader.before))
      for (const slot of this.reader.path) this.looked.add(Math.min(slot, this.width))
      return result
    }
    const test = (state: Int32Array) => this.reader.result(known, state, this.none, run) === 1
    return { test, isConstant: () => this.reader.memo.isConstant(known.id) }
  }

  stepPredicate(name: string, holds: (before: Read<S>, after: Read<S>) => boolean) {
    const known = this.reader.register(name)
    const run = () => truth(name, holds(this.reader.before, this.reader.after))
    const test = (before: Int32Array, after: Int32Array) => this.reader.result(known, before, after, run) === 1
    return { test, isConstant: () => this.reader.memo.isConstant(known.id) }
  }

  /** The tuple of a state, settled. */
  encode(state: S): Int32Array {
    const names = Object.keys(state)
    const extra = names.find((name) => this.reader.slotOf(name) === undefined)
    const missing = this.columns.find(({ name }) => !Object.hasOwn(state, name))
    if (extra !== undefined || missing !== undefined) {
      const detail = `the initial states do not have the same components: ${extra ?? missing?.name} is in some only`
      throw new Problem({ what: "Malformed", where: this.system.name, detail })
    }
    const tuple = Int32Array.from(this.columns, (column) =>
      column.idOf(state[column.name], `initial state, component ${column.name}`)
    )
    this.settling.settle(tuple, this.all.slice(), true)
    return tuple
  }

  decode(tuple: Int32Array): S {
    // Every column holds values of the component of its name only.
    return Object.fromEntries(this.columns.map(({ name, values }, i) => [name, values[tuple[i]!]])) as S
  }

  /** Of everything that is not the graph: values, decision trees, results. */
  get bytes(): number {
    return this.interner.bytes + this.reader.memo.bytes + this.outcomes.bytes + this.settling.bytes
  }

  private compileAction(action: Action<S>, index: number): CompiledAction<S> {
    const { fairness, name } = action
    const cost = typeof fairness === "object" ? this.classes.indexOf(fairness.budget) : -1
    const run = () => {
      const offset = this.outcomes.length
      const outcomes = [...action.outcomes(this.reader.before)]
      for (const slot of this.reader.path) this.touches[index]!.add(Math.min(slot, this.width))
      if (outcomes.length === 0) {
        const { ids, path } = this.reader
        if (path.length === 1 && path[0]! < this.width) this.forbids.add(path[0]!, ids[0]!, index)
        return 0
      }
      this.outcomes.push(outcomes.length)
      for (const outcome of outcomes) this.addOutcome(index, outcome, cost)
      return offset
    }
    return {
      action,
      known: this.reader.register(`action "${name}"`, this.outcomes),
      run,
      cost,
      isOff: cost < 0 && typeof fairness === "object"
    }
  }

  private addOutcome(action: number, outcome: Outcome<S>, cost: number): void {
    const where = `action "${this.system.actions[action]!.name}", key "${outcome.key}"`
    this.outcomes.push(this.label(action, outcome, cost))
    this.outcomes.push(0)
    const at = this.outcomes.length
    this.outcomes.push(0)
    for (const [slot, id] of this.changesOf(outcome.set, where)) {
      const read = this.reader.path.indexOf(slot)
      const before = read < 0 ? unread : this.reader.ids[read]!
      if (before === id) continue
      this.touches[action]!.add(slot)
      this.outcomes.data[at]!++
      for (const word of [slot, before, id]) this.outcomes.push(word)
    }
  }

  private changesOf(set: Partial<S>, where: string): ReadonlyArray<readonly [slot: number, id: number]> {
    return Object.keys(set).map((name) => {
      const slot = this.reader.slotOf(name)
      if (slot === undefined) {
        const detail = `sets the component "${name}", which the initial state does not have`
        throw new Problem({ what: "Unknown", where, detail })
      }
      return [slot, this.columns[slot]!.idOf(set[name], `${where}, component ${name}`)]
    })
  }

  private label(action: number, { breaks, key, says }: Outcome<S>, cost: number): number {
    const text = JSON.stringify([action, key, says, breaks])
    const known = this.labelIds.get(text)
    if (known !== undefined) return known
    const { fairness, name } = this.system.actions[action]!
    this.labelIds.set(text, this.labels.length)
    this.fairOf.push(fairness === "weak" || fairness === "strong" ? this.fair(name, key, fairness === "strong") : -1)
    this.costOf.push(cost)
    this.breaks.push(breaks === undefined ? 0 : 1)
    this.hasBreaks ||= breaks !== undefined
    return this.labels.push({ action, key, says: says ?? `${name} ${key}`, breaks }) - 1
  }

  private fair(action: string, key: string, strong: boolean): number {
    const text = JSON.stringify([action, key])
    let id = this.fairIds.get(text)
    if (id === undefined) {
      id = this.fairs.push({ action, key, strong }) - 1
      this.fairIds.set(text, id)
    }
    return id
  }
}
