import { assert, describe, it } from "@effect/vitest"
import { ConfigMap, CustomResourceDefinition, Pod } from "../../../src/domain/kube/Object.ts"
import { since } from "../../../src/models/kube/api/Age.ts"
import { kindAt } from "../../../src/models/kube/api/Catalog.ts"
import { document } from "../../../src/models/kube/api/Discovery.ts"
import { results } from "../../../src/models/kube/api/JsonPath.ts"
import { tabled } from "../../../src/models/kube/api/Table.ts"
import { pod, Session, start, widgets, Widget } from "./ApiSession.ts"

interface Entry {
  readonly name: string
  readonly verbs: ReadonlyArray<string> | undefined
}

const at = (session: Session, path: string, aggregated = false) =>
  // The documents have these shapes; a wrong one fails where it is looked at.
  document(session.state, path, { aggregated, address: "127.0.0.1:1" }) as unknown as
    | {
        readonly kind: string
        readonly groups: ReadonlyArray<{
          readonly name: string
          readonly preferredVersion: { readonly groupVersion: string }
        }>
        readonly resources: ReadonlyArray<Entry>
        readonly items: ReadonlyArray<{
          readonly metadata: { readonly name?: string }
          readonly versions: ReadonlyArray<{
            readonly version: string
            readonly resources: ReadonlyArray<{ readonly resource: string }>
          }>
        }>
      }
    | undefined

describe("discovery of the API server model", () => {
  it("names the core group apart from the others", () => {
    const session = new Session()
    assert.deepStrictEqual(at(session, "/api"), {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1:1" }]
    } as never)
    const groups = at(session, "/apis")!.groups
    assert.include(
      groups.map(({ name }) => name),
      "apps"
    )
    assert.notInclude(
      groups.map(({ name }) => name),
      ""
    )
    assert.isUndefined(at(session, "/apis/nope"))
    assert.isUndefined(at(session, "/apis/apps/v2"))
    assert.isUndefined(at(session, "/nope"))
  })

  it("lists resources with their subresources and verbs", () => {
    const resources = at(new Session(), "/api/v1")!.resources
    const verbs = (name: string) => resources.find((one) => one.name === name)?.verbs ?? []
    assert.include(verbs("pods"), "deletecollection")
    assert.notInclude(verbs("namespaces"), "deletecollection")
    assert.deepStrictEqual(verbs("pods/eviction"), ["create"])
    assert.deepStrictEqual(verbs("pods/status"), ["get", "patch", "update"])
    assert.deepStrictEqual(verbs("namespaces/finalize"), ["update"])
  })

  it("says the same in its aggregated form", () => {
    const session = new Session()
    const core = at(session, "/api", true)!.items[0]!.versions[0]!.resources.map(({ resource }) => resource)
    const plain = at(session, "/api/v1")!.resources.map(({ name }) => name)
    assert.deepStrictEqual(
      core,
      plain.filter((name) => !name.includes("/"))
    )
    const groups = at(session, "/apis", true)!.items.map(({ metadata }) => metadata.name)
    assert.deepStrictEqual(
      groups,
      at(session, "/apis")!.groups.map(({ name }) => name)
    )
  })

  it("has custom kinds from their definition on, and no longer than it", () => {
    const session = new Session()
    session.send("create", CustomResourceDefinition, { body: widgets })
    assert.deepStrictEqual(
      at(session, "/apis/ex.io/v1")!.resources.map(({ name }) => name),
      ["widgets", "widgets/scale", "widgets/status"]
    )
    session.remove(CustomResourceDefinition, widgets.metadata.name)
    assert.isUndefined(at(session, "/apis/ex.io/v1"))
  })
})

