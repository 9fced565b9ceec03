/** Answers cached reads from what the reflectors hold; asks the server only while they do not know. */
import * as Effect from "effect/Effect"
import type { Outcome, Performs } from "../../domain/Capability.ts"
import * as Cache from "../../domain/kube/Cache.ts"
import type { Command } from "../../domain/kube/Kubernetes.ts"
import type { ApiReply } from "../../domain/kube/Wire.ts"

/** Sound by `Lawful`: `decode` has the types of the command's header. */
const decoded = <A extends Command>(command: { readonly decode: (reply: ApiReply) => unknown }, reply: ApiReply) =>
  command.decode(reply) as Outcome<A>

export const cached =
  (views: Effect.Effect<ReadonlyArray<Cache.View>>) =>
  (inner: Performs<Command>): Performs<Command> => ({
    perform: <A extends Command>(command: A): Outcome<A> =>
      command._tag !== "CachedGet" && command._tag !== "CachedList"
        ? inner.perform(command)
        : Effect.flatMap(views, (all) => {
            const reply = Cache.answer(all, command.encode())
            return reply === undefined ? inner.perform(command) : decoded<A>(command, reply)
          })
  })
