import { assert, describe, it } from "@effect/vitest"
import { ConfigMap, Lease, Namespace, PodDisruptionBudget, StatefulSet } from "../../../src/domain/kube/Object.ts"
import { counting } from "../../../src/models/Names.ts"
import { handle } from "../../../src/models/kube/api/Server.ts"
import { Session, start } from "./ApiSession.ts"

const message = (answer: { readonly error: { readonly message?: string } }) => answer.error.message

describe("writes to the API server model", () => {
  it("answer a create with what the server adds: uid, version, time, managers", () => {
    const { object, status } = new Session().create(ConfigMap, { name: "a" }, { data: { k: "v" } })
    assert.strictEqual(status, 201)
    assert.deepStrictEqual(object, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        namespace: "default",
        uid: "00000000-0000-4000-8000-000000000005",
        resourceVersion: "5",
        creationTimestamp: "2026-01-01T00:00:00Z",
        managedFields: [
          {
            manager: "unknown",
            operation: "Update",
            apiVersion: "v1",
            time: "2026-01-01T00:00:00Z",
            fieldsType: "FieldsV1",
            fieldsV1: { "f:data": { ".": {}, "f:k": {} } }
          }
        ]
      },
      data: { k: "v" }
    })
  })

  it("make names from a prefix, and never one that is taken", () => {
    const session = new Session()
    const names = Array.from(
      { length: 20 },
      () => session.create(ConfigMap, { generateName: "g-" }).object.metadata.name
    )
    assert.strictEqual(new Set(names).size, 20)
    for (const name of names) assert.match(name!, /^g-[a-z0-9]{5}$/)
  })

  it("say that the server found no free name when eight attempts meet taken ones", () => {
    const session = new Session()
    const names = { ...counting(start), suffix: () => "aaaaa" }
    const request = { verb: "create", group: "", version: "v1", resource: "configmaps", namespace: "default" } as const
    const body = { metadata: { generateName: "g-" } }
    const [state, first] = handle(session.state, { ...request, body }, names)
    const [, second] = handle(state, { ...request, body }, names)
    assert.strictEqual(first?.status, 201)
    assert.strictEqual(second?.status, 409)
    assert.include(JSON.stringify(second), "the server was not able to generate a unique name for the object")
  })

  it("check a create in the real order: body, namespace, rules, version, existence", () => {
    const session = new Session()
    session.create(ConfigMap, { name: "a" })
    const refused = (metadata: object, namespace = "default", fields: object = {}) =>
      session.send("create", ConfigMap, { namespace, body: { metadata, ...fields } })
    assert.strictEqual(refused({ name: "A_" }, "nope", { data: { a: 5 } }).status, 400)
    assert.strictEqual(
      message(refused({ name: "A_", namespace: "x" }, "nope")),
      "the namespace of the provided object does not match the namespace sent on the request"
    )
    assert.strictEqual(message(refused({ name: "A_" }, "nope")), 'namespaces "nope" not found')
    assert.strictEqual(refused({ name: "A_", resourceVersion: "5" }).status, 422)
    assert.strictEqual(
      message(refused({ name: "a", resourceVersion: "5" })),
      "resourceVersion should not be set on objects to be created"
    )
    assert.strictEqual(message(refused({ name: "a" })), 'configmaps "a" already exists')
  })

  it("keep the version when an update changes nothing, and compare what is sent with what is stored", () => {
    const session = new Session()
    const { object } = session.create(ConfigMap, { name: "a" }, { data: { k: "v" } })
    session.now += 5000
    const put = (metadata: object, data: object) =>
      session.send("update", ConfigMap, { name: "a", body: { metadata: { name: "a", ...metadata }, data } })
    assert.deepStrictEqual(put({}, { k: "v" }).object, object)
    const { resourceVersion } = object.metadata
    const changed = put({ resourceVersion }, { k: "w" })
    assert.strictEqual(Number(changed.object.metadata.resourceVersion), Number(resourceVersion) + 1)
    const stale = put({ resourceVersion }, { k: "x" })
    assert.strictEqual(stale.status, 409)
    assert.strictEqual(
      message(stale),
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again'
    )
    assert.strictEqual(put({ uid: "other" }, {}).status, 409)
    assert.strictEqual(
      session.get(ConfigMap, "a").object.metadata.resourceVersion,
      changed.object.metadata.resourceVersion
    )
  })

  it("demand a version where the kind does, and create by update where it may", () => {
    const session = new Session()
    const put = (metadata: object, holderIdentity: string) =>
      session.send("update", Lease, {
        name: "l",
        body: { metadata: { name: "l", ...metadata }, spec: { holderIdentity } }
      })
    assert.strictEqual(put({}, "a").status, 201)
    assert.strictEqual(
      message(put({}, "b")),
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update'
    )
    const missing = session.send("update", ConfigMap, { name: "zz", body: { metadata: { name: "zz" } } })
    assert.strictEqual(missing.status, 404)
  })

  it("leave the status to its own subresource, and the generation to the spec", () => {
    const session = new Session()
    const spec = { minAvailable: 1, selector: { matchLabels: { a: "b" } } }
    const created = session.create(PodDisruptionBudget, { name: "p" }, { spec, status: { currentHealthy: 7 } })
    assert.strictEqual((created.object["status"] as { currentHealthy: number }).currentHealthy, 0)
    assert.strictEqual(created.object.metadata.generation, 1)
    const status = session.merge(
      PodDisruptionBudget,
      "p",
      { status: { currentHealthy: 3 }, spec: { minAvailable: 9 } },
      { subresource: "status" }
    )
    assert.strictEqual((status.object["status"] as { currentHealthy: number }).currentHealthy, 3)
    assert.strictEqual((status.object["spec"] as { minAvailable: number }).minAvailable, 1)
    assert.strictEqual(status.object.metadata.generation, 1)
    const main = session.merge(PodDisruptionBudget, "p", { spec: { minAvailable: 2 }, status: { currentHealthy: 9 } })
    assert.strictEqual(main.object.metadata.generation, 2)
    assert.strictEqual((main.object["status"] as { currentHealthy: number }).currentHealthy, 3)
  })

  it("create by apply unless the apply names a uid", () => {
    const session = new Session()
    const refused = session.apply(ConfigMap, "a", { metadata: { name: "a", uid: "u" } })
    assert.strictEqual(refused.status, 409)
    assert.include(
      message(refused),
      "uid mismatch: the provided object specified uid u, and no existing object was found"
    )
    assert.strictEqual(session.apply(ConfigMap, "a", { data: { k: "v" } }).status, 201)
    assert.strictEqual(session.apply(ConfigMap, "a", { data: {} }).object["data"], undefined)
  })

  it("take away by apply what a manager owned and leaves out, and report conflicts with others", () => {
    const session = new Session()
    session.apply(ConfigMap, "a", { data: { k: "v", l: "w" } })
    const less = session.apply(ConfigMap, "a", { data: { k: "v" } })
    assert.deepStrictEqual(less.object["data"], { k: "v" })
    const other = session.apply(ConfigMap, "a", { data: { k: "x" } }, { query: { fieldManager: "other" } })
    assert.strictEqual(other.status, 409)
    const forced = session.apply(
      ConfigMap,
      "a",
      { data: { k: "x" } },
      { query: { fieldManager: "other", force: "true" } }
    )
    assert.deepStrictEqual(forced.object["data"], { k: "x" })
  })

  it("change nothing in a dry run", () => {
    const session = new Session()
    const before = session.state
    assert.strictEqual(
      session.send("create", ConfigMap, { query: { dryRun: "All" }, body: { metadata: { name: "a" } } }).status,
      201
    )
    assert.strictEqual(session.state, before)
  })

  it("warn about unknown fields, refuse them when asked, and say nothing when told to", () => {
    const session = new Session()
    const post = (fieldValidation: string) =>
      session.send("create", ConfigMap, {
        query: { fieldValidation, dryRun: "All" },
        body: { metadata: { name: "a" }, foo: 1 }
      })
    assert.deepStrictEqual(post("Warn").headers, { warning: '299 - "unknown field \\"foo\\""' })
    assert.strictEqual(post("Strict").status, 400)
    assert.strictEqual(post("Ignore").headers, undefined)
  })

  it("scale what has replicas, by version and uid", () => {
    const session = new Session()
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } }
    const spec = { replicas: 3, serviceName: "s", selector: { matchLabels: { a: "b" } }, template }
    session.create(StatefulSet, { name: "s" }, { spec })
    const scale = session.get(StatefulSet, "s", { subresource: "scale" }).object
    assert.deepStrictEqual([scale["spec"], scale["status"]], [{ replicas: 3 }, { replicas: 0, selector: "a=b" }])
    const scaled = session.merge(StatefulSet, "s", { spec: { replicas: 5 } }, { subresource: "scale" })
    assert.deepStrictEqual(scaled.object["spec"], { replicas: 5 })
    assert.strictEqual(session.get(StatefulSet, "s").object.metadata.generation, 2)
    const stale = { ...scale, spec: { replicas: 1 } }
    assert.strictEqual(
      session.send("update", StatefulSet, { name: "s", subresource: "scale", body: stale }).status,
      409
    )
    assert.strictEqual(
      session.merge(StatefulSet, "s", { spec: { replicas: -1 } }, { subresource: "scale" }).status,
      422
    )
  })

  it("answer paths and verbs that are not there as the real server does", () => {
    const session = new Session()
    const unknown = { ...ConfigMap, plural: "foos" }
    assert.strictEqual(message(session.get(unknown, "x")), "the server could not find the requested resource")
    assert.strictEqual(session.get({ ...unknown, group: "foo.io" }, "x").body, "404 page not found\n")
    assert.strictEqual(session.send("create", ConfigMap, { name: "x", body: {} }).status, 405)
    assert.strictEqual(session.send("deletecollection", Namespace).status, 405)
    assert.strictEqual(session.get(ConfigMap, "x", { subresource: "foo" }).status, 404)
    assert.strictEqual(session.send("patch", ConfigMap, { name: "x", body: {} }).status, 415)
  })
})
