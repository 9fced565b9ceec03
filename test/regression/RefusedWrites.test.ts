/**
 * One refused write of a kind that no failover needs failed the pass: what it
 * had seen of the nodes was forgotten, passes came ten seconds apart, and a
 * frozen primary was missed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "../../src/domain/Capability.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import { journal } from "../../src/interpreters/wrap/Journal.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import type { Endpoint, State } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import * as Lab from "../programs/valkey/Lab.ts"
import { refusal, requestOf, spoil } from "../programs/valkey/Spoil.ts"

let refuses: (command: Command) => boolean = () => false
const asked: Array<Command> = []
const recording = journal(({ command }) => Effect.sync(() => void asked.push(command)))
const refusing = spoil((command) => (refuses(command) ? refusal(403, `may not ${command._tag}`) : undefined))
const layer = Lab.layer((inner) => recording(refusing(inner)))

const writes = (plural: string) => (command: Command) =>
  command.access === "write" && requestOf(command)?.resource === plural

const faults = [
  { says: "dead", millis: 500, fault: (nodes: State, id: Endpoint) => Process.kill(nodes, id) },
  // Silence without a witness counts after two seconds.
  { says: "frozen", millis: 2800, fault: (nodes: State, id: Endpoint) => Faults.freeze(nodes, id) }
] as const

const cases = [Kinds.Service, Kinds.ConfigMap, Kinds.CoreEvent, Cluster.resource].flatMap((resource) =>
  faults.map((fault) => ({ resource, ...fault }))
)

const setUp = Effect.gen(function* () {
  refuses = () => false
  yield* Lab.begin()
  const operator = Lab.operator()
  yield* operator.run(1500)
  yield* Lab.command("demo-0", "SET", "a", "1")
  return operator
})

describe("while the API refuses to write", () => {
  for (const { fault, millis, resource, says } of cases) {
    it.effect(`${resource.plural}, a ${says} primary is replaced in time, or once it may be`, () =>
      Effect.gen(function* () {
        const operator = yield* setUp
        refuses = writes(resource.plural)
        // Something to be written of that kind, long before the primary goes.
        yield* Lab.patch(Kinds.Service, "demo-client", { spec: { selector: { nobody: "here" } } })
        yield* Lab.patch(Kinds.ConfigMap, "demo-topology", { data: { primary: "nobody" } })
        yield* operator.run(6000)
        yield* Lab.change("demo-0", fault)
        yield* operator.run(millis)
        const isNeeded = resource === Cluster.resource
        assert.strictEqual((yield* Lab.status).primary?.pod === "demo-0", isNeeded)
        refuses = () => false
        yield* operator.run(8000)
        const { primary } = yield* Lab.status
        assert.notStrictEqual(primary?.pod, "demo-0")
        assert.strictEqual(yield* Lab.command(primary!.pod, "GET", "a"), "1")
        if (says === "dead") assert.strictEqual(yield* Lab.isWhole(), "whole")
        const record = (yield* Lab.get(Kinds.ConfigMap, "demo-topology"))["data"]
        assert.strictEqual((record as { readonly primary: string }).primary, primary?.pod)
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("the topology record, that is said, and asked for less and less often", () =>
    Effect.gen(function* () {
      const operator = yield* setUp
      refuses = writes(Kinds.ConfigMap.plural)
      yield* Lab.patch(Kinds.ConfigMap, "demo-topology", { data: { primary: "nobody" } })
      yield* operator.run(8000)
      const degraded = yield* Lab.condition("Degraded")
      assert.deepInclude(degraded, { status: "True", reason: "Refused" })
      assert.include(degraded?.message, "may not BroadcastTopology")
      assert.deepInclude(yield* Lab.condition("Ready"), { status: "True" })
      asked.length = 0
      yield* operator.run(10_000)
      assert.isAtMost(asked.filter(({ _tag }) => _tag === "BroadcastTopology").length, 3)
      refuses = () => false
      yield* operator.run(6000)
      assert.deepInclude(yield* Lab.condition("Degraded"), { status: "False" })
    }).pipe(Effect.provide(layer))
  )
})
