import { assert, describe, it } from "@effect/vitest"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import * as Network from "../../../src/models/valkey/Network.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import {
  act,
  attached,
  dataAt,
  fenced,
  idOf,
  names,
  nobody,
  nodeAt,
  noOne,
  of,
  say,
  settle,
  start,
  tell,
  wasPartial
} from "./Trio.ts"

const both = { k: "1", l: "2" }

describe("replication of the node model", () => {
  it("a primary reborn empty at its address wipes its replicas (failover:M11)", () => {
    const trio = attached()
    act(trio, (state) => Process.kill(state, idOf("a")))
    assert.deepStrictEqual(dataAt(trio, "b"), both)
    start(trio, "a", "empty")
    assert.deepStrictEqual([dataAt(trio, "b"), dataAt(trio, "c")], [{}, {}])
  })

  it("a primary reborn fenced leaves its replicas their data (failover:M12)", () => {
    const trio = attached()
    act(trio, (state) => Process.kill(state, idOf("a")))
    start(trio, "a", "empty", fenced)
    assert.deepStrictEqual([dataAt(trio, "b"), nodeAt(trio, "b").following?.link.state], [both, "connect"])
    assert.include(tell(trio, "a", ["SET", "x", "1"]), {
      error: "READONLY You can't write against a read only replica."
    })
    const before = nodeAt(trio, "c")
    tell(trio, "b", noOne)
    tell(trio, "c", of("b"))
    tell(trio, "a", of("b"))
    assert.deepStrictEqual([dataAt(trio, "a"), dataAt(trio, "c")], [both, both])
    assert.isTrue(wasPartial(trio, "c", before))
  })

  it("a replica that was quiesced makes a guarded primary refuse writes, once the primary notices (failover:M14)", () => {
    const trio = attached({ "min-replicas-to-write": "1" })
    say(trio, "b", nobody)
    say(trio, "c", nobody)
    assert.deepStrictEqual(say(trio, "a", ["SET", "late", "1"]), ["OK"])
    settle(trio)
    const error = "NOREPLICAS Not enough good replicas to write."
    assert.deepStrictEqual(tell(trio, "a", ["SET", "later", "1"]), { error })
    assert.deepStrictEqual(dataAt(trio, "b"), both)
  })

  it("silent replicas no longer count after the lag that is configured (failover:M13)", () => {
    const trio = attached({ "min-replicas-to-write": "1", "min-replicas-max-lag": "2" })
    for (const replica of ["b", "c"]) act(trio, (state) => Faults.freeze(state, idOf(replica)))
    for (let second = 0; second < 2; second++) act(trio, Faults.tick)
    assert.strictEqual(tell(trio, "a", ["SET", "x", "1"]), "OK")
    act(trio, Faults.tick)
    assert.include(tell(trio, "a", ["SET", "x", "2"]), { error: "NOREPLICAS Not enough good replicas to write." })
  })

  it("an old primary returns by a partial synchronisation, unless it has written on (failover:M16)", () => {
    for (const [writes, expected] of [
      [false, true],
      [true, false]
    ] as const) {
      const trio = attached()
      act(trio, (state) => Faults.freeze(state, idOf("a")))
      tell(trio, "b", nobody)
      tell(trio, "b", noOne)
      tell(trio, "c", of("b"))
      tell(trio, "b", ["SET", "m", "3"])
      act(trio, (state) => Faults.proceed(state, idOf("a"), names))
      if (writes) tell(trio, "a", ["SET", "divergent", "1"])
      const before = nodeAt(trio, "a")
      tell(trio, "a", of("b"))
      assert.deepStrictEqual(dataAt(trio, "a"), { ...both, m: "3" })
      assert.strictEqual(wasPartial(trio, "a", before), expected)
    }
  })

  it("two replicas of each other keep their data, and one of them heals it (failover:M18)", () => {
    const trio = attached()
    tell(trio, "a", of("b"))
    assert.deepStrictEqual(
      [nodeAt(trio, "a"), nodeAt(trio, "b")].map((node) => node.following?.link.state),
      ["connected", "connected"]
    )
    const before = nodeAt(trio, "b")
    tell(trio, "a", noOne)
    tell(trio, "a", ["SET", "m", "3"])
    assert.deepStrictEqual(dataAt(trio, "b"), { ...both, m: "3" })
    assert.isTrue(wasPartial(trio, "b", before))
  })

  it("a fence answers the final offset, and what was written before it still arrives (failover:M7)", () => {
    const trio = attached()
    say(trio, "a", ["SET", "m", "3"], ["MULTI"], ["INFO", "replication"], nobody, ["EXEC"])
    const final = nodeAt(trio, "a").offset
    assert.isBelow(nodeAt(trio, "b").offset, final)
    settle(trio)
    assert.deepStrictEqual([nodeAt(trio, "b").offset, dataAt(trio, "b")], [final, { ...both, m: "3" }])
  })

  it("a replica ahead of the new primary starts anew and loses its surplus", () => {
    const trio = attached()
    act(trio, (state) => Faults.cut(state, idOf("a"), idOf("b")))
    tell(trio, "a", ["SET", "m", "3"])
    act(trio, (state) => Process.kill(state, idOf("a"), "lost"))
    act(trio, Faults.healAll)
    tell(trio, "b", noOne)
    const before = nodeAt(trio, "c")
    assert.isAbove(before.offset, nodeAt(trio, "b").offset)
    tell(trio, "c", of("b"))
    assert.deepStrictEqual(dataAt(trio, "c"), both)
    assert.isFalse(wasPartial(trio, "c", before))
  })

  it("what a killed primary had sent reaches a frozen replica when it goes on, unless it is lost with the machine", () => {
    for (const [underWay, expected] of [
      ["arrives", { ...both, m: "3" }],
      ["lost", both]
    ] as const) {
      const trio = attached()
      act(trio, (state) => Faults.freeze(state, idOf("b")))
      tell(trio, "a", ["SET", "m", "3"])
      act(trio, (state) => Process.kill(state, idOf("a"), underWay))
      act(trio, (state) => Faults.proceed(state, idOf("b"), names))
      assert.deepStrictEqual(dataAt(trio, "b"), expected)
    }
  })

  it("a replica of a replica follows the stream, and learns of a promotion above it", () => {
    const trio = attached()
    tell(trio, "c", of("b"))
    tell(trio, "a", ["SET", "m", "3"])
    assert.deepStrictEqual(dataAt(trio, "c"), { ...both, m: "3" })
    const before = nodeAt(trio, "c")
    tell(trio, "b", noOne)
    assert.strictEqual(nodeAt(trio, "c").replid, nodeAt(trio, "b").replid)
    assert.isTrue(wasPartial(trio, "c", before))
  })

  it("after a full synchronisation the stream waits for the first acknowledgement (failover:M19)", () => {
    const trio = attached()
    start(trio, "d", "empty", fenced)
    say(trio, "d", of("a"))
    for (const move of ["Connect", "Synchronised"] as const) {
      trio.state = Network.apply(trio.state, { _tag: move, node: idOf("d") }, names)
    }
    say(trio, "a", ["SET", "m", "3"])
    assert.strictEqual(nodeAt(trio, "a").attached.at(-1)?.state, "online")
    assert.isFalse(Network.moves(trio.state).some((move) => move._tag === "Stream" && move.node === idOf("d")))
    settle(trio)
    assert.deepStrictEqual(dataAt(trio, "d"), { ...both, m: "3" })
  })

  it("another password keeps a replica away from a foreign primary (failover:H2)", () => {
    const trio = attached()
    start(trio, "z", "empty", { requirepass: "other" })
    tell(trio, "b", of("z"))
    assert.deepStrictEqual([dataAt(trio, "b"), nodeAt(trio, "b").following?.link.state], [both, "connect"])
  })

  it("nothing moves in a network at rest, and time changes nothing in it", () => {
    const trio = attached()
    assert.isEmpty(Network.moves(trio.state))
    assert.strictEqual(Faults.tick(trio.state), trio.state)
  })
})
