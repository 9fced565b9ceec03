import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { fromDefinition } from "../../../src/models/kube/api/Kind.ts"
import { apply, created, decoded, failure, owned, tried } from "./PatchSession.ts"

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      "x-kubernetes-validations": [
        { rule: "!has(self.mode) || self.mode != 'bad'", message: "no bad mode" },
        {
          rule: "self.size >= oldSelf.size",
          message: "cannot shrink",
          reason: "FieldValueForbidden",
          fieldPath: ".size"
        },
        { rule: "has(self.memory) ? quantity(self.memory).isGreaterThan(quantity('1Mi')) : true" }
      ],
      properties: {
        size: { type: "integer", minimum: 0 },
        mode: { type: "string", enum: ["good", "bad"], default: "good" },
        memory: { type: "string", maxLength: 5 },
        port: { "x-kubernetes-int-or-string": true },
        fixed: { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed" }] },
        nested: {
          type: "object",
          default: {},
          properties: {
            a: { type: "string", default: "x" },
            list: { type: "array", items: { type: "object", properties: { q: { type: "integer", default: 5 } } } }
          }
        },
        names: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
        users: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: {
              name: { type: "string" },
              age: { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "younger" }] }
            }
          }
        },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        maybe: { type: "string", nullable: true },
        labels: { type: "object", additionalProperties: { type: "string" } }
      }
    },
    status: { type: "object", properties: { replicas: { type: "integer", minimum: 0 } } }
  }
}

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "things", kind: "Thing", shortNames: ["th"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.replicas" } },
        additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }]
      },
      { name: "v0", served: false, storage: false, schema: { openAPIV3Schema: schema } }
    ]
  }
} as const

const kinds = fromDefinition(definition)
const thing = kinds[0]!

const body = (spec: unknown, others = {}) => ({
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: { name: "a", namespace: "n" },
  spec,
  ...others
})

const made = (spec: unknown): KubeObject => decoded(thing, body(spec))

const said = (spec: unknown, old?: unknown): ReadonlyArray<string> => {
  const causes = old === undefined ? thing.validateCreate(made(spec)) : thing.validateUpdate(made(old), made(spec))
  return causes.map(({ field, message }) => `${field}: ${message}`)
}

const unchecked =
  "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"

describe("a definition", () => {
  it("gives a kind for each served version, with its subresources and columns", () => {
    assert.strictEqual(kinds.length, 1)
    assert.isTrue(thing.hasStatus && thing.hasGeneration && thing.custom)
    assert.strictEqual(thing.scale?.specReplicasPath, ".spec.size")
    assert.deepStrictEqual(
      thing.columns.map(({ name }) => name),
      ["Name", "Size"]
    )
  })
})

