/**
 * Reads INFO (`gungnir:7.5`, corrected). Unknown fields are ignored, a missing
 * one that a decision needs makes the whole text unreadable.
 */
import type { AttachedReplica, Facts, Following } from "./Facts.ts"

/** The sections that `read` needs, as words of one INFO command. */
export const command: ReadonlyArray<string> = ["INFO", "server", "replication", "persistence", "keyspace"]

/** Split on the first colon only: addresses of IPv6 keep theirs. */
export const fields = (text: string): ReadonlyMap<string, string> => {
  const all = new Map<string, string>()
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":")
    if (colon > 0 && !line.startsWith("#")) all.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  return all
}

const pairs = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(",").map((pair) => {
      const equals = pair.indexOf("=")
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const
    })
  )

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined

/** Each line that names a replica; their number is not believed: lines are what there is. */
const attached = (all: ReadonlyMap<string, string>): ReadonlyArray<AttachedReplica> => {
  const replicas: Array<AttachedReplica> = []
  for (const [name, line] of all) {
    const replica = /^slave\d+$/.test(name) ? pairs(line) : undefined
    const address = replica?.get("ip")
    if (replica === undefined || !address) continue
    replicas.push({
      address,
      port: integer(replica.get("port")) ?? 6379,
      state: replica.get("state") ?? "unknown",
      offset: integer(replica.get("offset")) ?? 0
    })
  }
  return replicas
}

const followed = (all: ReadonlyMap<string, string>): Following => ({
  host: all.get("master_host") ?? "",
  port: integer(all.get("master_port")) ?? 6379,
  linkUp: all.get("master_link_status") === "up",
  syncing: all.get("master_sync_in_progress") === "1",
  linkDownSeconds: integer(all.get("master_link_down_since_seconds")) ?? -1
})

const keyCount = (all: ReadonlyMap<string, string>): number => {
  let keys = 0
  for (const [name, value] of all) if (/^db\d+$/.test(name)) keys += integer(pairs(value).get("keys")) ?? 0
  return keys
}

type Read = Facts | { readonly missing: string }

/** The last texts that were read: nodes at rest say the same at each probe. A cache of a pure function. */
const known = new Map<string, Read>()
const mostKnown = 256

/** What the text says, or the name of the first field that is missing or unreadable. */
export const read = (text: string): Read => {
  const before = known.get(text)
  if (before !== undefined) return before
  if (known.size >= mostKnown) known.clear()
  const now = parse(text)
  known.set(text, now)
  return now
}

const parse = (text: string): Read => {
  const all = fields(text)
  const role = all.get("role")
  const runId = all.get("run_id")
  const replid = all.get("master_replid")
  const isPrimary = role === "master"
  const offset = integer(all.get(isPrimary ? "master_repl_offset" : "slave_repl_offset"))
  if (runId === undefined || runId === "") return { missing: "run_id" }
  if (role !== "master" && role !== "slave") return { missing: "role" }
  if (replid === undefined || replid === "") return { missing: "master_replid" }
  if (offset === undefined) return { missing: isPrimary ? "master_repl_offset" : "slave_repl_offset" }
  const replid2 = all.get("master_replid2")
  return {
    runId,
    version: all.get("valkey_version") ?? all.get("redis_version") ?? "unknown",
    role: isPrimary ? "primary" : "replica",
    offset,
    replid,
    replid2: replid2 === undefined || /^0*$/.test(replid2) ? undefined : replid2,
    secondOffset: integer(all.get("second_repl_offset")) ?? -1,
    hasBacklog: all.get("repl_backlog_active") === "1",
    loading: all.get("loading") === "1",
    priority: integer(all.get("slave_priority")) ?? 100,
    keys: keyCount(all),
    // The server prints this field only while the option is set.
    guarded: all.has("min_slaves_good_slaves"),
    following: isPrimary ? undefined : followed(all),
    replicas: attached(all)
  }
}
