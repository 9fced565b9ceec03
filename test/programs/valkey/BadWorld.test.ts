/** Names that are taken, pods that are not ours, nodes that answer wrongly: named, left alone, and survived. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "../../../src/domain/Capability.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { journal } from "../../../src/interpreters/wrap/Journal.ts"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import { put } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import * as Lab from "./Lab.ts"
import { refusal, requestOf, spoil } from "./Spoil.ts"

const typed = (failures: ReadonlyArray<unknown>) =>
  failures.map((one) => (one as { readonly _tag?: string })._tag ?? String(one))

const writesTo = (plural: string) => (command: Command) => {
  const request = requestOf(command)
  return request?.resource === plural && request.verb !== "get" && request.verb !== "list"
}

describe("a request that the API server refuses", () => {
  for (const { kind, plural } of [
    Kinds.Service,
    Kinds.ConfigMap,
    Kinds.Secret,
    Kinds.StatefulSet,
    Kinds.PodDisruptionBudget
  ]) {
    let isForbidden = true
    const layer = Lab.layer(
      spoil((command) =>
        isForbidden && writesTo(plural)(command) ? refusal(403, `may not write ${plural}`) : undefined
      )
    )
    it.effect(`403 on ${kind}: it is named, the others are made, and permission is enough`, () =>
      Effect.gen(function* () {
        yield* Lab.begin()
        const operator = Lab.operator()
        yield* operator.run(500)
        const made = yield* Lab.objects
        assert.isTrue(made.length > 0 && made.every((one) => !one.startsWith(`${kind} `)), made.join(", "))
        const said = yield* Lab.condition("Reconciled")
        assert.deepInclude(said, { status: "False", reason: "KubeError" })
        assert.include(said?.message, `may not write ${plural}`)
        assert.include(said?.message, plural)
        isForbidden = false
        yield* operator.run(2000)
        assert.strictEqual(yield* Lab.isWhole(), "whole")
        assert.deepInclude(yield* Lab.condition("Reconciled"), { status: "True" })
        assert.isTrue(typed(operator.failures).every((tag) => tag === "KubeError"))
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("a namespace that is going makes no noise and leaves nothing", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      yield* Lab.ask({ verb: "delete", group: "", version: "v1", resource: "namespaces", name: Lab.namespace })
      yield* operator.run(3000)
      assert.isTrue(typed(operator.failures).every((tag) => tag === "KubeError"))
      const { valkey } = yield* Lab.world
      assert.deepStrictEqual(
        Object.values(valkey.nodes).filter(({ phase }) => phase === "running"),
        []
      )
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("without the CustomResourceDefinition there is nothing to do, and no harm in looking", () =>
    Effect.gen(function* () {
      const operator = Lab.operator()
      yield* operator.run(500)
      assert.deepStrictEqual(operator.failures, [])
      yield* Lab.begin()
      yield* operator.run(1500)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
    }).pipe(Effect.provide(Lab.layer()))
  )
})

/** As somebody else has made it. */
const stranger = (resource: Resource, name: string, more: object = {}): KubeObject => ({
  apiVersion: resource.group === "" ? resource.version : `${resource.group}/${resource.version}`,
  kind: resource.kind,
  metadata: { name, namespace: Lab.namespace, labels: { team: "other" } },
  ...more
})
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } }
const taken: ReadonlyArray<readonly [Resource, string, object]> = [
  [Kinds.Service, "demo-headless", { spec: { selector: { a: "b" }, ports: [{ port: 80 }] } }],
  [Kinds.Service, "demo-client", { spec: { selector: { a: "b" }, ports: [{ port: 80 }] } }],
  [Kinds.ConfigMap, "demo-config", { data: { a: "b" } }],
  [Kinds.Secret, "demo-secret", { data: { a: btoa("b") } }],
  [
    Kinds.StatefulSet,
    "demo",
    { spec: { replicas: 0, serviceName: "s", selector: { matchLabels: { a: "b" } }, template } }
  ],
  [Kinds.PodDisruptionBudget, "demo-pdb", { spec: { selector: { matchLabels: { a: "b" } } } }]
]
const ofItsOwner = ({ metadata: { labels, ownerReferences, uid }, ...object }: KubeObject) => [
  labels,
  ownerReferences,
  uid,
  object["spec"],
  object["data"]
]

