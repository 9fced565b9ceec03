import { assert, describe, it } from "@effect/vitest"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import type { State } from "../../../src/models/kube/api/Server.ts"
import {
  type Condition,
  conditionOf,
  ownersOf,
  type Pod,
  type Slice
} from "../../../src/models/kube/controllers/Shapes.ts"
import { counting } from "../../../src/models/Names.ts"
import * as World from "./ControllersWorld.ts"

const withService = (draft: Parameters<typeof World.create>[2]): State =>
  World.create(World.create(World.world(), Kinds.StatefulSet, World.set("web")), Kinds.Service, draft)

const slices = (state: State) => World.list<Slice>(state, Kinds.EndpointSlice)
const endpoints = (state: State) => slices(state).flatMap((slice) => slice.endpoints ?? [])
const targets = (state: State) => endpoints(state).map(({ targetRef }) => targetRef.name)

const unready = (state: State, name: string): State => {
  const { status } = World.get<Pod>(state, Kinds.Pod, name)
  const conditions = status?.conditions?.map((one) => (one.type === "Ready" ? { ...one, status: "False" } : one))
  return World.patch(state, Kinds.Pod, name, { status: { conditions } }, { subresource: "status" })
}

/** Everything but the kubelet, so that a status set by hand stays. */
const withoutKubelet = (state: State): State => World.settled(state, World.builtInsWithout("kubelet"))

describe("the EndpointSlice controller", () => {
  it("publishes the pods that a Service selects, with the ports of their containers", () => {
    const state = World.settled(withService(World.service("web", { selector: { app: "web" } })))
    const [slice] = slices(state)

    assert.deepStrictEqual(targets(state), ["web-0", "web-1", "web-2"])
    assert.deepStrictEqual(slice?.ports, [{ name: "valkey", port: 6379, protocol: "TCP" }])
    assert.deepStrictEqual(slice?.addressType, "IPv4")
    assert.match(slice?.metadata.name ?? "", /^web-[a-z0-9]{5}$/)
    assert.strictEqual(ownersOf(slice!)[0]?.name, "web")
    assert.isTrue(endpoints(state).every(({ conditions }) => conditions.ready && conditions.serving))
  })

  it("follows a selector to another pod in the slice that is there", () => {
    const pin = (pod: string) => ({ "statefulset.kubernetes.io/pod-name": pod })
    const before = World.settled(withService(World.service("web", { selector: pin("web-0") })))
    const after = World.settled(World.patch(before, Kinds.Service, "web", { spec: { selector: pin("web-2") } }))

    assert.deepStrictEqual(targets(before), ["web-0"])
    assert.deepStrictEqual(targets(after), ["web-2"])
    assert.deepStrictEqual(World.namesOf(after, Kinds.EndpointSlice), World.namesOf(before, Kinds.EndpointSlice))
  })

  it("keeps an empty slice for a selector that matches nothing, and none for a Service without selector", () => {
    const none = World.settled(withService(World.service("web", { selector: { app: "none" } })))

    assert.strictEqual(slices(none).length, 1)
    assert.deepStrictEqual(targets(none), [])
    assert.deepStrictEqual(slices(World.settled(withService(World.service("web", {})))), [])
  })

  it("marks a pod that is not ready, and publishes it as ready only where that is asked for", () => {
    const plain = World.settled(withService(World.service("web", { selector: { app: "web" } })))
    const published = World.settled(withService(World.headless("web")))
    const conditionsOf = (state: State) =>
      endpoints(withoutKubelet(unready(state, "web-1"))).find(({ targetRef }) => targetRef.name === "web-1")?.conditions

    assert.deepStrictEqual(conditionsOf(plain), { ready: false, serving: false, terminating: false })
    assert.deepStrictEqual(conditionsOf(published), { ready: true, serving: false, terminating: false })
  })

  it("marks a pod that terminates, and drops it when it is gone", () => {
    const before = World.settled(withService(World.service("web", { selector: { app: "web" } })))
    const going = withoutKubelet(World.remove(before, Kinds.Pod, "web-1"))
    const after = World.settled(World.remove(going, Kinds.StatefulSet, "web"))

    const leaving = endpoints(going).find(({ targetRef }) => targetRef.name === "web-1")
    assert.deepStrictEqual(leaving?.conditions, { ready: false, serving: true, terminating: true })
    assert.deepStrictEqual(targets(after), [])
  })

  it("gives the pods of a headless Service their host names", () => {
    const state = World.settled(withService(World.headless("web")))

    assert.deepStrictEqual(
      endpoints(state).map(({ hostname }) => hostname),
      ["web-0", "web-1", "web-2"]
    )
    assert.strictEqual(slices(state)[0]?.metadata.labels?.["service.kubernetes.io/headless"], "")
  })

  it("removes slices with their Service", () => {
    const before = World.settled(withService(World.service("web", { selector: { app: "web" } })))

    assert.deepStrictEqual(slices(World.settled(World.remove(before, Kinds.Service, "web"))), [])
  })
})

