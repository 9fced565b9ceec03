/** Requests that are refused, names that are taken, pods that are not ours: named, left alone, and survived. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "../../../src/domain/Capability.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { journal } from "../../../src/interpreters/wrap/Journal.ts"
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
