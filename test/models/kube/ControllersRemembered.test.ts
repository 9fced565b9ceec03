/** What is remembered of controllers' moves is what they would say now, at every state of a life. */
import { assert, describe, it } from "@effect/vitest"
import type { ApiRequest } from "../../../src/domain/kube/Wire.ts"
import { bootWith, instantCluster } from "../../../src/interpreters/memory/Cluster.ts"
import { handle, type State } from "../../../src/models/kube/api/Server.ts"
import { movesOf } from "../../../src/models/kube/controllers/ControllerManager.ts"
import * as Remembered from "../../../src/models/kube/controllers/Remembered.ts"
import * as Settle from "../../../src/models/kube/controllers/Settle.ts"
import { counting } from "../../../src/models/Names.ts"

const now = Date.UTC(2026, 0, 1)
const sets = { group: "apps", version: "v1", resource: "statefulsets", namespace: "default" }
const pods = { group: "", version: "v1", resource: "pods", namespace: "default" }
const services = { group: "", version: "v1", resource: "services", namespace: "default" }
const merge = { verb: "patch", contentType: "application/merge-patch+json" } as const

const labels = { app: "a" }
const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } }
const spec = { replicas: 3, serviceName: "a", selector: { matchLabels: labels }, template }
const service = { selector: labels, ports: [{ port: 1 }] }

const life: ReadonlyArray<ApiRequest> = [
  {
    verb: "create",
    ...services,
    body: { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: service }
  },
  { verb: "create", ...sets, body: { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "a" }, spec } },
  { verb: "delete", ...pods, name: "a-1" },
  { ...merge, ...pods, name: "a-0", body: { metadata: { labels: { app: "b" } } } },
  { ...merge, ...pods, name: "a-0", body: { metadata: { labels: { app: "a" } } } },
  { ...merge, ...sets, name: "a", body: { spec: { replicas: 1 } } },
  { ...merge, ...sets, name: "a", body: { spec: { template: { metadata: { labels: { app: "a", v: "2" } } } } } },
  { verb: "delete", ...sets, name: "a", body: { propagationPolicy: "Foreground" } },
  { verb: "delete", ...services, name: "a" }
]

describe("moves that are remembered", () => {
  it("are those of a controller that looks for the first time, also when worlds alternate", () => {
    const memory = Remembered.empty()
    const agree = (state: State, millis: number) =>
      assert.deepStrictEqual(
        movesOf(instantCluster, state, millis, memory),
        movesOf(instantCluster, state, millis, Remembered.empty())
      )
    let state = bootWith(["node-0", "node-1"], counting(now))
    let count = 0
    for (const [index, request] of life.entries()) {
      const millis = now + index * 1000
      const before = state
      let work = Settle.begin(handle(state, request, counting(millis))[0])
      for (;;) {
        agree(work.state, millis)
        const next = Settle.step(instantCluster, work, counting(millis), undefined, memory)
        if (next === undefined) break
        work = next
        count++
      }
      agree(before, millis)
      state = work.state
      agree(state, millis)
    }
    assert.isAbove(count, 40)
  })
})
