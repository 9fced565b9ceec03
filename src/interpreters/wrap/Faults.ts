/**
 * Faults by plan: a command is not sent, or its answer is lost, or it lands
 * twice, or it waits. The plan is data, so that a failing run can be repeated.
 */
import * as Effect from "effect/Effect"
import type { Command, Outcome, Performs } from "../../domain/Capability.ts"

/**
 * `NotSent`: the program is told that nothing was sent. `AnswerLost`: it landed,
 * the program is told that nobody knows. `Twice`: it lands twice, the program
 * sees the first answer. `TwiceSecond`: it sees the second (Conflict,
 * AlreadyExists).
 */
export type Kind = "NotSent" | "AnswerLost" | "Twice" | "TwiceSecond" | { readonly delayMillis: number }

export interface Fault {
  /** Only commands of this tag are counted; absent: all of that access. */
  readonly tag?: string
  readonly access?: Command["access"]
  /** Which of them, from 0, in the order in which they were issued. */
  readonly nth: number
  readonly kind: Kind
}

export type Plan = ReadonlyArray<Fault>

/** What the transport of a capability would answer. */
export interface Broken<Reply> {
  readonly notSent: Reply
  readonly unknown: Reply
}

export const kubernetes: Broken<{ readonly status: 0; readonly body: "Unreachable" | "TimedOut" }> = {
  notSent: { status: 0, body: "Unreachable" },
  unknown: { status: 0, body: "TimedOut" }
}

export const valkey: Broken<"Refused" | "TimedOut"> = { notSent: "Refused", unknown: "TimedOut" }

const matches = ({ access, tag }: Fault, command: Command): boolean =>
  (tag === undefined || tag === command._tag) && (access === undefined || access === command.access)

const withFault = <A extends Command>(
  kind: Kind,
  command: A,
  sent: Outcome<A>,
  broken: Broken<Parameters<A["decode"]>[0]>
): Outcome<A> => {
  if (typeof kind === "object") return Effect.andThen(Effect.sleep(kind.delayMillis), sent)
  switch (kind) {
    case "NotSent":
      return command.decode(broken.notSent)
    case "AnswerLost":
      return Effect.andThen(Effect.exit(sent), command.decode(broken.unknown))
    case "Twice":
      // Both times the same effect: what comes of it has its types.
      return Effect.tap(Effect.exit(sent), () => Effect.exit(sent)).pipe(Effect.flatten) as Outcome<A>
    case "TwiceSecond":
      return Effect.andThen(Effect.exit(sent), sent)
  }
}

/** One fault hits each command at most: the first of the plan that is its. */
export const faults =
  <Reply>(plan: Plan, broken: Broken<Reply>) =>
  <C extends Command<any, any>>(inner: Performs<C>): Performs<C> => {
    const seen = plan.map(() => 0)
    return {
      perform: <A extends C>(command: A): Outcome<A> =>
        Effect.suspend(() => {
          let hit: Fault | undefined
          plan.forEach((fault, index) => {
            if (!matches(fault, command)) return
            if (seen[index]!++ === fault.nth) hit ??= fault
          })
          return hit === undefined
            ? inner.perform(command)
            : withFault(hit.kind, command, inner.perform(command), broken)
        })
    }
  }
