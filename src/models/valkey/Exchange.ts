/**
 * What a server answers: one line on one connection, or the exchange of a
 * command with the handshake before it. Order of checks: valkey-server 8.0,
 * `processCommand`.
 */
import * as Redacted from "effect/Redacted"
import { operatorUser } from "../../domain/valkey/Handshake.ts"
import type { Exchange, Replies, Reply, Word } from "../../domain/valkey/Wire.ts"
import { type Command, lookUp } from "./Commands.ts"
import { accepts, numberOf, permits } from "./Config.ts"
import { type Endpoint, endpoint, hears, type Node, put, type State } from "./Node.ts"
import { goodReplicas } from "./Report.ts"
import { type Connection, open, type Turn } from "./Session.ts"
import { type Ids, propagate } from "./Stream.ts"

type Line = ReadonlyArray<string>

const writesIn = (command: Command, queue: ReadonlyArray<Line>): boolean =>
  command.isWrite || (command.name === "exec" && queue.some((line) => isWrite(line)))

const isWrite = (line: Line): boolean => {
  const command = lookUp(line)
  return !("error" in command) && command.isWrite
}

const withoutLogin: ReadonlyArray<string> = ["auth", "hello", "quit", "reset"]

/** Why this server, as it is now, does not take the command. */
const refusal = (node: Node, connection: Connection, command: Command): string | undefined => {
  const { following } = node
  if (connection.user === undefined && !withoutLogin.includes(command.name)) return "NOAUTH Authentication required."
  if (connection.queue !== undefined && command.isAlone) return "ERR Command not allowed inside a transaction"
  if (connection.user !== undefined && !permits(node.config, connection.user, command.name)) {
    return `NOPERM User ${connection.user} has no permissions to run the '${command.name}' command`
  }
  if (writesIn(command, connection.queue ?? [])) {
    const least = numberOf(node.config, "min-replicas-max-lag") > 0 ? numberOf(node.config, "min-replicas-to-write") : 0
    if (following === undefined && goodReplicas(node) < least) return "NOREPLICAS Not enough good replicas to write."
    if (following !== undefined) return "READONLY You can't write against a read only replica."
  }
  const isStale = following !== undefined && following.link.state !== "connected"
  if (isStale && node.config["replica-serve-stale-data"] === "no" && !command.whileStale) {
    return "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
  }
  return node.loading && !command.whileLoading ? "LOADING Valkey is loading the dataset in memory" : undefined
}

/** Writes reach the stream at the end of a command, and of a transaction as a whole. */
const flushed = (turn: Turn): Turn => {
  const node = turn.state.nodes[turn.id]!
  if (turn.written.length === 0 || node.phase === "ended") return turn
  const after = propagate(node, turn.written)
  const connection = { ...turn.connection, wrote: after.offset }
  return { ...turn, state: put(turn.state, after), connection, written: [] }
}

const closed = (connection: Connection): Connection => ({ ...connection, queue: undefined, isBroken: false })

const inTransaction: ReadonlyArray<string> = ["exec", "discard", "quit"]

const execute = (turn: Turn, queue: ReadonlyArray<Line>): readonly [Turn, Reply | undefined] => {
  const replies: Array<Reply> = []
  let now = turn
  for (const words of queue) {
    // Only lines that `lookUp` knows are queued.
    const command = lookUp(words) as Command
    const [next, reply] = command.run(now, words)
    now = next
    replies.push(reply ?? null)
  }
  return [{ ...now, connection: closed(now.connection) }, replies]
}

const perform = (turn: Turn, command: Command, words: Line): readonly [Turn, Reply | undefined] => {
  const { connection } = turn
  const { isBroken, queue } = connection
  switch (command.name) {
    case "multi":
      return [{ ...turn, connection: { ...connection, queue: [], isBroken: false } }, "OK"]
    case "discard":
      if (queue === undefined) return [turn, { error: "ERR DISCARD without MULTI" }]
      return [{ ...turn, connection: closed(connection) }, "OK"]
    case "exec": {
      if (queue === undefined) return [turn, { error: "ERR EXEC without MULTI" }]
      if (!isBroken) return execute(turn, queue)
      const error = "EXECABORT Transaction discarded because of previous errors."
      return [{ ...turn, connection: closed(connection) }, { error }]
    }
    default:
      return command.run(turn, words)
  }
}

const refuse = (turn: Turn, command: Command | undefined, error: string): readonly [Turn, Reply] => {
  const { connection } = turn
  if (connection.queue === undefined) return [turn, { error }]
  if (command?.name !== "exec") return [{ ...turn, connection: { ...connection, isBroken: true } }, { error }]
  const why = `EXECABORT Transaction discarded because of: ${error}`
  return [{ ...turn, connection: closed(connection) }, { error: connection.isBroken ? error : why }]
}

