/**
 * One connection to one server, and the way to share it: what the transports
 * of Valkey differ in, and what a pool of them needs to know.
 */
import type * as Effect from "effect/Effect"
import type { Reply, Word } from "../../domain/valkey/Wire.ts"

export type Lines = ReadonlyArray<ReadonlyArray<Word>>

/** Why a connection ended. `TimedOut`: we ended it, because an answer did not come in time. */
export type Ended = "Closed" | "TimedOut" | "NotValkey"

/** Fewer replies than lines only with `ended`. */
export interface Sent {
  readonly replies: ReadonlyArray<Reply>
  readonly ended: Ended | undefined
}

/** A connection from the moment that it is asked for. */
export interface Link {
  /** `Open` once it is established, or why it is not to be had; nothing was sent then. */
  readonly opened: Effect.Effect<"Open" | "Refused" | Ended>
  /** Sends all lines as one piece, after those before and before those after. Never fails, never times out. */
  readonly send: (lines: Lines) => Effect.Effect<Sent>
  readonly ended: Effect.Effect<Ended>
  readonly hasEnded: () => boolean
  /** Ends it now, without a word to the peer; whoever waits for replies gets `why`. */
  readonly end: (why: Ended) => void
}

export interface Target {
  readonly address: string
  readonly port: number
}

/** A way to connect; `version`: of the protocol that its connections speak. */
export interface Dialer {
  readonly version: 2 | 3
  readonly dial: (target: Target) => Link
}

/**
 * What an error of the system means before anything was sent. `Refused` only
 * where the machine itself said that nobody listens there: what a router says of
 * a route (EHOSTUNREACH), and trouble of our own (no file descriptors, no
 * network), are no evidence about a process.
 */
export const refusal = (code: string | undefined): "Refused" | Ended => {
  switch (code) {
    case "ECONNREFUSED":
      return "Refused"
    case "ECONNRESET":
    case "EPIPE":
      return "Closed"
    default:
      return "TimedOut"
  }
}
