/**
 * What a program does after given inputs: computed once per node, by two runs
 * that must agree (the law of determinism is always on), and looked up from then
 * on. The two are kept parked for the first node that follows, which they go on
 * to; every other one is replayed. A node is named by plain data, so that a state
 * can hold it.
 */
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Again, type Met, visible } from "./Again.ts"
import * as Differs from "./Differs.ts"
import { Intern } from "./Intern.ts"
import { endedOf, isSameBut, isSilent, type Node } from "./Node.ts"
import type { Call, Input, Open } from "./Slot.ts"
import { Looks } from "./Looks.ts"
import { Parked, type Resting } from "./Parked.ts"
import type { Fed, Run, Step, Stepper } from "./Stepper.ts"

export type { Ended, Node } from "./Node.ts"

/** Everything that a program was told since it began, newest first. */
export type Log = (Input & { readonly before: Log }) | null

type Answered = Extract<NonNullable<Log>, { readonly _tag: "Answered" }>

/** One pass as it may run: what it is called, what it remembers, and what it does. */
export interface Program {
  /** Whose pass it is: two processes may have controllers of one name that are not the same. */
  readonly controller: object
  readonly name: string
  readonly memory: unknown
  readonly run: () => Effect.Effect<unknown, unknown>
}

interface Inner extends Resting, Met {
  readonly stem: Stem
  readonly node: Node
  /** Everything about it that anybody can see, as the number of a text. */
  readonly look: number
  readonly log: ReadonlyArray<Fed>
  /** The same answers in another order that was met, the last one: its second run goes through them. */
  other: ReadonlyArray<Fed> | undefined
  children: Map<string, Inner>
  /** Answers after which this is the same node as one with its answers in order: they have no node of their own. */
  sorted: Map<string, Way>
  /** Its last answer was taken for silent, and heard when it was given. */
  isEarly: boolean
}

interface Way {
  readonly to: Inner
  readonly fed: Fed
}

interface Stem {
  readonly name: string
  readonly program: Effect.Effect<unknown, unknown>
  readonly byLog: WeakMap<object, Inner>
}

interface Root extends Stem {
  readonly inner: Inner
}

/** Most nodes have none: they share these, which stay empty. */
const noChildren = new Map<string, Inner>()
const noWays = new Map<string, Way>()

const isCall = (open: Open): open is Call => open._tag === "Call"

export interface Options {
  /** Take answers that can come in any order in one order, as long as no order that is met makes a difference. */
  readonly commute: boolean
}

export class Trie {
  nodes = 0
  /** How many orders of answers were found to make no difference. */
  merged = 0
  readonly values = new Intern()
  private readonly controllers = new Map<object, number>()
  private readonly roots = new Map<string, Root>()
  private readonly exits = new Map<number, Exit.Exit<unknown>>()
  private readonly parked = new Parked()
  private readonly looks = new Looks(this.values)
  private readonly again: Again
  private readonly stepper: Stepper
  private readonly commute: boolean

  constructor(stepper: Stepper, { commute }: Options = { commute: true }) {
    this.stepper = stepper
    this.commute = commute
    this.again = new Again(stepper, {
      look: (step) => this.looks.of(step),
      node: (step) => this.nodeOf(step, step.breaks)
    })
  }

