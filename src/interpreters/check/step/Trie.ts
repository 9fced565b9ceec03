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

/** The same answers in another order. */
interface Other extends Resting {
  readonly log: ReadonlyArray<Fed>
}

interface Inner extends Resting {
  readonly node: Node
  /** Everything about it that anybody can see, as the number of a text. */
  readonly look: number
  readonly log: ReadonlyArray<Fed>
  readonly children: Map<string, Inner>
  /** The same answers in other orders, as they were met: they must lead here too. */
  readonly others: Map<string, Other>
}

interface Root {
  readonly name: string
  readonly program: Effect.Effect<unknown, unknown>
  readonly inner: Inner
  readonly byLog: WeakMap<object, Inner>
}

/** More orders of the same answers than these are not looked at: they are then told apart. */
const mostOrders = 720

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

/** Everything about a step that anybody can see. */
const look = ({ cancelled, exit, open }: Step): string => {
  const ended = exit === undefined ? "" : Exit.isSuccess(exit) ? textOf(exit.value) : String(Cause.squash(exit.cause))
  return `${textOf(open)} ${textOf(cancelled)} ${ended}`
}

const orderOf = (log: ReadonlyArray<Fed>): string =>
  log.map((fed) => (fed._tag === "Answered" ? fed.slot : `+${fed.millis}`)).join()

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
  private readonly stepper: Stepper
  private readonly commute: boolean

  constructor(stepper: Stepper, { commute }: Options = { commute: true }) {
    this.stepper = stepper
    this.commute = commute
  }

  at(program: Program, log: Log): Node {
    return this.find(this.rootOf(program), log).node
  }

  /** Whether the answer changes nothing that anybody can see yet: when it is heard makes no difference then. */
  isSilent(program: Program, log: Log, slot: number, reply: unknown): boolean {
    if (!this.commute) return false
    const after = this.at(program, { _tag: "Answered", slot, reply, before: log })
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
    const [here, there] = [this.find(root, log), this.find(root, swapped)]
    if (here.look !== there.look || here.others.size + there.others.size > mostOrders) {
      this.refuseSilent(root, start, this.find(root, last), here, [last.slot, log.slot])
      return log
    }
    for (const order of [here, ...here.others.values()]) {
      this.merge(root, there, order.log, this.parked.takeFrom(order)?.[0])
    }
    return swapped
  }

  /** Both were taken for silent, and heard when they came: now it is seen that the order counts. */
  private refuseSilent(root: Root, start: Inner, middle: Inner, end: Inner, slots: readonly [number, number]): void {
    if (!isSilent(start.node, middle.node, slots[0])) return
    if (isSilent(middle.node, end.node, slots[1])) throw new Error(visible(root.name))
  }

  /** From now on this order stands for that node, and all that follows from it; `run`: one that stands there. */
  private merge(root: Root, inner: Inner, log: ReadonlyArray<Fed>, run?: Run): void {
    const order = orderOf(log)
    if (inner.others.has(order) || orderOf(inner.log) === order) return
    const there = run ?? this.stepper.begin(root.program, log)
    if (this.looksOf(this.stepper.seen(there)) !== inner.look) throw new Error(visible(root.name))
    const other: Other = { log, runs: undefined }
    inner.others.set(order, other)
    this.merged++
    const children = [...inner.children.values()]
    if (children.length === 0) this.parked.keep(other, [there])
    for (const child of children) this.merge(root, child, [...log, child.log.at(-1)!])
  }

  private rootOf({ controller, memory, name, run }: Program): Root {
    let number = this.controllers.get(controller)
    if (number === undefined) this.controllers.set(controller, (number = this.controllers.size))
    const key = `${number} ${name} ${this.values.of(memory).id}`
    let root = this.roots.get(key)
    if (root === undefined) {
      const program = run()
      root = { name, program, inner: this.make(program, [], undefined), byLog: new WeakMap() }
      this.roots.set(key, root)
    }
    return root
  }

  private find(root: Root, log: Log): Inner {
    if (log === null) return root.inner
    const known = root.byLog.get(log)
    if (known !== undefined) return known
    const parent = this.find(root, log.before)
    const isAnswer = log._tag === "Answered"
    const reply = isAnswer ? this.values.of(log.reply) : undefined
    const key = isAnswer ? `${log.slot} ${reply!.id}` : `+${log.millis}`
    let inner = parent.children.get(key)
    if (inner === undefined) {
      const fed: Fed = isAnswer
        ? { _tag: "Answered", slot: log.slot, exit: this.exitOf(reply!.id, reply!.value) }
        : { _tag: "Elapsed", millis: log.millis }
      inner = this.make(root.program, [...parent.log, fed], this.parked.takeFrom(parent))
      parent.children.set(key, inner)
      for (const other of parent.others.values()) {
        this.merge(root, inner, [...other.log, fed], this.goOn(this.parked.takeFrom(other), fed)?.[0])
      }
    }
    root.byLog.set(log, inner)
    return inner
  }

  /** One exit per answer. */
  private exitOf(id: number, value: unknown): Exit.Exit<unknown> {
    let exit = this.exits.get(id)
    if (exit === undefined) this.exits.set(id, (exit = Exit.succeed(value)))
    return exit
  }

  /** Nodes are many, what they look like is often the same. */
  private looksOf(step: Step): number {
    const text = look(step)
    const known = this.looks.get(text)
    if (known !== undefined) return known
    this.looks.set(text, this.looks.size)
    return this.looks.size - 1
  }

  private goOn(runs: ReadonlyArray<Run> | undefined, fed: Fed): ReadonlyArray<Run> | undefined {
    for (const run of runs ?? []) this.stepper.feed(run, fed)
    return runs
  }

  /** `before`: the runs of the node before the last input, if nobody has taken them on. */
  private make(
    program: Effect.Effect<unknown, unknown>,
    log: ReadonlyArray<Fed>,
    before: ReadonlyArray<Run> | undefined
  ): Inner {
    this.nodes++
    const begun = () => this.stepper.begin(program, log)
    const [one = begun(), other = begun()] = this.goOn(before, log.at(-1)!) ?? []
    const [step, again] = [this.stepper.seen(one), this.stepper.seen(other)]
    const seen = this.looksOf(step)
    const differs = step.breaks === undefined && again.breaks === undefined && seen !== this.looksOf(again)
    const breaks =
      step.breaks ??
      again.breaks ??
      (differs ? "not deterministic: run twice on the same answers, it does two things" : this.stepper.leaks[0])
    const node = this.nodeOf(step, breaks)
    const inner: Inner = { node, look: seen, log, children: new Map(), others: new Map(), runs: undefined }
    if (breaks === undefined && step.exit === undefined) this.parked.keep(inner, [one, other])
    return inner
  }

  private nodeOf(step: Step, breaks: string | undefined): Node {
    const shared = (call: Call): Call => ({ ...call, wire: this.values.of(call.wire).value })
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
