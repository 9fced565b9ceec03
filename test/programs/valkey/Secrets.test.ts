/** The password of a cluster is in its Secret and on the wire to its nodes, and nowhere else. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, References } from "effect"
import { inspect } from "node:util"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { type Entry, journal } from "../../../src/interpreters/wrap/Journal.ts"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import { put } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import * as Lab from "./Lab.ts"

const kinds = [
  Cluster.resource,
  Kinds.Pod,
  Kinds.Service,
  Kinds.ConfigMap,
  Kinds.StatefulSet,
  Kinds.PodDisruptionBudget,
  Kinds.CoreEvent,
  Kinds.EndpointSlice
]

describe("the password", () => {
  const entries: Array<Entry> = []
  const lines: Array<string> = []
  const log = Logger.layer([
    Logger.make(({ cause, message }) => void lines.push(inspect([message, cause], { depth: 20 })))
  ])
  const layer = Layer.mergeAll(
    Lab.layer(journal((entry) => Effect.sync(() => void entries.push(entry)))),
    log,
    Layer.succeed(References.MinimumLogLevel, "All")
  )

  it.effect("is in no journal, log, status, event or error of a whole life", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      const password = yield* Lab.password
      assert.isAtLeast(password.length, 16)
      yield* Lab.change("demo-0", (nodes, id) => Process.kill(nodes, id))
      yield* operator.run(2000)
      yield* Lab.change("demo-1", (nodes, id) => Faults.freeze(nodes, id))
      yield* operator.run(5000)
      yield* Lab.remove(Kinds.Secret, "demo-secret")
      yield* operator.run(500)
      assert.strictEqual(yield* Lab.password, password)
      yield* Lab.change("demo-2", (nodes, id) => {
        const node = nodes.nodes[id]!
        return put(nodes, { ...node, config: { ...node.config, requirepass: "another" } })
      })
      yield* operator.run(1000)
      const texts: ReadonlyArray<readonly [where: string, text: string]> = [
        ["journal, as JSON", JSON.stringify(entries)],
        ["journal, as people see it", inspect(entries, { depth: 30, maxStringLength: null, maxArrayLength: null })],
        ["log", lines.join("\n")],
        ["failures", inspect(operator.failures, { depth: 20 })],
        ...(yield* Effect.forEach(kinds, (kind) =>
          Effect.map(Lab.list(kind), (list) => [kind.kind, JSON.stringify(list)] as const)
        ))
      ]
      assert.isAbove(entries.length, 500)
      assert.isAtLeast(lines.length, 2)
      for (const [where, text] of texts) {
        for (const secret of [password, btoa(password)]) assert.isFalse(text.includes(secret), where)
      }
    }).pipe(Effect.provide(layer))
  )
})
