/** Each law of states and steps is broken by something, and a settled cluster breaks none. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "../../../src/domain/Capability.ts"
import { Apply } from "../../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { Status } from "../../../src/domain/valkey/Cluster.ts"
import { Fence } from "../../../src/domain/valkey/Valkey.ts"
import { clusterView, type ClusterView, type Server } from "../../../src/laws/valkey/ClusterView.ts"
import { brokenIn, invariants } from "../../../src/laws/valkey/Invariants.ts"
import { undeclared } from "../../../src/laws/valkey/Loss.ts"
import { unconditional } from "../../../src/laws/valkey/Preconditions.ts"
import { brokenBetween, stepLaws } from "../../../src/laws/valkey/Steps.ts"
import type { Node } from "../../../src/models/valkey/Node.ts"
import * as Lab from "../../programs/valkey/Lab.ts"

const view = Effect.map(Lab.world, (world) => clusterView(world, Lab.key)!)

const withStatus = (now: ClusterView, change: Partial<Status>): ClusterView => ({
  ...now,
  cluster: { ...now.cluster, status: { ...now.cluster.status, ...change } }
})
const withNode = (now: ClusterView, ordinal: number, change: Partial<Node>): ClusterView => ({
  ...now,
  servers: now.servers.map((server, index): Server =>
    index === ordinal && server.node !== undefined ? { ...server, node: { ...server.node, ...change } } : server
  )
})
const processOf = (now: ClusterView, ordinal: number) => {
  const { node, pod, uid } = now.servers[ordinal]!
  return { pod, uid, runId: node!.runId }
}
const primaryOf = (now: ClusterView, ordinal: number) => ({
  ...processOf(now, ordinal),
  address: now.servers[ordinal]!.address!,
  replid: "x"
})
const planned = (now: ClusterView, phase: "Fencing" | "Promoting" | "Routing") =>
  ({
    epoch: 1,
    kind: "Planned",
    phase,
    from: primaryOf(now, 0),
    to: processOf(now, 1),
    finalOffset: 100
  }) as const
const follow = (now: ClusterView, ordinal: number, host: string): ClusterView =>
  withNode(now, ordinal, { following: { ...now.servers[1]!.node!.following!, host } })

const states: ReadonlyArray<readonly [law: string, (now: ClusterView) => ClusterView]> = [
  ["routesToTheRecord", (now) => ({ ...now, routed: ["demo-1"] })],
  ["routesToTheRecord", (now) => ({ ...now, routed: ["demo-0", "demo-1"] })],
  ["fencedStaysFenced", (now) => withStatus(now, { failover: planned(now, "Promoting") })],
  [
    "oneAcceptsWhereClientsAre",
    (now) =>
      withNode({ ...now, routed: ["demo-1"] }, 1, { following: undefined, attached: now.servers[0]!.node!.attached })
  ],
  ["untouchedIsUnled", (now) => withStatus(now, { untouched: 3 })],
  ["recordIsWhole", (now) => withStatus(now, { epoch: 7, failover: planned(now, "Fencing") })],
  ["recordIsWhole", (now) => withStatus(now, { masterPod: "demo-2" })],
  [
    "ownsWhatIsIts",
    (now) => ({
      ...now,
      objects: now.objects.map((object) => ({ ...object, metadata: { ...object.metadata, ownerReferences: [] } }))
    })
  ],
  [
    "drainTakesAMinority",
    (now) => ({ ...now, objects: now.objects.map((object) => ({ ...object, spec: { maxUnavailable: 2 } })) })
  ],
  [
    "conditionsAgree",
    (now) =>
      withStatus(now, {
        conditions: now.cluster.status.conditions.map((one) =>
          one.type === "Ready" ? { ...one, status: "False" as const } : one
        )
      })
  ],
  [
    "conditionsAreDated",
    (now) =>
      withStatus(now, {
        conditions: now.cluster.status.conditions.map(({ message, reason, status, type }) => ({
          type,
          status,
          reason,
          message
        }))
      })
  ],
  [
    "conditionsAreDated",
    (now) =>
      withStatus(now, {
        conditions: now.cluster.status.conditions.map((one) => ({ ...one, observedGeneration: 7 }))
      })
  ]
]

type Step = readonly [law: string, before: (now: ClusterView) => ClusterView, after: (now: ClusterView) => ClusterView]
const same = (now: ClusterView) => now
const promoting = (now: ClusterView) => withStatus(now, { failover: planned(now, "Promoting") })
const routing = (now: ClusterView) => withStatus(now, { primary: primaryOf(now, 1), failover: planned(now, "Routing") })
const fence = (ordinal: number) => (now: ClusterView) =>
  withNode(now, ordinal, { following: { ...now.servers[1]!.node!.following!, host: "127.0.0.1", port: 1 } })
const lead = (ordinal: number) => (now: ClusterView) => withNode(now, ordinal, { following: undefined })

const steps: ReadonlyArray<Step> = [
  ["epochGrows", same, (now) => withStatus(now, { epoch: 0 })],
  ["epochGrows", same, (now) => withStatus(now, { epoch: 3 })],
  ["phasesMoveForward", promoting, (now) => withStatus(now, { failover: planned(now, "Fencing") })],
  [
    "phasesMoveForward",
    promoting,
    (now) => withStatus(now, { failover: { ...planned(now, "Promoting"), to: processOf(now, 2) } })
  ],
  ["phasesMoveForward", same, (now) => withStatus(now, { failover: planned(now, "Fencing") })],
  ["recordFollowsPromotion", same, (now) => withStatus(now, { primary: primaryOf(now, 1) })],
  ["recordFollowsPromotion", promoting, (now) => withStatus(now, { primary: primaryOf(now, 1) })],
  ["promotesWhoIsChosen", same, lead(1)],
  ["promotesWhoIsChosen", promoting, (now) => lead(2)(promoting(now))],
  [
    "dataLeads",
    (now) => withNode(now, 1, { replid: "other", data: { count: 0, entries: {} } }),
    (now) => withNode(now, 1, { following: undefined })
  ],
  [
    "plannedLosesNothing",
    promoting,
    (now) => lead(1)(withStatus(now, { primary: { ...primaryOf(now, 1), parent: { replid: "x", offset: 99 } } }))
  ],
  ["neverBack", (now) => follow(routing(now), 0, "127.0.0.1"), (now) => lead(0)(routing(now))],
  ["followsWhoLeads", same, (now) => follow(now, 1, now.servers[2]!.address!)],
  ["fencesWithIntent", same, fence(0)],
  ["fencesWithIntent", (now) => lead(1)(routing(now)), (now) => fence(1)(routing(now))],
  ["routesAfterPromotion", same, (now) => ({ ...now, routed: ["demo-1"] })],
  // Led on once, they are not led back.
  [
    "routesAfterPromotion",
    (now) => ({ ...routing(now), routed: ["demo-1"] }),
    (now) => ({ ...routing(now), routed: ["demo-0"] })
  ],
  [
    "conditionsGoForward",
    same,
    (now) =>
      withStatus(now, {
        conditions: now.cluster.status.conditions.map((one) => ({ ...one, observedGeneration: 0 }))
      })
  ]
]

describe("each law is broken by something:", () => {
  const settled = Effect.gen(function* () {
    yield* Lab.begin()
    yield* Lab.operator().run(1500)
    yield* Lab.command("demo-0", "SET", "a", "1")
    yield* Lab.operator().run(300)
    return yield* view
  })

  it.effect("invariants, and nothing else by the settled state", () =>
    Effect.gen(function* () {
      const now = yield* settled
      assert.deepStrictEqual(brokenIn(now), [])
      for (const [law, change] of states) {
        assert.isTrue(
          brokenIn(change(now)).some((one) => one.startsWith(`${law}: `)),
          law
        )
      }
      assert.deepStrictEqual(
        [...new Set(states.map(([law]) => law))].toSorted(),
        invariants.map(({ name }) => name).toSorted()
      )
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("steps, and nothing else by standing still", () =>
    Effect.gen(function* () {
      const now = yield* settled
      assert.deepStrictEqual(brokenBetween(now, now), [])
      for (const [law, before, after] of steps) {
        assert.isTrue(
          brokenBetween(before(now), after(now)).some((one) => one.startsWith(`${law}: `)),
          law
        )
      }
      assert.deepStrictEqual(
        [...new Set(steps.map(([law]) => law))].toSorted(),
        stepLaws.map(({ name }) => name).toSorted()
      )
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("but not by a primary that is fenced once it is heard again, while another one is promoted", () =>
    Effect.gen(function* () {
      const now = promoting(yield* settled)
      assert.deepStrictEqual(brokenBetween(now, fence(0)(now)), [])
    }).pipe(Effect.provide(Lab.layer()))
  )

  it("writes that name nothing", () => {
    const resource = Kinds.ConfigMap
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } }
    const node = { pod: "a", uid: "b", address: "c", port: 1, runId: "" }
    assert.include(unconditional(new Apply({ resource, object, manager: "m" })), "uid")
    const named = { ...object, metadata: { ...object.metadata, uid: "u" } }
    assert.isUndefined(unconditional(new Apply({ resource, object: named, manager: "m" })))
    assert.isUndefined(unconditional(new Fence({ node: { ...node, runId: "r" } })))
    const careless: Command = Object.assign(new Fence({ node }), {
      encode: () => ({ address: "c", port: 1, lines: [["REPLICAOF", "NO", "ONE"]] })
    })
    assert.include(unconditional(careless), "no process")
    const destructive: Command = Object.assign(new Fence({ node }), {
      encode: () => ({ address: "c", port: 1, runId: "r", lines: [["FLUSHALL"]] })
    })
    assert.include(unconditional(destructive), "destroys")
  })

  it("losses outside of what was declared", () => {
    const lost = [{ key: "a", bytes: 10, atMillis: 1000 }]
    assert.isUndefined(undeclared(lost, { lossBytes: 10, lossMillis: 500, atMillis: 1500 }))
    assert.include(undeclared(lost, { lossBytes: 10, lossMillis: 499, atMillis: 1500 }), "500 ms before")
    assert.include(undeclared(lost, { lossBytes: 9, lossMillis: 500, atMillis: 1500 }), "10 bytes are lost")
    assert.isUndefined(undeclared(lost, { lossBytes: -1, lossMillis: -1, atMillis: 9_000_000 }))
    assert.isUndefined(undeclared([], { lossBytes: 0, lossMillis: 0, atMillis: 1 }))
  })
})
