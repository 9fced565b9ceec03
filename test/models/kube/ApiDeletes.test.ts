import { assert, describe, it } from "@effect/vitest"
import { ConfigMap, Namespace, Pod, PodDisruptionBudget, StatefulSet } from "../../../src/domain/kube/Object.ts"
import { pod, Session } from "./ApiSession.ts"

describe("deletes in the API server model", () => {
  it("hold to the uid and the version they name", () => {
    const session = new Session()
    const { object } = session.create(ConfigMap, { name: "a" })
    const wrong = session.remove(ConfigMap, "a", { preconditions: { uid: "x" } })
    assert.strictEqual(wrong.status, 409)
    assert.strictEqual(
      wrong.error.message,
      `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`
    )
    assert.strictEqual(session.remove(ConfigMap, "a", { preconditions: { resourceVersion: "1" } }).status, 409)
    const { resourceVersion, uid } = object.metadata
    const gone = session.remove(ConfigMap, "a", { preconditions: { uid, resourceVersion } })
    assert.deepStrictEqual(gone.error.details, { name: "a", kind: "configmaps", uid })
    assert.strictEqual(session.remove(ConfigMap, "a").status, 404)
  })

  it("wait for finalizers, which may only go, and end with the last one", () => {
    const session = new Session()
    session.create(ConfigMap, { name: "a", finalizers: ["x.io/a", "x.io/b"] })
    const marked = session.remove(ConfigMap, "a").object
    assert.strictEqual(marked.metadata.deletionTimestamp, "2026-01-01T00:00:00Z")
    assert.strictEqual(marked.metadata.deletionGracePeriodSeconds, 0)
    const version = session.state.version
    session.remove(ConfigMap, "a")
    assert.strictEqual(session.state.version, version)
    assert.strictEqual(
      session.create(ConfigMap, { name: "a" }).error.message,
      'object is being deleted: configmaps "a" already exists'
    )
    assert.strictEqual(session.merge(ConfigMap, "a", { metadata: { finalizers: ["x.io/c"] } }).status, 422)
    assert.strictEqual(session.merge(ConfigMap, "a", { metadata: { finalizers: ["x.io/a"] } }).status, 200)
    assert.strictEqual(session.merge(ConfigMap, "a", { metadata: { finalizers: null } }).status, 200)
    assert.strictEqual(session.get(ConfigMap, "a").status, 404)
  })

  it("leave the finalizer of their propagation mode to the garbage collector", () => {
    const session = new Session()
    const left = (propagationPolicy: string, finalizers: ReadonlyArray<string> = []) => {
      session.create(ConfigMap, { name: "a", finalizers })
      session.remove(ConfigMap, "a", { propagationPolicy })
      const { object, status } = session.get(ConfigMap, "a")
      const found = status === 404 ? undefined : object.metadata.finalizers
      session.merge(ConfigMap, "a", { metadata: { finalizers: null } })
      return found
    }
    assert.strictEqual(left("Background"), undefined)
    assert.deepStrictEqual(left("Foreground"), ["foregroundDeletion"])
    assert.deepStrictEqual(left("Orphan"), ["orphan"])
    assert.strictEqual(left("Background", ["orphan"]), undefined)
    assert.deepStrictEqual(left("Foreground", ["orphan", "x.io/a"]), ["x.io/a", "foregroundDeletion"])
    assert.strictEqual(session.remove(ConfigMap, "a", { propagationPolicy: "x" }).status, 422)
  })

  it("give a scheduled pod its grace, which may be shortened and not lengthened", () => {
    const session = new Session()
    session.send("create", Pod, { body: pod("a", { nodeName: "n" }) })
    const first = session.remove(Pod, "a").object.metadata
    assert.deepStrictEqual([first.deletionTimestamp, first.deletionGracePeriodSeconds], ["2026-01-01T00:00:30Z", 30])
    assert.strictEqual(
      session.remove(Pod, "a", { gracePeriodSeconds: 60 }).object.metadata.deletionGracePeriodSeconds,
      30
    )
    session.now += 2000
    const shorter = session.remove(Pod, "a", { gracePeriodSeconds: 5 }).object.metadata
    assert.deepStrictEqual([shorter.deletionTimestamp, shorter.deletionGracePeriodSeconds], ["2026-01-01T00:00:05Z", 5])
    session.now += 10_000
    const late = session.remove(Pod, "a", { gracePeriodSeconds: 3 }).object.metadata
    assert.deepStrictEqual([late.deletionTimestamp, late.deletionGracePeriodSeconds], ["2026-01-01T00:00:12Z", 1])
    assert.strictEqual(session.get(Pod, "a").status, 200)
    session.remove(Pod, "a", { gracePeriodSeconds: 0 })
    assert.strictEqual(session.get(Pod, "a").status, 404)
  })

  it("take a pod at once that is on no node or has ended", () => {
    const session = new Session()
    session.send("create", Pod, { body: pod("a") })
    session.remove(Pod, "a")
    assert.strictEqual(session.get(Pod, "a").status, 404)
    session.send("create", Pod, { body: pod("b", { nodeName: "n" }) })
    session.merge(Pod, "b", { status: { phase: "Failed" } }, { subresource: "status" })
    session.remove(Pod, "b")
    assert.strictEqual(session.get(Pod, "b").status, 404)
  })

  it("make a namespace terminate: nothing new in it, gone when its finalizers are off", () => {
    const session = new Session()
    session.create(Namespace, { name: "n" })
    session.send("create", ConfigMap, { namespace: "n", body: { metadata: { name: "a" } } })
    assert.deepStrictEqual(session.remove(Namespace, "n").object["status"], { phase: "Terminating" })
    const refused = session.send("create", ConfigMap, { namespace: "n", body: { metadata: { name: "b" } } })
    assert.strictEqual(refused.status, 403)
    assert.strictEqual(
      refused.error.message,
      'configmaps "b" is forbidden: unable to create new content in namespace n because it is being terminated'
    )
    assert.strictEqual(session.merge(ConfigMap, "a", { data: { k: "v" } }, { namespace: "n" }).status, 200)
    const { object } = session.get(Namespace, "n")
    session.send("update", Namespace, {
      name: "n",
      subresource: "finalize",
      body: { ...object, spec: { finalizers: [] } }
    })
    assert.strictEqual(session.get(Namespace, "n").status, 404)
    assert.strictEqual(
      session.remove(Namespace, "default").error.message,
      'namespaces "default" is forbidden: this namespace may not be deleted'
    )
  })

  it("of a collection take what the selectors match, and answer with it", () => {
    const session = new Session()
    for (const name of ["a", "b", "c"]) session.create(ConfigMap, { name, labels: { keep: String(name === "b") } })
    const { items } = session.send("deletecollection", ConfigMap, { query: { labelSelector: "keep=false" } })
    assert.deepStrictEqual(
      items.map(({ metadata }) => metadata.name),
      ["a", "c"]
    )
    assert.deepStrictEqual(
      session.send("list", ConfigMap).items.map(({ metadata }) => metadata.name),
      ["b"]
    )
  })

  it("raise the generation of what they only mark", () => {
    const session = new Session()
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } }
    const spec = { serviceName: "s", selector: { matchLabels: { a: "b" } }, template }
    session.create(StatefulSet, { name: "s" }, { spec })
    const marked = session.remove(StatefulSet, "s", { propagationPolicy: "Foreground" }).object
    assert.strictEqual(marked.metadata.generation, 2)
  })
})

