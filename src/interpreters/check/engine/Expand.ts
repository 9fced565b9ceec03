/**
 * The steps from one core: actions are asked, what they do is done to its tuple,
 * everything eager follows, and the tuples that come of it become cores.
 */
import { Bundles } from "./Bundles.ts"
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { changesAt, changeWords, countAt, Deltas } from "./Deltas.ts"
import type { Symmetric } from "./Symmetric.ts"
import type { Tuples } from "./Tuples.ts"
import type { Watched } from "./Watched.ts"
import { Words } from "./Words.ts"

export interface Broken {
  readonly node: number
  readonly label: number
  /** -1: the state did not change. */
  readonly to: number
}

/** Where steps are written: where each leads, and its label. */
export interface Steps {
  readonly to: Words
  readonly by: Words
}

const noStep = -1

export class Expand<S extends Components> {
  /** Rules that programs broke by themselves: the first of each sentence. */
  readonly broken = new Map<string, Broken>()
  readonly taken: Uint8Array
  /** Something that must not happen has happened. */
  isBad = false
  private readonly bundles: Bundles<S> | undefined
  private readonly ids: Int32Array
  private isRead = false
  private readonly compiled: Compiled<S>
  private readonly watched: Watched<S>
  private readonly tuples: Tuples
  private readonly symmetric: Symmetric<S> | undefined
  private readonly discover: (core: number, state: Int32Array, parent: number) => void
  private readonly deltas: Deltas
  private readonly out: Int32Array
  private readonly changed: Int32Array
  private readonly open: Int32Array
  private readonly settles: boolean
  /** Labels of the steps that wait to be looked up; `~label`: it changes nothing. */
  private readonly waiting = new Words()
  /** Where they lead. */
  private targets = new Int32Array(64)

  /** `discover`: of each core that was not there before; `calm`: the actions that cost nothing, one bit each. */
  constructor(
    compiled: Compiled<S>,
    watched: Watched<S>,
    tuples: Tuples,
    symmetric: Symmetric<S> | undefined,
    discover: Expand<S>["discover"],
    calm: Int32Array
  ) {
    this.compiled = compiled
    this.watched = watched
    this.tuples = tuples
    this.symmetric = symmetric
    this.discover = discover
    this.deltas = new Deltas(tuples)
    this.taken = new Uint8Array(compiled.actions.length)
    this.ids = new Int32Array(compiled.width)
    this.out = new Int32Array(compiled.width)
    this.changed = new Int32Array(compiled.maskWords)
    this.open = new Int32Array((compiled.actions.length + 31) >>> 5)
    this.settles = compiled.hasEager || symmetric !== undefined
    this.bundles = this.settles ? undefined : new Bundles(compiled, tuples, calm, this.taken)
  }

  get bytes(): number {
    return this.deltas.bytes + (this.bundles?.bytes ?? 0)
  }

  /** The ids of the core that is expanded. */
  get state(): Int32Array {
    if (!this.isRead) this.tuples.readBase(this.ids)
    this.isRead = true
    return this.ids
  }

  /** Steps start from here. */
  startFrom(core: number): void {
    this.tuples.startFrom(core)
    this.isRead = false
  }

  /** The core of a settled state. */
  initial(tuple: Int32Array): number {
    this.out.set(tuple)
    if (this.symmetric !== undefined) return this.represented(-1)
    this.tuples.set(tuple)
    const size = this.tuples.size
    const core = this.tuples.add()
    if (core === size) this.discover(core, this.out, -1)
    return core
  }

  /** All outcomes of what costs nothing. */
  takeCalm(calm: Int32Array, node: number, steps: Steps): void {
    this.bundles?.take(this.waiting)
    this.take(this.bundles?.rest ?? calm, node, steps)
  }

  /** All outcomes of these actions (one bit each). */
  take(actions: Int32Array, node: number, steps: Steps): void {
    if (hasAny(actions)) this.ask(actions, node, steps)
    if (this.symmetric === undefined) this.lookUp(node, steps)
  }

  private ask(actions: Int32Array, node: number, steps: Steps): void {
    const { compiled, open, state } = this
    for (let i = 0; i < open.length; i++) open[i] = actions[i]!
    compiled.narrow(open, state)
    for (let i = 0; i < open.length; i++) {
      for (let left = open[i]!; left !== 0; left &= left - 1) {
        const action = 32 * i + 31 - Math.clz32(left & -left)
        const at = compiled.outcomesOf(action, state)
        if (at === 0) continue
        this.taken[action] = 1
        if (this.settles) this.takeSettled(at, node, steps)
        else this.takePlain(at)
      }
    }
  }

