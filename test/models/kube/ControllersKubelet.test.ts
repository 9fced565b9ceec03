import { assert, describe, it } from "@effect/vitest"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { State } from "../../../src/models/kube/api/Server.ts"
import { viewOf } from "../../../src/models/kube/controllers/BuiltIn.ts"
import type { Container, Containers } from "../../../src/models/kube/controllers/Containers.ts"
import { cluster } from "../../../src/models/kube/controllers/ControllerManager.ts"
import * as Kubelet from "../../../src/models/kube/controllers/Kubelet.ts"
import {
  conditionOf,
  isReady,
  nameOf,
  type Node,
  type Pod,
  uidOf
} from "../../../src/models/kube/controllers/Shapes.ts"
import * as World from "./ControllersWorld.ts"

const now = World.startMillis

const running = (isReady: boolean, restarts = 0): Container => ({
  id: `test://${restarts}`,
  restarts,
  startedMillis: now,
  run: { _tag: "Running", isReady }
})

const ended = (restarts: number, exitCode = 137): Container => ({
  ...running(false, restarts),
  run: { _tag: "Ended", exitCode, endedMillis: now + 1000 }
})

const all = (container: Container | undefined, reaches = true): Containers => ({
  at: () => container,
  reaches: () => reaches
})

const bare = (spec: object = {}): State =>
  World.create(World.world(), Kinds.Pod, {
    metadata: { name: "p", namespace: "a" },
    spec: { containers: [{ name: "c", image: "x" }], ...spec }
  })

const settledOn = (state: State, containers: Containers): State =>
  World.settled(state, [...cluster(), Kubelet.kubelet({ containers })])

const pod = (state: State): Pod => World.get<Pod>(state, Kinds.Pod, "p")
const statusOf = (state: State, type: string) => conditionOf(pod(state).status?.conditions, type)?.status
const containerOf = (state: State) =>
  (pod(state).status as { readonly containerStatuses: ReadonlyArray<Record<string, unknown>> }).containerStatuses[0]

const actions = (state: State, containers: Containers, at = now) =>
  Kubelet.actions(viewOf(state), { containers }, at).map((action) =>
    action._tag === "Start" ? `Start ${action.restarts}` : `Stop within ${action.graceSeconds}`
  )

