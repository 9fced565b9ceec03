/** Nodes that answer wrongly, or in whose place something else does: named, left alone, and survived. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import { put } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import * as Lab from "./Lab.ts"
import { spoil } from "./Spoil.ts"

const config = (pod: string, option: string, value: string) =>
  Lab.change(pod, (nodes, id) => {
    const node = nodes.nodes[id]!
    return put(nodes, { ...node, config: { ...node.config, [option]: value } })
  })

const began = Effect.gen(function* () {
  yield* Lab.begin()
  const operator = Lab.operator()
  yield* operator.run(1500)
  return operator
})

describe("a node that answers wrongly", () => {
  it.effect("NOAUTH at a replica is named, and nothing is done to it", () =>
    Effect.gen(function* () {
      const operator = yield* began
      yield* config("demo-1", "requirepass", "another")
      yield* operator.run(3000)
      const degraded = yield* Lab.condition("Degraded")
      assert.include(degraded?.message, "demo-1 is no node of this cluster")
      assert.deepInclude(yield* Lab.condition("Ready"), { status: "True" })
      yield* config("demo-1", "requirepass", yield* Lab.password)
      yield* operator.run(500)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual((yield* Lab.status).epoch, 1)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("NOAUTH at the primary is no death (I7): it is named and waited for", () =>
    Effect.gen(function* () {
      const operator = yield* began
      yield* config("demo-0", "requirepass", "another")
      yield* operator.run(5000)
      const ready = yield* Lab.condition("Ready")
      assert.strictEqual(ready?.status, "False")
      assert.include(ready?.message, "demo-0, which is no node of this cluster: it refuses the password")
      yield* config("demo-0", "requirepass", yield* Lab.password)
      yield* operator.run(500)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual((yield* Lab.status).epoch, 1)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("what is no Valkey, on the port of a primary that has ended, is no reason to wait (H3)", () =>
    Effect.gen(function* () {
      const operator = yield* began
      yield* Lab.command("demo-0", "SET", "a", "1")
      yield* operator.run(500)
      yield* Lab.change("demo-0", (nodes, id) => Faults.usurp(Process.kill(nodes, id), id))
      yield* operator.run(2000)
      const { lastFailover, masterPod, phase } = yield* Lab.status
      assert.deepInclude(lastFailover, { epoch: 2, from: "demo-0", kind: "Unplanned" })
      assert.strictEqual(lastFailover?.to, masterPod)
      assert.notStrictEqual(phase, "Failing")
      assert.strictEqual(yield* Lab.command(masterPod!, "GET", "a"), "1")
      assert.include((yield* Lab.condition("Degraded"))?.message, "demo-0 is no node of this cluster: NotValkey")
      assert.deepInclude(yield* Lab.condition("Ready"), { status: "True" })
      yield* Lab.change("demo-0", Faults.restore)
      yield* operator.run(30_000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual((yield* Lab.status).epoch, 2)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("what hides a primary from the operator alone is named, and no failover begins", () =>
    Effect.gen(function* () {
      const operator = yield* began
      yield* Lab.change("demo-0", Faults.usurp)
      yield* operator.run(20_000)
      assert.include((yield* Lab.condition("Ready"))?.message, "demo-0, which is no node of this cluster: NotValkey")
      yield* Lab.change("demo-0", Faults.restore)
      yield* operator.run(500)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual((yield* Lab.status).epoch, 1)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("a primary that loads is waited for", () =>
    Effect.gen(function* () {
      const operator = yield* began
      const loading = (isLoading: boolean) =>
        Lab.change("demo-0", (nodes, id) => put(nodes, { ...nodes.nodes[id]!, loading: isLoading }))
      yield* loading(true)
      yield* operator.run(5000)
      yield* loading(false)
      yield* operator.run(500)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual((yield* Lab.status).epoch, 1)
    }).pipe(Effect.provide(Lab.layer()))
  )

  const answers: ReadonlyArray<readonly [says: string, pod: string, reply: unknown, named: string]> = [
    [
      "BUSY at the primary (K1)",
      "demo-0",
      [{ error: "BUSY Valkey is busy running a script." }],
      "demo-0, which answers Busy"
    ],
    ["LOADING at the primary", "demo-0", [{ error: "LOADING Valkey is loading" }], "demo-0, which answers Loading"],
    [
      "MASTERDOWN at a replica",
      "demo-1",
      [{ error: "MASTERDOWN Link with MASTER is down" }],
      "demo-1 answers PrimaryDown"
    ],
    ["INFO without a run id", "demo-0", ["role:master\r\nmaster_replid:x\r\nmaster_repl_offset:1\r\n"], "run_id"],
    ["INFO without a role", "demo-0", ["run_id:x\r\nmaster_replid:x\r\n"], "role"],
    ["INFO without an offset", "demo-1", ["run_id:x\r\nrole:slave\r\nmaster_replid:x\r\n"], "slave_repl_offset"],
    [
      "an offset that is no number",
      "demo-1",
      ["run_id:x\r\nrole:slave\r\nmaster_replid:x\r\nslave_repl_offset:many\r\n"],
      "slave_repl_offset"
    ],
    ["an answer that is no INFO", "demo-0", [42], "42"],
    ["nothing that is RESP, at a replica", "demo-1", "NotValkey", "demo-1 is no node of this cluster: NotValkey"],
    [
      "nothing that is RESP, at a primary that replicas hear",
      "demo-0",
      "NotValkey",
      "demo-0, which is no node of this cluster: NotValkey"
    ],
    ["one reply too few", "demo-1", [], "[]"]
  ]
  for (const [says, pod, reply, named] of answers) {
    let isWrong = false
    const layer = Lab.layer(
      spoil((command) =>
        isWrong && command._tag === "Observe" && (command as unknown as { node: { pod: string } }).node.pod === pod
          ? reply
          : undefined
      )
    )
    it.effect(`${says}: named, no failover, nothing lost`, () =>
      Effect.gen(function* () {
        const operator = yield* began
        yield* Lab.command("demo-0", "SET", "a", "1")
        isWrong = true
        yield* operator.run(5000)
        const { conditions } = yield* Lab.status
        assert.isTrue(
          conditions.some(({ message, type }) => (type === "Ready" || type === "Degraded") && message.includes(named)),
          JSON.stringify(conditions)
        )
        isWrong = false
        yield* operator.run(500)
        assert.strictEqual(yield* Lab.isWhole(), "whole")
        assert.strictEqual((yield* Lab.status).epoch, 1)
        assert.strictEqual(yield* Lab.command("demo-0", "GET", "a"), "1")
        assert.deepStrictEqual(
          operator.failures.filter((one) => !String(one).includes("Conflict")),
          []
        )
      }).pipe(Effect.provide(layer))
    )
  }
})
