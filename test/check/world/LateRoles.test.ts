/**
 * A change of a role that is under way when its sender is gone is carried out
 * before the next operator gives the node a role, or never (`failover:F10`); one
 * of a sender that lives is also sent once more, or its connection has ended.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Redacted from "effect/Redacted"
import type { Controller } from "../../../src/domain/Controller.ts"
import { always, sometimes } from "../../../src/domain/check/Properties.ts"
import type { Read } from "../../../src/domain/check/System.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { type Node as Process, Observe, Promote, ReplicaOf, Valkey } from "../../../src/domain/valkey/Valkey.ts"
import { SetDurability } from "../../../src/domain/valkey/Valkey.ts"
import * as Scene from "../../../src/laws/valkey/models/Scene.ts"
import * as Sentinel from "../../../src/laws/valkey/models/Sentinel.ts"
import type { RequestLaw } from "../../../src/models/closed/Carried.ts"
import type { Model, ModelOperator } from "../../../src/models/closed/Model.ts"
import type { Parts } from "../../../src/models/closed/Parts.ts"
import type { Node } from "../../../src/models/valkey/Node.ts"
import { broken } from "../valkey/Explored.ts"

const credentials = { user: "default", password: Redacted.make("password") }

const nodeIn = (read: Read<Parts>): Node => Object.values(read("valkey").nodes)[0]!

const processAt = ({ address, port }: Node, runId: string): Process => ({
  ...{ pod: "demo-0", uid: "uid", address, port, credentials },
  runId
})

/** Points the node elsewhere, then promotes it: what it leads with is the last word. Whose connection ended guards it. */
const mover = (at: Node): Controller<null, unknown, Valkey> => ({
  name: "mover",
  primary: Cluster.resource,
  sources: [{ _tag: "Objects", resource: Cluster.resource, keysOf: () => [Scene.key] }],
  initialMemory: null,
  pass: Effect.fnUntraced(function* () {
    const { runId } = yield* Valkey.perform(new Observe({ node: processAt(at, "") }))
    const node = processAt(at, runId)
    const elsewhere = { ...node, address: "10.244.99.9" }
    yield* Effect.catchIf(
      Valkey.perform(new ReplicaOf({ node, primary: elsewhere })),
      (error) => error._tag === "NodeError" && error.reason === "Closed",
      () => Valkey.perform(new SetDurability({ node, minReplicas: 7, maxLagSeconds: 2 }))
    )
    yield* Valkey.perform(new Promote({ node }))
    return { memory: null }
  })
})

const leads = (read: Read<Parts>): boolean => nodeIn(read).following === undefined

/** Nobody waits for an answer, and a node that leads is told to follow. */
const takesNoRoleBack: RequestLaw<Parts> = {
  name: "no role is taken back",
  broken: ({ before, command, controller }) =>
    controller === undefined && command === "ReplicaOf" && leads(before) ? "by what was late" : undefined
}

const hearsOfTheEnd = sometimes<Parts>(
  "somebody hears that the connection has ended",
  (read) => nodeIn(read).config["min-replicas-to-write"] === "7"
)

const model = (
  budgets: Readonly<Record<string, number>>,
  operators?: ReadonlyArray<ModelOperator>,
  witnesses: Model["properties"] = []
): Model => {
  const { world } = Sentinel.model("late roles", budgets, { pods: 1 })
  const at = nodeIn(Object.assign((name: string) => world.initial[0]![name], { unused: () => "" }))
  const led = [always<Parts>("it is there", (read) => nodeIn(read).runId !== ""), sometimes<Parts>("it leads", leads)]
  return {
    name: "late roles",
    controllers: [mover(at)],
    world,
    budgets,
    ...(operators === undefined ? {} : { operators }),
    properties: [...led, ...witnesses],
    requests: [takesNoRoleBack],
    wrappers: { fencing: false }
  }
}

describe("a ReplicaOf that is late", () => {
  for (const budgets of [{ crash: 1 }, { late: 1 }, { duplicate: 1 }]) {
    it.effect(`is not carried out on a node that was promoted since: ${JSON.stringify(budgets)}`, () =>
      Effect.gen(function* () {
        const { coverage, wrong } = yield* broken(model(budgets))
        assert.deepStrictEqual(wrong, [])
        assert.isAbove(coverage.cores, 5)
      })
    )
  }

  it.effect("of an operator that lives is carried out all the same, or its connection has ended", () =>
    Effect.gen(function* () {
      const { wrong } = yield* broken(model({}, [{ name: "one" }, { name: "other" }], [hearsOfTheEnd]))
      assert.deepStrictEqual(wrong, [])
    })
  )
})
