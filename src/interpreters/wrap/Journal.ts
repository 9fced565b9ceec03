/**
 * What a program asked and was answered, in order; and the same program run
 * again on those answers, with nothing outside.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as Exit from "effect/Exit"
import type { Command, Outcome, Performs, Wrap } from "../../domain/Capability.ts"

export interface Entry {
  readonly command: Command
  /** An interruption when the program stopped waiting: the command may have landed. */
  readonly exit: Exit.Exit<unknown, unknown>
}

/** Where entries go; called when the answer is there. Entries may hold secrets only as `Redacted`. */
export type Write = (entry: Entry) => Effect.Effect<void>

export const journal =
  (write: Write): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.onExit(inner.perform(command), (exit) => write({ command, exit }))
  })

/** The entries of a test or a short run. */
export class Entries extends Context.Service<
  Entries,
  { readonly all: Effect.Effect<ReadonlyArray<Entry>>; readonly write: Write }
>()("gungnir/interpreters/wrap/Journal/Entries") {}

export const makeEntries = (): (typeof Entries)["Service"] => {
  const entries: Array<Entry> = []
  return {
    all: Effect.sync(() => entries.slice()),
    write: (entry) => Effect.sync(() => void entries.push(entry))
  }
}

/**
 * Answers each command as recorded. Commands are found by value, not by place,
 * since concurrent fibers promise no order; equal ones are answered in turn. A
 * command that was never recorded is a defect: the program is not the one that
 * was recorded, or is not deterministic.
 */
export const replay = <C extends Command>(entries: ReadonlyArray<Entry>): Performs<C> => {
  const left = [...entries]
  return {
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.suspend(() => {
        const at = left.findIndex(
          (entry) => entry.command._tag === command._tag && Equal.equals(entry.command, command)
        )
        const [entry] = at < 0 ? [] : left.splice(at, 1)
        if (entry === undefined) {
          return Effect.die(new Error(`${command._tag} was not recorded: ${JSON.stringify(command)}`))
        }
        // Recorded by `journal` for an equal command, so it has the types of this one.
        return entry.exit as Exit.Exit<never, never>
      })
  }
}
