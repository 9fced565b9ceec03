/**
 * What a server says about itself: INFO as text, ROLE and HELLO as replies.
 * The fields are those of valkey-server 8.0, without counters of resources.
 */
import type { Reply } from "../../domain/valkey/Wire.ts"
import { numberOf } from "./Config.ts"
import * as Keys from "./Keys.ts"
import { type Attached, type Following, type Node, longestAge } from "./Node.ts"

/** The version whose behaviour the model follows. */
export const version = "8.0.1"

/** Replicas that count for `min-replicas-to-write`. */
export const goodReplicas = (node: Node): number =>
  node.attached.filter(
    ({ ageSeconds, state }) => state === "online" && ageSeconds <= numberOf(node.config, "min-replicas-max-lag")
  ).length

/** What a replica says of its offset: 1 while it belongs to no history that could be continued. */
const appliedOffset = (node: Node, following: Following): number =>
  following.link.state === "connected" || following.cached ? node.offset : 1

const server = (node: Node): ReadonlyArray<string> => [
  "redis_version:7.2.4",
  "server_name:valkey",
  `valkey_version:${version}`,
  "server_mode:standalone",
  `run_id:${node.runId}`,
  `tcp_port:${node.port}`
]

const persistence = (node: Node): ReadonlyArray<string> => [
  `loading:${node.loading ? 1 : 0}`,
  "async_loading:0",
  "rdb_bgsave_in_progress:0",
  "rdb_last_bgsave_status:ok",
  `aof_enabled:${node.config["appendonly"] === "yes" ? 1 : 0}`,
  "aof_last_write_status:ok"
]

const asReplica = (node: Node, following: Following): ReadonlyArray<string> => {
  const { downSeconds, host, link, port, silentSeconds } = following
  const isUp = link.state === "connected"
  return [
    `master_host:${host}`,
    `master_port:${port}`,
    `master_link_status:${isUp ? "up" : "down"}`,
    `master_last_io_seconds_ago:${isUp ? silentSeconds : -1}`,
    `master_sync_in_progress:${link.state === "sync" ? 1 : 0}`,
    `slave_read_repl_offset:${appliedOffset(node, following)}`,
    `slave_repl_offset:${appliedOffset(node, following)}`,
    ...(isUp ? [] : [`master_link_down_since_seconds:${downSeconds}`]),
    `slave_priority:${numberOf(node.config, "replica-priority")}`,
    "slave_read_only:1",
    "replica_announced:1"
  ]
}

const attachedLine = (replica: Attached, index: number): string =>
  `slave${index}:ip=${replica.address},port=${replica.port},state=${replica.state},` +
  `offset=${replica.acknowledged},lag=${Math.min(replica.ageSeconds, longestAge)},type=replica`

const replication = (node: Node): ReadonlyArray<string> => {
  const { attached, backlog, config, following } = node
  return [
    `role:${following === undefined ? "master" : "slave"}`,
    ...(following === undefined ? [] : asReplica(node, following)),
    `connected_slaves:${attached.length}`,
    ...(numberOf(config, "min-replicas-to-write") > 0 ? [`min_slaves_good_slaves:${goodReplicas(node)}`] : []),
    ...attached.map(attachedLine),
    "replicas_waiting_psync:0",
    "master_failover_state:no-failover",
    `master_replid:${node.replid}`,
    `master_replid2:${node.replid2}`,
    `master_repl_offset:${node.offset}`,
    `second_repl_offset:${node.secondOffset}`,
    `repl_backlog_active:${backlog === undefined ? 0 : 1}`,
    `repl_backlog_size:${config["repl-backlog-size"]}`,
    `repl_backlog_first_byte_offset:${backlog?.first ?? 0}`,
    `repl_backlog_histlen:${backlog === undefined ? 0 : node.offset + 1 - backlog.first}`
  ]
}

const keyspace = (node: Node): ReadonlyArray<string> =>
  node.data.count === 0 ? [] : [`db0:keys=${node.data.count},expires=0,avg_ttl=0`]

const sections: ReadonlyArray<readonly [name: string, lines: (node: Node) => ReadonlyArray<string>]> = [
  ["Server", server],
  ["Persistence", persistence],
  ["Replication", replication],
  ["Keyspace", keyspace]
]

/** INFO with the sections that were asked for, or all. */
export const info = (node: Node, wanted: ReadonlyArray<string>): string => {
  const names = wanted.map((name) => name.toLowerCase())
  const isAll = names.length === 0 || names.some((name) => ["all", "default", "everything"].includes(name))
  return sections
    .filter(([name]) => isAll || names.includes(name.toLowerCase()))
    .map(
      ([name, lines]) =>
        `# ${name}\r\n${lines(node)
          .map((line) => `${line}\r\n`)
          .join("")}`
    )
    .join("\r\n")
}

export const role = (node: Node): Reply => {
  const { attached, following, offset } = node
  if (following === undefined) {
    const online = attached.filter(({ state }) => state === "online")
    return ["master", offset, online.map((one) => [one.address, String(one.port), String(one.acknowledged)])]
  }
  const { host, link, port } = following
  return ["slave", host, port, link.state, link.state === "connected" ? offset : -1]
}

export const hello = (node: Node): Reply => [
  "server",
  "valkey",
  "version",
  version,
  "proto",
  3,
  "id",
  1,
  "mode",
  "standalone",
  "role",
  node.following === undefined ? "master" : "replica",
  "modules",
  []
]

/** Keys and values of the keys asked for, as tests and laws compare them. */
export const dataOf = (node: Node): Readonly<Record<string, string>> => Keys.toRecord(node.data)
