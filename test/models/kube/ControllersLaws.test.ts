import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { instantCluster } from "../../../src/interpreters/memory/Cluster.ts"
import type { State } from "../../../src/models/kube/api/Server.ts"
import type { BuiltIn, Move } from "../../../src/models/kube/controllers/BuiltIn.ts"
import { movesOf } from "../../../src/models/kube/controllers/ControllerManager.ts"
import * as Settle from "../../../src/models/kube/controllers/Settle.ts"
import * as World from "./ControllersWorld.ts"

/** Situations from which the controllers have much to do; one node, so that no choice of nodes differs. */
const created = (): State =>
  [
    [Kinds.StatefulSet, World.set("web")],
    [Kinds.Service, World.headless("web")],
    [Kinds.Service, World.service("web", { selector: { app: "web" } })],
    [Kinds.PodDisruptionBudget, World.budget("web", { maxUnavailable: 1 })],
    [Kinds.StatefulSet, World.set("ord", { podManagementPolicy: "OrderedReady", replicas: 2 })]
  ].reduce(
    (state, [resource, draft]) =>
      World.create(state, resource as typeof Kinds.Service, draft as Parameters<typeof World.create>[2]),
    World.world(["n-0"])
  )

const situations: Readonly<Record<string, () => State>> = {
  created,
  scaled: () => World.patch(World.settled(created()), Kinds.StatefulSet, "web", { spec: { replicas: 1 } }),
  rolled: () =>
    World.patch(World.settled(created()), Kinds.StatefulSet, "ord", {
      spec: { updateStrategy: { type: "RollingUpdate" }, template: { metadata: { annotations: { k: "new" } } } }
    }),
  foreground: () =>
    World.remove(World.settled(created()), Kinds.StatefulSet, "web", { propagationPolicy: "Foreground" }),
  orphaned: () => World.remove(World.settled(created()), Kinds.StatefulSet, "ord", { propagationPolicy: "Orphan" }),
  namespaceGone: () => World.remove(World.settled(created()), Kinds.Namespace, "a")
}

/** Objects without what depends on the order of writes: uids and addresses by the name of what has them. */
const essence = (state: State): ReadonlyArray<string> => {
  const objects = [...state.objects.values()].flatMap((all) => [...all.values()])
  const ids = objects.flatMap((object): ReadonlyArray<readonly [string, string]> => {
    const { generateName, name = "", namespace = "", uid = "" } = object.metadata
    const stable = object.kind === "Pod" ? name : (generateName ?? name)
    const { podIP } = (object["status"] ?? {}) as { readonly podIP?: string }
    const { clusterIP } = (object["spec"] ?? {}) as { readonly clusterIP?: string }
    const id = `${object.kind} ${namespace}/${stable}`
    return [
      [uid, `<${id}>`] as const,
      ...(object.kind === "EndpointSlice" ? [[name, stable] as const] : []),
      ...(podIP === undefined ? [] : [[podIP, `<ip of ${id}>`] as const]),
      ...(clusterIP === undefined || clusterIP === "None" ? [] : [[clusterIP, `<ip of ${id}>`] as const])
    ]
  })
  const named = new Map(ids)
  const rename = (text: string) =>
    text
      .replace(/[\w.-]+/g, (word) => named.get(word) ?? word)
      .replace(/pvc-([0-9a-f-]{36})/g, (_, uid) => `pvc-${named.get(uid)}`)
      .replace(/kube-api-access-\w+/, "kube-api-access")
  return objects.map((object) => textOf(object, rename)).sort()
}

/** Fields and items in the order of their text. */
const textOf = ({ metadata, ...rest }: KubeObject, rename: (text: string) => string): string => {
  const { generation, managedFields: _, resourceVersion: __, ...kept } = metadata
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(text).sort().join()}]`
    if (typeof value === "string") return rename(value)
    if (typeof value !== "object" || value === null) return JSON.stringify(value)
    const fields = Object.entries(value).map(([name, field]) => `${name}:${text(field)}`)
    return `{${fields.sort().join()}}`
  }
  // How often a slice was written depends on the order.
  return text({ ...rest, metadata: rest["kind"] === "EndpointSlice" ? kept : { ...kept, generation } })
}

/** Each situation, and the world that the usual order makes of it. */
const worlds = new Map(
  Object.entries(situations).map(([name, situation]) => {
    const start = situation()
    return [name, { start, usual: World.settled(start) }] as const
  })
)

const byNumber = (numbers: ReadonlyArray<number>): Settle.Choose => {
  let turn = 0
  return (moves: ReadonlyArray<Move>) => moves[Math.abs(numbers[turn++ % numbers.length] ?? 0) % moves.length]!
}

const finish = (state: State, choose?: Settle.Choose): State => {
  const { isSettled, work } = Settle.settle(instantCluster, state, World.names, {
    limit: 2000,
    ...(choose === undefined ? {} : { choose })
  })
  assert.isTrue(isSettled, Settle.latestKeys(work).join(", "))
  return work.state
}

describe("the built-in controllers", () => {
  for (const [name, { usual }] of worlds) {
    it(`have nothing left to do once the world is settled: ${name}`, () => {
      assert.deepStrictEqual(movesOf(instantCluster, usual, World.startMillis), [])
    })
  }

  it.prop(
    "reach the same world in any order of their moves, but for names",
    [
      Schema.Literals(["created", "scaled", "rolled", "foreground", "orphaned", "namespaceGone"]),
      Schema.Array(Schema.Int)
    ],
    ([name, numbers]) => {
      const { start, usual: settled } = worlds.get(name)!
      const [other, usual] = [essence(finish(start, byNumber(numbers))), essence(settled)]
      const only = (left: ReadonlyArray<string>, right: ReadonlyArray<string>) =>
        left.filter((one) => !right.includes(one))
      assert.strictEqual(only(other, usual).join("\n"), only(usual, other).join("\n"))
    },
    { arbitrary: { runs: 30 } }
  )

  it("serve every key in turn, so that nobody waits for ever", () => {
    const busy = (name: string): BuiltIn => ({
      name,
      moves: (view) => {
        const object = view.get(Kinds.ConfigMap, "a", "counter")!
        const data = { [name]: object.metadata.resourceVersion }
        const body = { ...object, data: { ...(object["data"] as object), ...data } }
        const { group, plural: resource, version } = Kinds.ConfigMap
        return [
          { key: "count", request: { verb: "update", group, version, resource, namespace: "a", name: "counter", body } }
        ]
      }
    })
    const state = World.create(World.world(), Kinds.ConfigMap, { metadata: { name: "counter", namespace: "a" } })
    const { isSettled, work } = Settle.settle([busy("x"), busy("y")], state, World.names, { limit: 10 })

    assert.isFalse(isSettled)
    assert.deepStrictEqual(Settle.latestKeys(work), ["y: count", "x: count"])
  })
})
