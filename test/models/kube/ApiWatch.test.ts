import { assert, describe, it } from "@effect/vitest"
import { ConfigMap, Secret } from "../../../src/domain/kube/Object.ts"
import type { WatchEvent } from "../../../src/domain/kube/Wire.ts"
import { logLimit } from "../../../src/models/kube/api/Store.ts"
import { bookmarkDistance } from "../../../src/models/kube/api/Watch.ts"
import { Session } from "./ApiSession.ts"

const brief = (events: ReadonlyArray<WatchEvent>) => events.map(({ object, type }) => `${type} ${object.metadata.name}`)

describe("watches of the API server model", () => {
  it("wait while nothing happens to what they watch", () => {
    const session = new Session()
    const query = { resourceVersion: String(session.state.version) }
    session.create(Secret, { name: "a" })
    assert.isUndefined(session.ask("watch", ConfigMap, { query }))
    session.create(ConfigMap, { name: "a" })
    assert.deepStrictEqual(brief(session.send("watch", ConfigMap, { query }).events), ["ADDED a"])
  })

  it("tell every change after their version in order, deletions with their last state and version", () => {
    const session = new Session()
    const query = { resourceVersion: String(session.state.version) }
    session.create(ConfigMap, { name: "a" })
    session.merge(ConfigMap, "a", { data: { k: "v" } })
    session.remove(ConfigMap, "a")
    const { events } = session.send("watch", ConfigMap, { query })
    assert.deepStrictEqual(brief(events), ["ADDED a", "MODIFIED a", "DELETED a"])
    assert.deepStrictEqual(
      events.map(({ object }) => object.metadata.resourceVersion),
      ["5", "6", "7"]
    )
    assert.deepStrictEqual(events[2]!.object["data"], { k: "v" })
    const next = session.send("watch", ConfigMap, { query: { resourceVersion: "5" } })
    assert.deepStrictEqual(brief(next.events), ["MODIFIED a", "DELETED a"])
  })

  it("show objects that come into a selector as added, and those that leave it as deleted", () => {
    const session = new Session()
    session.create(ConfigMap, { name: "a", labels: { on: "no" } })
    const query = { resourceVersion: String(session.state.version), labelSelector: "on=yes" }
    session.merge(ConfigMap, "a", { metadata: { labels: { on: "yes" } } })
    session.merge(ConfigMap, "a", { data: { k: "v" } })
    session.merge(ConfigMap, "a", { metadata: { labels: { on: "no" } } })
    session.merge(ConfigMap, "a", { data: { k: "w" } })
    const { events } = session.send("watch", ConfigMap, { query })
    assert.deepStrictEqual(brief(events), ["ADDED a", "MODIFIED a", "DELETED a"])
    assert.deepStrictEqual(events[2]!.object.metadata.labels, { on: "yes" })
  })

  it("stay in their namespace, and on the name they ask for", () => {
    const session = new Session()
    const query = { resourceVersion: String(session.state.version) }
    session.create(ConfigMap, { name: "a" })
    session.send("create", ConfigMap, { namespace: "kube-system", body: { metadata: { name: "b" } } })
    assert.deepStrictEqual(brief(session.send("watch", ConfigMap, { query }).events), ["ADDED a"])
    assert.deepStrictEqual(brief(session.send("watch", ConfigMap, { namespace: "", query }).events), [
      "ADDED a",
      "ADDED b"
    ])
    assert.isUndefined(session.ask("watch", ConfigMap, { name: "z", query }))
  })

  it("begin with what there is when they name no version, and end the beginning with a bookmark when asked", () => {
    const session = new Session()
    assert.isUndefined(session.ask("watch", ConfigMap))
    session.create(ConfigMap, { name: "a" })
    assert.deepStrictEqual(brief(session.send("watch", ConfigMap).events), ["ADDED a"])
    const query = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: "true" }
    const { events } = session.send("watch", ConfigMap, { query })
    assert.deepStrictEqual(brief(events), ["ADDED a", "BOOKMARK undefined"])
    assert.deepStrictEqual(events[1]!.object.metadata, {
      resourceVersion: String(session.state.version),
      annotations: { "k8s.io/initial-events-end": "true" }
    })
  })

  it("get a bookmark before they fall behind, and 410 when they have", () => {
    const session = new Session()
    session.create(ConfigMap, { name: "a" })
    const resourceVersion = String(session.state.version)
    const query = { resourceVersion, allowWatchBookmarks: "true" }
    session.create(Secret, { name: "s" })
    const write = (times: number) => {
      for (let at = 0; at < times; at++)
        session.merge(Secret, "s", { metadata: { labels: { at: String(session.state.version) } } })
    }
    assert.isUndefined(session.ask("watch", ConfigMap, { query }))
    write(bookmarkDistance)
    const { events } = session.send("watch", ConfigMap, { query })
    assert.deepStrictEqual(brief(events), ["BOOKMARK undefined"])
    assert.strictEqual(events[0]!.object.metadata.resourceVersion, String(session.state.version))
    assert.isUndefined(session.ask("watch", ConfigMap, { query: { resourceVersion } }))
    write(logLimit)
    const late = session.send("watch", ConfigMap, { query })
    assert.strictEqual(late.status, 410)
    assert.strictEqual(late.error.reason, "Expired")
  })
})
