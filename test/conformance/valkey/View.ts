/**
 * What is compared: the facts of ROLE and INFO, run and replication ids by the
 * order in which they were first seen, offsets as numbers.
 */
import * as Info from "../../../src/domain/valkey/Info.ts"
import type { Reply } from "../../../src/domain/valkey/Wire.ts"

export interface Seen {
  readonly port: number
  readonly info: string
  readonly role: Reply
  readonly data: Readonly<Record<string, string>>
}

/** Ids in the order in which they were first seen. */
export type Ids = ReadonlyArray<string>

export type View = Readonly<Record<string, unknown>>

const fieldsOfInfo = [
  "role",
  "master_host",
  "master_port",
  "master_link_status",
  "master_sync_in_progress",
  "slave_read_repl_offset",
  "slave_repl_offset",
  "slave_priority",
  "slave_read_only",
  "connected_slaves",
  "min_slaves_good_slaves",
  "replicas_waiting_psync",
  "master_failover_state",
  "master_repl_offset",
  "second_repl_offset",
  "repl_backlog_active",
  "repl_backlog_size",
  "repl_backlog_first_byte_offset",
  "repl_backlog_histlen",
  "loading",
  "aof_enabled",
  "valkey_version",
  "db0"
]

const attached = (all: ReadonlyMap<string, string>, withOffsets: boolean): ReadonlyArray<string> =>
  [...all]
    .filter(([name]) => /^slave\d+$/.test(name))
    .map(([, line]) => line.replace(/,lag=\d+/, "").replace(withOffsets ? /$^/ : /,offset=\d+/, ""))
    .sort()

/** Acknowledged offsets lag by up to a second: they are left out unless asked for. */
const roleOf = (reply: Reply, withOffsets: boolean): unknown => {
  if (!Array.isArray(reply) || reply[0] !== "master") {
    // What a replica that is not connected tries right now changes from moment to moment.
    return Array.isArray(reply) && reply[3] !== "connected" ? [...reply.slice(0, 3), "not connected", reply[4]] : reply
  }
  const replicas: ReadonlyArray<ReadonlyArray<Reply>> = reply[2]
  return ["master", reply[1], replicas.map((one) => one.slice(0, withOffsets ? 3 : 2).join(" ")).sort()]
}

export interface Compared {
  readonly views: ReadonlyArray<View>
  readonly ids: Ids
}

export const compared = (all: ReadonlyArray<Seen>, ids: Ids, withOffsets: boolean): Compared => {
  const known = [...ids]
  const nameOf = (id: string | undefined): string | undefined => {
    if (id === undefined || /^0*$/.test(id)) return id
    if (!known.includes(id)) known.push(id)
    return `#${known.indexOf(id)}`
  }
  const views = all.map(({ data, info, port, role }) => {
    const fields = Info.fields(info)
    return {
      port,
      run: nameOf(fields.get("run_id")),
      replid: nameOf(fields.get("master_replid")),
      replid2: nameOf(fields.get("master_replid2")),
      ...Object.fromEntries(fieldsOfInfo.map((name) => [name, fields.get(name)])),
      attached: attached(fields, withOffsets),
      roleReply: roleOf(role, withOffsets),
      data: Object.fromEntries(Object.entries(data).sort())
    }
  })
  return { views, ids: known }
}

/** The fields that differ, one a line. */
export const differences = (model: ReadonlyArray<View>, real: ReadonlyArray<View>): ReadonlyArray<string> =>
  model.length === real.length
    ? model.flatMap((view, index) =>
        Object.keys(view)
          .filter((field) => JSON.stringify(view[field]) !== JSON.stringify(real[index]![field]))
          .map(
            (field) =>
              `${String(view["port"])} ${field}: model ${JSON.stringify(view[field])}, server ${JSON.stringify(real[index]![field])}`
          )
      )
    : [`model has ${model.length} servers that answer, there are ${real.length}`]
