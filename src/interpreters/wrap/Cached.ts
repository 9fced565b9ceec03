/** Answers cached reads from what the reflectors hold; asks the server only while they do not know. */
import * as Effect from "effect/Effect"
import type { Outcome, Performs } from "../../domain/Capability.ts"
import type { Command } from "../../domain/kube/Kubernetes.ts"
import type { ApiReply, ApiRequest } from "../../domain/kube/Wire.ts"

/** `Cache.answer` over what this process holds now. */
export type Answer = (request: ApiRequest) => Effect.Effect<ApiReply | undefined>

/** Sound by `Lawful`: `decode` has the types of the command's header. */
const decoded = <A extends Command>(command: { readonly decode: (reply: ApiReply) => unknown }, reply: ApiReply) =>
  command.decode(reply) as Outcome<A>

export const cached =
  (answer: Answer) =>
  (inner: Performs<Command>): Performs<Command> => ({
    perform: <A extends Command>(command: A): Outcome<A> =>
      command._tag !== "CachedGet" && command._tag !== "CachedList"
        ? inner.perform(command)
        : Effect.flatMap(answer(command.encode()), (reply) =>
            reply === undefined ? inner.perform(command) : decoded<A>(command, reply)
          )
  })