describe("the kubelet", () => {
  it("waits with an address until a container has started, and asks for its start", () => {
    const state = settledOn(bare(), all(undefined))

    assert.strictEqual(pod(state).status?.phase, "Pending")
    assert.isUndefined(pod(state).status?.podIP)
    assert.strictEqual(statusOf(state, "PodScheduled"), "True")
    assert.deepStrictEqual(actions(state, all(undefined)), ["Start 0"])
  })

  it("reports a container that runs, and whether it is ready", () => {
    const unready = settledOn(bare(), all(running(false)))
    const ready = settledOn(unready, all(running(true)))

    assert.strictEqual(pod(unready).status?.phase, "Running")
    assert.strictEqual(statusOf(unready, "Ready"), "False")
    assert.isTrue(isReady(pod(ready)))
    assert.strictEqual(pod(ready).status?.podIP, pod(unready).status?.podIP)
    assert.match(pod(ready).status?.podIP ?? "", /^10\.244\./)
    assert.match(String(pod(ready).status?.["hostIP"]), /^192\.168\.0\./)
    assert.deepStrictEqual(actions(ready, all(running(true))), [])
  })

  it("starts an ended container at once the first time, then later and later", () => {
    const state = settledOn(bare(), all(running(true)))

    assert.deepStrictEqual(actions(state, all(ended(0)), now + 1000), ["Start 1"])
    assert.deepStrictEqual(actions(state, all(ended(1)), now + 1000), [])
    assert.deepStrictEqual(actions(state, all(ended(1)), now + 11_000), ["Start 2"])
    assert.strictEqual(Kubelet.actionsDue(viewOf(state), { containers: all(ended(1)) }, now), now + 11_000)
  })

  it("counts restarts and keeps the address of the pod", () => {
    const before = settledOn(bare(), all(running(true)))
    const after = settledOn(before, all(running(true, 2)))

    assert.strictEqual(containerOf(after)?.["restartCount"], 2)
    assert.strictEqual(pod(after).status?.podIP, pod(before).status?.podIP)
  })

  it("ends a pod that is not to be restarted with the phase that its exit code says", () => {
    const failed = settledOn(bare({ restartPolicy: "Never" }), all(ended(0, 1)))
    const succeeded = settledOn(bare({ restartPolicy: "OnFailure" }), all(ended(0, 0)))

    assert.strictEqual(pod(failed).status?.phase, "Failed")
    assert.strictEqual(pod(succeeded).status?.phase, "Succeeded")
    assert.deepStrictEqual(actions(failed, all(ended(0, 1)), now + 1e9), [])
  })

  it("removes a terminating pod only after its containers have ended", () => {
    const going = World.remove(settledOn(bare(), all(running(true))), Kinds.Pod, "p", { gracePeriodSeconds: 7 })
    const waiting = settledOn(going, all(running(true)))

    assert.isDefined(pod(waiting).metadata.deletionTimestamp)
    assert.deepStrictEqual(actions(waiting, all(running(true))), ["Stop within 7"])
    assert.deepStrictEqual(World.namesOf(settledOn(waiting, all(ended(0))), Kinds.Pod), [])
  })

  it("does nothing on a node that it does not reach", () => {
    const before = settledOn(bare(), all(running(true)))
    const lost = settledOn(World.remove(before, Kinds.Pod, "p"), all(ended(0), false))

    assert.isTrue(isReady(pod(lost)))
    assert.deepStrictEqual(actions(lost, all(ended(0), false), now + 1e9), [])
  })

  it("holds back readiness until every readiness gate is open", () => {
    const gated = settledOn(bare({ readinessGates: [{ conditionType: "example.com/open" }] }), all(running(true)))
    const conditions = [...(pod(gated).status?.conditions ?? []), { type: "example.com/open", status: "True" }]
    const open = World.patch(gated, Kinds.Pod, "p", { status: { conditions } }, { subresource: "status" })

    assert.deepStrictEqual([statusOf(gated, "ContainersReady"), statusOf(gated, "Ready")], ["True", "False"])
    assert.isTrue(isReady(pod(settledOn(open, all(running(true))))))
  })

  it("gives every pod another address", () => {
    const state = World.settled(World.create(World.world(), Kinds.StatefulSet, World.set("web", { replicas: 6 })))
    const pods = World.list<Pod>(state, Kinds.Pod)

    assert.strictEqual(new Set(pods.map(({ status }) => status?.podIP)).size, 6)
    assert.strictEqual(new Set(pods.map(uidOf)).size, 6)
  })
})

describe("the scheduler", () => {
  it("spreads the pods of a controller over the nodes that take them", () => {
    const cordoned = World.patch(World.world(), Kinds.Node, "n-1", { spec: { unschedulable: true } })
    const state = World.settled(World.create(cordoned, Kinds.StatefulSet, World.set("web", { replicas: 4 })))
    const nodes = World.list<Pod>(state, Kinds.Pod).map(({ spec }) => spec.nodeName)

    assert.deepStrictEqual([...nodes].sort(), ["n-0", "n-0", "n-2", "n-2"])
  })

  it("says of a pod that no node takes it, and binds it once one does", () => {
    const state = World.settled(bare({ nodeSelector: { disk: "fast" } }))
    const labelled = World.patch(state, Kinds.Node, "n-2", { metadata: { labels: { disk: "fast" } } })

    assert.strictEqual(conditionOf(pod(state).status?.conditions, "PodScheduled")?.reason, "Unschedulable")
    assert.strictEqual(pod(World.settled(labelled)).spec.nodeName, "n-2")
  })
})

describe("the node controller", () => {
  it("takes the taint of a new node away when it is ready, and gives it one when it is not", () => {
    const ready = World.settled(World.world())
    const conditions = [{ type: "Ready", status: "Unknown" }]
    const lost = World.settled(
      World.patch(ready, Kinds.Node, "n-0", { status: { conditions } }, { subresource: "status" })
    )
    const taints = (state: State) =>
      (World.get<Node>(state, Kinds.Node, "n-0").spec?.taints ?? []).map(({ effect, key }) => `${key}:${effect}`)

    assert.deepStrictEqual(taints(ready), [])
    assert.deepStrictEqual(taints(lost), [
      "node.kubernetes.io/unreachable:NoSchedule",
      "node.kubernetes.io/unreachable:NoExecute"
    ])
    assert.deepStrictEqual(nameOf(World.get(lost, Kinds.Node, "n-0")), "n-0")
  })
})
