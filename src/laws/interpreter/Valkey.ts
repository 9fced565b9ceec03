/**
 * What every transport of the Valkey capability does, in memory and live: the
 * facts that decisions rest on, and commands that land once, twice or not at all.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import type { Facts } from "../../domain/valkey/Facts.ts"
import { AwaitEnd, Fence, KillClients, Promote, ReplicaOf, SetDurability } from "../../domain/valkey/Valkey.ts"
import { isError } from "../../domain/valkey/Wire.ts"
import { holds, same } from "./KubernetesLaw.ts"
import {
  errorOf,
  eventually,
  fails,
  type Law,
  law,
  nodeOf,
  observe,
  say,
  type Server,
  type Trial
} from "./ValkeyLaw.ts"

/**
 * Makes `replica` follow `primary` until both have the same data. A primary
 * changes its replication id when its first replica comes: it is read each time.
 */
const attach = Effect.fnUntraced(function* (trial: Trial, replica: Server, primary: Server) {
  const [node, followed] = [yield* nodeOf(trial, replica), yield* nodeOf(trial, primary)]
  yield* trial.nodes.perform(new ReplicaOf({ node, primary: followed }))
  yield* eventually(trial, primary, "listing it", ({ replicas }) => replicas[0]?.state === "online")
  const { keys, replid } = yield* observe(trial, primary)
  const isSame = (facts: Facts) => facts.following?.linkUp === true && facts.replid === replid && facts.keys === keys
  return yield* eventually(trial, replica, "attached", isSame)
})

const write = (trial: Trial, server: Server, key: string) =>
  Effect.flatMap(say(trial, server, ["SET", key, "value"]), (replies) => same(replies, ["OK"], `SET ${key}`))

const reading: ReadonlyArray<Law> = [
  law("Observe says who a lone primary is", 1, function* (trial, server) {
    const facts = yield* observe(trial, server!)
    yield* holds(facts.runId !== "" && facts.replid !== "", "it has a run id and a replication id")
    const expected = { role: "primary", offset: 0, keys: 0, loading: false, replicas: [], secondOffset: -1 }
    for (const [name, value] of Object.entries(expected)) yield* same(facts[name as keyof typeof expected], value, name)
    yield* holds(facts.following === undefined && facts.replid2 === undefined, "it follows nobody and has no past")
  }),
  law("Observe is true of both ends of a replication", 2, function* (trial, primary, replica) {
    yield* write(trial, primary!, "a")
    yield* attach(trial, replica!, primary!)
    yield* same((yield* observe(trial, primary!)).replicas.length, 1, "replicas")
    yield* write(trial, primary!, "b")
    const { offset } = yield* observe(trial, primary!)
    const at = yield* eventually(trial, replica!, "caught up", (facts) => facts.keys === 2 && facts.offset >= offset)
    yield* same(at.role, "replica", "role")
    const { address, port } = primary!.address
    yield* same([at.following?.host, at.following?.port, at.following?.syncing], [address, port, false], "following")
  }),
  law("the lines of an exchange are answered in their order, errors among them", 1, function* (trial, server) {
    const lines = [["SET", "k", "1"], ["GET", "k"], ["INCR", "k"], ["NOSUCH"], ["GET", "k"], ["GET", "none"]]
    const replies = yield* say(trial, server!, ...lines)
    yield* same([...replies.slice(0, 3), ...replies.slice(4)], ["OK", "1", 2, "2", null], "replies")
    yield* same(errorOf(replies[3]), "ERR", "the unknown command")
  }),
  law("every one of many exchanges at once gets its own replies", 1, function* (trial, server) {
    const names = Array.from({ length: 40 }, (_, index) => `key-${index}`)
    const replies = yield* Effect.forEach(
      names,
      (name) => say(trial, server!, ["SET", name, name], ["INCR", `${name}-count`], ["GET", name]),
      { concurrency: "unbounded" }
    )
    yield* same(
      replies,
      names.map((name) => ["OK", 1, name]),
      "replies"
    )
  }),
  law("a transaction answers its results in EXEC, one for each line", 1, function* (trial, server) {
    const lines = [["MULTI"], ["SET", "k", "text"], ["INCR", "k"], ["GET", "k"], ["EXEC"]]
    const replies = yield* say(trial, server!, ...lines)
    yield* same(replies.slice(0, 4), ["OK", "QUEUED", "QUEUED", "QUEUED"], "while queued")
    const results = replies[4]
    yield* holds(Array.isArray(results) && results.length === 3, `EXEC: ${JSON.stringify(results)}`)
    const [set, incremented, got] = results as ReadonlyArray<never>
    yield* same([set, errorOf(incremented), got], ["OK", "ERR", "text"], "results")
  }),
  law(
    "a transaction with a line that was refused changes nothing, and its connection stays of use",
    1,
    function* (trial, server) {
      const replies = yield* say(trial, server!, ["MULTI"], ["SET", "k", "v"], ["NOSUCH"], ["EXEC"], ["GET", "k"])
      yield* same(errorOf(replies[3]), "EXECABORT", "EXEC")
      yield* same(replies[4], null, "GET")
      yield* write(trial, server!, "k")
    }
  ),
  law("text of any kind comes back as it was sent", 1, function* (trial, server) {
    const texts = ["", " ", "ünïcödé 漢字", "\r\n$5\r\n+OK\r\n", "x".repeat(100_000)]
    const lines = texts.flatMap((text) => [
      ["SET", "k", text],
      ["GET", "k"]
    ])
    const replies = yield* say(trial, server!, ...lines)
    yield* same(
      replies,
      texts.flatMap((text) => ["OK", text]),
      "replies"
    )
  })
]

