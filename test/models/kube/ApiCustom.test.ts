import { assert, describe, it } from "@effect/vitest"
import { CustomResourceDefinition } from "../../../src/domain/kube/Object.ts"
import { Session, Widget, widgets } from "./ApiSession.ts"

const name = widgets.metadata.name

const defined = () => {
  const session = new Session()
  session.send("create", CustomResourceDefinition, { body: widgets })
  return session
}

describe("custom kinds in the API server model", () => {
  it("are served once their definition is established, which it is at once", () => {
    const session = new Session()
    assert.strictEqual(session.send("list", Widget).body, "404 page not found\n")
    const created = session.send("create", CustomResourceDefinition, { body: widgets }).object
    assert.deepStrictEqual((created["status"] as { storedVersions: unknown }).storedVersions, ["v1"])
    const status = session.get(CustomResourceDefinition, name).object["status"] as {
      readonly acceptedNames: { readonly plural: string }
      readonly conditions: ReadonlyArray<{ readonly type: string; readonly status: string }>
    }
    assert.strictEqual(status.acceptedNames.plural, "widgets")
    assert.deepStrictEqual(
      status.conditions.map((one) => `${one.type} ${one.status}`),
      ["NamesAccepted True", "Established True"]
    )
    assert.strictEqual(session.send("list", Widget).status, 200)
  })

  it("take defaults, rules, status and scale from their definition", () => {
    const session = defined()
    assert.strictEqual(session.create(Widget, { name: "w" }, { spec: { replicas: 0 } }).status, 422)
    const created = session.create(Widget, { name: "w" }, { spec: { replicas: 2 }, status: { replicas: 9 } }).object
    assert.deepStrictEqual(created["spec"], { replicas: 2, mode: "plain" })
    assert.isUndefined(created["status"])
    const status = session.merge(
      Widget,
      "w",
      { status: { replicas: 1 }, metadata: { labels: { a: "b" } } },
      { subresource: "status" }
    )
    assert.deepStrictEqual(status.object["status"], { replicas: 1 })
    assert.isUndefined(status.object.metadata.labels)
    assert.strictEqual(status.object.metadata.generation, 1)
    session.merge(Widget, "w", { spec: { replicas: 4 } }, { subresource: "scale" })
    const { object } = session.get(Widget, "w")
    assert.deepStrictEqual([object["spec"], object.metadata.generation], [{ replicas: 4, mode: "plain" }, 2])
  })

  it("name their version in every update, and are selected by the fields they offer", () => {
    const session = defined()
    const { object } = session.create(Widget, { name: "w" }, { spec: { replicas: 2 } })
    const { resourceVersion: _, ...metadata } = object.metadata
    const blind = session.send("update", Widget, { name: "w", body: { ...object, metadata } })
    assert.include(blind.error.message, "metadata.resourceVersion: Invalid value: 0: must be specified for an update")
    const listed = (fieldSelector: string) => session.send("list", Widget, { query: { fieldSelector } })
    assert.strictEqual(listed("spec.mode=plain").items.length, 1)
    assert.strictEqual(listed("spec.mode=other").items.length, 0)
    assert.strictEqual(listed("spec.replicas=2").status, 400)
  })

  it("hold a compare-and-swap of their status to its version; the uid is not looked at", () => {
    const session = defined()
    const { metadata } = session.create(Widget, { name: "w" }, { spec: { replicas: 2 } }).object
    const swap = (uid: string, resourceVersion: string, replicas: number) =>
      session.merge(
        Widget,
        "w",
        { metadata: { uid, resourceVersion }, status: { replicas } },
        { subresource: "status" }
      )
    assert.strictEqual(swap(metadata.uid!, metadata.resourceVersion!, 1).status, 200)
    assert.strictEqual(swap(metadata.uid!, metadata.resourceVersion!, 2).status, 409)
    const { resourceVersion } = session.get(Widget, "w").object.metadata
    const { metadata: after, status } = swap("other", resourceVersion!, 3).object
    assert.deepStrictEqual([after.uid, status], [metadata.uid, { replicas: 3 }])
    session.remove(Widget, "w")
    session.create(Widget, { name: "w" }, { spec: { replicas: 2 } })
    assert.strictEqual(swap(metadata.uid!, after.resourceVersion!, 4).status, 409)
  })

  it("go with their definition, which waits for those that have finalizers", () => {
    const session = defined()
    session.create(Widget, { name: "a" }, { spec: { replicas: 2 } })
    session.create(Widget, { name: "b", finalizers: ["x.io/f"] }, { spec: { replicas: 2 } })
    session.remove(CustomResourceDefinition, name)
    assert.strictEqual(session.get(Widget, "a").status, 404)
    assert.isDefined(session.get(Widget, "b").object.metadata.deletionTimestamp)
    assert.strictEqual(session.create(Widget, { name: "c" }, { spec: { replicas: 2 } }).status, 403)
    session.merge(Widget, "b", { metadata: { finalizers: null } })
    assert.strictEqual(session.get(CustomResourceDefinition, name).status, 404)
    assert.strictEqual(session.send("list", Widget).status, 404)
  })
})
