/**
 * How a primary's writes enter the replication stream, and how a server
 * changes sides (`failover:2.2`).
 */
import type { Names } from "../Names.ts"
import * as Backlog from "./Backlog.ts"
import { numberOf } from "./Config.ts"
import { type Attached, connecting, endpoint, noReplid, type Node } from "./Node.ts"

/** One command of the stream. */
export type Written = ReadonlyArray<string>

const framed = (node: Node, all: ReadonlyArray<Written>): ReadonlyArray<Written> => {
  const named = node.selected ? all : [["SELECT", "0"], ...all]
  return all.length > 1 ? [["MULTI"], ...named, ["EXEC"]] : named
}

/** Puts entries at the end of the stream as they are; a server without a backlog remembers nothing. */
export const feed = (node: Node, commands: ReadonlyArray<Written>): Node => {
  let offset = node.offset
  const entries = commands.map((words) => ({ end: (offset += Backlog.bytesOf(words)), words }))
  const bytes = numberOf(node.config, "repl-backlog-size")
  return {
    ...node,
    offset,
    backlog: node.backlog === undefined ? undefined : Backlog.append(node.backlog, entries, bytes)
  }
}

/**
 * The writes of one command or transaction reach the stream. Without a backlog
 * there is no stream: then only an append-only file makes the offset grow, by
 * one for each command.
 */
export const propagate = (node: Node, all: ReadonlyArray<Written>): Node => {
  if (all.length === 0 || node.following !== undefined) return node
  if (node.backlog !== undefined) return { ...feed(node, framed(node, all)), selected: true }
  const isLogged = node.config["appendonly"] === "yes"
  return isLogged ? { ...node, offset: node.offset + all.length + (all.length > 1 ? 2 : 0) } : node
}

/** Whether REPLICAOF names whom the node follows already. */
export const follows = (node: Node, host: string, port: number): boolean =>
  node.following !== undefined && node.following.host === host && node.following.port === port

/**
 * The node follows somebody else from now on. Its data, replicas and clients
 * stay; what it was a primary or a replica of can be continued.
 */
export const follow = (node: Node, host: string, port: number): Node => ({
  ...node,
  following: {
    host,
    port,
    link: connecting,
    cached: node.following === undefined || node.following.cached || node.following.link.state === "connected",
    downSeconds: -1,
    silentSeconds: 0
  }
})

/** Closes the links to all replicas: they must ask again. What was sent to them still arrives. */
export const alone = (node: Node): Node => ({
  ...node,
  attached: [],
  closing: [...node.closing, ...node.attached.flatMap((one) => closingOf(node, one))]
})

const closingOf = ({ backlog, runId }: Node, { acknowledged, address, port, run, streaming }: Attached) => {
  const entries = streaming && backlog !== undefined ? Backlog.after(backlog, acknowledged) : []
  return entries.length === 0 ? [] : [{ replica: endpoint(address, port), run, from: runId, entries }]
}

/** The link to the primary is gone: what it brought can be continued, a transfer under way cannot. */
export const unlinked = (node: Node, downSeconds: number): Node => {
  const { following } = node
  if (following === undefined || following.link.state === "connect") return node
  const cached = following.link.state === "connected"
  return { ...node, following: { ...following, link: connecting, cached, downSeconds, silentSeconds: 0 } }
}

/** The node becomes a primary that continues its own history under a new replication id; its replicas must ask again. */
export const lead = (node: Node, replid: string): Node => ({
  ...alone(node),
  following: undefined,
  replid,
  replid2: node.replid,
  secondOffset: node.offset + 1,
  selected: false
})

/** A history that continues nothing, with an empty backlog: what the first replica of a primary starts. */
export const newHistory = (node: Node, replid: string): Node => ({
  ...node,
  replid,
  replid2: noReplid,
  secondOffset: -1,
  backlog: Backlog.startingAfter(node.offset)
})

export type Ids = Pick<Names, "replid" | "runId" | "nowMillis">
