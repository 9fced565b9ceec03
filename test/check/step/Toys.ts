/** A capability of a user, and programs run on given answers, as texts to compare. */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import { Capability, type NotLeader } from "../../../src/domain/Capability.ts"
import { type Fed, Stepper } from "../../../src/interpreters/check/step/Stepper.ts"
import type { Open } from "../../../src/interpreters/check/step/Slot.ts"
import type { Options } from "../../../src/interpreters/wrap/Stack.ts"

export type Wire = readonly ["get" | "put", string]
/** A value, or why there is none. */
export type Reply = number | "gone" | "lost"

export class GetOne extends Request.TaggedClass("GetOne")<{ readonly key: string }, number, "gone" | "lost"> {
  get access() {
    return "read" as const
  }
  encode(): Wire {
    return ["get", this.key]
  }
  decode(reply: Reply): Exit.Exit<number, "gone" | "lost"> {
    return typeof reply === "number" ? Exit.succeed(reply) : Exit.fail(reply)
  }
}

export class PutOne extends Request.TaggedClass("PutOne")<{ readonly key: string }, void, "gone" | "lost" | NotLeader> {
  get access() {
    return "write" as const
  }
  encode(): Wire {
    return ["put", this.key]
  }
  decode(reply: Reply): Exit.Exit<void, "gone" | "lost"> {
    return typeof reply === "number" ? Exit.void : Exit.fail(reply)
  }
}

export class Toy extends Capability<Toy, GetOne | PutOne>()("gungnir/test/check/Toy") {}

export const seat = { system: "toy", capability: Toy, broken: { notSent: "gone", unknown: "lost" } }

export const get = (key: string) => Toy.perform(new GetOne({ key }))
export const put = (key: string) => Toy.perform(new PutOne({ key }))

export const stepper = (wrappers: Options = { fencing: false }) =>
  new Stepper({ seats: [seat], wrappers, operations: 10_000 })

/** By the ordinal of first appearance: 0 is the first slot that was ever seen open. */
export type Told = readonly [ordinal: number, reply: unknown] | { readonly elapsed: number }

const named = (open: Open): string => {
  switch (open._tag) {
    case "Call":
      return String((open.wire as Wire)[1])
    case "Ask":
      return `?${open.question._tag}`
    case "Timer":
      return `sleep${open.deadline}`
  }
}

const ended = (exit: Exit.Exit<unknown, unknown> | undefined): ReadonlyArray<string> =>
  exit === undefined
    ? []
    : [exit._tag === "Success" ? `=${JSON.stringify(exit.value)}` : `!${Cause.pretty(exit.cause).split("\n")[0]}`]

/** What the program waits for after these answers ("x": it stopped waiting), how it ended, what it broke. */
export const run = <E>(
  program: Effect.Effect<unknown, E, Toy>,
  told: ReadonlyArray<Told> = [],
  by: Stepper = stepper()
): string => {
  // Its capability is one of the stepper's.
  const closed = program as Effect.Effect<unknown, E>
  const ordinals: Array<number> = []
  const log: Array<Fed> = []
  const parked = by.begin(closed)
  for (let at = 0; ; at++) {
    const step = by.replay(closed, log)
    // To go on from where it was left is as good as to begin again.
    if (step.breaks === undefined) assert.deepStrictEqual(by.seen(parked), step)
    const all = [...step.open, ...step.cancelled]
    for (const { slot } of all) if (!ordinals.includes(slot)) ordinals.push(slot)
    const next = told[at]
    if (next === undefined || step.breaks !== undefined) {
      const texts = all.map((open): readonly [number, string] => {
        const ordinal = ordinals.indexOf(open.slot)
        return [ordinal, `${step.open.includes(open) ? "" : "x"}${ordinal}:${named(open)}`]
      })
      const sorted = texts.toSorted(([one], [other]) => one - other).map(([, text]) => text)
      return [...sorted, ...ended(step.exit), ...(step.breaks === undefined ? [] : [`BREAKS ${step.breaks}`])].join(" ")
    }
    const fed: Fed =
      "elapsed" in next
        ? { _tag: "Elapsed", millis: next.elapsed }
        : { _tag: "Answered", slot: ordinals[next[0]] ?? -1, exit: Exit.succeed(next[1]) }
    log.push(fed)
    by.feed(parked, fed)
  }
}
