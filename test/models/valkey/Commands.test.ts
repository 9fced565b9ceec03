import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Info from "../../../src/domain/valkey/Info.ts"
import { isError } from "../../../src/domain/valkey/Wire.ts"
import { line } from "../../../src/models/valkey/Exchange.ts"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import * as Keys from "../../../src/models/valkey/Keys.ts"
import { empty } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import { open } from "../../../src/models/valkey/Session.ts"
import { act, attached, dataAt, idOf, names, nobody, nodeAt, say, start, tell, type Trio } from "./Trio.ts"

const alone = (options: Readonly<Record<string, string>> = {}): Trio => {
  const trio: Trio = { state: empty }
  start(trio, "a", "empty", options)
  return trio
}

const errorOf = (reply: unknown): string => (isError(reply as never) ? (reply as { error: string }).error : "")

describe("commands of the node model", () => {
  it("INFO holds every field that the facts are read from", () => {
    const trio = attached()
    const [text] = say(trio, "b", Info.command) as ReadonlyArray<string>
    const facts = Info.read(text!)
    assert.include(facts, { role: "replica", loading: false, keys: 2, priority: 100, offset: nodeAt(trio, "a").offset })
    assert.include((facts as { following: object }).following, { host: "a", port: 6379, linkUp: true })
  })

  it("a replica that belongs to no history says offset 1", () => {
    const trio = alone({ replicaof: "127.0.0.1 1" })
    assert.include(Info.read((say(trio, "a", Info.command) as ReadonlyArray<string>)[0]!), { offset: 1, keys: 0 })
  })

  it("a transaction that turns a primary into a replica keeps its own writes to itself, as a real one does", () => {
    const trio = attached()
    tell(trio, "a", ["MULTI"], ["SET", "m", "3"], nobody, ["SET", "n", "4"], ["EXEC"])
    assert.deepStrictEqual(dataAt(trio, "a"), { k: "1", l: "2", m: "3", n: "4" })
    assert.deepStrictEqual(dataAt(trio, "b"), { k: "1", l: "2" })
  })

  it("a refused line breaks its transaction", () => {
    const trio = alone()
    const replies = say(trio, "a", ["MULTI"], ["NOSUCH"], ["EXEC"], ["EXEC"])
    assert.deepStrictEqual((replies as ReadonlyArray<unknown>).slice(2).map(errorOf), [
      "EXECABORT Transaction discarded because of previous errors.",
      "ERR EXEC without MULTI"
    ])
  })

  it("WAIT counts what replicas acknowledge, and only those that can", () => {
    const trio = attached()
    act(trio, (state) => Faults.freeze(state, idOf("c")))
    assert.strictEqual(tell(trio, "a", ["SET", "m", "3"], ["WAIT", "2", "100"]), 1)
  })

  it("SHUTDOWN saves when it is configured, and ends the connection", () => {
    const trio = alone({ save: "3600 1" })
    tell(trio, "a", ["SET", "k", "1"])
    assert.strictEqual(say(trio, "a", ["SHUTDOWN"], ["PING"]), "Closed")
    assert.strictEqual(say(trio, "a", ["PING"]), "Refused")
    start(trio, "a", "kept")
    assert.deepStrictEqual(dataAt(trio, "a"), { k: "1" })
  })

  it("an append-only file keeps the data over a kill, and forgets offset and history", () => {
    const trio = attached({ appendonly: "yes" })
    const before = nodeAt(trio, "a")
    act(trio, (state) => Process.kill(state, idOf("a")))
    start(trio, "a", "kept", { appendonly: "yes", replicaof: "127.0.0.1 1" })
    const after = nodeAt(trio, "a")
    assert.deepStrictEqual(dataAt(trio, "a"), { k: "1", l: "2" })
    assert.strictEqual(after.offset, 0)
    assert.notStrictEqual(after.replid, before.replid)
  })

  it("while it loads a server answers INFO and ROLE, and refuses the rest", () => {
    const trio = alone({ appendonly: "yes" })
    tell(trio, "a", ["SET", "k", "1"])
    const ended = Process.kill(trio.state, idOf("a"))
    trio.state = Process.start(ended, "a", 6379, { dataset: "kept", options: { appendonly: "yes" } }, names)
    const [info, role, ping] = say(trio, "a", Info.command, ["ROLE"], ["PING"]) as ReadonlyArray<never>
    assert.include(Info.read(info!), { loading: true })
    assert.deepStrictEqual(role, ["master", 0, []])
    assert.match(errorOf(ping), /^LOADING /)
  })

  it("a connection that has not logged in may only log in", () => {
    const { state } = alone({ requirepass: "secret" })
    const id = idOf("a")
    const [, closed, refused] = line(state, id, open(state.nodes[id]!), ["GET", "k"], names)
    assert.strictEqual(errorOf(refused), "NOAUTH Authentication required.")
    const [, still, wrong] = line(state, id, closed, ["AUTH", "nonsense"], names)
    assert.match(errorOf(wrong), /^WRONGPASS /)
    const [, in_, right] = line(state, id, still, ["HELLO", "3", "AUTH", "default", "secret"], names)
    assert.include(right, "server")
    assert.strictEqual(line(state, id, in_, ["GET", "k"], names)[2], null)
  })

  it("writes wait while a pause lasts", () => {
    const trio = alone()
    tell(trio, "a", ["CLIENT", "PAUSE", "100", "WRITE"])
    assert.strictEqual(say(trio, "a", ["SET", "k", "1"]), "TimedOut")
    assert.deepStrictEqual(say(trio, "a", ["GET", "k"]), [null])
    tell(trio, "a", ["CLIENT", "UNPAUSE"])
    assert.deepStrictEqual(say(trio, "a", ["SET", "k", "1"]), ["OK"])
  })
})

describe("keys", () => {
  const Key = Schema.Literals(["", "a", "b", "__proto__", "constructor", "ünïcode", "7"])
  const Step = Schema.Struct({ key: Schema.Union([Key, Schema.Int]), isSet: Schema.Boolean })

  it.effect.prop(
    "hold what a record would hold, in a shape that does not tell the order of writes",
    [Schema.Array(Step)],
    ([steps]) =>
      Effect.sync(() => {
        const expected = new Map<string, string>()
        let keys = Keys.empty
        for (const [index, { isSet, key }] of steps.entries()) {
          const name = String(key)
          if (isSet) expected.set(name, String(index))
          else expected.delete(name)
          keys = isSet ? Keys.set(keys, name, String(index)) : Keys.remove(keys, name)
        }
        assert.strictEqual(keys.count, expected.size)
        for (const [name, value] of expected) assert.strictEqual(Keys.get(keys, name), value)
        const again = [...expected].reverse().reduce((now, [name, value]) => Keys.set(now, name, value), Keys.empty)
        assert.strictEqual(JSON.stringify(keys), JSON.stringify(again))
      })
  )

  it("stay quick when there are many", () => {
    let keys = Keys.empty
    for (let index = 0; index < 20_000; index++) keys = Keys.set(keys, `key-${index}`, "x")
    for (let index = 0; index < 19_990; index++) keys = Keys.remove(keys, `key-${index}`)
    assert.strictEqual(keys.count, 10)
    assert.isTrue("entries" in keys)
  })
})