describe("bindings and evictions in the API server model", () => {
  const bound = (session: Session, name: string) => {
    session.send("create", Pod, { body: pod(name) })
    const body = { metadata: { name }, target: { kind: "Node", name: "n1" } }
    return session.send("create", Pod, { name, subresource: "binding", body })
  }

  it("put a pod on a node once", () => {
    const session = new Session()
    assert.strictEqual(bound(session, "a").status, 201)
    const { object } = session.get(Pod, "a")
    assert.strictEqual((object["spec"] as { nodeName: string }).nodeName, "n1")
    const again = session.send("create", Pod, {
      name: "a",
      subresource: "binding",
      body: { metadata: { name: "a" }, target: { name: "n2" } }
    })
    assert.strictEqual(
      again.error.message,
      'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"'
    )
  })

  it("ask the disruption budget, and spend it", () => {
    const session = new Session()
    for (const name of ["a", "b"]) {
      bound(session, name)
      const ready = { conditions: [{ type: "Ready", status: "True" }], phase: "Running" }
      session.merge(Pod, name, { status: ready }, { subresource: "status" })
    }
    const spec = { minAvailable: 1, selector: { matchLabels: { app: "x" } } }
    session.create(PodDisruptionBudget, { name: "p" }, { spec })
    const evict = (name: string) =>
      session.send("create", Pod, {
        name,
        subresource: "eviction",
        body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } }
      })
    const early = evict("a")
    assert.strictEqual(early.status, 429)
    assert.strictEqual(early.headers?.["retry-after"], "10")
    const status = {
      observedGeneration: 1,
      disruptionsAllowed: 1,
      desiredHealthy: 1,
      currentHealthy: 2,
      expectedPods: 2
    }
    session.merge(PodDisruptionBudget, "p", { status }, { subresource: "status" })
    assert.strictEqual(evict("a").status, 201)
    assert.isDefined(session.get(Pod, "a").object.metadata.deletionTimestamp)
    const refused = evict("b")
    assert.strictEqual(refused.error.message, "Cannot evict pod as it would violate the pod's disruption budget.")
    assert.deepStrictEqual(refused.error.details, {
      causes: [
        { reason: "DisruptionBudget", message: "The disruption budget p needs 1 healthy pods and has 2 currently" }
      ]
    })
    assert.isUndefined(session.get(Pod, "b").object.metadata.deletionTimestamp)
  })
})
