/**
 * A client as a decent application has it: one connection, opened anew when it
 * ends, when it is silent, and when it turns out to lead to a replica.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Handshake from "../domain/valkey/Handshake.ts"
import { type Credentials, isError, type Reply } from "../domain/valkey/Wire.ts"
import type { Lines, Link } from "../interpreters/live/ValkeyLink.ts"
import { dialer } from "../interpreters/live/ValkeySocket.ts"
import type { Address } from "./ServiceProxy.ts"

export interface Options {
  /** Where to connect, now. */
  readonly address: () => Address | undefined
  readonly credentials: () => Credentials | undefined
}

export interface Client {
  /** The replies, errors among them; undefined: the outcome is unknown, or there is nobody to ask. */
  readonly ask: (lines: Lines) => Effect.Effect<ReadonlyArray<Reply> | undefined>
  /** The next question goes out on a new connection. */
  readonly reconnect: Effect.Effect<void>
}

const connectMillis = 500
const answerMillis = 1000

/** What a server says that is not, or not yet, the primary. */
const isElsewhere = (reply: Reply | undefined): boolean =>
  isError(reply) && /^(READONLY|LOADING|MASTERDOWN|NOAUTH) /.test(reply.error)

const within = <A>(millis: number, effect: Effect.Effect<A>): Effect.Effect<A | undefined> =>
  Effect.raceFirst(effect, Effect.as(Effect.sleep(millis), undefined))

/** Its connection ends with the scope. */
export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Client, never, Scope.Scope> {
  let link: Link | undefined
  const end = (): void => {
    link?.end("Closed")
    link = undefined
  }
  yield* Effect.addFinalizer(() => Effect.sync(end))

  const send = Effect.fnUntraced(function* (to: Link, lines: Lines) {
    const sent = yield* within(answerMillis, to.send(lines))
    if (sent !== undefined && sent.ended === undefined && !sent.replies.some(isElsewhere)) return sent.replies
    end()
    return sent?.ended === undefined ? sent?.replies : undefined
  })

  const connected = Effect.fnUntraced(function* (): Effect.fn.Return<Link | undefined> {
    if (link !== undefined && !link.hasEnded()) return link
    const [address, credentials] = [options.address(), options.credentials()]
    if (address === undefined || credentials === undefined) return undefined
    const opened = (link = dialer.dial({ address: address.host, port: address.port }))
    if ((yield* within(connectMillis, opened.opened)) !== "Open") {
      end()
      return undefined
    }
    const greeting = yield* send(opened, Handshake.lines(credentials))
    return greeting === undefined || isError(greeting[0]) ? undefined : opened
  })

  return {
    ask: (lines) =>
      Effect.flatMap(connected(), (to) => (to === undefined ? Effect.succeed(undefined) : send(to, lines))),
    reconnect: Effect.sync(end)
  }
})