describe("a name that is taken", () => {
  for (const [resource, name, content] of taken) {
    it.effect(`${resource.kind} ${name} is never adopted, is named, and is replaced once it is gone`, () =>
      Effect.gen(function* () {
        yield* Lab.create(resource, stranger(resource, name, content))
        const before = yield* Lab.get(resource, name)
        yield* Lab.begin()
        const operator = Lab.operator()
        yield* operator.run(7000)
        assert.deepStrictEqual(ofItsOwner(yield* Lab.get(resource, name)), ofItsOwner(before))
        const said = yield* Lab.condition("Reconciled")
        assert.deepInclude(said, { status: "False", reason: "NameTaken" })
        assert.include(said?.message, `${resource.kind} shop/${name}`)
        yield* Lab.remove(resource, name)
        yield* operator.run(2500)
        assert.strictEqual(yield* Lab.isWhole(), "whole")
        assert.deepInclude(yield* Lab.condition("Reconciled"), { status: "True" })
      }).pipe(Effect.provide(Lab.layer()))
    )
  }

  const asked: Array<Command> = []
  it.effect("a foreign client Service or topology record is left alone, said, and asked about no more", () =>
    Effect.gen(function* () {
      yield* Lab.create(Kinds.Service, stranger(Kinds.Service, "demo-client", { spec: { ports: [{ port: 80 }] } }))
      yield* Lab.create(Kinds.ConfigMap, stranger(Kinds.ConfigMap, "demo-topology", { data: { a: "b" } }))
      const record = yield* Lab.get(Kinds.ConfigMap, "demo-topology")
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(8000)
      assert.deepStrictEqual(yield* Lab.get(Kinds.ConfigMap, "demo-topology"), record)
      assert.deepInclude(yield* Lab.condition("Ready"), { status: "False", reason: "Wait" })
      const degraded = yield* Lab.condition("Degraded")
      assert.strictEqual(degraded?.reason, "NameTaken")
      assert.include(degraded?.message, "Service demo-client, ConfigMap demo-topology")
      asked.length = 0
      yield* operator.run(500)
      const requests = asked.filter((command) => requestOf(command) !== undefined && !command._tag.startsWith("Cached"))
      assert.deepStrictEqual(
        requests.map(({ _tag }) => _tag),
        []
      )
      yield* Lab.remove(Kinds.Service, "demo-client")
      yield* Lab.remove(Kinds.ConfigMap, "demo-topology")
      yield* operator.run(2000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual(
        ((yield* Lab.get(Kinds.ConfigMap, "demo-topology"))["data"] as { primary: string }).primary,
        "demo-0"
      )
    }).pipe(Effect.provide(Lab.layer(journal(({ command }) => Effect.sync(() => void asked.push(command))))))
  )

  const addresses = new Set<string>()
  const noting = Lab.layer((inner) => ({
    perform: (command) =>
      Effect.suspend(() => {
        const wire: unknown = command.encode()
        if (typeof wire === "object" && wire !== null && "address" in wire) addresses.add(String(wire.address))
        return inner.perform(command)
      })
  }))
  it.effect("a foreign pod with our labels is never spoken to (gungnir:W18)", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const labels = { "app.kubernetes.io/name": "valkey", "app.kubernetes.io/instance": "demo" }
      const owner = yield* Lab.create(Kinds.ConfigMap, stranger(Kinds.ConfigMap, "owner"))
      const reference = {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "owner",
        uid: owner.metadata.uid!,
        controller: true
      }
      const pod = (name: string, more: object): KubeObject => ({
        ...stranger(Kinds.Pod, name),
        metadata: { name, namespace: Lab.namespace, labels, ...more },
        spec: template.spec
      })
      yield* Lab.create(Kinds.Pod, pod("stranger", {}))
      yield* Lab.create(Kinds.Pod, pod("demo-7", { ownerReferences: [reference] }))
      const operator = Lab.operator()
      yield* operator.run(2000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual((yield* Lab.status).replicas, 3)
      for (const name of ["stranger", "demo-7"]) {
        const address = ((yield* Lab.get(Kinds.Pod, name))["status"] as { readonly podIP?: string }).podIP
        assert.isString(address)
        assert.isFalse(addresses.has(address!))
      }
    }).pipe(Effect.provide(noting))
  )
})

describe("a cluster that is deleted", () => {
  it.effect("leaves nothing but its volumes", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      yield* Lab.remove(Cluster.resource, Lab.name)
      yield* operator.run(3000)
      assert.deepStrictEqual(yield* Lab.objects, [])
      assert.deepStrictEqual(
        operator.failures.filter((one) => !String(one).includes("Conflict")),
        []
      )
    }).pipe(Effect.provide(Lab.layer()))
  )
})

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
      assert.include(ready?.message, "demo-0, which is no node of this cluster")
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
