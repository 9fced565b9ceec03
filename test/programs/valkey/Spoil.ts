/** Answers in place of the world's: by kind, by turn, or by what the world has answered. */
import * as Effect from "effect/Effect"
import type { Command, Outcome, Performs, Wrap } from "../../../src/domain/Capability.ts"
import type { ApiRequest } from "../../../src/domain/kube/Wire.ts"
import * as Run from "../../../src/laws/generic/Run.ts"

const reasons: Readonly<Record<number, string>> = {
  403: "Forbidden",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable"
}

/** What an API server answers that will not. */
export const refusal = (status: number, message = `refused with ${status}`) => ({
  status,
  body: {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    reason: reasons[status],
    message,
    code: status
  }
})

/** The request of a Kubernetes command; undefined for any other. */
export const requestOf = (command: Command): ApiRequest | undefined => {
  const wire: unknown = command.encode()
  return typeof wire === "object" && wire !== null && "verb" in wire ? (wire as ApiRequest) : undefined
}

/** `decode` has the types of the command's header (`Lawful`). */
const answering = <A extends Command>(command: A, reply: unknown): Outcome<A> => command.decode(reply)

/** `undefined`: the world answers. */
export const spoil =
  (replyTo: (command: Command) => unknown): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.suspend(() => {
        const reply = replyTo(command)
        return reply === undefined ? inner.perform(command) : answering(command, reply)
      })
  })

/** Does something of its own before or instead of the nth command that `counts`, in any life. */
export const nth =
  (
    index: number,
    counts: (command: Command) => boolean,
    act: <A extends Command>(command: A, sent: Outcome<A>) => Outcome<A>
  ): Wrap =>
  <C extends Command>(inner: Performs<C>): Performs<C> => {
    let count = 0
    return {
      perform: <A extends C>(command: A): Outcome<A> =>
        Effect.flatMap(Run.Life, (life) => {
          if (life === 0 || !counts(command) || count++ !== index) return inner.perform(command)
          return act(command, inner.perform(command))
        })
    }
  }

export const instead =
  (reply: (command: Command) => unknown) =>
  <A extends Command>(command: A, _sent: Outcome<A>): Outcome<A> =>
    answering(command, reply(command))

/** It lands, and nobody is told. */
export const unheard =
  (reply: (command: Command) => unknown) =>
  <A extends Command>(command: A, sent: Outcome<A>): Outcome<A> =>
    Effect.andThen(Effect.exit(sent), answering(command, reply(command)))
