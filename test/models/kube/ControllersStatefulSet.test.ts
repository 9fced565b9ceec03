import { assert, describe, it } from "@effect/vitest"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { State } from "../../../src/models/kube/api/Server.ts"
import { cluster, controllerManager } from "../../../src/models/kube/controllers/ControllerManager.ts"
import type { Container, Containers } from "../../../src/models/kube/controllers/Containers.ts"
import { kubelet } from "../../../src/models/kube/controllers/Kubelet.ts"
import {
  type Claim,
  controllerOf,
  isReady,
  nameOf,
  type Pod,
  type StatefulSet,
  uidOf
} from "../../../src/models/kube/controllers/Shapes.ts"
import { counting } from "../../../src/models/Names.ts"
import * as World from "./ControllersWorld.ts"

const withSet = (spec: object = {}, name = "web"): State =>
  World.create(World.world(), Kinds.StatefulSet, World.set(name, spec))

const pods = (state: State) => World.list<Pod>(state, Kinds.Pod)
const setOf = (state: State, name = "web") => World.get<StatefulSet>(state, Kinds.StatefulSet, name)
const uids = (state: State) => Object.fromEntries(pods(state).map((pod) => [nameOf(pod), uidOf(pod)]))
const revisions = (state: State) => pods(state).map(({ metadata }) => metadata.labels?.["controller-revision-hash"])

/** Containers that run from the start, of which only the pods that `test` holds for are ready. */
const readyWhen = (test: (pod: Pod) => boolean): Containers => ({
  at: (pod): Container | undefined =>
    pod.metadata.deletionTimestamp === undefined
      ? {
          id: `test://${uidOf(pod)}`,
          restarts: 0,
          startedMillis: World.startMillis,
          run: { _tag: "Running", isReady: test(pod) }
        }
      : undefined,
  reaches: () => true
})

const with_ = (containers: Containers) => [...cluster(), kubelet({ containers })]

const templateChange = { spec: { template: { metadata: { annotations: { k: "new" } } } } }

