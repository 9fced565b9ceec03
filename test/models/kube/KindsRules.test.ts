import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { builtIn } from "../../../src/models/kube/api/Kind.ts"
import * as Quantity from "../../../src/models/kube/api/Quantity.ts"
import { decoded, kind } from "./PatchSession.ts"

const pod = kind("/pods")
const service = kind("/services")
const secret = kind("/secrets")
const configMap = kind("/configmaps")
const statefulSet = kind("apps/statefulsets")
const claim = kind("/persistentvolumeclaims")

const allocations = { clusterIp: () => "10.96.0.9", suffix: () => "abcde" }

const made = (of: typeof pod, body: Readonly<Record<string, unknown>>): KubeObject => {
  const object = decoded(of, body)
  const named = { ...object, metadata: { namespace: "n", ...object.metadata } }
  return of.prepared(named, undefined, allocations)
}

const fields = (object: KubeObject, name: string) => object[name] as Readonly<Record<string, unknown>>

const template = {
  metadata: { labels: { app: "x" } },
  spec: { containers: [{ name: "c", image: "valkey/valkey:8" }] }
}

const set = (spec = {}) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "t" },
  spec: { serviceName: "x", selector: { matchLabels: { app: "x" } }, template, ...spec }
})

const complaints = (causes: ReadonlyArray<{ readonly field: string; readonly message: string }>) =>
  causes.map(({ field, message }) => `${field}: ${message}`)

describe("defaults", () => {
  it("complete a StatefulSet and its template", () => {
    const { spec } = decoded(statefulSet, set()) as unknown as { readonly spec: Readonly<Record<string, unknown>> }
    assert.strictEqual(spec["replicas"], 1)
    assert.strictEqual(spec["podManagementPolicy"], "OrderedReady")
    assert.strictEqual(spec["revisionHistoryLimit"], 10)
    assert.deepStrictEqual(spec["updateStrategy"], { type: "RollingUpdate", rollingUpdate: { partition: 0 } })
    assert.deepStrictEqual(spec["persistentVolumeClaimRetentionPolicy"], {
      whenDeleted: "Retain",
      whenScaled: "Retain"
    })
    assert.deepStrictEqual(spec["template"], {
      metadata: { labels: { app: "x" } },
      spec: {
        containers: [
          {
            name: "c",
            image: "valkey/valkey:8",
            imagePullPolicy: "IfNotPresent",
            resources: {},
            terminationMessagePath: "/dev/termination-log",
            terminationMessagePolicy: "File"
          }
        ],
        dnsPolicy: "ClusterFirst",
        restartPolicy: "Always",
        schedulerName: "default-scheduler",
        securityContext: {},
        terminationGracePeriodSeconds: 30
      }
    })
  })

  it("complete a Service, and allocate once", () => {
    const object = made(service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: [{ port: 80 }] }
    })
    assert.deepStrictEqual(object["spec"], {
      clusterIP: "10.96.0.9",
      clusterIPs: ["10.96.0.9"],
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      sessionAffinity: "None",
      type: "ClusterIP"
    })
    const bare = { ...object, spec: { ports: fields(object, "spec")["ports"] } }
    const again = service.prepared(decoded(service, bare), object, { clusterIp: () => "10.96.0.10" })
    assert.deepStrictEqual(again["spec"], object["spec"])
  })

  it("turn a Secret's text into data, and keep no text", () => {
    const object = decoded(secret, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { a: "hé" },
      data: { b: "AAEC" }
    })
    assert.deepStrictEqual(object["data"], { a: "aMOp", b: "AAEC" })
    assert.isUndefined(object["stringData"])
    assert.strictEqual(object["type"], "Opaque")
  })

  it("complete a pod by admission: token, tolerations, priority", () => {
    const object = made(pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "c", image: "busybox" }] }
    })
    const spec = fields(object, "spec")
    assert.strictEqual(spec["serviceAccountName"], "default")
    assert.strictEqual(spec["priority"], 0)
    assert.strictEqual((spec["tolerations"] as ReadonlyArray<unknown>).length, 2)
    assert.strictEqual((spec["volumes"] as ReadonlyArray<{ readonly name: string }>)[0]?.name, "kube-api-access-abcde")
    assert.deepStrictEqual(pod.initialStatus(object), { phase: "Pending", qosClass: "BestEffort" })
  })

  it("leave what is complete as it is", () => {
    for (const body of [
      set(),
      { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } }
    ]) {
      const of = body.kind === "Service" ? service : statefulSet
      const once = decoded(of, body)
      assert.deepStrictEqual(decoded(of, once), once)
    }
  })
})

