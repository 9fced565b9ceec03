import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { apply, created, decoded, failure, kind, later, merge, owned, success, tried, updated } from "./PatchSession.ts"

const configMap = kind("/configmaps")
const service = kind("/services")
const statefulSet = kind("apps/statefulsets")

const cm = (data: Readonly<Record<string, string>> | undefined, metadata = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", ...metadata },
  ...(data === undefined ? {} : { data })
})
const svc = (spec: unknown) => ({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec })
const sts = (spec: unknown) => ({ apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "t" }, spec })
const template = (container = {}) => ({
  metadata: { labels: { app: "x" } },
  spec: { containers: [{ name: "c", image: "v:8", ...container }] }
})
const base = { serviceName: "x", selector: { matchLabels: { app: "x" } } }

describe("server-side apply", () => {
  it("gives a creator all it sent and all defaults, but not what the server sets", () => {
    const object = created(service, svc({ ports: [{ port: 80 }], selector: { a: "b" } }), "poster")
    assert.deepStrictEqual(owned(object, "poster"), {
      "f:spec": {
        "f:internalTrafficPolicy": {},
        "f:ports": {
          ".": {},
          'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:protocol": {}, "f:targetPort": {} }
        },
        "f:selector": {},
        "f:sessionAffinity": {},
        "f:type": {}
      }
    })
  })

  it("removes what a manager applied before and leaves out now", () => {
    const first = apply(configMap, undefined, cm({ a: "1", b: "2" }), "m")
    const next = apply(configMap, first, cm({ a: "1" }), "m")
    assert.deepStrictEqual(next["data"], { a: "1" })
    assert.deepStrictEqual(owned(next, "m"), { "f:data": { "f:a": {} } })
  })

  it("keeps what another manager owns too", () => {
    const first = apply(configMap, undefined, cm({ a: "1", b: "2" }), "m")
    const shared = apply(configMap, first, cm({ b: "2" }), "other")
    const next = apply(configMap, shared, cm({ a: "1" }), "m")
    assert.deepStrictEqual(next["data"], { a: "1", b: "2" })
  })

  it("leaves what POST created to its creator until the creator's hold is given up", () => {
    const live = created(configMap, cm({ a: "1", b: "2" }), "poster")
    const first = apply(configMap, live, cm({ a: "1", b: "2" }), "m")
    assert.deepStrictEqual(apply(configMap, first, cm({ a: "1" }), "m")["data"], { a: "1", b: "2" })
    const alone = {
      ...first,
      metadata: {
        ...first.metadata,
        managedFields: first.metadata.managedFields!.filter(({ manager }) => manager !== "poster")
      }
    }
    assert.deepStrictEqual(apply(configMap, alone, cm({ a: "1" }), "m")["data"], { a: "1" })
  })

  it("refuses to change what others own, and says whose and which", () => {
    const live = created(configMap, cm({ a: "1", b: "2" }), "poster")
    const refused = failure(tried(configMap, live, cm({ a: "9", b: "3" }), "m"))
    assert.strictEqual(refused.status, 409)
    assert.strictEqual(
      refused.message,
      'Apply failed with 2 conflicts: conflicts with "poster" using v1:\n- .data.a\n- .data.b'
    )
    assert.deepStrictEqual(refused.causes, [
      { field: ".data.a", reason: "FieldManagerConflict", message: 'conflict with "poster" using v1' },
      { field: ".data.b", reason: "FieldManagerConflict", message: 'conflict with "poster" using v1' }
    ])
  })

  it("takes over by force, and only what it names", () => {
    const live = created(configMap, cm({ a: "1", b: "2" }), "poster")
    const next = apply(configMap, live, cm({ a: "9" }), "m", { force: true })
    assert.deepStrictEqual(owned(next, "m"), { "f:data": { "f:a": {} } })
    assert.deepStrictEqual(owned(next, "poster"), { "f:data": { ".": {}, "f:b": {} } })
  })

  it("shares a field that has the value already", () => {
    const live = created(configMap, cm({ a: "1" }), "poster")
    const next = apply(configMap, live, cm({ a: "1" }), "m")
    assert.deepStrictEqual(owned(next, "m"), { "f:data": { "f:a": {} } })
    assert.deepStrictEqual(owned(next, "poster"), { "f:data": { ".": {}, "f:a": {} } })
  })

  it("changes nothing, not even a time, when it is repeated later", () => {
    const first = apply(statefulSet, undefined, sts({ ...base, template: template(), replicas: 3 }), "m")
    const again = apply(statefulSet, first, sts({ ...base, template: template(), replicas: 3 }), "m", { time: later })
    assert.deepStrictEqual(again, first)
  })

  it("sees no change in a quantity that is written differently", () => {
    const ask = (memory: string) => template({ resources: { requests: { memory } } })
    const first = apply(statefulSet, undefined, sts({ ...base, template: ask("1024Mi") }), "m")
    const again = apply(statefulSet, first, sts({ ...base, template: ask("1Gi") }), "m", { time: later })
    assert.deepStrictEqual(again, first)
  })

  it("merges lists item by item, by their keys and the defaults of these", () => {
    const live = created(service, svc({ ports: [{ port: 80, name: "http" }] }), "poster")
    const next = apply(service, live, svc({ ports: [{ port: 81, protocol: "TCP", name: "admin" }] }), "m")
    const ports = (next["spec"] as { readonly ports: ReadonlyArray<{ readonly name: string }> }).ports
    assert.deepStrictEqual(
      ports.map(({ name }) => name),
      ["http", "admin"]
    )
    const gone = apply(service, next, svc({}), "m")
    const left = (gone["spec"] as { readonly ports: ReadonlyArray<{ readonly name: string }> }).ports
    assert.deepStrictEqual(
      left.map(({ name }) => name),
      ["http"]
    )
  })

  it("replaces a Service's selector as a whole: it has one owner", () => {
    const live = created(service, svc({ ports: [{ port: 80 }], selector: { nothing: "matches" } }), "resources")
    const refused = failure(tried(service, live, svc({ selector: { pod: "a" } }), "sentinel"))
    assert.strictEqual(
      refused.message,
      'Apply failed with 1 conflict: conflict with "resources" using v1: .spec.selector'
    )
    const next = apply(service, live, svc({ selector: { pod: "a" } }), "sentinel", { force: true })
    assert.deepStrictEqual((next["spec"] as { readonly selector: unknown }).selector, { pod: "a" })
    assert.deepStrictEqual(owned(next, "sentinel"), { "f:spec": { "f:selector": {} } })
  })

  it("keeps status and object apart", () => {
    const live = apply(statefulSet, undefined, sts({ ...base, template: template(), replicas: 1 }), "m")
    const body = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "t" } }
    const next = apply(statefulSet, live, { ...body, spec: { replicas: 9 }, status: { replicas: 1 } }, "m", {
      subresource: "status"
    })
    assert.deepStrictEqual(owned(next, "m/status"), { "f:status": { "f:replicas": {} } })
  })

  it("gives an object that nobody tracks to `before-first-apply`", () => {
    const { managedFields: _, ...metadata } = created(configMap, cm({ a: "1" }), "poster").metadata
    const live = { ...created(configMap, cm({ a: "1" }), "poster"), metadata }
    const next = apply(configMap, live, cm({ b: "2" }), "m")
    assert.deepStrictEqual(owned(next, "before-first-apply"), { "f:data": { ".": {}, "f:a": {} } })
  })

  it("says which field does not fit its type", () => {
    const say = (body: unknown) => failure(tried(configMap, undefined, body, "m"))
    const prefix = "failed to create typed patch object (/x; /v1, Kind=ConfigMap)"
    assert.strictEqual(say({ ...cm({}), foo: 1 }).message, `${prefix}: .foo: field not declared in schema`)
    assert.strictEqual(say({ ...cm(undefined), data: [] }).message, `${prefix}: .data: expected map, got &{[]}`)
    assert.strictEqual(say({ ...cm({}), foo: 1 }).status, 500)
    assert.strictEqual(say({ data: {} }).message, "invalid object type: /, Kind=")
    assert.strictEqual(say([]).status, 400)
    assert.strictEqual(say(cm({}, { managedFields: [] })).message, "metadata.managedFields must be nil")
  })

  it("hands fields to whoever updates them, and folds more than ten updaters", () => {
    const live = created(configMap, cm({ a: "1", b: "2" }), "poster")
    const next = updated(configMap, live, merge(configMap, live, { data: { a: "9", b: null } }), "patcher")
    assert.deepStrictEqual(owned(next, "patcher"), { "f:data": { "f:a": {} } })
    assert.deepStrictEqual(owned(next, "poster"), { "f:data": {} })
    let many = live
    for (let at = 0; at < 14; at += 1) {
      many = updated(configMap, many, merge(configMap, many, { data: { [`k${at}`]: "v" } }), `m${at}`)
    }
    assert.strictEqual(many.metadata.managedFields?.length, 10)
    assert.isDefined(owned(many, "ancient-changes"))
  })

  it("lets kubectl move from its client-side apply without conflicts", () => {
    const last = JSON.stringify(cm({ a: "1" }))
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": last }
    const live = created(configMap, cm({ a: "1", b: "2" }, { annotations }), "kubectl-client-side-apply")
    assert.deepStrictEqual(success(tried(configMap, live, cm({ a: "2" }), "kubectl"))["data"], { a: "2", b: "2" })
    assert.strictEqual(failure(tried(configMap, live, cm({ b: "3" }), "kubectl")).causes?.length, 1)
  })

  const Data = Schema.Record(Schema.Literals(["a", "b", "c", "d"]), Schema.Literals(["1", "2"]))
  const Partial = Schema.Struct({
    a: Schema.optionalKey(Schema.Literals(["1", "2"])),
    b: Schema.optionalKey(Schema.Literals(["1", "2"])),
    c: Schema.optionalKey(Schema.Literals(["1", "2"]))
  })

  it.prop("makes exactly its configuration of an object nobody else writes", [Data, Partial], ([first, second]) => {
    const live = apply(configMap, undefined, cm(first), "m")
    const next = apply(configMap, live, cm(second), "m")
    assert.deepStrictEqual(next["data"] ?? {}, { ...second })
  })

  it.prop("never takes a field of another manager without force", [Partial, Partial, Partial], ([own, other, next]) => {
    const live = created(configMap, cm(own), "poster")
    const mine = tried(configMap, live, cm(other), "m")
    const result = "failure" in mine ? live : decoded(configMap, mine)
    const again = tried(configMap, result, cm(next), "m")
    const data = ("failure" in again ? result : again)["data"] as Readonly<Record<string, string>> | undefined
    for (const [name, value] of Object.entries(own)) assert.strictEqual(data?.[name], value)
  })
})
