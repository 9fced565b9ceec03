import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestConsole from "effect/testing/TestConsole"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import { printCrd } from "../../../src/bin/Crd.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { rules } from "../../../src/domain/valkey/cluster/Rules.ts"
import { cluster } from "./Clusters.ts"

type Node = {
  readonly type?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: unknown
  readonly items?: Node
  readonly "x-kubernetes-int-or-string"?: boolean
  readonly "x-kubernetes-validations"?: ReadonlyArray<{ readonly rule: string; readonly message: string }>
}

type Version = {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly schema: { readonly openAPIV3Schema: Node }
  readonly subresources: object
  readonly additionalPrinterColumns: ReadonlyArray<{ readonly name: string; readonly jsonPath: string }>
}

type Spec = {
  readonly group: string
  readonly names: object
  readonly scope: string
  readonly versions: readonly [Version]
}

const spec = Cluster.crd()["spec"] as Spec
const version = spec.versions[0]
const root = version.schema.openAPIV3Schema

const nodes = (node: Node, path: string): ReadonlyArray<readonly [string, Node]> => [
  [path, node],
  ...Object.entries(node.properties ?? {}).flatMap(([name, inner]) =>
    nodes(inner, path === "" ? name : `${path}.${name}`)
  ),
  ...(node.items === undefined ? [] : nodes(node.items, `${path}[]`))
]

/** Kubernetes documentation, "Defaulting": a missing field first, then what is inside. */
const defaulted = (node: Node, value: unknown): unknown => {
  if (typeof value !== "object" || value === null || node.properties === undefined) return value
  const result: Record<string, unknown> = { ...value }
  for (const [name, inner] of Object.entries(node.properties)) {
    if (result[name] === undefined && inner.default !== undefined) result[name] = inner.default
    if (result[name] !== undefined) result[name] = defaulted(inner, result[name])
  }
  return result
}

describe("the CRD", () => {
  it("has the names, columns and subresources that users know", () => {
    assert.deepStrictEqual(
      [Cluster.crd().metadata.name, spec.group, spec.scope],
      ["valkeyclusters.valkey.verilean.io", "valkey.verilean.io", "Namespaced"]
    )
    assert.deepStrictEqual(spec.names, {
      kind: "ValkeyCluster",
      listKind: "ValkeyClusterList",
      plural: "valkeyclusters",
      singular: "valkeycluster",
      shortNames: ["vc"]
    })
    assert.deepStrictEqual([version.name, version.served, version.storage], ["v1", true, true])
    assert.deepStrictEqual(
      version.additionalPrinterColumns.map(({ jsonPath, name }) => [name, jsonPath]),
      [
        ["Replicas", ".spec.replicas"],
        ["Phase", ".status.phase"],
        ["Master", ".status.masterPod"],
        ["Ready", ".status.readyReplicas"],
        ["Age", ".metadata.creationTimestamp"]
      ]
    )
    assert.deepStrictEqual(version.subresources, {
      status: {},
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".status.selector"
      }
    })
  })

  it("is structural: every value has one type, no map has fields too, nothing is referred to", () => {
    for (const [path, node] of nodes(root, "")) {
      assert.isTrue(node.type !== undefined || node["x-kubernetes-int-or-string"] === true, path)
      assert.isFalse(node.properties !== undefined && node.additionalProperties !== undefined, path)
    }
    assert.notInclude(Cluster.crdYaml(), "$ref")
    assert.notInclude(Cluster.crdYaml(), "allOf")
  })

  it("carries every rule of the pure core where it applies, and no other", () => {
    const carried = nodes(root, "").flatMap(([path, node]) =>
      (node["x-kubernetes-validations"] ?? []).map(({ message, rule }) => ({ at: path, cel: rule, message }))
    )
    const wanted = rules.map(({ at, cel, message }) => ({ at, cel, message }))
    assert.sameDeepMembers(carried, wanted)
  })

  it("fills in the defaults that the decoder fills in", () => {
    const { annotations, labels, nodeSelector, sentinel, ...stored } = cluster().spec
    assert.deepStrictEqual(defaulted(root.properties!["spec"]!, {}), stored)
    // Maps that stay as people write them.
    assert.deepStrictEqual([annotations, labels, nodeSelector, sentinel], [{}, {}, {}, {}])
  })

  it("tells items of status lists apart by their names", () => {
    const status = root.properties!["status"]!.properties as Record<string, Record<string, unknown>>
    assert.deepStrictEqual(status["conditions"]!["x-kubernetes-list-map-keys"], ["type"])
    assert.deepStrictEqual(status["nodeStatuses"]!["x-kubernetes-list-map-keys"], ["podName"])
  })

  it.effect("is printed as the YAML of the object", () =>
    Effect.gen(function* () {
      yield* printCrd
      const [printed] = yield* TestConsole.logLines
      assert.deepStrictEqual(parse(String(printed)), Cluster.crd())
    }).pipe(Effect.provide(TestConsole.layer))
  )

  it("has an example that is valid", () => {
    const example = parse(readFileSync(new URL("../../../examples/valkeycluster.yaml", import.meta.url), "utf8"))
    const metadata = { ...example.metadata, namespace: "default", uid: "u", resourceVersion: "1" }
    assert.isTrue(Exit.isSuccess(Cluster.decode({ ...example, metadata })))
  })
})
