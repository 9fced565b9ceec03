/** Refuses writes that no lease authorises, at the moment they would be sent. */
import * as Effect from "effect/Effect"
import { type Command, NotLeader, type Outcome, type Performs, type Wrap } from "../../domain/Capability.ts"

/** Sound by `Lawful` of the capability: every write may fail with `NotLeader`. */
export const refused = <A extends Command>(): Outcome<A> => Effect.fail(new NotLeader()) as Effect.Effect<never, never>

/**
 * Asked before each write; what is under way when it turns false may still
 * land. `claim` goes through: it is what makes it true.
 */
export const fencing =
  (isAuthorised: Effect.Effect<boolean>): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      command.access !== "write"
        ? inner.perform(command)
        : Effect.flatMap(isAuthorised, (holds) => (holds ? inner.perform(command) : refused<A>()))
  })
