/**
 * What a program does after given inputs: computed once per node, by two runs
 * that must agree (the law of determinism is always on), and looked up from then
 * on. The two are kept parked for the first node that follows, which they go on
 * to; every other one is replayed. A node is named by plain data, so that a state
 * can hold it.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import type { Verdict } from "../../../domain/Controller.ts"
import { Again, type Met } from "./Again.ts"
import * as Differs from "./Differs.ts"
import { Intern, textOf } from "./Intern.ts"
import type { Ask, Call, Input, Open, Timer } from "./Slot.ts"
import { Parked, type Resting } from "./Parked.ts"
import type { Fed, Run, Step, Stepper } from "./Stepper.ts"

/** Everything that a program was told since it began, newest first. */
export type Log = (Input & { readonly before: Log }) | null

/** How a pass ended. */
export type Ended =
  | { readonly _tag: "Succeeded"; readonly memory: unknown; readonly requeueAfter: number | undefined }
  | { readonly _tag: "Failed"; readonly error: string }
  | { readonly _tag: "Died"; readonly error: string }

export interface Node {
  readonly calls: ReadonlyArray<Call>
  readonly asks: ReadonlyArray<Ask>
  readonly timers: ReadonlyArray<Timer>
  /** Calls that the program stopped waiting for, since it began. */
  readonly cancelled: ReadonlyArray<Call>
  readonly ended: Ended | undefined
  /** Milliseconds since the program began, by its own clock. */
  readonly now: number
  /** Whether it makes a difference to the program that time goes by. */
  readonly isTimed: boolean
  readonly breaks: string | undefined
}

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
  readonly children: Map<string, Inner>
  /** Answers after which this is the same node as one with its answers in order: they have no node of their own. */
  readonly sorted: Set<string>
}

interface Stem {
  readonly name: string
  readonly program: Effect.Effect<unknown, unknown>
  readonly byLog: WeakMap<object, Inner>
}

interface Root extends Stem {
  readonly inner: Inner
}

const messageOf = (failure: unknown): string => {
  const text = String(failure)
  const tag = Predicate.hasProperty(failure, "_tag") ? String(failure._tag) : ""
  return text.startsWith(tag) ? text : `${tag}: ${text}`
}

const isVerdict = (value: unknown): value is Verdict<unknown> => Predicate.hasProperty(value, "memory")

const endedOf = (exit: Exit.Exit<unknown, unknown>, memories: Intern): Ended => {
  if (Exit.isFailure(exit)) {
    const error = messageOf(Cause.squash(exit.cause))
    return { _tag: Cause.hasDies(exit.cause) ? "Died" : "Failed", error }
  }
  if (!isVerdict(exit.value)) return { _tag: "Died", error: "the pass ended with no verdict: { memory } is expected" }
  const { memory, requeueAfter } = exit.value
  return {
    _tag: "Succeeded",
    memory: memories.of(memory).value,
    requeueAfter: requeueAfter === undefined ? undefined : Duration.toMillis(requeueAfter)
  }
}

const isCall = (open: Open): open is Call => open._tag === "Call"

/**
 * Whether the program has only stopped waiting for this slot: nobody can tell
 * that it was answered. A timer that it set for the wait may be gone with it: no
 * time passes between an answer and its hearing, but as a fault.
 */