interface Budget extends KubeObject {
  readonly status: { readonly conditions?: ReadonlyArray<Condition>; readonly [field: string]: unknown }
}

const withBudget = (spec: object, state = World.world()): State =>
  World.settled(
    World.create(
      World.create(state, Kinds.StatefulSet, World.set("web")),
      Kinds.PodDisruptionBudget,
      World.budget("web", spec)
    )
  )

const statusOf = (state: State) => World.get<Budget>(state, Kinds.PodDisruptionBudget, "web").status

const counts = (state: State) => {
  const { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods } = statusOf(state)
  return [currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed]
}

const evict = (state: State, pod: string) =>
  World.request(state, {
    verb: "create",
    group: "",
    version: "v1",
    resource: "pods",
    namespace: "a",
    name: pod,
    subresource: "eviction",
    body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod, namespace: "a" } }
  })

describe("the disruption controller", () => {
  it("counts what may be disrupted, as a number or a share of what is there or wanted", () => {
    assert.deepStrictEqual(counts(withBudget({ maxUnavailable: 1 })), [3, 2, 3, 1])
    assert.deepStrictEqual(counts(withBudget({ minAvailable: 1 })), [3, 1, 3, 2])
    assert.deepStrictEqual(counts(withBudget({ minAvailable: "50%" })), [3, 2, 3, 1])
    assert.deepStrictEqual(counts(withBudget({ maxUnavailable: "34%" })), [3, 1, 3, 2])
  })

  it("lets one eviction through and refuses the next until the pod is back", () => {
    const before = withBudget({ maxUnavailable: 1 })
    const [evicted, first] = evict(before, "web-0")
    const pending = withoutKubelet(evicted)
    const [, second] = evict(pending, "web-1")
    const back = World.settled(pending)

    assert.deepStrictEqual([first.status, second.status], [201, 429])
    assert.deepStrictEqual(counts(pending), [2, 2, 3, 0])
    assert.strictEqual(conditionOf(statusOf(pending).conditions, "DisruptionAllowed")?.reason, "InsufficientPods")
    assert.deepStrictEqual(counts(back), [3, 2, 3, 1])
    assert.strictEqual(evict(back, "web-1")[1].status, 201)
  })

  it("refuses a second eviction that comes before the controller has looked", () => {
    const [evicted] = evict(withBudget({ maxUnavailable: 1 }), "web-0")

    assert.strictEqual(evict(evicted, "web-1")[1].status, 429)
  })

  it("forgets an eviction whose pod did not go in two minutes", () => {
    const state = withBudget({ maxUnavailable: 1 })
    const disruptedPods = { "web-0": "2026-01-01T00:00:00Z" }
    const marked = World.patch(
      state,
      Kinds.PodDisruptionBudget,
      "web",
      { status: { disruptedPods } },
      { subresource: "status" }
    )
    const later = World.settled(marked, undefined, { names: counting(World.startMillis + 121_000) })

    assert.deepStrictEqual(counts(World.settled(marked)), [2, 2, 3, 0])
    assert.deepStrictEqual(counts(later), [3, 2, 3, 1])
  })

  it("allows nothing while it does not know who controls a pod", () => {
    const spec = { containers: [{ name: "c", image: "x" }] }
    const stray = { apiVersion: "example.com/v1", kind: "Stranger", name: "x", uid: "u", controller: true }
    const metadata = { name: "stray", namespace: "a", labels: { app: "web" }, ownerReferences: [stray] }
    const state = withBudget({ maxUnavailable: 1 }, World.create(World.world(), Kinds.Pod, { metadata, spec }))

    assert.strictEqual(statusOf(state)["disruptionsAllowed"] ?? 0, 0)
    assert.strictEqual(conditionOf(statusOf(state).conditions, "DisruptionAllowed")?.reason, "SyncFailed")
  })
})