  /** Steps of a system where nothing follows by itself. */
  private takePlain(at: number): void {
    const { compiled, deltas, tuples, waiting } = this
    const words = compiled.outcomes.data
    let count = words[at++]!
    for (; count > 0; count--) {
      const label = words[at]!
      const changes = words[at + countAt]!
      if (changes > 0) {
        const delta = deltas.of(words, at)
        if (delta >= 0) {
          tuples.pushBy(deltas.data, delta)
          waiting.push(label)
        } else this.wait(label, this.change(words, at + changesAt, changes))
      } else this.wait(label, false)
      at += changesAt + changeWords * changes
    }
  }

  private takeSettled(at: number, node: number, steps: Steps): void {
    const outcomes = this.compiled.outcomes
    let count = outcomes.data[at++]!
    for (; count > 0; count--) {
      const label = outcomes.data[at]!
      const changes = outcomes.data[at + countAt]!
      const differs = this.settle(outcomes.data, at + changesAt, changes)
      if (this.symmetric === undefined) this.wait(label, differs)
      else this.emit(label, differs ? this.represented(node) : noStep, node, steps)
      at += changesAt + changeWords * changes
    }
  }

  /** Steps that change nothing are no steps, neither enabled nor taken; but they may break a rule. */
  private wait(label: number, differs: boolean): void {
    if (!differs && this.compiled.breaks.data[label] === 0) return
    this.waiting.push(differs ? label : ~label)
    this.tuples.push()
  }

  /** Everything that waits, at once. */
  private lookUp(node: number, steps: Steps): void {
    const { compiled, tuples, waiting, watched } = this
    const count = waiting.length
    const known = tuples.size
    if (count > this.targets.length) this.targets = new Int32Array(2 * count)
    tuples.addAll(waiting.data, this.targets)
    waiting.length = 0
    for (let core = known; core < tuples.size; core++) {
      if (!watched.isIdle) tuples.read(core, this.out)
      this.discover(core, this.out, node)
    }
    if (watched.steps.length === 0 && !compiled.hasBreaks) {
      steps.to.append(this.targets, count)
      steps.by.append(waiting.data, count)
      return
    }
    for (let i = 0; i < count; i++) {
      const label = waiting.data[i]!
      this.emit(label < 0 ? ~label : label, this.targets[i]!, node, steps)
    }
  }

  /** Whether these changes make another state. */
  private change(words: Int32Array, at: number, changes: number): boolean {
    const { state, tuples } = this
    let differs = false
    tuples.reset()
    for (const end = at + changeWords * changes; at < end; at += changeWords) {
      const slot = words[at]!
      const id = words[at + 2]!
      if (state[slot] === id) continue
      tuples.change(slot, id)
      differs = true
    }
    return differs
  }

  /** Whether these changes make another state, with all that follows by itself. */
  private settle(words: Int32Array, at: number, changes: number): boolean {
    const { changed, out, state, tuples } = this
    let differs = false
    for (let k = 0; k < state.length; k++) out[k] = state[k]!
    for (const end = at + changeWords * changes; at < end; at += changeWords) {
      const slot = words[at]!
      const id = words[at + 2]!
      if (out[slot] === id) continue
      out[slot] = id
      changed[slot >>> 5]! |= 1 << (slot & 31)
      differs = true
    }
    if (!differs) return false
    this.compiled.settle(out, changed)
    changed.fill(0)
    differs = false
    tuples.reset()
    for (let k = 0; k < state.length; k++) {
      if (out[k] === state[k]) continue
      tuples.change(k, out[k]!)
      differs = true
    }
    return differs
  }

  private emit(label: number, target: number, node: number, steps: Steps): void {
    if (this.compiled.breaks.data[label] !== 0) this.breaks(label, target, node)
    if (target === noStep) return
    if (this.watched.steps.length > 0) this.look(label, target, node)
    steps.to.push(target)
    steps.by.push(label)
  }

  private breaks(label: number, to: number, node: number): void {
    const { breaks } = this.compiled.labels[label]!
    if (breaks === undefined || this.broken.has(breaks)) return
    this.broken.set(breaks, { node, label, to })
    this.isBad = true
  }

  /** Whether the step breaks a property of steps. */
  private look(label: number, to: number, node: number): void {
    if (this.symmetric === undefined) this.tuples.read(to, this.out)
    for (const step of this.watched.steps) {
      if (step.found !== undefined || step.holds(this.state, this.out)) continue
      step.found = { node, label, to }
      this.isBad = true
    }
  }

  /** The core that stands for what the step made, where elements are interchangeable. */
  private represented(parent: number): number {
    return this.symmetric!.core(this.out, (least) => {
      this.tuples.set(least)
      const size = this.tuples.size
      const core = this.tuples.add()
      if (core === size) this.discover(core, least, parent)
      return core
    })
  }
}

const hasAny = (bits: Int32Array): boolean => {
  for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) return true
  return false
}