const isSilent = (before: Node, after: Node, slot: number): boolean =>
  after.ended === undefined &&
  after.breaks === undefined &&
  after.asks.length === 0 &&
  after.cancelled.length === before.cancelled.length &&
  after.timers.every(({ slot }) => before.timers.some((timer) => timer.slot === slot)) &&
  after.calls.length === before.calls.length - 1 &&
  after.calls.every((call) => call.slot !== slot && before.calls.some((other) => other.slot === call.slot))

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
  private readonly looks = new Map<string, number>()
  private readonly again: Again
  private readonly stepper: Stepper
  private readonly commute: boolean

  constructor(stepper: Stepper, { commute }: Options = { commute: true }) {
    this.stepper = stepper
    this.commute = commute
    this.again = new Again((stem, log) => {
      const step = stepper.replay(stem.program, log)
      return { look: this.looksOf(step), node: this.nodeOf(step, step.breaks) }
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
    const after = this.at(program, this.told(program, log, slot, reply))
    return isSilent(this.at(program, log), after, slot)
  }

  /** The log with one answer more, which takes its place among those that it commutes with. */
  told(program: Program, log: Log, slot: number, reply: unknown): Log {
    const plain: Log = { _tag: "Answered", slot, reply, before: log }
    return this.commute ? this.sorted(this.rootOf(program), plain) : plain
  }

  private sorted(root: Root, log: NonNullable<Log>): NonNullable<Log> {
    const last = log.before
    if (log._tag !== "Answered" || last?._tag !== "Answered" || last.slot < log.slot) return log
    const start = this.find(root, last.before)
    const isOpen = (inner: Inner, slot: number) => inner.node.calls.some((call) => call.slot === slot)
    if (!isOpen(start, log.slot) || !isOpen(start, last.slot)) return log
    const first = this.sorted(root, { ...log, before: last.before })
    if (!isOpen(this.find(root, first), last.slot)) return log
    const swapped: NonNullable<Log> = { ...last, before: first }
    if (this.commutes(root, log, swapped)) return swapped
    this.refuseSilent(root, start, this.find(root, last), this.find(root, log), [last.slot, log.slot])
    return log
  }

  /**
   * Whether the program is where it would be with the last two answers the other
   * way round, as far as anybody can see. What follows is run in the order that
   * was met last as well from then on, and what has followed in that met first:
   * each node in two orders at least.
   */
  private commutes(root: Root, log: NonNullable<Log>, swapped: NonNullable<Log>): boolean {
    const parent = this.find(root, log.before)
    const { fed, key } = this.inputOf(log)
    if (parent.sorted.has(key)) return true
    if (parent.children.has(key)) return false
    const there = this.find(root, swapped)
    const order = [...(parent.other ?? parent.log), fed]
    const run = this.goOn(this.parked.takeOne(parent), fed) ?? this.stepper.begin(root.program, order)
    if (this.looksOf(this.stepper.seen(run)) !== there.look) return false
    parent.sorted.add(key)
    this.merged++
    if (there.other === undefined) this.follow(root, there, order)
    there.other = order
    this.parked.replaceLast(there, run)
    return true
  }

  /** All that was seen to follow from this node follows from the same answers in another order too. */
  private follow(root: Root, inner: Inner, order: ReadonlyArray<Fed>): void {
    inner.other = order
    for (const child of inner.children.values()) {
      if (child.other !== undefined) continue
      const there = [...order, child.log.at(-1)!]
      if (this.looksOf(this.stepper.replay(root.program, there)) !== child.look) throw new Error(visible(root.name))
      this.follow(root, child, there)
    }
  }

  /** Both were taken for silent, and heard when they came: now it is seen that the order counts. */
  private refuseSilent(root: Root, start: Inner, middle: Inner, end: Inner, slots: readonly [number, number]): void {
    if (!isSilent(start.node, middle.node, slots[0])) return
    if (isSilent(middle.node, end.node, slots[1])) throw new Error(visible(root.name))
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

  /** Everything about a step that anybody can see. Nodes are many, what they look like is often the same. */
  private looksOf({ cancelled, exit, open }: Step): number {
    const idsOf = (all: ReadonlyArray<Open>) => all.map((one) => this.values.of(one).id).join()
    const ended = exit === undefined ? "" : Exit.isSuccess(exit) ? textOf(exit.value) : String(Cause.squash(exit.cause))
    const text = `${idsOf(open)} ${idsOf(cancelled)} ${ended}`
    const known = this.looks.get(text)
    if (known !== undefined) return known
    this.looks.set(text, this.looks.size)
    return this.looks.size - 1
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
    const look = this.looksOf(step)
    const differs = step.breaks === undefined && again.breaks === undefined && look !== this.looksOf(again)
    if (differs && other !== undefined && this.looksOf(this.stepper.replay(root.program, log)) === look) {
      throw new Error(visible(root.name))
    }
    const breaks =
      this.brokenIn(root, log, step) ??
      this.brokenIn(root, other ?? log, again) ??
      (differs ? this.twoThings(step, again) : this.stepper.leaks[0])
    const node = this.placed(this.nodeOf(step, breaks), root, log)
    const begun = { children: new Map<string, Inner>(), sorted: new Set<string>(), runs: undefined }
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

const visible = (name: string): string =>
  `${name} can tell in which order concurrent requests were answered: check this model with \`commute: false\``