const writing: ReadonlyArray<Law> = [
  law("ReplicaOf twice is harmless", 2, function* (trial, primary, replica) {
    yield* write(trial, primary!, "a")
    const before = yield* attach(trial, replica!, primary!)
    const command = new ReplicaOf({ node: yield* nodeOf(trial, replica!), primary: yield* nodeOf(trial, primary!) })
    yield* trial.nodes.perform(command)
    yield* trial.moment
    const after = yield* observe(trial, replica!)
    yield* same([after.replid, after.keys, after.following?.linkUp], [before.replid, 1, true], "replica")
  }),
  law("Fence makes a primary refuse writes, and the offset that it answers is final", 1, function* (trial, server) {
    yield* Effect.forEach(["a", "b", "c"], (key) => write(trial, server!, key))
    const node = yield* nodeOf(trial, server!)
    const facts = yield* trial.nodes.perform(new Fence({ node }))
    yield* same([facts.role, facts.keys, facts.runId], ["primary", 3, node.runId], "before the fence")
    yield* same(errorOf((yield* say(trial, server!, ["SET", "d", "1"]))[0]), "READONLY", "a write after the fence")
    yield* trial.moment
    const after = yield* observe(trial, server!)
    yield* same([after.role, after.offset, after.replid], ["replica", facts.offset, facts.replid], "after the fence")
    yield* same([after.keys, after.following?.linkUp], [3, false], "after the fence")
  }),
  law("Fence twice answers the same offset and lineage", 1, function* (trial, server) {
    yield* write(trial, server!, "a")
    const command = new Fence({ node: yield* nodeOf(trial, server!) })
    const first = yield* trial.nodes.perform(command)
    const second = yield* trial.nodes.perform(command)
    yield* same([second.role, second.offset, second.replid], ["replica", first.offset, first.replid], "second")
  }),
  law("Fence of a replica parts it from its primary, with its data", 2, function* (trial, primary, replica) {
    yield* write(trial, primary!, "a")
    yield* attach(trial, replica!, primary!)
    yield* trial.nodes.perform(new Fence({ node: yield* nodeOf(trial, replica!) }))
    yield* write(trial, primary!, "b")
    yield* trial.moment
    const facts = yield* observe(trial, replica!)
    yield* same([facts.role, facts.keys, facts.following?.linkUp], ["replica", 1, false], "replica")
  }),
  law("Promote keeps the data and continues the lineage under a new name", 2, function* (trial, primary, replica) {
    yield* write(trial, primary!, "a")
    yield* attach(trial, replica!, primary!)
    const command = new Promote({ node: yield* nodeOf(trial, replica!) })
    const { after, before } = yield* trial.nodes.perform(command)
    yield* same([before.role, after.role, after.keys], ["replica", "primary", 1], "role and data")
    yield* holds(after.replid !== before.replid, "it has a replication id of its own")
    yield* same([after.replid2, after.secondOffset], [before.replid, before.offset + 1], "the lineage before")
    yield* write(trial, replica!, "b")
  }),
  law("Promote twice is harmless", 1, function* (trial, server) {
    const node = yield* nodeOf(trial, server!)
    yield* trial.nodes.perform(new Fence({ node }))
    const first = yield* trial.nodes.perform(new Promote({ node }))
    const second = yield* trial.nodes.perform(new Promote({ node }))
    yield* same([second.before.replid, second.after.replid], [first.after.replid, first.after.replid], "replication id")
    yield* same(second.after.role, "primary", "role")
  }),
  law(
    "SetDurability refuses writes while too few replicas are attached, and can be taken back",
    1,
    function* (trial, server) {
      const node = yield* nodeOf(trial, server!)
      yield* trial.nodes.perform(new SetDurability({ node, minReplicas: 1, maxLagSeconds: 2 }))
      yield* same((yield* observe(trial, server!)).guarded, true, "guarded")
      yield* same(errorOf((yield* say(trial, server!, ["SET", "a", "1"]))[0]), "NOREPLICAS", "a write")
      yield* trial.nodes.perform(new SetDurability({ node, minReplicas: 0, maxLagSeconds: 2 }))
      yield* write(trial, server!, "a")
      yield* same((yield* observe(trial, server!)).guarded, false, "guarded")
    }
  ),
  law("KillClients leaves the connection that it came on", 1, function* (trial, server) {
    const node = yield* nodeOf(trial, server!)
    yield* trial.nodes.perform(new KillClients({ node }))
    yield* trial.nodes.perform(new KillClients({ node }))
    yield* same((yield* observe(trial, server!)).runId, node.runId, "run id")
  })
]