const take = (turn: Turn, words: Line): readonly [Turn, Reply | undefined] => {
  const command = lookUp(words)
  if ("error" in command) return refuse(turn, undefined, command.error)
  const { connection } = turn
  const why = refusal(turn.state.nodes[turn.id]!, connection, command)
  if (why !== undefined) return refuse(turn, command, why)
  if (connection.queue !== undefined && !inTransaction.includes(command.name)) {
    return [{ ...turn, connection: { ...connection, queue: [...connection.queue, words] } }, "QUEUED"]
  }
  return perform(turn, command, words)
}

/**
 * One line on a connection to a running server. A reply of `undefined`: the
 * server closed the connection instead.
 */
export const line = (
  state: State,
  id: Endpoint,
  connection: Connection,
  words: Line,
  names: Ids
): readonly [State, Connection, Reply | undefined] => {
  const [turn, reply] = take({ state, id, connection, names, written: [] }, words)
  const after = flushed(turn)
  return [after.state, after.connection, reply]
}

/** Runs lines as one client sends them; `Closed` when the server ends meanwhile. */
const lines = (
  state: State,
  id: Endpoint,
  connection: Connection,
  all: ReadonlyArray<Line>,
  names: Ids
): readonly [State, Replies] => {
  const replies: Array<Reply> = []
  let now = state
  let open = connection
  for (const words of all) {
    const [next, after, reply] = line(now, id, open, words, names)
    now = next
    open = after
    if (reply === undefined) return [now, "Closed"]
    replies.push(reply)
  }
  return [now, replies]
}

const revealed = (word: Word): string => (typeof word === "string" ? word : Redacted.value(word))

/** The user that an exchange is sent as; undefined when the handshake fails. */
const userOf = (node: Node, { credentials }: Exchange): string | undefined => {
  if (credentials === undefined) return open(node).user
  const { password, user } = credentials
  if (!accepts(node.config, user, Redacted.value(password))) return undefined
  return permits(node.config, user, "acl|setuser") ? operatorUser : user
}

/** Whether an exchange ends all other connections of operators to its server. */
export const dismisses = ({ lines: all }: Exchange): boolean =>
  all.some(([name, verb, ...filters]) => name === "CLIENT" && verb === "KILL" && filters.includes(operatorUser))

/** Whether the server, once it is reached, keeps the sender waiting: writes during a pause. */
const isHeld = (node: Node, all: ReadonlyArray<Line>, nowMillis: number): boolean =>
  node.pausedUntil > nowMillis && all.some(isWrite)

/**
 * One exchange of a client of the name `from`. `undefined`: no answer yet, ask
 * again after the next change of the network (a read that waits, a frozen
 * server, a cut, paused writes); a client that gives up calls `abandon`.
 */
export const exchange = (
  state: State,
  wire: Exchange,
  names: Ids,
  from = "operator"
): readonly [State, Replies | undefined] => {
  const id = endpoint(wire.address, wire.port)
  const node = state.nodes[id]
  if (!hears(state, from, id)) return [state, undefined]
  if (node?.hasStranger === true) return [state, wire.awaitEnd === true ? undefined : "NotValkey"]
  if (node === undefined || node.phase === "ended") return [state, "Refused"]
  if (wire.awaitEnd === true) {
    // Held without a handshake: it ends with the process.
    return [state, wire.runId === undefined || wire.runId === node.runId ? undefined : "OtherProcess"]
  }
  if (node.phase === "frozen") return [state, undefined]
  const user = userOf(node, wire)
  if (user === undefined) return [state, "Unauthorized"]
  if (wire.runId !== undefined && wire.runId !== node.runId) return [state, "OtherProcess"]
  const words = wire.lines.map((line) => line.map(revealed))
  if (isHeld(node, words, names.nowMillis)) return [state, undefined]
  return lines(state, id, { ...open(node), user }, words, names)
}

/** The sender gives up. What it sent to a frozen process is there when that goes on (`failover:F10`). */
export const abandon = (state: State, wire: Exchange, from = "operator"): State => {
  const id = endpoint(wire.address, wire.port)
  const node = state.nodes[id]
  if (node === undefined || node.phase !== "frozen" || wire.awaitEnd === true || !hears(state, from, id)) return state
  const user = userOf(node, wire)
  if (user === undefined || (wire.runId !== undefined && wire.runId !== node.runId)) return state
  return put(state, { ...node, late: [...node.late, { user, lines: wire.lines.map((line) => line.map(revealed)) }] })
}

/**
 * What clients that gave up had sent to the process: it runs now, and nobody
 * hears the replies. Who gives up ends the connection, so each came on its own.
 */
export const catchUp = (state: State, id: Endpoint, names: Ids): State => {
  const node = state.nodes[id]!
  const [first, ...late] = node.late
  if (first === undefined) return state
  if (node.phase !== "running") return put(state, { ...node, late: [] })
  const next = put(state, { ...node, late })
  return catchUp(lines(next, id, { ...open(node), user: first.user }, first.lines, names)[0], id, names)
}
