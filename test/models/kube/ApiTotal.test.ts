import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import type { ApiRequest } from "../../../src/domain/kube/Wire.ts"
import { boot, handle, type State } from "../../../src/models/kube/api/Server.ts"
import { counting } from "../../../src/models/Names.ts"
import { start } from "./ApiSession.ts"

const oneOf = <const A extends ReadonlyArray<string>>(...words: A) => Schema.Literals(words)

const Verbs = oneOf("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
const Resources = oneOf(
  "pods",
  "services",
  "configmaps",
  "secrets",
  "namespaces",
  "nodes",
  "events",
  "serviceaccounts",
  "persistentvolumeclaims",
  "nonsense"
)
const Name = oneOf("a", "b", "default", "A_", "..", "", "constructor", "__proto__")
const Text = Schema.Union([
  Schema.String,
  oneOf(
    "0",
    "1",
    "7",
    "99999",
    "All",
    "true",
    "Exact",
    "NotOlderThan",
    "a=b",
    "a in (b,c)",
    "metadata.name=a",
    "Foreground",
    "Orphan",
    "x",
    "-5"
  )
])

const Scalar = Schema.Union([Schema.String, Schema.Int, Schema.Boolean, Schema.Null, Name])
const Field = oneOf(
  "metadata",
  "spec",
  "status",
  "data",
  "name",
  "namespace",
  "labels",
  "finalizers",
  "uid",
  "resourceVersion",
  "ownerReferences",
  "annotations",
  "managedFields",
  "containers",
  "ports",
  "selector",
  "kind",
  "apiVersion",
  "op",
  "path",
  "value",
  "preconditions",
  "gracePeriodSeconds",
  "generateName"
)
const Flat = Schema.Union([Scalar, Schema.Array(Scalar), Schema.Record(Field, Schema.optionalKey(Scalar))])
const Deep = Schema.Union([Flat, Schema.Array(Flat), Schema.Record(Field, Schema.optionalKey(Flat))])
const Body = Schema.Union([Deep, Schema.Record(Field, Schema.optionalKey(Deep))])

const Request = Schema.Struct({
  verb: Verbs,
  resource: Resources,
  namespace: oneOf("default", "", "nope"),
  name: Name,
  subresource: oneOf("", "", "status", "scale", "binding", "eviction", "finalize", "nonsense"),
  query: Schema.Record(
    oneOf(
      "labelSelector",
      "fieldSelector",
      "limit",
      "continue",
      "resourceVersion",
      "resourceVersionMatch",
      "fieldManager",
      "force",
      "fieldValidation",
      "dryRun",
      "sendInitialEvents",
      "allowWatchBookmarks",
      "gracePeriodSeconds",
      "propagationPolicy"
    ),
    Schema.optionalKey(Text)
  ),
  contentType: oneOf(
    "application/json",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "x"
  ),
  body: Schema.optionalKey(Body)
})

const bodies: Readonly<Record<string, object>> = {
  pods: { spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] } },
  services: { spec: { ports: [{ port: 80 }] } },
  persistentvolumeclaims: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  events: { involvedObject: { namespace: "default" } }
}

/** What a client in its right mind would send instead, with one random field: or nothing but refusals would be explored. */
const sane = ({ body, name, resource, verb }: typeof Request.Type, at: number): ApiRequest => {
  const namespaced = resource !== "namespaces" && resource !== "nodes"
  const plain = name === "a" || name === "b" ? name : "c"
  const [field, value] =
    at % 3 === 0 && typeof body === "object" && body !== null ? (Object.entries(body)[0] ?? []) : []
  const finalizers = at % 4 === 0 ? { finalizers: ["x.io/f"] } : {}
  const whole = {
    ...bodies[resource],
    metadata: { name: plain, ...finalizers },
    ...(field === undefined ? {} : { [field]: value })
  }
  return {
    verb,
    group: "",
    version: "v1",
    resource,
    ...(namespaced ? { namespace: "default" } : {}),
    ...(["create", "list", "deletecollection"].includes(verb) ? {} : { name: plain }),
    ...(verb === "patch" ? { contentType: "application/merge-patch+json" } : {}),
    ...(["create", "update", "patch"].includes(verb) ? { body: whole } : {})
  }
}

const checked = (state: State, request: ApiRequest): State => {
  const [next, reply] = handle(state, request, counting(start))
  if (reply === undefined) {
    assert.strictEqual(request.verb, "watch")
    return next
  }
  const body = reply.body as { readonly kind?: string; readonly code?: number; readonly status?: string }
  if (reply.status >= 400 && typeof body !== "string") {
    assert.deepStrictEqual([body.kind, body.status, body.code], ["Status", "Failure", reply.status])
    // A collection is deleted one by one, and what is gone stays gone.
    if (request.verb !== "deletecollection") assert.strictEqual(next, state)
  }
  if (["get", "list", "watch"].includes(request.verb)) assert.strictEqual(next, state)
  return next
}

const sound = (state: State): void => {
  const objects = [...state.objects.values()].flatMap((kind) => [...kind])
  for (const kind of state.objects.values()) assert.deepStrictEqual([...kind.keys()], [...kind.keys()].sort())
  const uids = new Set(objects.map(([, { metadata }]: readonly [string, KubeObject]) => metadata.uid))
  assert.strictEqual(uids.size, objects.length)
  for (const [path, { metadata }] of objects) {
    assert.strictEqual(
      path,
      metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
    )
    assert.isAtMost(Number(metadata.resourceVersion), state.version)
  }
  const versions = state.log.map(({ version }) => version)
  assert.deepStrictEqual(
    versions,
    [...new Set(versions)].sort((left, right) => left - right)
  )
}

describe("the API server model", () => {
  it.prop(
    "answers whatever is asked, refuses without a trace, and keeps its store in order",
    [Schema.Array(Request)],
    ([requests]) => {
      let state = boot(counting(start))
      for (const [at, request] of requests.entries()) {
        const { body, ...rest } = request
        const where = { group: "", version: "v1", ...rest }
        state = checked(state, body === undefined ? where : { ...where, body })
        state = checked(state, sane({ ...request, verb: "create" }, at))
        state = checked(state, sane(request, at))
      }
      sound(state)
    },
    { arbitrary: { runs: 300, size: 24 } }
  )
})