  /** Once everything was looked at: why that cannot be relied on. */
  doubt(): string | undefined {
    try {
      this.again.inTheEnd()
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  at(program: Program, log: Log): Node {
    return this.find(this.rootOf(program), log).node
  }

  /** Whether the answer changes nothing that anybody can see yet: when it is heard makes no difference then. */
  isSilent(program: Program, log: Log, slot: number, reply: unknown): boolean {
    if (!this.commute) return false
    const root = this.rootOf(program)
    const after = this.find(root, this.told(program, log, slot, reply))
    const isNow = isSilent(this.find(root, log).node, after.node, slot)
    after.isEarly ||= isNow
    return isNow
  }

  /** The log with one answer more, which takes its place among those that it commutes with. */
  told(program: Program, log: Log, slot: number, reply: unknown): Log {
    const plain: Answered = { _tag: "Answered", slot, reply, before: log }
    if (!this.commute) return plain
    const root = this.rootOf(program)
    this.refuseLate(root, plain)
    return this.sorted(root, plain)
  }

  private isOpen({ node }: Inner, slot: number): boolean {
    return node.calls.some((call) => call.slot === slot)
  }

  private sorted(root: Root, log: Answered): Answered {
    const last = log.before
    if (last?._tag !== "Answered" || last.slot < log.slot) return log
    const start = this.find(root, last.before)
    if (!this.isOpen(start, log.slot) || !this.isOpen(start, last.slot)) return log
    const first = this.sorted(root, { ...log, before: last.before })
    const alone = this.find(root, first)
    if (!this.isOpen(alone, last.slot)) return log
    const swapped: Answered = { ...last, before: first }
    if (this.commutes(root, log, swapped)) return swapped
    if (alone.isEarly || this.find(root, last).isEarly) throw new Error(visible(root.name))
    return log
  }

  /**
   * What was heard early because nobody could tell is heard late, or not at all:
   * after the same answer to another call, and all that the process itself
   * answered then. If that leads elsewhere, the program can tell, and runs were
   * left out.
   */
  private refuseLate(root: Root, log: Answered): void {
    const { asks, call } = this.stepBefore(root, log.before)
    if (call === undefined) return
    const start = this.find(root, call.before)
    if (!this.isOpen(start, log.slot)) return
    const alone = this.find(root, this.sorted(root, { ...log, before: call.before }))
    if (!this.isOpen(alone, call.slot)) {
      const isTold = this.find(root, call).isEarly && !isSameBut(call.slot, alone.node, this.find(root, log).node)
      if (isTold) throw new Error(visible(root.name))
    } else if (alone.isEarly && asks.length > 0) {
      const early = [call, ...asks].reduce<Log>((before, one) => ({ ...one, before }), { ...log, before: call.before })
      this.alike(root, this.find(root, log), this.find(root, early).log)
    }
  }

  /** From now on what follows from this node is run in this order as well. */
  private alike(root: Root, inner: Inner, order: ReadonlyArray<Fed>): void {
    if (inner.other !== undefined) return
    const run = this.stepper.begin(root.program, order)
    if (this.looks.of(this.stepper.seen(run)) !== inner.look) throw new Error(visible(root.name))
    this.metInOrder(root, inner, order, run)
  }

  /** `run` has come to this node in another order, which its second run goes on in. */
  private metInOrder(root: Root, inner: Inner, order: ReadonlyArray<Fed>, run: Run): void {
    if (inner.other === undefined) this.follow(root, inner, order)
    inner.other = order
    this.again.metInOrder(inner, order)
    this.parked.replaceLast(inner, run)
  }

  /** The last answer to a call, and what the process itself has answered since. */
  private stepBefore(
    root: Root,
    log: Log
  ): { readonly call: Answered | undefined; readonly asks: ReadonlyArray<Answered> } {
    const asks: Array<Answered> = []
    let at = log
    while (at?._tag === "Answered") {
      if (this.isOpen(this.find(root, at.before), at.slot)) return { call: at, asks }
      asks.unshift(at)
      at = at.before
    }
    return { call: undefined, asks }
  }

  /**
   * Whether the program is where it would be with the last two answers the other
   * way round, as far as anybody can see. What follows is run in the order that
   * was met last as well from then on, and what has followed in that met first:
   * each node in two orders at least.
   */
  private commutes(root: Root, log: Answered, swapped: Answered): boolean {
    const parent = this.find(root, log.before)
    const { fed, key } = this.inputOf(log)
    if (parent.sorted.has(key)) return true
    if (parent.children.has(key)) return false
    const there = this.find(root, swapped)
    const order = [...(parent.other ?? parent.log), fed]
    const run = this.goOn(this.parked.takeOne(parent), fed) ?? this.stepper.begin(root.program, order)
    if (this.looks.of(this.stepper.seen(run)) !== there.look) return false
    if (parent.sorted === noWays) parent.sorted = new Map()
    parent.sorted.set(key, { to: there, fed })
    this.merged++
    this.metInOrder(root, there, order, run)
    return true
  }

  /** All that was seen to follow from this node follows from the same answers in another order too. */
  private follow(root: Root, inner: Inner, order: ReadonlyArray<Fed>): void {
    inner.other = order
    for (const child of inner.children.values()) {
      if (child.other !== undefined) continue
      const there = [...order, child.log.at(-1)!]
      if (this.looks.of(this.stepper.replay(root.program, there)) !== child.look) throw new Error(visible(root.name))
      this.follow(root, child, there)
    }
  }

  private rootOf({ controller, memory, name, run }: Program): Root {
    let number = this.controllers.get(controller)
    if (number === undefined) this.controllers.set(controller, (number = this.controllers.size))
    const key = `${number} ${name} ${this.values.of(memory).id}`
    let root = this.roots.get(key)
    if (root === undefined) {
      const program = run()
      const stem = { name, program, byLog: new WeakMap<object, Inner>() }
      root = { ...stem, inner: this.make(stem, [], undefined) }
      this.roots.set(key, root)
    }
    return root
  }

  private find(root: Root, log: Log): Inner {
    if (log === null) return root.inner
    const known = root.byLog.get(log)
    if (known !== undefined) return known
    const parent = this.find(root, log.before)
    const { fed, key } = this.inputOf(log)
    let inner = parent.children.get(key)
    if (inner === undefined) {
      const other = parent.other === undefined ? undefined : [...parent.other, fed]
      inner = this.make(root, [...parent.log, fed], other, this.parked.takeFrom(parent))
      if (parent.children === noChildren) parent.children = new Map()
      parent.children.set(key, inner)
    }
    root.byLog.set(log, inner)
    return inner
  }

  /** The last input of a log: what tells it from others, and as the stepper takes it. */
  private inputOf(log: NonNullable<Log>): { readonly key: string; readonly fed: Fed } {
    if (log._tag === "Elapsed") return { key: `+${log.millis}`, fed: { _tag: "Elapsed", millis: log.millis } }
    const { id, value } = this.values.of(log.reply)
    return { key: `${log.slot} ${id}`, fed: { _tag: "Answered", slot: log.slot, exit: this.exitOf(id, value) } }
  }

  /** One exit per answer. */
  private exitOf(id: number, value: unknown): Exit.Exit<unknown> {
    let exit = this.exits.get(id)
    if (exit === undefined) this.exits.set(id, (exit = Exit.succeed(value)))
    return exit
  }

  private goOn(run: Run | undefined, fed: Fed): Run | undefined {
    if (run !== undefined) this.stepper.feed(run, fed)
    return run
  }

  /**
   * `other`: the same answers in another order, if one was met; the second run
   * goes through them. `before`: the runs of the node before the last input, if
   * nobody has taken them on.
   */
  private make(
    root: Stem,
    log: ReadonlyArray<Fed>,
    other: ReadonlyArray<Fed> | undefined,
    [first, second]: ReadonlyArray<Run> = []
  ): Inner {
    this.nodes++
    const run = (parked: Run | undefined, inputs: ReadonlyArray<Fed>): Run =>
      (inputs.length === 0 ? undefined : this.goOn(parked, inputs.at(-1)!)) ?? this.stepper.begin(root.program, inputs)
    const runs = [run(first, log), run(second, other ?? log)]
    const [step, again] = runs.map((one) => this.stepper.seen(one)) as [Step, Step]
    const look = this.looks.of(step)
    const differs = step.breaks === undefined && again.breaks === undefined && look !== this.looks.of(again)
    if (differs && other !== undefined && this.looks.of(this.stepper.replay(root.program, log)) === look) {
      throw new Error(visible(root.name))
    }
    const breaks =
      this.brokenIn(root, log, step) ??
      this.brokenIn(root, other ?? log, again) ??
      (differs ? this.twoThings(step, again) : this.stepper.leaks[0])
    const node = this.placed(this.nodeOf(step, breaks), root, log)
    const begun = { children: noChildren, sorted: noWays, isEarly: false, runs: undefined }
    const inner: Inner = { stem: root, node, look, log, other, ...begun }
    if (breaks === undefined && step.exit === undefined) this.parked.keep(inner, runs)
    if (breaks === undefined) this.again.met(inner)
    return inner
  }

  /** A defect says where it is. */
  private placed(node: Node, { program }: Stem, log: ReadonlyArray<Fed>): Node {
    if (node.ended?._tag !== "Died") return node
    const error = `${node.ended.error}${this.stepper.placeOf(program, log)}`
    return { ...node, ended: { ...node.ended, error } }
  }

  /** It did not ask what it asked before: what it does instead is told. */
  private brokenIn(stem: Stem, log: ReadonlyArray<Fed>, { breaks }: Step): string | undefined {
    return breaks?.startsWith("not deterministic") === true ? `${breaks} (${this.again.changeIn(stem, log)})` : breaks
  }

  private twoThings(step: Step, again: Step): string {
    const differ = Differs.between(this.nodeOf(step, undefined), this.nodeOf(again, undefined))
    return `not deterministic: run twice on the same answers, it does two things (${differ})`
  }

  private nodeOf(step: Step, breaks: string | undefined): Node {
    // Equal values are one.
    const shared = (call: Call): Call => this.values.of(call).value as Call
    const timers = step.open.filter((open) => open._tag === "Timer")
    return {
      calls: step.open.filter(isCall).map(shared),
      asks: step.open.filter((open) => open._tag === "Ask"),
      timers,
      cancelled: step.cancelled.map(shared),
      ended: step.exit === undefined ? undefined : endedOf(step.exit, this.values),
      now: step.now,
      isTimed: step.isTimed || timers.length > 0,
      breaks
    }
  }
}
