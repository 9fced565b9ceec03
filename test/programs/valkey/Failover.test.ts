/** What a failover asks of the outside, and what is lost by it beside what was declared. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "../../../src/domain/Capability.ts"
import { journal } from "../../../src/interpreters/wrap/Journal.ts"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import { endpoint } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import { counting } from "../../../src/models/Names.ts"
import { dataOf } from "../../../src/models/valkey/Report.ts"
import * as Lab from "./Lab.ts"

const isApiRequest = (command: Command): boolean => "verb" in command.encode() && !command._tag.startsWith("Cached")

describe("an unplanned failover", () => {
  const asked: Array<Command> = []
  const recording = Lab.layer(journal(({ command }) => Effect.sync(() => void asked.push(command))))

  it.effect("is one pass: nine requests to the API server, of which clients wait for five round trips", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      asked.length = 0
      yield* operator.turn
      assert.deepStrictEqual(asked.filter(isApiRequest), [])
      yield* Lab.change("demo-0", (nodes, id) => Process.kill(nodes, id))
      asked.length = 0
      yield* operator.turn
      const tags = asked.map(({ _tag }) => _tag)
      // All pods at once; the fresh reads at once; both replicas at once; the record beside the attaching.
      const rounds = [
        "Observe Observe Observe",
        "Get Get List",
        "PatchStatus",
        "Fence Fence",
        "PatchStatus",
        "Promote",
        "PatchStatus ReplicaOf ReplicaOf",
        "PatchService CachedList",
        "PatchStatus EmitEvent"
      ]
      assert.strictEqual(tags.slice(tags.indexOf("Observe")).join(" "), rounds.join(" "))
      assert.strictEqual(asked.filter(isApiRequest).length, 9)
      const { epoch, failover, lastFailover, primary } = yield* Lab.status
      assert.isUndefined(failover)
      assert.deepInclude(lastFailover, { epoch, kind: "Unplanned", from: "demo-0", to: "demo-1" })
      assert.strictEqual(primary?.pod, "demo-1")
    }).pipe(Effect.provide(recording))
  )
})

/** What clients wrote and were answered OK, and what of it the cluster still has. */
const writes = (count: number, pod: string) =>
  Effect.gen(function* () {
    const done: Array<string> = []
    for (let index = 0; index < count; index++) {
      if ((yield* Lab.command(pod, "SET", `key-${done.length}-${pod}`, "x")) === "OK")
        done.push(`key-${done.length}-${pod}`)
    }
    return done
  })

const lostOf = (acknowledged: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { primary } = yield* Lab.status
    const data = dataOf((yield* Lab.nodeOf(primary!.pod))!)
    return acknowledged.filter((one) => data[one] === undefined)
  })

const idOf = (pod: string) => Effect.map(Lab.nodeOf(pod), (node) => endpoint(node!.address, node!.port))

describe("what is lost", () => {
  it.effect("of a killed primary is nothing that a replica had, and is bounded", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      const acknowledged = yield* writes(10, "demo-0")
      yield* Lab.change("demo-0", (nodes, id) => Process.kill(nodes, id))
      yield* operator.run(3000)
      assert.deepStrictEqual(yield* lostOf(acknowledged), [])
      const { lastFailover } = yield* Lab.status
      assert.isAbove(lastFailover!.lossBytes, 0)
      assert.isBelow(lastFailover!.lossMillis, 1500)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("of a primary that serves on behind a partition is not bounded, and is said not to be (F6, inv-I11)", () =>
    Effect.gen(function* () {
      yield* Lab.begin({ durability: "available" })
      const operator = Lab.operator()
      yield* operator.run(1500)
      const old = yield* idOf("demo-0")
      const others = [yield* idOf("demo-1"), yield* idOf("demo-2"), "operator"]
      for (const other of others) yield* Lab.change("demo-0", (nodes) => Faults.cut(nodes, old, other))
      yield* operator.run(4000)
      assert.strictEqual((yield* Lab.status).primary?.pod, "demo-1")
      const acknowledged = yield* writes(3, "demo-0")
      assert.strictEqual(acknowledged.length, 3)
      assert.deepInclude((yield* Lab.status).lastFailover, { lossBytes: -1, lossMillis: -1 })
      for (const other of others) yield* Lab.change("demo-0", (nodes) => Faults.heal(nodes, old, other))
      yield* operator.run(3000)
      assert.strictEqual((yield* lostOf(acknowledged)).length, 3)
      assert.isDefined((yield* Lab.nodeOf("demo-0"))?.following)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("of a primary that needs replicas ends when it has starved (failover:2.5, M13)", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      const old = yield* idOf("demo-0")
      for (const other of [yield* idOf("demo-1"), yield* idOf("demo-2"), "operator"]) {
        yield* Lab.change("demo-0", (nodes) => Faults.cut(nodes, old, other))
      }
      yield* operator.run(8000)
      assert.include(JSON.stringify(yield* Lab.command("demo-0", "SET", "late", "1")), "NOREPLICAS")
      const { lastFailover } = yield* Lab.status
      assert.strictEqual(lastFailover?.lossBytes, -1)
      assert.isAbove(lastFailover!.lossMillis, 4000)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("of a frozen primary that goes on is discarded, and it follows (C11)", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      yield* Lab.change("demo-0", (nodes, id) => Faults.freeze(nodes, id))
      yield* operator.run(3000)
      assert.notStrictEqual((yield* Lab.status).primary?.pod, "demo-0")
      yield* Lab.change("demo-0", (nodes, id, now) => Faults.proceed(nodes, id, counting(now)))
      yield* operator.run(1000)
      assert.isDefined((yield* Lab.nodeOf("demo-0"))?.following)
      assert.deepStrictEqual(
        operator.failures.filter((one) => !String(one).includes("Conflict")),
        []
      )
    }).pipe(Effect.provide(Lab.layer()))
  )
})
