/**
 * How a server process begins and ends, and what of its data outlives it
 * (`failover:2.6`; the boot rule of `failover:7.2` is in the options given).
 */
import type { Names } from "../Names.ts"
import * as Backlog from "./Backlog.ts"
import { boot, type Config } from "./Config.ts"
import * as Keys from "./Keys.ts"
import * as Network from "./Network.ts"
import {
  connecting,
  type Disk,
  type Endpoint,
  endpoint,
  type Following,
  type Lineage,
  type Node,
  noDisk,
  put,
  type State,
  unborn
} from "./Node.ts"
import { alone, feed } from "./Stream.ts"

/** What a snapshot file says of replication: a server without a history that could be continued says nothing. */
const lineageOf = ({ backlog, following, offset, replid }: Node): Lineage | undefined => {
  const isKnown =
    following === undefined ? backlog !== undefined : following.cached || following.link.state === "connected"
  return isKnown ? { replid, offset } : undefined
}

const ended = (node: Node, disk: Disk): Node => ({
  ...unborn(node.address, node.port),
  closing: alone(node).closing,
  runId: node.runId,
  config: node.config,
  disk: { ...disk, aof: node.config["appendonly"] === "yes" ? node.data : disk.aof }
})

/**
 * SIGKILL. What was written to the append-only file stays. What was under way
 * to replicas arrives when the machine lives on; it may as well be lost, with
 * the machine or because it was not sent yet (`failover:M10`).
 */
export const kill = (state: State, id: Endpoint, underWay: "arrives" | "lost" = "arrives"): State => {
  const node = state.nodes[id]
  if (node === undefined || node.phase === "ended") return state
  const after = ended(node, node.disk)
  return put(state, underWay === "lost" ? { ...after, closing: [] } : after)
}

/**
 * SIGTERM or SHUTDOWN: replicas that answer get all writes, and a snapshot is
 * saved when `save` is configured or as the caller says.
 */
export const stop = (state: State, id: Endpoint, saves?: boolean): State => {
  const node = state.nodes[id]
  if (node === undefined || node.phase !== "running") return state
  const isBehind = node.following === undefined && node.attached.some((one) => one.acknowledged < node.offset)
  const getAck = ["REPLCONF", "GETACK", "*"]
  const now = Network.deliver(isBehind ? put(state, feed(node, [getAck])) : state, id)
  const isSaved = !node.loading && (saves ?? node.config["save"] !== "")
  const rdb = isSaved ? { data: node.data, lineage: lineageOf(node) } : node.disk.rdb
  return put(now, ended(now.nodes[id]!, { ...node.disk, rdb }))
}

/** `127.0.0.1 1` as `replicaof` has it. */
const followingOf = (config: Config, cached: boolean): Following | undefined => {
  const [host, port] = (config["replicaof"] ?? "").split(/\s+/)
  if (host === undefined || port === undefined) return undefined
  return { host, port: Number(port), link: connecting, cached, downSeconds: -1, silentSeconds: 0 }
}

/** A snapshot read by a primary becomes its past, by a replica a history to be continued. */
const inherited = (node: Node, lineage: Lineage): Node =>
  node.following !== undefined
    ? { ...node, replid: lineage.replid, offset: lineage.offset }
    : {
        ...node,
        replid2: lineage.replid,
        secondOffset: lineage.offset + 1,
        offset: lineage.offset,
        backlog: Backlog.startingAfter(lineage.offset)
      }

export interface Boot {
  /** As in `valkey.conf`; what is absent has the server's default. */
  readonly options: Readonly<Record<string, string>>
  /** Whether the process finds the disk of the one before it. */
  readonly dataset: "kept" | "empty"
}

/** Starts a process where none runs, under a new run id and a new replication id. */
export const start = (
  state: State,
  address: string,
  port: number,
  { dataset, options }: Boot,
  names: Pick<Names, "runId" | "replid">
): State => {
  const before = state.nodes[endpoint(address, port)]
  if (before !== undefined && before.phase !== "ended") return state
  const config = boot({ port: String(port), ...options })
  const disk = dataset === "kept" ? (before?.disk ?? noDisk) : noDisk
  const file = config["appendonly"] === "yes" ? { data: disk.aof ?? Keys.empty, lineage: undefined } : disk.rdb
  const node: Node = {
    ...unborn(address, port),
    phase: "running",
    config,
    runId: names.runId(state, address),
    replid: names.replid({ chosen: state.chosen + 1 }, address),
    data: file?.data ?? Keys.empty,
    loading: (file?.data.count ?? 0) > 0,
    following: followingOf(config, file?.lineage !== undefined),
    disk,
    closing: before?.closing ?? []
  }
  return put({ ...state, chosen: state.chosen + 2 }, file?.lineage === undefined ? node : inherited(node, file.lineage))
}

/** The place is gone with its disk: a pod that was deleted. */
export const remove = (state: State, id: Endpoint): State => {
  const { [id]: _, ...nodes } = state.nodes
  return { ...state, nodes }
}
