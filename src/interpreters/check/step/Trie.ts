/**
 * What a program does after given inputs: computed once per node, by two
 * replays that must agree (the law of determinism is always on), and looked up
 * from then on. A node is named by plain data, so that a state can hold it.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import type { Verdict } from "../../../domain/Controller.ts"
import { Intern, textOf } from "./Intern.ts"
import type { Ask, Call, Input, Open, Timer } from "./Slot.ts"
import type { Fed, Step, Stepper } from "./Stepper.ts"

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

interface Inner {
  readonly node: Node
  readonly log: ReadonlyArray<Fed>
  readonly children: Map<string, Inner>
}

interface Root {
  readonly program: Effect.Effect<unknown, unknown>
  readonly inner: Inner
  readonly byLog: WeakMap<object, Inner>
}

const messageOf = (failure: unknown): string =>
  Predicate.hasProperty(failure, "_tag") ? `${String(failure._tag)}: ${String(failure)}` : String(failure)

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
const seen = ({ cancelled, exit, open }: Step): string => {
  const ended = exit === undefined ? "" : Exit.isSuccess(exit) ? textOf(exit.value) : String(Cause.squash(exit.cause))
  return `${textOf(open)} ${textOf(cancelled)} ${ended}`
}

export class Trie {
  nodes = 0
  readonly values = new Intern()
  private readonly roots = new Map<string, Root>()
  private readonly exits = new Map<number, Exit.Exit<unknown>>()
  private readonly stepper: Stepper

  constructor(stepper: Stepper) {
    this.stepper = stepper
  }

  /** `program` is what `name` and `memory` stand for. */
  at(name: string, memory: unknown, log: Log, program: () => Effect.Effect<unknown, unknown>): Node {
    const key = `${name} ${this.values.of(memory).id}`
    let root = this.roots.get(key)
    if (root === undefined) {
      const effect = program()
      root = { program: effect, inner: this.make(effect, []), byLog: new WeakMap() }
      this.roots.set(key, root)
    }
    return this.find(root, log).node
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
      inner = this.make(root.program, [...parent.log, fed])
      parent.children.set(key, inner)
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

  private make(program: Effect.Effect<unknown, unknown>, log: ReadonlyArray<Fed>): Inner {
    this.nodes++
    const step = this.stepper.replay(program, log)
    const again = this.stepper.replay(program, log)
    const differs = step.breaks === undefined && again.breaks === undefined && seen(step) !== seen(again)
    const breaks =
      step.breaks ??
      again.breaks ??
      (differs ? "not deterministic: run twice on the same answers, it does two things" : this.stepper.leaks[0])
    return { node: this.nodeOf(step, breaks), log, children: new Map() }
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
