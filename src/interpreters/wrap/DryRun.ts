/**
 * Shows what a program would do: reads go through, the first write of a pass is
 * reported and refused, which ends the pass. No answer is made up. Compose it
 * without leader election: a claim goes through.
 */
import * as Effect from "effect/Effect"
import type { Command, Outcome, Performs, Wrap } from "../../domain/Capability.ts"
import { refused } from "./Fencing.ts"

export const dryRun =
  (report: (command: Command) => Effect.Effect<void>): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      command.access === "write" ? Effect.andThen(report(command), refused<A>()) : inner.perform(command)
  })
