/**
 * The steps from one core: actions are asked, what they do is done to its tuple,
 * everything eager follows, and the tuples that come of it become cores.
 */
import { Bundles } from "./Bundles.ts"
import type { Components } from "../../../domain/check/System.ts"
import type { Compiled } from "./Compiled.ts"
import { Changes } from "./Changes.ts"
import { changesAt, changeWords, countAt, Deltas } from "./Deltas.ts"
import type { Symmetric } from "./Symmetric.ts"
import type { Tuples } from "./Tuples.ts"
import type { Watched } from "./Watched.ts"
import { Kernel } from "./Kernel.ts"
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
  private readonly discover: (core: number, parent: number) => void
  private readonly deltas: Deltas
  private readonly changes: Changes<S>
  private readonly out: Int32Array
  private readonly open: Int32Array
  private readonly settles: boolean
  /** Labels of the steps that wait to be looked up; `~label`: it changes nothing. */
  private readonly waiting = new Words()
  /** Where those of each core end. */
  private readonly ends = new Words()
  /** Where they lead. */
  private readonly targets = new Words()
  /** Cores that were told of. */
  private known = 0
  private kernel: Kernel<S> | undefined
  private isCompiled = false

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
    this.changes = new Changes(compiled, tuples)
    this.out = this.changes.out
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
    if (core === size) this.discover(core, -1)
    this.known = this.tuples.size
    return core
  }

  /** All outcomes of what costs nothing. */
  takeCalm(calm: Int32Array, node: number, steps: Steps): void {
    this.make(calm, node, steps)
    if (this.symmetric === undefined) this.lookUpAll(node, steps)
  }

  /** All outcomes of these actions (one bit each). */
  take(actions: Int32Array, node: number, steps: Steps): void {
    if (hasAny(actions)) this.ask(actions, node, steps)
    if (this.symmetric === undefined) this.lookUpAll(node, steps)
  }

  /** From here on, what is done most often is compiled; where there is no memory for that, it goes on without. */
  compile(): void {
    const { bundles, ends, targets, tuples, waiting } = this
    if (this.isCompiled || bundles === undefined) return
    this.isCompiled = true
    try {
      this.kernel = new Kernel(tuples, bundles, waiting, ends, targets)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }

  /**
   * As `takeCalm` of each of these cores, which are the nodes as well: all steps are made first, and looked up
   * together. `end`: after each, with the number of edges there are then.
   */
  takeMany(first: number, count: number, calm: Int32Array, steps: Steps, end: (edges: number) => void): void {
    const { ends, tuples, waiting } = this
    ends.length = 0
    while (ends.length < count) {
      const core = first + ends.length
      if (this.kernel?.isReady) this.kernel.take(core, first + count, ends.length)
      if (ends.length < count) this.makeOf(first + ends.length, calm, steps)
    }
    if (this.kernel?.lookUp(count)) this.takeIn(first, count, steps, end)
    else this.lookUpMany(first, count, steps, end)
    waiting.length = 0
    tuples.forget()
  }

  private makeOf(core: number, calm: Int32Array, steps: Steps): void {
    this.startFrom(core)
    this.make(calm, core, steps)
    this.ends.push(this.waiting.length)
  }

  private lookUpMany(first: number, count: number, steps: Steps, end: (edges: number) => void): void {
    this.tuples.fetch()
    for (let i = 0, from = 0; i < count; from = this.ends.data[i++]!) {
      if (this.looksBack) this.startFrom(first + i)
      this.lookUp(from, this.ends.data[i]!, first + i, steps)
      end(steps.to.length)
    }
  }

  /** What the kernel has looked up. */
  private takeIn(first: number, count: number, steps: Steps, end: (edges: number) => void): void {
    const { compiled, ends, kernel, watched } = this
    const sizes = kernel!.sizes.data
    const isSilent = watched.steps.length === 0 && !compiled.hasBreaks
    const before = steps.to.length
    let known = this.known
    for (let i = 0, from = 0; i < count; from = ends.data[i++]!) {
      for (; known < sizes[i]!; known++) {
        this.discover(known, first + i)
      }
      if (this.looksBack) this.startFrom(first + i)
      if (!isSilent) this.tell(from, ends.data[i]!, first + i, steps)
      end(isSilent ? before + ends.data[i]! : steps.to.length)
    }
    if (isSilent) this.tell(0, ends.data[count - 1]!, first, steps)
    this.known = known
  }

  private make(calm: Int32Array, node: number, steps: Steps): void {
    this.bundles?.take(this.waiting)
    const actions = this.bundles?.rest ?? calm
    if (hasAny(actions)) this.ask(actions, node, steps)
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
        } else this.wait(label, this.changes.change(this.state, words, at + changesAt, changes))
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
      const differs = this.changes.settle(this.state, outcomes.data, at + changesAt, changes)
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

  /** Whether somebody wants to see where a step came from. */
  private get looksBack(): boolean {
    return this.watched.steps.length > 0
  }

  /** Everything that waits, at once. */
  private lookUpAll(node: number, steps: Steps): void {
    this.tuples.fetch()
    this.lookUp(0, this.waiting.length, node, steps)
    this.waiting.length = 0
    this.tuples.forget()
  }

  private lookUp(from: number, end: number, node: number, steps: Steps): void {
    const { targets, tuples, waiting } = this
    if (end > targets.data.length) targets.widen(2 * end)
    tuples.reserve(end - from)
    tuples.addAll(waiting.data, from, end, targets.data)
    for (; this.known < tuples.size; this.known++) {
      this.discover(this.known, node)
    }
    this.tell(from, end, node, steps)
  }

  /** Where these steps lead is known. */
  private tell(from: number, end: number, node: number, steps: Steps): void {
    const { compiled, waiting, watched } = this
    const targets = this.targets.data
    if (watched.steps.length === 0 && !compiled.hasBreaks) {
      steps.to.append(targets, from, end)
      steps.by.append(waiting.data, from, end)
      return
    }
    for (let i = from; i < end; i++) {
      const label = waiting.data[i]!
      this.emit(label < 0 ? ~label : label, targets[i]!, node, steps)
    }
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
      if (core === size) this.discover(core, parent)
      return core
    })
  }
}

const hasAny = (bits: Int32Array): boolean => {
  for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) return true
  return false
}