const identity: ReadonlyArray<Law> = [
  law("a write to another process reaches nobody", 1, function* (trial, server) {
    const node = yield* nodeOf(trial, server!)
    const other = { ...node, runId: "0".repeat(40) }
    yield* fails(trial.nodes.perform(new Fence({ node: other })), "OtherProcess")
    yield* fails(trial.nodes.perform(new ReplicaOf({ node: other, primary: node })), "OtherProcess")
    yield* same((yield* observe(trial, server!)).role, "primary", "role")
    yield* write(trial, server!, "a")
  }),
  law("a process that was started again is another one, with its data or without", 1, function* (trial, server) {
    yield* write(trial, server!, "a")
    const node = yield* nodeOf(trial, server!)
    yield* server!.kill
    yield* server!.restart({ keepsData: true })
    const again = yield* eventually(trial, server!, "loaded", ({ loading }) => !loading)
    yield* holds(again.runId !== node.runId, "it has a run id of its own")
    yield* same(again.keys, 1, "keys")
    yield* fails(trial.nodes.perform(new Fence({ node })), "OtherProcess")
    yield* same((yield* observe(trial, server!)).role, "primary", "role")
    yield* server!.kill
    yield* server!.restart({ keepsData: false })
    yield* same((yield* observe(trial, server!)).keys, 0, "keys")
  }),
  law("a process that is gone refuses reads and writes", 1, function* (trial, server) {
    const node = yield* nodeOf(trial, server!)
    yield* server!.kill
    yield* fails(observe(trial, server!), "Refused")
    yield* fails(trial.nodes.perform(new Fence({ node })), "Refused")
  }),
  law("AwaitEnd waits while the process lives and ends with it", 1, function* (trial, server) {
    const waiting = yield* Effect.forkScoped(trial.nodes.perform(new AwaitEnd({ node: server!.address })))
    yield* trial.moment
    yield* trial.moment
    yield* holds(waiting.pollUnsafe() === undefined, "it waits")
    yield* server!.kill
    yield* fails(Fiber.join(waiting), "Closed")
    yield* fails(trial.nodes.perform(new AwaitEnd({ node: server!.address })), "Refused")
  }),
  law("a role ends no connection of those who wait for the end of the process", 1, function* (trial, server) {
    const waiting = yield* Effect.forkScoped(trial.nodes.perform(new AwaitEnd({ node: server!.address })))
    const node = yield* nodeOf(trial, server!)
    yield* trial.moment
    yield* trial.nodes.perform(new Fence({ node }))
    yield* trial.nodes.perform(new ReplicaOf({ node, primary: { ...node, port: 1 } }))
    yield* trial.nodes.perform(new Promote({ node }))
    yield* trial.moment
    yield* holds(waiting.pollUnsafe() === undefined, "it waits")
  }),
  law("what was given up does not take back a role that was given since", 1, function* (trial, server) {
    const node = yield* nodeOf(trial, server!)
    yield* trial.nodes.perform(new Fence({ node }))
    yield* server!.freeze
    const late = trial.nodes.perform(new ReplicaOf({ node, primary: { ...node, port: 2 } }))
    yield* fails(late, "TimedOut")
    yield* server!.unfreeze
    yield* trial.nodes.perform(new Promote({ node }))
    yield* trial.moment
    yield* same((yield* observe(trial, server!)).role, "primary", "role")
  }),
  law("a frozen process times out and is there again when it goes on", 1, function* (trial, server) {
    const { runId } = yield* observe(trial, server!)
    yield* server!.freeze
    yield* fails(observe(trial, server!), "TimedOut")
    yield* fails(observe(trial, server!), "TimedOut")
    yield* server!.unfreeze
    yield* same((yield* observe(trial, server!)).runId, runId, "run id")
  }),
  law("a wrong password and no password are both unauthorized", 1, function* (trial, server) {
    const { credentials, ...nobody } = server!.address
    yield* holds(credentials !== undefined, "the servers of the fixture have a password")
    const stranger = { user: credentials!.user, password: Redacted.make("wrong") }
    for (const address of [nobody, { ...nobody, credentials: stranger }]) {
      yield* fails(observe(trial, { ...server!, address }), "Unauthorized")
    }
    const replies = yield* say(trial, server!, ["GET", "a"])
    yield* holds(!isError(replies[0]), "the right one goes on")
  })
]

/** The suite: the same for a model, a codec and a client library. */
export const laws: ReadonlyArray<Law> = [...reading, ...writing, ...identity]