describe("decoding", () => {
  it("says what Go says about a wrong type", () => {
    assert.deepStrictEqual(statefulSet.decode(set({ replicas: "3" })), {
      error:
        'StatefulSet in version "v1" cannot be handled as a StatefulSet: json: cannot unmarshal string into Go struct field StatefulSetSpec.spec.replicas of type int32',
      detail: "json: cannot unmarshal string into Go struct field StatefulSetSpec.spec.replicas of type int32"
    })
  })

  it("lists unknown fields by their path", () => {
    const body = set({ template: { spec: { containers: [{ name: "c", foo: 1 }] } }, bar: 2 })
    const result = statefulSet.decode(body)
    assert.deepStrictEqual("unknown" in result ? [...result.unknown].sort() : [], [
      "spec.bar",
      "spec.template.spec.containers[0].foo"
    ])
  })

  it("keeps a pointer to zero and drops a plain zero", () => {
    const result = statefulSet.decode(set({ replicas: 0, minReadySeconds: 0 }))
    const spec = "object" in result ? fields(result.object, "spec") : {}
    assert.strictEqual(spec["replicas"], 0)
    assert.isUndefined(spec["minReadySeconds"])
  })

  it.prop("is total: any JSON is an object or an error", [Schema.Unknown], ([body]) => {
    for (const of of builtIn.values()) {
      const result = of.decode({ metadata: { name: "x" }, spec: body, status: body, data: body })
      if ("object" in result) {
        const next = of.defaulted(result.object)
        of.validateCreate(next)
        of.validateUpdate(next, next)
      }
    }
  })
})

describe("validation", () => {
  it("names every bad field of a StatefulSet", () => {
    const object = made(
      statefulSet,
      set({ selector: { matchLabels: { app: "y" } }, podManagementPolicy: "Foo", replicas: -1 })
    )
    assert.deepStrictEqual(complaints(statefulSet.validateCreate(object)), [
      `spec.podManagementPolicy: Invalid value: "Foo": must be 'OrderedReady' or 'Parallel'`,
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`'
    ])
  })

  it("lets only some fields of a StatefulSet change", () => {
    const old = made(statefulSet, set())
    const scaled = made(statefulSet, set({ replicas: 5 }))
    const renamed = made(statefulSet, set({ serviceName: "y" }))
    assert.deepStrictEqual(statefulSet.validateUpdate(old, scaled), [])
    assert.isTrue(statefulSet.generationMoves(old, scaled))
    assert.match(
      complaints(statefulSet.validateUpdate(old, renamed)).join(),
      /^spec: Forbidden: updates to statefulset spec/
    )
  })

  it("keeps a cluster address, immutable data and a claim's spec", () => {
    const port = { ports: [{ port: 80 }] }
    const old = made(service, { metadata: { name: "s" }, spec: port })
    const moved = made(service, { metadata: { name: "s" }, spec: { ...port, clusterIP: "10.96.7.7" } })
    assert.deepStrictEqual(complaints(service.validateUpdate(old, moved)), [
      'spec.clusterIPs[0]: Invalid value: ["10.96.7.7"]: may not change once set'
    ])
    const frozen = made(configMap, { metadata: { name: "c" }, immutable: true, data: { a: "1" } })
    const thawed = made(configMap, { metadata: { name: "c" }, data: { a: "2" } })
    assert.deepStrictEqual(complaints(configMap.validateUpdate(frozen, thawed)), [
      "immutable: Forbidden: field is immutable when `immutable` is set",
      "data: Forbidden: field is immutable when `immutable` is set"
    ])
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
    const bound = made(claim, { metadata: { name: "p" }, spec })
    const other = made(claim, { metadata: { name: "p" }, spec: { ...spec, accessModes: ["ReadOnlyMany"] } })
    assert.match(complaints(claim.validateUpdate(bound, other)).join(), /^spec: Forbidden: spec is immutable/)
  })

  it("lets a pod change its images and little else", () => {
    const of = (spec = {}) =>
      made(pod, { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "a:1" }], ...spec } })
    assert.deepStrictEqual(pod.validateUpdate(of(), of({ containers: [{ name: "c", image: "b:1" }] })), [])
    assert.match(complaints(pod.validateUpdate(of(), of({ nodeName: "n" }))).join(), /^spec: Forbidden: pod updates/)
  })
})

describe("a quantity", () => {
  it("has one text", () => {
    const text = (value: string) => {
      const parsed = Quantity.parse(value)
      return typeof parsed === "string" ? parsed : Quantity.text(parsed)
    }
    const pairs = {
      "1024Mi": "1Gi",
      "1.5Gi": "1536Mi",
      "1000m": "1",
      "0.1": "100m",
      "1500": "1500",
      "1e3": "1e3",
      "0.5Ki": "512",
      "-1": "-1",
      "0": "0",
      "1.0000000001": "1000000001n",
      "1000000": "1M"
    }
    for (const [from, to] of Object.entries(pairs)) assert.strictEqual(text(from), to)
    for (const bad of ["", "x", "1 ", "1Kx", "."]) assert.isTrue(typeof Quantity.parse(bad) === "string", bad)
  })

  it.prop(
    "reads back what it writes",
    [Schema.Int, Schema.Literals(["", "m", "k", "M", "Ki", "Mi", "Gi", "e2", "E"])],
    ([digits, suffix]) => {
      const parsed = Quantity.parse(`${digits}${suffix}`)
      if (typeof parsed === "string") return
      assert.strictEqual(Quantity.nanosOf(Quantity.text(parsed)), parsed.nanos)
    }
  )
})
