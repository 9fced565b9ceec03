import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { drifted } from "../../../src/domain/kube/Drift.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import * as Quantity from "../../../src/domain/kube/Quantity.ts"
import { subResources, type SubResource } from "../../../src/domain/valkey/resources/SubResources.ts"
import { resourcesManager as manager } from "../../../src/domain/valkey/Settings.ts"
import { cluster, ValidSpec } from "../valkey/Clusters.ts"

type Path = ReadonlyArray<string>
type Recorded = Record<SubResource["name"], Record<"desired" | "created" | "handedOver" | "applied", KubeObject>>

/** Answers of a real kube-apiserver 1.34.4 to create, `OwnByApply` and apply of what was desired. */
const recorded = (name: string): Recorded =>
  JSON.parse(readFileSync(new URL(`../../fixtures/drift/${name}.json`, import.meta.url), "utf8"))

const settled = [recorded("everything"), recorded("little")].flatMap((world) =>
  Object.entries(world).map(([name, { desired, ...live }]) => ({ name, desired, live }))
)

/** Paths of everything that an object says beyond its identity. */
const leaves = (value: unknown, path: Path = []): ReadonlyArray<Path> =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
    : [path]

const isIdentity = ([first, second]: Path) =>
  first === "apiVersion" || first === "kind" || (first === "metadata" && (second === "name" || second === "namespace"))

const ownedLeaves = (object: KubeObject) => leaves(object).filter((path) => !isIdentity(path))

/** What the server says where nobody does. */
const isDefault = (path: Path) =>
  /fieldRef\.apiVersion$|^spec\.volumeClaimTemplates\.0\.(apiVersion|kind)$/.test(path.join("."))

const changed = (value: any, [head, ...rest]: Path, use: (value: unknown) => unknown): any => {
  if (head === undefined) return use(value)
  const inner = changed(value[head], rest, use)
  if (Array.isArray(value))
    return value.flatMap((item, at) => (String(at) !== head ? [item] : inner === undefined ? [] : [inner]))
  const { [head]: _, ...others } = value
  return inner === undefined ? others : { ...value, [head]: inner }
}

const other = (value: unknown) =>
  typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : "other"

const at = (value: any, path: Path): unknown => path.reduce((inner, key) => inner?.[key], value)

describe("a recorded real server", () => {
  for (const { desired, live, name } of settled) {
    it(`is settled after the apply of ${name} ${desired.metadata.name}`, () => {
      assert.isFalse(drifted(live.applied, desired, manager))
      assert.isTrue(drifted(live.created, desired, manager))
      assert.isTrue(drifted(undefined, desired, manager))
    })

    it(`shows any one field of ${name} ${desired.metadata.name} that is wanted otherwise, no more, or in addition`, () => {
      for (const path of ownedLeaves(desired)) {
        assert.isTrue(drifted(live.applied, changed(desired, path, other), manager), `other ${path.join(".")}`)
        const without = changed(desired, path, () => undefined)
        assert.strictEqual(drifted(live.applied, without, manager), !isDefault(path), `no ${path.join(".")}`)
      }
      const labels = { ...desired.metadata.labels, more: "x" }
      assert.isTrue(drifted(live.applied, { ...desired, metadata: { ...desired.metadata, labels } }, manager))
    })

    it(`shows any one field of ${name} ${desired.metadata.name} that somebody changed or took away`, () => {
      for (const path of ownedLeaves(desired)) {
        assert.isDefined(at(live.applied, path), path.join("."))
        assert.isTrue(drifted(changed(live.applied, path, other), desired, manager), `other ${path.join(".")}`)
        const without = changed(live.applied, path, () => undefined)
        assert.strictEqual(drifted(without, desired, manager), !isDefault(path), `no ${path.join(".")}`)
      }
    })
  }

  it("is settled whatever others add beside our fields, but not inside of what is ours as a whole", () => {
    const { desired, live } = settled.find(({ name }) => name === "StatefulSet")!
    const add = (path: Path, more: unknown) =>
      changed(live.applied, path, (old) => (Array.isArray(old) ? [more, ...old] : { ...(old as object), more }))
    const pod = ["spec", "template", "spec"]
    for (const beside of [
      add(["metadata", "labels"], "x"),
      add(["spec"], "x"),
      add([...pod, "containers"], { name: "sidecar", image: "x" }),
      add([...pod, "containers", "0", "env"], { name: "MORE", value: "x" }),
      add([...pod, "containers", "0", "resources", "limits"], "1"),
      add([...pod, "volumes"], { name: "more", emptyDir: {} })
    ]) {
      assert.isFalse(drifted(beside, desired, manager))
    }
    for (const inside of [
      add(["spec", "selector", "matchLabels"], "x"),
      add([...pod, "nodeSelector"], "x"),
      add([...pod, "containers", "0", "command"], "x"),
      add([...pod, "containers", "0", "env", "0", "valueFrom", "fieldRef"], "x"),
      add(["spec", "volumeClaimTemplates", "0", "spec"], "x")
    ]) {
      assert.isTrue(drifted(inside, desired, manager))
    }
  })

  it("compares content alone where ownership is not kept", () => {
    for (const { desired, live } of settled) {
      const bare = { ...live.created, metadata: { ...live.created.metadata, managedFields: undefined } }
      assert.isFalse(drifted(bare as unknown as KubeObject, desired, manager))
    }
  })

  it("does no harm with entries that nobody can read", () => {
    const { desired, live } = settled[0]!
    const managedFields = [
      { manager, operation: "Apply", fieldsV1: { "f:spec": { "f:ports": { "k:{broken": {}, "q:": {} } } } }
    ]
    assert.isTrue(drifted({ ...live.applied, metadata: { ...live.applied.metadata, managedFields } }, desired, manager))
  })
})

describe("anything that we build", () => {
  it.prop("is as desired when it is stored as sent, with what others add", [ValidSpec], ([spec]) => {
    for (const { object } of subResources(cluster(spec))) {
      const metadata = {
        ...object.metadata,
        uid: "u",
        resourceVersion: "1",
        labels: { ...object.metadata.labels, more: "x" }
      }
      assert.isFalse(drifted({ ...object, metadata, status: {} }, object, manager))
    }
  })
})

describe("a quantity", () => {
  it("is the same amount however it is written", () => {
    const same: ReadonlyArray<readonly [unknown, unknown]> = [
      ["1", 1],
      ["1000m", "1"],
      ["0.5", "500m"],
      [".5", "5e-1"],
      ["1024Mi", "1Gi"],
      ["1.5Gi", "1536Mi"],
      ["1E", "1e18"],
      ["1k", "1E3"],
      ["2.", "2"]
    ]
    for (const [left, right] of same) assert.isTrue(Quantity.equals(left, right), `${left} ${right}`)
    assert.isFalse(Quantity.equals("1G", "1Gi"))
    assert.strictEqual(Quantity.parse("0.1n"), 1n)
    for (const wrong of ["", ".", "x", "1x", "-1", "1 Gi", null, {}, "1e"]) {
      assert.isUndefined(Quantity.parse(wrong), String(wrong))
      assert.isFalse(Quantity.equals(wrong, wrong), String(wrong))
    }
  })

  it.prop(
    "is a whole number as itself",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e9 }))],
    ([amount]) => {
      assert.strictEqual(Quantity.parse(amount), BigInt(amount) * 1_000_000_000n)
      assert.isTrue(Quantity.equals(`${amount}k`, amount * 1000))
    }
  )
})
