/**
 * Everything a program may ask of Valkey nodes.
 */
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import * as Schema from "effect/Schema"
import { Capability, type NotLeader } from "../Capability.ts"
import type { Facts } from "./Facts.ts"
import { operatorUser } from "./Handshake.ts"
import * as Info from "./Info.ts"
import { type Credentials, type Exchange, isError, type Replies, type Reply, type Word } from "./Wire.ts"

/** Where a node is reached, before anything is known of the process there. */
export interface Address {
  readonly pod: string
  readonly address: string
  readonly port: number
  readonly credentials?: Credentials
}

/** One process on one pod. */
export interface Node extends Address {
  /** Of the pod. */
  readonly uid: string
  /** The process that was observed; a write reaches this one or none. */
  readonly runId: string
}

/**
 * `Refused` and `OtherProcess`: nothing was sent. `TimedOut` and `Closed` say
 * nothing about whether the command took effect. `Loading`, `Busy` and
 * `PrimaryDown` come from a process that lives. `Unexpected`: an answer that
 * the command does not know; `detail` quotes it.
 */
export const NodeReason = Schema.Literals([
  "Refused",
  "TimedOut",
  "Closed",
  "OtherProcess",
  "Unauthorized",
  "NotValkey",
  "Loading",
  "Busy",
  "PrimaryDown",
  "Unexpected"
])
export type NodeReason = typeof NodeReason.Type

