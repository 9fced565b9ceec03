/**
 * How a connection begins: it logs in, learns which process it reached, and
 * thereby makes "this process or none" a precondition of all that follows on it.
 */
import * as Redacted from "effect/Redacted"
import * as Info from "./Info.ts"
import { type Credentials, isError, type Reply, type Word } from "./Wire.ts"

type Lines = ReadonlyArray<ReadonlyArray<Word>>

/** What the connection is called in CLIENT LIST. */
const clientName = "gungnir"

/**
 * As whom operators act once they have logged in: no client does, so their
 * connections can be told from all others, and ended (`Valkey.dismissal`).
 */
export const operatorUser = "gungnir"

const info: ReadonlyArray<Word> = ["INFO", "server"]

const hello = (credentials: Credentials | undefined): ReadonlyArray<Word> => [
  "HELLO",
  "3",
  ...(credentials === undefined ? [] : ["AUTH", credentials.user, credentials.password]),
  "SETNAME",
  clientName
]

/** The lines of a client: RESP3, log in and name in one, then the process (`failover:3`). */
export const lines = (credentials: Credentials | undefined): Lines => [hello(credentials), info]

/** Makes the operators' user: a server that restarts has forgotten it. */
const makingUser = (credentials: Credentials | undefined): Lines => {
  if (credentials === undefined) return []
  // As a word of its own, and a secret again.
  const rule = Redacted.make(`>${Redacted.value(credentials.password)}`)
  return [["ACL", "SETUSER", operatorUser, "on", "resetpass", rule, "~*", "&*", "+@all"]]
}

/** The lines that an operator opens with. */
export const operatorLines = (credentials: Credentials | undefined): Lines => [
  hello(credentials),
  ...makingUser(credentials),
  info
]

/**
 * What comes next, alone: a server (8.0) does not answer an AUTH that fails
 * while the answer to a line before it is still to be sent. None where the user
 * could not be made: the connection keeps the one that it has.
 */
export const becoming = (credentials: Credentials | undefined, replies: ReadonlyArray<Reply>): Lines =>
  credentials === undefined || replies[1] !== "OK" ? [] : [["AUTH", operatorUser, credentials.password]]

/**
 * The same for a server that knows no HELLO, or a client that speaks RESP2
 * only. A password without a user is what servers before 6.0 understand.
 */
export const olderLines = (credentials: Credentials | undefined): Lines => [
  ...(credentials === undefined
    ? []
    : [["AUTH", ...(credentials.user === "default" ? [] : [credentials.user]), credentials.password]]),
  ...makingUser(credentials),
  ["CLIENT", "SETNAME", clientName],
  info
]

/**
 * `Named`: the process. `Nameless`: a server that lives but does not say which
 * process it is; `error` is what it said instead (BUSY, or no more clients).
 * `Older`: to be asked again with `olderLines`.
 */
export type Outcome =
  | { readonly _tag: "Named"; readonly runId: string }
  | { readonly _tag: "Nameless"; readonly error: string }
  | { readonly _tag: "Older" }
  | { readonly _tag: "Unauthorized" }
  | { readonly _tag: "NotValkey" }

const code = (error: string): string => error.split(" ", 1)[0]!

/** DENIED: a server without a password answers nobody but its own machine. */
const refusals = new Set(["WRONGPASS", "NOAUTH", "NOPERM", "DENIED"])

const isRefusal = (reply: Reply | undefined): boolean => isError(reply) && refusals.has(code(reply.error))

/** `ERR unknown command 'HELLO'`, `NOPROTO unsupported protocol version`, or too old for its options. */
const knowsNoHello = (error: string): boolean =>
  code(error) === "NOPROTO" || /^ERR (unknown command|syntax error|wrong number of arguments)/i.test(error)

/** Before 6.0, and in 6.0 and later, to a password that nobody asked for: the connection may be used. */
const needsNoPassword = (error: string): boolean => /^ERR .*(no password is set|without any password)/.test(error)

const named = (reply: Reply | undefined): Outcome => {
  if (isError(reply)) return isRefusal(reply) ? { _tag: "Unauthorized" } : { _tag: "Nameless", error: reply.error }
  if (typeof reply !== "string") return { _tag: "NotValkey" }
  const fields = Info.fields(reply)
  const runId = fields.get("run_id")
  const isSentinel = (fields.get("server_mode") ?? fields.get("redis_mode")) === "sentinel"
  return runId === undefined || runId === "" || isSentinel ? { _tag: "NotValkey" } : { _tag: "Named", runId }
}

/** The replies to `lines` or `operatorLines`. A server that loads its data answers them, so it has a name too. */
export const read = (replies: ReadonlyArray<Reply>): Outcome => {
  const [hello] = replies
  const info = replies.length > 1 ? replies.at(-1) : undefined
  if (!isError(hello)) return Array.isArray(hello) ? named(info) : { _tag: "NotValkey" }
  if (isRefusal(hello)) return { _tag: "Unauthorized" }
  if (knowsNoHello(hello.error)) return { _tag: "Older" }
  return { _tag: "Nameless", error: hello.error }
}

/** The replies to `olderLines`. */
export const readOlder = (credentials: Credentials | undefined, replies: ReadonlyArray<Reply>): Outcome => {
  const [auth] = replies
  if (credentials !== undefined && isError(auth) && !needsNoPassword(auth.error)) {
    const isUnknown = /^ERR (invalid password|wrong number of arguments)/.test(auth.error)
    return isRefusal(auth) || isUnknown ? { _tag: "Unauthorized" } : { _tag: "Nameless", error: auth.error }
  }
  return named(replies.at(-1))
}
