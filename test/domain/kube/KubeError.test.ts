import { assert, describe, it } from "@effect/vitest"
import { fromReply } from "../../../src/domain/kube/KubeError.ts"
import type { ApiReply } from "../../../src/domain/kube/Wire.ts"

const request = {
  verb: "get",
  group: "apps",
  version: "v1",
  resource: "statefulsets",
  namespace: "n",
  name: "a"
} as const

const refusal = (code: number, reason: string, details: object = {}): ApiReply => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: "why", reason, details, code }
})

const reasonOf = (reply: ApiReply) => fromReply("Get", request, reply).reason

describe("an error of the API", () => {
  it("tells apart what the server tells apart", () => {
    for (const reason of ["BadRequest", "Conflict", "Forbidden", "Invalid", "NotFound", "AlreadyExists", "Timeout"]) {
      assert.strictEqual(reasonOf(refusal(400, reason)), reason)
    }
    assert.strictEqual(reasonOf(refusal(405, "MethodNotAllowed")), "NotSupported")
    assert.strictEqual(reasonOf(refusal(429, "TooManyRequests")), "TooManyRequests")
    assert.strictEqual(reasonOf(refusal(410, "Gone")), "Expired")
  })

  it("tells what was sent from what was not", () => {
    assert.strictEqual(reasonOf({ status: 0, body: "Unreachable" }), "Unreachable")
    assert.strictEqual(reasonOf({ status: 0, body: "TimedOut" }), "TimedOut")
  })

  it("is a conflict when the object is another one by now, though the server calls a patch of it invalid", () => {
    assert.strictEqual(reasonOf(refusal(422, "Invalid", { causes: [{ field: "metadata.uid" }] })), "Conflict")
    assert.strictEqual(reasonOf(refusal(422, "Invalid", { causes: [{ field: "spec.replicas" }] })), "Invalid")
  })

  it("makes do with a status alone, and with a body that is none", () => {
    assert.strictEqual(reasonOf({ status: 503, body: "<html>" }), "ServiceUnavailable")
    assert.strictEqual(reasonOf({ status: 418, body: undefined }), "Other")
    assert.strictEqual(
      fromReply("Get", request, { status: 503, body: "<html>" }).message,
      "Get statefulsets.apps n/a: ServiceUnavailable: status 503 with a body that is no Status"
    )
  })

  it("carries the time that a refusal asks for", () => {
    const reply = { ...refusal(429, "TooManyRequests"), headers: { "retry-after": "7" } }
    assert.strictEqual(fromReply("Get", request, reply).retryAfterSeconds, 7)
  })
})
