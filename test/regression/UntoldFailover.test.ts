/**
 * While a failover was open nothing was told. One that waits, or that halts
 * because every node is empty, stays open: so `DataLoss` was never said, and
 * `Ready` stayed True without a primary. Found by the witness that no model
 * reached: "it decides Halt".
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import { noDisk, put } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import * as Lab from "../programs/valkey/Lab.ts"

const pods = ["demo-0", "demo-1", "demo-2"]

/** The process ends, and its volume is found empty. */
const lose = (pod: string) =>
  Lab.change(pod, (nodes, id) => {
    const after = Process.kill(nodes, id)
    return put(after, { ...after.nodes[id]!, disk: noDisk })
  })

const says = (...types: ReadonlyArray<string>) =>
  Effect.map(Lab.status, ({ conditions }) =>
    types.map((type) => `${type} ${conditions.find((one) => one.type === type)?.status}`)
  )

const withData = Effect.gen(function* () {
  yield* Lab.begin()
  yield* Lab.operator().run(1500)
  assert.strictEqual(yield* Lab.command("demo-0", "SET", "a", "1"), "OK")
  yield* Lab.operator().run(1000)
  assert.isTrue((yield* Lab.status).hadData)
})

describe("a failover that stays open is told", () => {
  it.effect("every volume is lost: DataLoss is said, and what to do; once that is done, it is over", () =>
    Effect.gen(function* () {
      yield* withData
      yield* Effect.forEach(pods, lose)
      const operator = Lab.operator()
      yield* operator.run(20_000)
      assert.deepStrictEqual(yield* says("DataLoss", "Ready", "Degraded", "FailoverInProgress"), [
        "DataLoss True",
        "Ready False",
        "Degraded True",
        "FailoverInProgress True"
      ])
      assert.strictEqual((yield* Lab.status).phase, "Failed")
      yield* Lab.patch(Cluster.resource, Lab.name, { spec: { failover: { policy: "fast" } } })
      yield* operator.run(5000)
      assert.deepStrictEqual(yield* says("DataLoss", "Ready", "Degraded", "FailoverInProgress"), [
        "DataLoss False",
        "Ready True",
        "Degraded False",
        "FailoverInProgress False"
      ])
      assert.strictEqual(yield* Lab.isWhole(), "whole")
    }).pipe(Effect.provide(Lab.layer()))
  )
})
