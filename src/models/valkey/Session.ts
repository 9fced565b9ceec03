/**
 * One connection to a server: who is logged in, what is queued, and the
 * commands that act on the connection or on more than one server.
 */
import type { Reply } from "../../domain/valkey/Wire.ts"
import { accepts } from "./Config.ts"
import * as Network from "./Network.ts"
import { type Endpoint, type Node, put, type State } from "./Node.ts"
import * as Process from "./Process.ts"
import * as Report from "./Report.ts"
import { feed, type Ids, type Written } from "./Stream.ts"

export interface Connection {
  /** Undefined until somebody logs in. */
  readonly user: string | undefined
  /** Lines between MULTI and EXEC. */
  readonly queue: ReadonlyArray<ReadonlyArray<string>> | undefined
  /** A line of the transaction was refused. */
  readonly isBroken: boolean
  /** The offset behind the last write of this connection: what WAIT waits for. */
  readonly wrote: number
}

/** A server without a password takes everybody for the user `default`. */
export const open = (node: Node): Connection => ({
  user: node.config["requirepass"] === "" ? "default" : undefined,
  queue: undefined,
  isBroken: false,
  wrote: 0
})

/** A command being carried out. */
export interface Turn {
  readonly state: State
  readonly id: Endpoint
  readonly connection: Connection
  readonly names: Ids
  /** Writes that have not reached the stream yet: they do at the end of the command or transaction. */
  readonly written: ReadonlyArray<Written>
}

/** A reply of `undefined`: the server closed the connection instead. */
export type Run = (turn: Turn, words: ReadonlyArray<string>) => readonly [Turn, Reply | undefined]

/** What a command did to its own server, when it needs nothing else. */
export interface Done {
  readonly node: Node
  readonly reply: Reply
  readonly written?: Written
  /** A replication id was chosen. */
  readonly chose?: boolean
}

export type NodeRun = (node: Node, words: ReadonlyArray<string>, ids: Ids & { readonly chosen: number }) => Done

export const onNode =
  (run: NodeRun): Run =>
  (turn, words) => {
    const before = turn.state.nodes[turn.id]!
    const { chose, node, reply, written } = run(before, words, { ...turn.names, chosen: turn.state.chosen })
    if (node === before) return [turn, reply]
    const state = put(chose ? { ...turn.state, chosen: turn.state.chosen + 1 } : turn.state, node)
    return [{ ...turn, state, written: written === undefined ? turn.written : [...turn.written, written] }, reply]
  }

const refused = (turn: Turn, error: string): readonly [Turn, Reply] => [turn, { error }]

const wrongPassword = "WRONGPASS invalid username-password pair or user is disabled."

const login = (turn: Turn, user: string, password: string): Turn | undefined =>
  accepts(turn.state.nodes[turn.id]!.config, user, password)
    ? { ...turn, connection: { ...turn.connection, user } }
    : undefined

export const auth: Run = (turn, words) => {
  const { config } = turn.state.nodes[turn.id]!
  if (words.length > 3) return refused(turn, "ERR syntax error")
  if (words.length === 2 && config["requirepass"] === "") {
    const why = "AUTH <password> called without any password configured for the default user."
    return refused(turn, `ERR ${why} Are you sure your configuration is correct?`)
  }
  const done = words.length === 2 ? login(turn, "default", words[1]!) : login(turn, words[1]!, words[2]!)
  return done === undefined ? refused(turn, wrongPassword) : [done, "OK"]
}

const unauthenticated =
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass>" +
  " option can be used to authenticate the client and select the RESP protocol version at the same time"

/** `HELLO [2 | 3 [AUTH user password] [SETNAME name]]`. */
export const hello: Run = (turn, [, version, ...words]) => {
  if (version !== undefined && version !== "2" && version !== "3") {
    return refused(turn, "NOPROTO unsupported protocol version")
  }
  const at = words.findIndex((word) => word.toUpperCase() === "AUTH")
  const now = at < 0 ? turn : login(turn, words[at + 1] ?? "", words[at + 2] ?? "")
  if (now === undefined) return refused(turn, wrongPassword)
  if (now.connection.user === undefined) return refused(turn, unauthenticated)
  return [now, Report.hello(turn.state.nodes[turn.id]!)]
}

export const whoAmI: Run = (turn) => [turn, turn.connection.user ?? "default"]

export const reset: Run = (turn) => [{ ...turn, connection: open(turn.state.nodes[turn.id]!) }, "RESET"]

const onReplica =
  "ERR WAIT cannot be used with replica instances. Please also note that if a replica is configured to be writable" +
  " (which is not the default) writes to replicas are just local and are not propagated."

const acknowledged = (state: State, id: Endpoint, offset: number): number =>
  state.nodes[id]!.attached.filter((one) => one.state === "online" && one.acknowledged >= offset).length

/**
 * `WAIT replicas millis`: asks for acknowledgements and counts those that can
 * come. The model does not let time pass for those that cannot.
 */
export const wait: Run = (turn, [, count, millis]) => {
  const { connection, id, state } = turn
  const node = state.nodes[id]!
  if (node.following !== undefined) return refused(turn, onReplica)
  if (!/^\d+$/.test(count!)) return refused(turn, "ERR value is not an integer or out of range")
  if (!/^\d+$/.test(millis!)) return refused(turn, "ERR timeout is not an integer or out of range")
  const now = acknowledged(state, id, connection.wrote)
  if (now >= Number(count) || connection.queue !== undefined) return [turn, now]
  const asked = put(state, feed(node, [["REPLCONF", "GETACK", "*"]]))
  const after = Network.deliver(node.backlog === undefined ? state : asked, id)
  return [{ ...turn, state: after }, acknowledged(after, id, connection.wrote)]
}

/** `SHUTDOWN [NOSAVE | SAVE]`: the connection ends with the process. */
export const shutdown: Run = (turn, [, ...words]) => {
  const options = words.map((word) => word.toUpperCase())
  const isKnown = options.every((option) => ["NOSAVE", "SAVE", "NOW", "FORCE"].includes(option))
  if (!isKnown || (options.includes("NOSAVE") && options.includes("SAVE"))) return refused(turn, "ERR syntax error")
  const saves = options.includes("NOSAVE") ? false : options.includes("SAVE") ? true : undefined
  return [{ ...turn, state: Process.stop(turn.state, turn.id, saves) }, undefined]
}
