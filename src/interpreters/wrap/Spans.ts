/** A span around every command, named by its tag. */
import * as Effect from "effect/Effect"
import type { Command, Outcome, Performs, Wrap } from "../../domain/Capability.ts"

export const spans =
  (system: string): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.withSpan(inner.perform(command), `${system}.${command._tag}`, {
        kind: "client",
        attributes: { access: command.access }
      })
  })