describe("a custom object", () => {
  it("loses unknown fields, which are listed, but where the schema keeps them", () => {
    const result = thing.decode(body({ size: 1, junk: 1, free: { x: { y: [1, null] } } }, { extra: 1 }))
    assert.deepStrictEqual("unknown" in result ? result.unknown : [], ["extra", "spec.junk"])
    assert.deepStrictEqual("object" in result ? result.object["spec"] : {}, { size: 1, free: { x: { y: [1, null] } } })
  })

  it("gets defaults at every depth, also in items and for forbidden nulls", () => {
    assert.deepStrictEqual(made({ size: 1, mode: null, maybe: null, nested: { list: [{}, { q: 1 }] } })["spec"], {
      size: 1,
      maybe: null,
      mode: "good",
      nested: { a: "x", list: [{ q: 5 }, { q: 1 }] }
    })
  })

  it("is told what is wrong in the server's words", () => {
    assert.deepStrictEqual(said({ size: -1 }), [
      "spec.size: Invalid value: -1: spec.size in body should be greater than or equal to 0",
      ".spec.size: Invalid value: -1: should be a non-negative integer"
    ])
    assert.deepStrictEqual(said({}), ["spec.size: Required value", unchecked])
    assert.deepStrictEqual(said({ size: 1, mode: "ugly" }), [
      'spec.mode: Unsupported value: "ugly": supported values: "good", "bad"',
      unchecked
    ])
    assert.deepStrictEqual(said({ size: 1, port: true }), [
      'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
      unchecked
    ])
    assert.deepStrictEqual(said({ size: 1, names: ["a", "a"] }), ['spec.names[1]: Duplicate value: "a"'])
  })

  it("obeys its CEL rules, with quantities", () => {
    assert.deepStrictEqual(said({ size: 1, mode: "bad" }), ['spec: Invalid value: "object": no bad mode'])
    assert.deepStrictEqual(said({ size: 1, memory: "5Mi" }), [])
    assert.deepStrictEqual(said({ size: 1, memory: "1Ki" }), [
      "spec: Invalid value: \"object\": failed rule: has(self.memory) ? quantity(self.memory).isGreaterThan(quantity('1Mi')) : true"
    ])
    assert.match(
      said({ size: 1, memory: "x" }).join(),
      /^spec: Invalid value: "object": quantities must match .* evaluating rule: has/
    )
  })

  it("obeys transition rules on updates, item by item where items have keys", () => {
    assert.deepStrictEqual(said({ size: 2 }, { size: 3 }), ["spec.size: Forbidden: cannot shrink"])
    assert.deepStrictEqual(said({ size: 3, fixed: "b" }, { size: 3, fixed: "a" }), [
      'spec.fixed: Invalid value: "string": fixed'
    ])
    assert.deepStrictEqual(said({ size: 3, fixed: "b" }, { size: 3 }), [])
    const users = (age: number) => ({ size: 1, users: [{ name: "y" }, { name: "x", age }] })
    assert.deepStrictEqual(said(users(4), users(5)), ['spec.users[1].age: Invalid value: "integer": younger'])
  })

  it("is not blamed for what it was already", () => {
    assert.deepStrictEqual(said({ size: 2, mode: "bad" }, { size: 1, mode: "bad" }), [
      'spec: Invalid value: "object": no bad mode'
    ])
    assert.deepStrictEqual(said({ size: 2, mode: "ugly" }, { size: 1, mode: "ugly" }), [])
  })

  it("has its status checked apart", () => {
    const [old, next] = [made({ size: 1 }), { ...made({ size: 1 }), status: { replicas: -3 } }]
    assert.deepStrictEqual(
      thing.validateStatus(old, next).map(({ field, message }) => `${field}: ${message}`),
      [
        "status.replicas: Invalid value: -3: replicas in body should be greater than or equal to 0",
        ".status.replicas: Invalid value: -3: should be a non-negative integer"
      ]
    )
  })

  it("raises its generation with anything but metadata", () => {
    const old = made({ size: 1 })
    assert.isTrue(thing.generationMoves(old, made({ size: 2 })))
    assert.isFalse(thing.generationMoves(old, { ...old, metadata: { ...old.metadata, labels: { a: "b" } } }))
  })

  it("is applied by its list types", () => {
    const first = apply(thing, undefined, body({ size: 1, users: [{ name: "u", age: 1 }], names: ["a", "b"] }), "m1")
    const next = apply(thing, first, body({ size: 1, users: [{ name: "w" }], names: ["b", "c"] }), "m2")
    assert.deepStrictEqual(owned(next, "m2"), {
      "f:spec": {
        "f:names": { 'v:"b"': {}, 'v:"c"': {} },
        "f:size": {},
        "f:users": { 'k:{"name":"w"}': { ".": {}, "f:name": {} } }
      }
    })
    const gone = apply(thing, next, body({ size: 1 }), "m1")["spec"] as Readonly<Record<string, unknown>>
    assert.deepStrictEqual(gone["names"], ["b", "c"])
    assert.deepStrictEqual(gone["users"], [{ name: "w" }])
  })

  it("belongs to its creator with its parents, and to nobody where the type is unknown", () => {
    assert.deepStrictEqual(owned(created(thing, body({ size: 1 }), "poster"), "poster"), {
      "f:spec": { ".": {}, "f:mode": {}, "f:nested": { ".": {}, "f:a": {} }, "f:size": {} }
    })
    assert.strictEqual(
      failure(tried(thing, undefined, body({ size: 1, junk: 1 }), "m")).message,
      "failed to create typed patch object (n/a; example.com/v1, Kind=Thing): .spec.junk: field not declared in schema"
    )
  })

  it.prop("is total: any JSON is decoded, defaulted and judged", [Schema.Unknown], ([spec]) => {
    const result = thing.decode(body(spec))
    if ("object" in result) thing.validateCreate(thing.defaulted(result.object))
  })
})
