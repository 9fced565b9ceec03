/**
 * Valkey nodes as exchanges of command lines and replies: what sockets carry
 * and what the node model answers are these same values.
 */
import type * as Redacted from "effect/Redacted"

/** A word of a command line; secret ones are unwrapped at the socket only. */
export type Word = string | Redacted.Redacted<string>

export interface Credentials {
  readonly user: string
  readonly password: Redacted.Redacted<string>
}

/**
 * One exchange on one connection: the lines go out together, in order. With a
 * `runId` only on a connection whose handshake (HELLO 3 AUTH, INFO server) named
 * it, else nothing is sent and the reply is `OtherProcess`: a connection never
 * outlives its process, so this is a precondition and costs no round trip.
 * With `awaitEnd` nothing is sent: the reply, `Closed`, comes when the held
 * connection ends (a read that waits); `Refused` when there is none to be had.
 */
export interface Exchange {
  /** IP address of the pod; the port is that of the node. */
  readonly address: string
  readonly port: number
  readonly credentials?: Credentials
  readonly runId?: string
  readonly lines: ReadonlyArray<ReadonlyArray<Word>>
  readonly awaitEnd?: boolean
}

/** A reply as plain data: maps are flat arrays of key and value, text is UTF-8, integers past 2^53 are text. */
export type Reply =
  | string
  | number
  | boolean
  | null
  | ReadonlyArray<Reply>
  /** An error reply: `{ error: "READONLY You can't write against a read only replica." }`. */
  | { readonly error: string }

/**
 * `Refused`: no process listens there, nothing was sent. `OtherProcess`: another
 * run id than asked for, nothing was sent. `TimedOut`, `Closed`: the outcome is
 * unknown. `Unauthorized`: the handshake failed with WRONGPASS, NOAUTH or NOPERM.
 * `NotValkey`: what listens there does not speak the protocol.
 */
export type Replies =
  | ReadonlyArray<Reply>
  | "Refused"
  | "TimedOut"
  | "Closed"
  | "OtherProcess"
  | "Unauthorized"
  | "NotValkey"

export const isError = (reply: Reply | undefined): reply is { readonly error: string } =>
  typeof reply === "object" && reply !== null && !Array.isArray(reply)