export class NodeError extends Schema.TaggedError<NodeError>()("NodeError", {
  command: Schema.String,
  pod: Schema.String,
  address: Schema.String,
  reason: NodeReason,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.command} ${this.pod} (${this.address}): ${this.reason}${this.detail === "" ? "" : `: ${this.detail}`}`
  }
}

const reasonOf = (error: string): NodeReason => {
  switch (error.slice(0, error.indexOf(" ") < 0 ? error.length : error.indexOf(" "))) {
    case "LOADING":
      return "Loading"
    case "BUSY":
      return "Busy"
    case "MASTERDOWN":
      return "PrimaryDown"
    case "NOAUTH":
    case "WRONGPASS":
    case "NOPERM":
      return "Unauthorized"
    default:
      return "Unexpected"
  }
}

type Addressed = { readonly _tag: string; readonly node: Address }

/** What was asked, of whom, and what came back instead. Long answers are cut at 200 characters. */
const failed = (command: Addressed, replies: Replies, why?: string) => {
  const error = typeof replies === "string" ? undefined : replies.find(isError)?.error
  return Exit.fail(
    new NodeError({
      command: command._tag,
      pod: command.node.pod,
      address: `${command.node.address}:${command.node.port}`,
      reason: typeof replies === "string" ? replies : error === undefined ? "Unexpected" : reasonOf(error),
      detail: typeof replies === "string" ? "" : (why ?? error ?? JSON.stringify(replies)).slice(0, 200)
    })
  )
}

const to = (node: Address | Node, lines: ReadonlyArray<ReadonlyArray<Word>>): Exchange => ({
  address: node.address,
  port: node.port,
  ...(node.credentials === undefined ? {} : { credentials: node.credentials }),
  ...("runId" in node ? { runId: node.runId } : {}),
  lines
})

/** Without a run id, should the address be that of a known process. */
const anyProcessAt = ({ address, credentials, pod, port }: Address): Address => ({
  pod,
  address,
  port,
  ...(credentials === undefined ? {} : { credentials })
})

/** The facts in one reply of each transaction or exchange, or the failure that names what was wrong. */
const facts = <A>(
  command: Addressed,
  replies: Replies,
  texts: ReadonlyArray<Reply | undefined>,
  use: (...facts: ReadonlyArray<Facts>) => A
): Exit.Exit<A, NodeError> => {
  const all: Array<Facts> = []
  for (const text of texts) {
    if (typeof text !== "string") return failed(command, replies)
    const read = Info.read(text)
    if ("missing" in read) return failed(command, replies, `INFO without a readable ${read.missing}`)
    all.push(read)
  }
  return Exit.succeed(use(...all))
}

/**
 * Before a node is given another role, all other connections of operators end:
 * what one that crashed, lost its lease or gave up has under way there is never
 * carried out (`failover:F10`). It covers everything, since such a command is
 * only sent on a connection whose handshake the node has answered. Connections
 * of clients, of replicas and of whoever waits for an end are of other users.
 */
export const dismissal: ReadonlyArray<string> = [
  ...["CLIENT", "KILL", "TYPE", "normal"],
  ...["USER", operatorUser, "SKIPME", "yes"]
]

/** The replies to what follows a dismissal. That one may fail: a server without the user has nobody to dismiss. */
const afterDismissal = (replies: Replies): Replies => (typeof replies === "string" ? replies : replies.slice(1))

/** The replies inside EXEC, when all lines were queued and run. */
const transaction = (replies: Replies, lines: number): ReadonlyArray<Reply> | undefined => {
  if (typeof replies === "string") return undefined
  const results = replies.at(-1)
  return Array.isArray(results) && results.length === lines ? results : undefined
}

const minReplicasToWrite = "min-replicas-to-write"

/** Nothing from a server that does not tell. */
const minReplicasOf = (config: Reply | undefined): { readonly minReplicas?: number } => {
  const value = Array.isArray(config) && config[0] === minReplicasToWrite ? Number(config[1]) : NaN
  return Number.isInteger(value) ? { minReplicas: value } : {}
}

/** Who this process is, whom it follows, and how far it has come. A read: any process at the address may answer. */
export class Observe extends Request.TaggedClass("Observe")<{ readonly node: Address }, Facts, NodeError> {
  get access() {
    return "read" as const
  }
  encode(): Exchange {
    return to(anyProcessAt(this.node), [Info.command, ["CONFIG", "GET", minReplicasToWrite]])
  }
  decode(replies: Replies): Exit.Exit<Facts, NodeError> {
    const [info, config] = typeof replies === "string" ? [] : replies
    return facts(this, replies, [info], (now) => ({ ...now!, ...minReplicasOf(config) }))
  }
}

/** A read that waits: fails with `Closed` when the connection that is held to the node ends. */
export class AwaitEnd extends Request.TaggedClass("AwaitEnd")<{ readonly node: Address }, never, NodeError> {
  get access() {
    return "read" as const
  }
  encode(): Exchange {
    return { ...to(anyProcessAt(this.node), []), awaitEnd: true }
  }
  decode(replies: Replies): Exit.Exit<never, NodeError> {
    return failed(this, replies)
  }
}

/** Points `node` at `primary`. Safe to perform twice. */
export class ReplicaOf extends Request.TaggedClass("ReplicaOf")<
  { readonly node: Node; readonly primary: Node },
  void,
  NodeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): Exchange {
    return to(this.node, [dismissal, ["REPLICAOF", this.primary.address, String(this.primary.port)]])
  }
  decode(all: Replies): Exit.Exit<void, NodeError> {
    const replies = afterDismissal(all)
    const reply = typeof replies === "string" ? undefined : replies[0]
    return typeof reply === "string" && reply.startsWith("OK") ? Exit.void : failed(this, replies)
  }
}

/** An address that no primary listens at: port 1 of the node itself (`failover:7.2`). */
export const nowhere = { host: "127.0.0.1", port: 1 } as const

/**
 * Makes a node harmless: it follows nobody that exists and accepts no write.
 * Of a primary this is the fence, of a replica the quiesce (`failover:7.4`, 7.5).
 * Answers the state at that very instant, so its offset is final. Safe to
 * perform twice.
 */
export class Fence extends Request.TaggedClass("Fence")<{ readonly node: Node }, Facts, NodeError | NotLeader> {
  get access() {
    return "write" as const
  }
  encode(): Exchange {
    const follow = ["REPLICAOF", nowhere.host, String(nowhere.port)]
    return to(this.node, [dismissal, ["MULTI"], Info.command, follow, ["EXEC"]])
  }
  decode(all: Replies): Exit.Exit<Facts, NodeError> {
    const replies = afterDismissal(all)
    const results = transaction(replies, 2)
    if (results === undefined || isError(results[1])) return failed(this, results ?? replies)
    return facts(this, replies, [results[0]], (now) => now!)
  }
}

/**
 * Makes a node the primary; answers the state just before and just after, so
 * that what was promoted can be verified (`failover:7.4` step 7). Safe to
 * perform twice: a primary stays one, with its replication id.
 */
export class Promote extends Request.TaggedClass("Promote")<
  { readonly node: Node },
  { readonly before: Facts; readonly after: Facts },
  NodeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): Exchange {
    return to(this.node, [dismissal, ["MULTI"], Info.command, ["REPLICAOF", "NO", "ONE"], Info.command, ["EXEC"]])
  }
  decode(all: Replies): Exit.Exit<{ readonly before: Facts; readonly after: Facts }, NodeError> {
    const replies = afterDismissal(all)
    const results = transaction(replies, 3)
    if (results === undefined || isError(results[1])) return failed(this, results ?? replies)
    return facts(this, replies, [results[0], results[2]], (before, after) => ({ before: before!, after: after! }))
  }
}

/** Sets how many replicas must be attached, and how lately heard of, for a primary to accept writes (`failover:2.5`). */
export class SetDurability extends Request.TaggedClass("SetDurability")<
  { readonly node: Node; readonly minReplicas: number; readonly maxLagSeconds: number },
  void,
  NodeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): Exchange {
    return to(this.node, [
      [
        "CONFIG",
        "SET",
        minReplicasToWrite,
        String(this.minReplicas),
        "min-replicas-max-lag",
        String(this.maxLagSeconds)
      ]
    ])
  }
  decode(replies: Replies): Exit.Exit<void, NodeError> {
    return typeof replies !== "string" && replies[0] === "OK" ? Exit.void : failed(this, replies)
  }
}

/**
 * Disconnects the clients of a demoted primary, so that they meet the Service
 * again (`failover:5.6`); the operator's own connection and replicas stay.
 */
export class KillClients extends Request.TaggedClass("KillClients")<
  { readonly node: Node },
  void,
  NodeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): Exchange {
    return to(this.node, [
      ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"],
      ["CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes"]
    ])
  }
  decode(replies: Replies): Exit.Exit<void, NodeError> {
    return typeof replies !== "string" && replies.every((reply) => typeof reply === "number")
      ? Exit.void
      : failed(this, replies)
  }
}

export type Command = Observe | AwaitEnd | ReplicaOf | Fence | Promote | SetDurability | KillClients

export class Valkey extends Capability<Valkey, Command>()("gungnir/domain/valkey/Valkey") {}
