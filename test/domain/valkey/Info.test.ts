import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Facts } from "../../../src/domain/valkey/Facts.ts"
import * as Info from "../../../src/domain/valkey/Info.ts"

const replid = "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb"
const zeros = "0".repeat(40)

const primary = `# Server
redis_version:7.2.4
server_name:valkey
valkey_version:8.0.1
redis_mode:standalone
run_id:e3ec9ba4b3b6b6dba3b5e0a0d0cbb4a4a1bd3f3c
executable:/usr/bin/valkey-server

# Replication
role:master
connected_slaves:2
slave0:ip=10.0.0.5,port=6379,state=online,offset=1204,lag=0,type=replica
slave1:ip=fd00::7,port=6380,state=wait_bgsave,offset=0,lag=0,type=main-channel
replicas_waiting_psync:0
master_failover_state:no-failover
master_replid:${replid}
master_replid2:${zeros}
master_repl_offset:1204
second_repl_offset:-1
repl_backlog_active:1

# Persistence
loading:0
async_loading:0

# Keyspace
db0:keys=12,expires=1,avg_ttl=0
db11:keys=3,expires=0,avg_ttl=0,subexpiry=0
`.replaceAll("\n", "\r\n")

const replica = primary
  .replace("role:master", "role:slave\r\nmaster_host:fd00::5\r\nmaster_port:6379\r\nmaster_link_status:down")
  .replace(`master_replid2:${zeros}`, `master_replid2:${"ab".repeat(20)}`)
  .replace("second_repl_offset:-1", "second_repl_offset:900")
  .replace("connected_slaves:2", "connected_slaves:0\r\nslave_read_repl_offset:1300\r\nslave_repl_offset:1250")
  .replace(
    "loading:0",
    "loading:1\r\nslave_priority:0\r\nmaster_sync_in_progress:1\r\nmaster_link_down_since_seconds:9"
  )

const read = (text: string): Facts => {
  const facts = Info.read(text)
  if ("missing" in facts) return assert.fail(`missing ${facts.missing}`)
  return facts
}

describe("INFO", () => {
  it("of a primary says its version, lineage, keys and replicas, IPv6 ones too", () => {
    assert.deepStrictEqual(read(primary), {
      runId: "e3ec9ba4b3b6b6dba3b5e0a0d0cbb4a4a1bd3f3c",
      version: "8.0.1",
      role: "primary",
      offset: 1204,
      replid,
      replid2: undefined,
      secondOffset: -1,
      loading: false,
      hasBacklog: true,
      guarded: false,
      priority: 100,
      keys: 15,
      following: undefined,
      replicas: [
        { address: "10.0.0.5", port: 6379, state: "online", offset: 1204 },
        { address: "fd00::7", port: 6380, state: "wait_bgsave", offset: 0 }
      ]
    })
  })

  it("of a replica says what it has applied, whom it follows and the lineage before", () => {
    const facts = read(replica)
    assert.strictEqual(facts.offset, 1250)
    assert.strictEqual(facts.role, "replica")
    assert.deepStrictEqual([facts.priority, facts.loading], [0, true])
    assert.deepStrictEqual([facts.replid2, facts.secondOffset], ["ab".repeat(20), 900])
    assert.deepStrictEqual(facts.following, {
      host: "fd00::5",
      port: 6379,
      linkUp: false,
      syncing: true,
      linkDownSeconds: 9
    })
  })

  it("reads the version of servers that are no Valkey", () => {
    assert.strictEqual(read(primary.replace("valkey_version:8.0.1\r\n", "")).version, "7.2.4")
  })

  it("names the first field that is missing or makes no sense", () => {
    const without = (name: string) => primary.replace(new RegExp(`^${name}:.*\r\n`, "m"), "")
    for (const name of ["run_id", "role", "master_replid", "master_repl_offset"]) {
      assert.deepStrictEqual(Info.read(without(name)), { missing: name })
      assert.deepStrictEqual(Info.read(primary.replace(new RegExp(`^${name}:.*\r\n`, "m"), `${name}:\r\n`)), {
        missing: name
      })
    }
    assert.deepStrictEqual(Info.read(replica.replace("slave_repl_offset:1250", "slave_repl_offset:many")), {
      missing: "slave_repl_offset"
    })
    assert.deepStrictEqual(Info.read(primary.replace("role:master", "role:sentinel")), { missing: "role" })
    assert.deepStrictEqual(Info.read(""), { missing: "run_id" })
  })

  it("is not led astray by lines that nobody expects", () => {
    const odd =
      "no colon\r\n:no name\r\n#role:slave\r\nslave9:ip=\r\nslave0\r\ndbx:keys=9\r\ndb3:keys=nine\r\nfuture:a:b=c,d\r\n"
    assert.deepStrictEqual(read(odd + primary + odd), read(primary))
    assert.deepStrictEqual(read(primary.replaceAll("\r\n", "\n")), read(primary))
  })

  it("believes no number of replicas that the lines do not bear out", () => {
    assert.lengthOf(read(primary.replace("connected_slaves:2", "connected_slaves:999999999999")).replicas, 2)
    assert.lengthOf(read(primary.replace("connected_slaves:2", "connected_slaves:-3")).replicas, 2)
  })

  it.prop("reads any text without a throw", [Schema.String, Schema.String], ([a, b]) => {
    Info.read(a)
    Info.read(primary.replace("connected_slaves:2", `connected_slaves:${b}`).replace("ip=10.0.0.5", a))
  })
})