describe("tables of the API server model", () => {
  const options = { nowMillis: start + 90_000, include: "Metadata", columns: true } as const
  const rowsOf = (session: Session, resource: typeof Pod, body: unknown) => {
    const kind = kindAt(session.state, resource.group, resource.version, resource.plural)!
    const { columnDefinitions, rows } = tabled(kind, body, options) as {
      readonly columnDefinitions: ReadonlyArray<{ readonly name: string }>
      readonly rows: ReadonlyArray<{ readonly cells: ReadonlyArray<unknown> }>
    }
    return [columnDefinitions.map(({ name }) => name), ...rows.map(({ cells }) => cells)]
  }

  it("show objects and lists by the columns of their kind", () => {
    const session = new Session()
    session.create(ConfigMap, { name: "a" }, { data: { k: "v", l: "w" } })
    const rows = [
      ["Name", "Data", "Age"],
      ["a", 2, "90s"]
    ]
    assert.deepStrictEqual(rowsOf(session, ConfigMap, session.get(ConfigMap, "a").body), rows)
    assert.deepStrictEqual(rowsOf(session, ConfigMap, session.send("list", ConfigMap).body), rows)
  })

  it("carry whole objects that name their kind, as items of lists do not", () => {
    const session = new Session()
    session.create(ConfigMap, { name: "a" }, { data: { k: "v" } })
    const kind = kindAt(session.state, "", "v1", "configmaps")!
    const { rows } = tabled(kind, session.send("list", ConfigMap).body, { ...options, include: "Object" }) as {
      readonly rows: ReadonlyArray<{ readonly object: unknown }>
    }
    assert.deepStrictEqual(
      rows.map(({ object }) => object),
      [session.get(ConfigMap, "a").body]
    )
  })

  it("say in one word what a pod is doing", () => {
    const session = new Session()
    session.send("create", Pod, { body: pod("a", { nodeName: "n" }) })
    const word = (status: object) => {
      session.merge(Pod, "a", { status }, { subresource: "status" })
      const [, cells] = rowsOf(session, Pod, session.get(Pod, "a").body)
      return cells!.slice(1, 4).join(" ")
    }
    const container = (state: object, more: object = {}) => ({
      containerStatuses: [{ name: "c", image: "i", imageID: "", ready: false, restartCount: 0, state, ...more }]
    })
    assert.strictEqual(word({ phase: "Pending" }), "0/1 Pending 0")
    assert.strictEqual(
      word(container({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 3 })),
      "0/1 CrashLoopBackOff 3"
    )
    const running = container({ running: {} }, { ready: true })
    assert.strictEqual(word({ phase: "Running", ...running }), "1/1 Running 0")
    assert.strictEqual(word(container({ terminated: { exitCode: 137 } })), "0/1 ExitCode:137 0")
    session.remove(Pod, "a")
    assert.strictEqual(word({ phase: "Running", ...running }), "1/1 Terminating 0")
  })

  it("show custom kinds by their printer columns", () => {
    const session = new Session()
    session.send("create", CustomResourceDefinition, { body: widgets })
    session.create(Widget, { name: "w" }, { spec: { replicas: 3 } })
    const [names, cells] = rowsOf(session, Widget, session.get(Widget, "w").body)
    assert.deepStrictEqual(
      [names, cells],
      [
        ["Name", "Replicas", "Ready", "Age"],
        ["w", 3, null, "90s"]
      ]
    )
  })
})

describe("what tables are made of", () => {
  it("durations are as short as kubectl's", () => {
    const ages = [5, 119, 120, 305, 599, 600, 10_800, 25_200, 28_800, 172_800, 180_000, 700_000, 70_000_000].map(
      (seconds) => since("2026-01-01T00:00:00Z", start + seconds * 1000)
    )
    assert.deepStrictEqual(ages, [
      "5s",
      "119s",
      "2m",
      "5m5s",
      "9m59s",
      "10m",
      "3h",
      "7h",
      "8h",
      "2d",
      "2d2h",
      "8d",
      "2y80d"
    ])
    assert.strictEqual(since(undefined, start), "<unknown>")
  })

  it("paths lead through names, indexes and conditions", () => {
    const object = { a: { "b.c": [1, 2] }, conditions: [{ type: "Ready", status: "True" }, { type: "X" }] }
    assert.deepStrictEqual(results(object, ".a['b.c'][1]"), [2])
    assert.deepStrictEqual(results(object, '.conditions[?(@.type=="Ready")].status'), ["True"])
    assert.deepStrictEqual(results(object, ".conditions[*].type"), ["Ready", "X"])
    assert.deepStrictEqual(results(object, ".a.nope.further"), [])
    assert.deepStrictEqual(results(object, "garbage(("), [])
  })
})
