/** Where a pass stands: what it waits for, or how it ended, and whether anybody can tell one from another. */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import type { Verdict } from "../../../domain/Controller.ts"
import * as Plain from "../report/Plain.ts"
import * as Tree from "../report/Tree.ts"
import { type Intern, textOf } from "./Intern.ts"
import type { Ask, Call, Timer } from "./Slot.ts"

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

const messageOf = (failure: unknown): string => {
  const plain = String(failure)
  // A value that has no words of its own.
  const text = plain === "[object Object]" ? Tree.written(Plain.encode(failure)) : plain
  const tag = Predicate.hasProperty(failure, "_tag") ? String(failure._tag) : ""
  return text.startsWith(tag) ? text : `${tag}: ${text}`
}

export const isVerdict = (value: unknown): value is Verdict<unknown> => Predicate.hasProperty(value, "memory")

export const endedOf = (exit: Exit.Exit<unknown, unknown>, memories: Intern): Ended => {
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

/**
 * Whether the program has only stopped waiting for this slot: nobody can tell
 * that it was answered. A timer that it set for the wait may be gone with it: no
 * time passes between an answer and its hearing, but as a fault.
 */
export const isSilent = (before: Node, after: Node, slot: number): boolean =>
  after.ended === undefined &&
  after.breaks === undefined &&
  after.asks.length === 0 &&
  after.cancelled.length === before.cancelled.length &&
  after.timers.every(({ slot }) => before.timers.some((timer) => timer.slot === slot)) &&
  after.calls.length === before.calls.length - 1 &&
  after.calls.every((call) => call.slot !== slot && before.calls.some((other) => other.slot === call.slot))

/** Whether they differ in no more than that this slot, which was answered, is not waited for any more in one of them. */
export const isSameBut = (slot: number, one: Node, other: Node): boolean => {
  const rest = ({ asks, calls, cancelled, ended, timers }: Node) =>
    textOf([asks, calls, timers, cancelled.filter((call) => call.slot !== slot), ended])
  return rest(one) === rest(other)
}
