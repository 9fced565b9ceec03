import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { patched } from "../../../src/models/kube/api/patch/Patch.ts"
import * as Paths from "../../../src/models/kube/api/patch/Paths.ts"
import { created, failure, json, kind, merge, strategic, success } from "./PatchSession.ts"

const configMap = kind("/configmaps")
const statefulSet = kind("apps/statefulsets")

const live = created(
  configMap,
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", finalizers: ["a.b/c"] }, data: { a: "1", b: "2" } },
  "m"
)

const set = created(
  statefulSet,
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "t" },
    spec: {
      selector: { matchLabels: { app: "x" } },
      template: {
        metadata: { labels: { app: "x" } },
        spec: {
          containers: [
            { name: "a", image: "a:1", env: [{ name: "A", value: "1" }] },
            { name: "b", image: "b:1" }
          ],
          volumes: [{ name: "v", emptyDir: {} }]
        }
      }
    }
  },
  "m"
)

const podOf = (object: typeof set) =>
  (
    object["spec"] as {
      readonly template: {
        readonly spec: {
          readonly containers: ReadonlyArray<Readonly<Record<string, unknown>>>
          readonly volumes: unknown
        }
      }
    }
  ).template.spec

const ofPod = (spec: unknown) => ({ spec: { template: { spec } } })

describe("a merge patch", () => {
  it("removes by null, merges objects and replaces lists", () => {
    const next = merge(configMap, live, { data: { a: null, c: "3" }, metadata: { finalizers: ["x.y/z"] } })
    assert.deepStrictEqual(next["data"], { b: "2", c: "3" })
    assert.deepStrictEqual(next.metadata.finalizers, ["x.y/z"])
  })

  it("of a wrong type is refused as the patch's fault", () => {
    const refused = failure(patched(configMap, live, "application/merge-patch+json", { data: [] }))
    assert.strictEqual(refused.status, 422)
    assert.match(
      refused.message,
      /^ "" is invalid: patch: Invalid value: .*json: cannot unmarshal array into Go struct field ConfigMap.data of type map\[string\]string$/
    )
    assert.strictEqual(
      failure(patched(configMap, live, "application/merge-patch+json", [])).message,
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
    )
  })
})

describe("a JSON patch", () => {
  it("does all six operations in order", () => {
    const next = success(
      json(configMap, live, [
        { op: "test", path: "/data/a", value: "1" },
        { op: "add", path: "/data/c~1d", value: "3" },
        { op: "copy", from: "/data/a", path: "/data/e" },
        { op: "move", from: "/data/b", path: "/data/f" },
        { op: "replace", path: "/data/a", value: "9" },
        { op: "add", path: "/metadata/finalizers/-", value: "d.e/f" },
        { op: "remove", path: "/metadata/finalizers/0" }
      ])
    )
    assert.deepStrictEqual(next["data"], { a: "9", "c/d": "3", e: "1", f: "2" })
    assert.deepStrictEqual(next.metadata.finalizers, ["d.e/f"])
  })

  it("that cannot be done is refused without a reason", () => {
    const refused = {
      failure: true,
      status: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request"
    }
    for (const operation of [
      { op: "test", path: "/data/a", value: "2" },
      { op: "remove", path: "/data/none" },
      { op: "add", path: "/none/deep", value: 1 },
      { op: "add", path: "/metadata/finalizers/7", value: "a.b/c" },
      { op: "move", from: "/data/none", path: "/data/x" },
      { op: "dance", path: "/data/a" },
      { op: "add" },
      7
    ]) {
      assert.deepStrictEqual(json(configMap, live, [operation]), refused as never)
    }
  })

  it("may test that a member is absent, by null", () => {
    assert.isFalse("failure" in json(configMap, live, [{ op: "test", path: "/data/none", value: null }]))
  })
})

describe("a strategic merge patch", () => {
  it("merges containers by name and their variables by name", () => {
    const next = strategic(
      statefulSet,
      set,
      ofPod({
        containers: [
          { name: "a", env: [{ name: "B", value: "2" }] },
          { name: "c", image: "c:1" }
        ]
      })
    )
    assert.deepStrictEqual(
      podOf(next).containers.map((one) => one["name"]),
      ["a", "c", "b"]
    )
    assert.deepStrictEqual(podOf(next).containers.find((one) => one["name"] === "a")?.["env"], [
      { name: "B", value: "2" },
      { name: "A", value: "1" }
    ])
  })

  it("deletes, replaces and orders by directives", () => {
    const names = (patch: unknown) =>
      podOf(strategic(statefulSet, set, ofPod(patch))).containers.map((one) => one["name"])
    assert.deepStrictEqual(names({ containers: [{ name: "a", $patch: "delete" }] }), ["b"])
    assert.deepStrictEqual(names({ containers: [{ name: "z", image: "z" }, { $patch: "replace" }] }), ["z"])
    assert.deepStrictEqual(names({ "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] }), ["b", "a"])
  })

  it("trims a volume to the keys it retains", () => {
    const next = strategic(
      statefulSet,
      set,
      ofPod({ volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] })
    )
    assert.deepStrictEqual(podOf(next).volumes, [{ name: "v", hostPath: { path: "/x", type: "" } }])
  })

  it("takes single values out of a list of values", () => {
    const next = strategic(configMap, live, {
      metadata: { finalizers: ["d.e/f"], "$deleteFromPrimitiveList/finalizers": ["a.b/c"] }
    })
    assert.deepStrictEqual(next.metadata.finalizers, ["d.e/f"])
  })

  it("without a merge key is an error, and unknown content types are refused", () => {
    const refused = failure(
      patched(statefulSet, set, "application/strategic-merge-patch+json", ofPod({ containers: [{ image: "x" }] }))
    )
    assert.strictEqual(refused.status, 500)
    assert.strictEqual(refused.message, "map: map[image:x] does not contain declared merge key: name")
    assert.strictEqual(failure(patched(configMap, live, "application/foo", {})).status, 415)
  })
})

describe("a set of paths", () => {
  const Step = Schema.Literals(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])
  const List = Schema.Array(Schema.Array(Step))

  it.prop("survives its wire form", [List], ([paths]) => {
    const set = Paths.of(paths)
    assert.isTrue(Paths.equal(Paths.fromFields(Paths.toFields(set)), set))
  })

  it.prop("obeys the laws of sets", [List, List], ([left, right]) => {
    const [a, b] = [Paths.of(left), Paths.of(right)]
    assert.isTrue(Paths.equal(Paths.union(a, b), Paths.union(b, a)))
    assert.isTrue(Paths.equal(Paths.intersection(a, b), Paths.difference(a, Paths.difference(a, b))))
    assert.isTrue(Paths.equal(Paths.union(Paths.difference(a, b), Paths.intersection(a, b)), a))
    assert.deepStrictEqual(Paths.toList(Paths.difference(a, a)), [])
  })
})
