/**
 * What a law of the Valkey transports is, the servers that it is tried on, and
 * the words that the laws are written with.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { NotLeader, Transport } from "../../domain/Capability.ts"
import type { Facts } from "../../domain/valkey/Facts.ts"
import {
  type Address,
  type Node,
  type NodeError,
  type NodeReason,
  Observe,
  Valkey
} from "../../domain/valkey/Valkey.ts"
import type { Exchange, Replies, Reply } from "../../domain/valkey/Wire.ts"
import { holds, LawBroken } from "./KubernetesLaw.ts"

/** One server of a fixture; it ends with the scope in which it was started. */
export interface Server {
  /** With the credentials that it asks for: the fixture's servers have a password. */
  readonly address: Address
  /** As by SIGKILL; returns when the process is gone. */
  readonly kill: Effect.Effect<void>
  /** After `kill`: another process at the same address, with the data that was there or without. */
  readonly restart: (options: { readonly keepsData: boolean }) => Effect.Effect<void>
  /** It keeps its connections and says nothing; `unfreeze` lets it go on. */
  readonly freeze: Effect.Effect<void>
  readonly unfreeze: Effect.Effect<void>
}

/** The transport that is on trial, and servers that it reaches. */
export interface Fixture {
  readonly send: Transport<Exchange, Replies>
  /** Lone primaries without data, which accept connections. */
  readonly start: (count: number) => Effect.Effect<ReadonlyArray<Server>, never, Scope.Scope>
  /** Lets replication go on for a moment: milliseconds of a real server, a few moves of a model. */
  readonly moment: Effect.Effect<void>
}

export type Failure = LawBroken | NodeError | NotLeader

export interface Law {
  /** A sentence that holds for every transport. */
  readonly name: string
  readonly check: (fixture: Fixture) => Effect.Effect<void, Failure, Scope.Scope>
}

/** What a law is written with, around one fixture. */
export interface Trial extends Fixture {
  readonly nodes: Valkey["Service"]
}

type Body = Effect.fn.Return<void, Failure, Scope.Scope>

/** A law on `count` fresh servers. */
export const law = (name: string, count: number, body: (trial: Trial, ...servers: Array<Server>) => Body): Law => ({
  name,
  check: (fixture) =>
    Effect.gen(function* () {
      const servers = yield* fixture.start(count)
      yield* body({ ...fixture, nodes: Valkey.over(fixture.send) }, ...servers)
    })
})

export const observe = (trial: Trial, server: Server): Effect.Effect<Facts, NodeError> =>
  trial.nodes.perform(new Observe({ node: server.address }))

/** The process that runs there now. */
export const nodeOf = (trial: Trial, server: Server): Effect.Effect<Node, NodeError> =>
  Effect.map(observe(trial, server), ({ runId }) => ({ ...server.address, uid: server.address.pod, runId }))

/** Facts that satisfy `isSo`, at the latest after many moments. */
export const eventually = Effect.fnUntraced(function* (
  trial: Trial,
  server: Server,
  what: string,
  isSo: (facts: Facts) => boolean
): Effect.fn.Return<Facts, Failure> {
  let facts = yield* observe(trial, server)
  for (let tries = 0; tries < 500 && !isSo(facts); tries++) {
    yield* trial.moment
    facts = yield* observe(trial, server)
  }
  yield* holds(isSo(facts), `${server.address.pod} is never ${what}: ${JSON.stringify(facts)}`)
  return facts
})

/** The lines as a client sends them. */
export const say = Effect.fnUntraced(function* (
  trial: Trial,
  server: Server,
  ...lines: ReadonlyArray<ReadonlyArray<string>>
): Effect.fn.Return<ReadonlyArray<Reply>, LawBroken> {
  const { address, credentials, port } = server.address
  const replies = yield* trial.send({ address, port, lines, ...(credentials === undefined ? {} : { credentials }) })
  return typeof replies === "string" ? yield* new LawBroken({ detail: `${lines.join("; ")}: ${replies}` }) : replies
})

/** The command fails for this reason. */
export const fails = <A>(outcome: Effect.Effect<A, NodeError | NotLeader>, reason: NodeReason) =>
  Effect.matchEffect(outcome, {
    onSuccess: (value) => holds(false, `expected ${reason}, but it succeeded with ${JSON.stringify(value)}`),
    onFailure: (error) =>
      holds(error._tag === "NodeError" && error.reason === reason, `expected ${reason}, got ${error.message}`)
  })

/** The words that an error reply begins with; an empty text for what is none. */
export const errorOf = (reply: Reply | undefined): string =>
  typeof reply === "object" && reply !== null && "error" in reply ? reply.error.split(" ", 1)[0]! : ""