describe("the StatefulSet controller", () => {
  it("makes pods, claims and volumes that are ready and bound", () => {
    const state = World.settled(withSet())

    assert.deepStrictEqual(pods(state).map(nameOf), ["web-0", "web-1", "web-2"])
    assert.isTrue(pods(state).every(isReady))
    assert.deepStrictEqual(new Set(pods(state).map(({ spec }) => spec.nodeName)).size, 3)
    const claims = World.list<Claim>(state, Kinds.PersistentVolumeClaim)
    assert.deepStrictEqual(claims.map(nameOf), ["data-web-0", "data-web-1", "data-web-2"])
    assert.isTrue(claims.every(({ status }) => status?.phase === "Bound"))
    assert.deepStrictEqual(claims[0]?.metadata.labels, { app: "web", p: "q" })
    assert.deepStrictEqual(World.list(state, Kinds.PersistentVolume).length, 3)
    const { readyReplicas, availableReplicas, replicas, observedGeneration } = setOf(state).status ?? {}
    assert.deepStrictEqual([replicas, readyReplicas, availableReplicas, observedGeneration], [3, 3, 3, 1])
  })

  it("gives a pod its identity, its owner and its claim", () => {
    const pod = World.get<Pod>(World.settled(withSet()), Kinds.Pod, "web-1")

    assert.deepStrictEqual(pod.metadata.labels, {
      app: "web",
      "apps.kubernetes.io/pod-index": "1",
      "controller-revision-hash": "web-74794bcc9d",
      "statefulset.kubernetes.io/pod-name": "web-1"
    })
    assert.deepStrictEqual([pod.spec.hostname, pod.spec.subdomain], ["web-1", "web-headless"])
    assert.deepStrictEqual(pod.spec.volumes?.[0], { name: "data", persistentVolumeClaim: { claimName: "data-web-1" } })
    assert.strictEqual(controllerOf(pod)?.name, "web")
  })

  it("names revisions as kube-controller-manager 1.34 does", () => {
    // The same set on a real one: web-74794bcc9d.
    assert.deepStrictEqual(World.namesOf(World.settled(withSet()), Kinds.ControllerRevision), ["web-74794bcc9d"])
  })

  it("scales up and down from the highest ordinal, and keeps claims", () => {
    const three = World.settled(withSet())
    const five = World.settled(World.patch(three, Kinds.StatefulSet, "web", { spec: { replicas: 5 } }))
    const again = World.settled(World.patch(five, Kinds.StatefulSet, "web", { spec: { replicas: 3 } }))

    assert.deepStrictEqual(World.namesOf(five, Kinds.Pod).length, 5)
    assert.deepStrictEqual(uids(again), uids(three))
    assert.deepStrictEqual(World.namesOf(again, Kinds.PersistentVolumeClaim).length, 5)
  })

  it("waits in order for the pod below to be ready", () => {
    const ordered = withSet({ podManagementPolicy: "OrderedReady" })
    const stuck = World.settled(ordered, with_(readyWhen((pod) => nameOf(pod) !== "web-1")))

    assert.deepStrictEqual(World.namesOf(stuck, Kinds.Pod), ["web-0", "web-1"])
    assert.deepStrictEqual(World.namesOf(World.settled(stuck), Kinds.Pod), ["web-0", "web-1", "web-2"])
  })

  it("makes all pods at once when that is the policy, ready or not", () => {
    assert.strictEqual(pods(World.settled(withSet(), with_(readyWhen(() => false)))).length, 3)
  })

  it("replaces a pod under OnDelete only when somebody deletes it", () => {
    const before = World.settled(withSet())
    const changed = World.settled(World.patch(before, Kinds.StatefulSet, "web", templateChange))
    const replaced = World.settled(World.remove(changed, Kinds.Pod, "web-1"))

    assert.deepStrictEqual(uids(changed), uids(before))
    assert.strictEqual(World.list(replaced, Kinds.ControllerRevision).length, 2)
    const { currentRevision, updateRevision, updatedReplicas } = setOf(replaced).status ?? {}
    assert.deepStrictEqual(revisions(replaced), [currentRevision, updateRevision, currentRevision])
    assert.strictEqual(updatedReplicas, 1)
  })

  it("rolls an update from the highest ordinal down to the partition", () => {
    const rolling = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } }
    const before = World.settled(withSet(rolling))
    const partial = World.settled(World.patch(before, Kinds.StatefulSet, "web", templateChange))
    const { currentRevision, updateRevision } = setOf(partial).status ?? {}
    const restored = World.settled(World.remove(partial, Kinds.Pod, "web-0"))
    const whole = World.settled(
      World.patch(restored, Kinds.StatefulSet, "web", { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } })
    )

    assert.deepStrictEqual(revisions(partial), [currentRevision, currentRevision, updateRevision])
    assert.deepStrictEqual(revisions(restored), revisions(partial))
    assert.deepStrictEqual(new Set(revisions(whole)), new Set([updateRevision]))
    assert.strictEqual(setOf(whole).status?.currentRevision, updateRevision)
  })

  it("stops a rolling update at the first pod that does not become ready", () => {
    const before = World.settled(withSet({ updateStrategy: { type: "RollingUpdate" } }))
    const isOld = (pod: Pod) => pod.metadata.annotations?.["k"] === "<v>&"
    const stuck = World.settled(World.patch(before, Kinds.StatefulSet, "web", templateChange), with_(readyWhen(isOld)))

    assert.deepStrictEqual(pods(stuck).map(isOld), [true, true, false])
  })

  it("reuses the old revision after a rollback", () => {
    const before = World.settled(withSet())
    const changed = World.settled(World.patch(before, Kinds.StatefulSet, "web", templateChange))
    const back = World.settled(
      World.patch(changed, Kinds.StatefulSet, "web", {
        spec: { template: { metadata: { annotations: { k: "<v>&" } } } }
      })
    )

    assert.strictEqual(setOf(back).status?.updateRevision, "web-74794bcc9d")
    assert.strictEqual(World.get(back, Kinds.ControllerRevision, "web-74794bcc9d")["revision"], 3)
  })

  it("replaces a pod that failed", () => {
    const before = World.settled(withSet())
    const failed = World.patch(before, Kinds.Pod, "web-1", { status: { phase: "Failed" } }, { subresource: "status" })
    const after = World.settled(failed)

    assert.notStrictEqual(uids(after)["web-1"], uids(before)["web-1"])
    assert.isTrue(pods(after).every(isReady))
  })

  it("starts at the ordinal it is told", () => {
    const state = World.settled(withSet({ ordinals: { start: 5 }, replicas: 2 }))

    assert.deepStrictEqual(World.namesOf(state, Kinds.Pod), ["web-5", "web-6"])
  })

  it("counts a pod as available once it has been ready for long enough", () => {
    const early = World.settled(withSet({ minReadySeconds: 10 }))
    const set = controllerManager().find(({ name }) => name === "statefulset")!
    const late = World.settled(early, undefined, { names: counting(World.startMillis + 10_001) })

    assert.deepStrictEqual([setOf(early).status?.readyReplicas, setOf(early).status?.availableReplicas], [3, 0])
    assert.strictEqual(setOf(late).status?.availableReplicas, 3)
    assert.isDefined(set.due)
  })

  it("removes claims with their pod or set when the policy says so", () => {
    const deleting = { persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Delete" } }
    const three = World.settled(withSet(deleting))
    const two = World.settled(World.patch(three, Kinds.StatefulSet, "web", { spec: { replicas: 2 } }))
    const none = World.settled(World.remove(two, Kinds.StatefulSet, "web"))

    assert.deepStrictEqual(World.namesOf(two, Kinds.PersistentVolumeClaim), ["data-web-0", "data-web-1"])
    assert.deepStrictEqual(World.namesOf(none, Kinds.PersistentVolumeClaim), [])
    assert.deepStrictEqual(World.list(none, Kinds.PersistentVolume), [])
  })

  it("adopts the pods and revisions that an orphaning deletion left, and does not restart them", () => {
    const before = World.settled(withSet())
    const orphaned = World.settled(World.remove(before, Kinds.StatefulSet, "web", { propagationPolicy: "Orphan" }))
    const adopted = World.settled(World.create(orphaned, Kinds.StatefulSet, World.set("web")))

    assert.isTrue(pods(orphaned).every((pod) => controllerOf(pod) === undefined))
    assert.deepStrictEqual(uids(adopted), uids(before))
    assert.isTrue(pods(adopted).every((pod) => controllerOf(pod)?.uid === uidOf(setOf(adopted))))
  })

  it("leaves alone the pods of a set of the same name in another namespace", () => {
    const both = World.settled(World.create(withSet(), Kinds.StatefulSet, World.set("web", {}, { namespace: "b" })))
    const one = World.settled(World.remove(both, Kinds.StatefulSet, "web"))

    assert.deepStrictEqual(World.namesOf(both, Kinds.Pod, "b"), ["web-0", "web-1", "web-2"])
    assert.deepStrictEqual(World.list(one, Kinds.Pod, "b"), World.list(both, Kinds.Pod, "b"))
    assert.deepStrictEqual(World.namesOf(one, Kinds.Pod), [])
  })
})
