/** What the Sentinel program says of a cluster, and what it declares to have lost. */
import { assert, describe, it } from "@effect/vitest"
import { decide } from "../../../src/domain/valkey/Decide.ts"
import type { Status } from "../../../src/domain/valkey/Cluster.ts"
import type { Facts } from "../../../src/domain/valkey/Facts.ts"
import type { Failover } from "../../../src/domain/valkey/Intent.ts"
import { costText, isClear, lastFailover, loss, primaryOf, report } from "../../../src/domain/valkey/Report.ts"
import { nodeOf, present, type Situation } from "../../../src/domain/valkey/Situation.ts"
import { cluster } from "./Clusters.ts"
import * as S from "./Situations.ts"

const samples = (...given: ReadonlyArray<readonly [offset: number, ageMillis: number]>) => ({
  pods: {},
  led: undefined,
  samples: given.map(([offset, ageMillis]) => ({ offset, ageMillis }))
})
const inFlight = 4 * 1024 * 1024

describe("what a promotion may have cost", () => {
  it("is what came after the last look at which the new primary had it all", () => {
    assert.deepStrictEqual(loss(samples([130, 100], [100, 200], [90, 300]), 110), {
      lossBytes: 20 + inFlight,
      lossMillis: 1200
    })
  })

  it("is not known when nobody looked, or the new primary never had it all", () => {
    assert.deepStrictEqual(loss(samples(), 110), { lossBytes: -1, lossMillis: -1 })
    assert.deepStrictEqual(loss(samples([130, 100], [120, 200]), 110), { lossBytes: -1, lossMillis: -1 })
  })

  it("is not known in bytes when the last look was long ago", () => {
    assert.deepStrictEqual(loss(samples([100, 1900]), 100), { lossBytes: -1, lossMillis: 2900 })
  })

  it("is written down as it is read", () => {
    const last = { epoch: 2, kind: "Unplanned", to: "v-1" } as const
    assert.isUndefined(costText({ ...last, lossBytes: 0, lossMillis: 0 }))
    assert.strictEqual(
      costText({ ...last, lossBytes: 9, lossMillis: 7 }),
      "writes of 7 ms may be lost, 9 bytes at most"
    )
    assert.strictEqual(costText({ ...last, lossBytes: -1, lossMillis: 7 }), "writes of 7 ms may be lost")
    assert.strictEqual(
      costText({ ...last, lossBytes: -1, lossMillis: -1 }),
      "writes may be lost, since an unknown time"
    )
  })
})

const promoted: Partial<Facts> = { replid: "new", replid2: "now", secondOffset: 101 }

/** v-1 has just been promoted in the place of v-0. */
const adopting = (old: S.Node, more: Partial<S.Given> = {}): Situation =>
  S.situation({
    pods: S.pods(old, S.leads(promoted), S.fenced()),
    primary: S.primaryAt(0),
    memory: { synced: [1, 2], offset: 100 },
    failover: { phase: "Promoting", to: S.targetAt(1) },
    ...more
  })

const declared = (situation: Situation, change: Partial<Failover> = {}) => {
  const { facts, node } = present(situation).find(({ view }) => view.ordinal === 1)!
  const { lossBytes, lossMillis } = lastFailover(
    situation,
    { ...situation.intent.failover!, ...change },
    primaryOf(node, facts),
    facts
  )
  return [lossBytes, lossMillis]
}

describe("what is declared of a failover (inv-I11)", () => {
  it("is bounded when the old primary has ended, restarted, or was fenced", () => {
    for (const old of [S.gone, S.restarted(), S.fenced()]) {
      assert.deepStrictEqual(declared(adopting(old)), [inFlight, 1100])
    }
  })

  it("has no bound in bytes, and the time until it starves, while the old primary may serve", () => {
    const lost = adopting(S.gone)
    const views = [S.view(0, S.gone, { address: undefined }), ...lost.pods.slice(1)]
    for (const situation of [adopting(S.silent), adopting(S.leads()), adopting(S.busy), { ...lost, pods: views }]) {
      assert.deepStrictEqual(declared(situation), [-1, 5100])
    }
  })

  it("has no bound at all when the old primary needs no replica to accept writes", () => {
    assert.deepStrictEqual(declared(adopting(S.silent, { desire: { minReplicas: 0 } })), [-1, -1])
  })

  it("is nothing when the new primary reached the final offset, and when there was none before", () => {
    assert.deepStrictEqual(declared(adopting(S.fenced()), { kind: "Planned", finalOffset: 100 }), [0, 0])
    assert.deepStrictEqual(declared(adopting(S.silent), { kind: "Bootstrap" }), [0, 0])
  })

  it("is not nothing when the target was promoted below the final offset", () => {
    assert.deepStrictEqual(declared(adopting(S.fenced()), { kind: "Planned", finalOffset: 101 }), [inFlight, 1100])
  })
})

const said = (given: S.Given, phase: Status["phase"] = "Running") => {
  const situation = S.situation(given)
  const before = cluster()
  const now = { ...before, status: { ...before.status, phase } }
  const { conditions, ...status } = report(now, situation, decide(situation), "app=x")
  const of = (type: string) => {
    const one = conditions.find((condition) => condition.type === type)
    return [one?.status, one?.reason, one?.message].join(" ").trim()
  }
  return { status, of }
}
const base = { primary: S.primaryAt(0), memory: { synced: [1, 2], offset: 100 } }
const [leads, follows] = [S.leads(), S.followsPod(0)]

describe("the status", () => {
  it("of a settled cluster", () => {
    const { of, status } = said({ ...base, pods: S.pods(leads, follows, follows) })
    assert.strictEqual(of("Ready"), "True Serving v-0 serves")
    assert.strictEqual(of("Progressing"), "False Settled 3 of 3 nodes are attached")
    assert.strictEqual(of("Degraded"), "False AsDesired")
    assert.strictEqual(of("FailoverInProgress"), "False None")
    assert.strictEqual(of("DataLoss"), "False None")
    assert.deepInclude(status, { phase: "Running", readyReplicas: 3, replicas: 3, hadData: true })
    assert.deepStrictEqual(status.nodeStatuses[1], { podName: "v-1", role: "Replica", healthy: true })
  })

  it("names a pod that is no node of the cluster, and what it answers", () => {
    const { of } = said({ ...base, pods: S.pods(leads, S.foreign, follows) })
    assert.include(
      of("Degraded"),
      "True ReplicasMissing 2 of 3 nodes are attached; v-1 is no node of this cluster: WRONGPASS"
    )
    assert.include(of("Ready"), "True")
  })

  it("says why a primary that does not answer as one is waited for", () => {
    const ready = (node: S.Node) => said({ ...base, pods: S.pods(node, follows, follows) }).of("Ready")
    assert.strictEqual(
      ready(S.foreign),
      "False Wait waits for v-0, which is no node of this cluster: WRONGPASS invalid username-password pair, to answer"
    )
    assert.strictEqual(ready(S.busy), "False Wait waits for v-0, which answers Busy, to answer")
    assert.strictEqual(ready(S.silent), "False Wait waits for v-0, which does not answer, to answer")
  })

  it("is degraded when a primary that has served does not, and as long as it is being made only by a stranger", () => {
    const degraded = (node: S.Node, phase: Status["phase"]) =>
      said({ ...base, pods: S.pods(node, follows, follows) }, phase).of("Degraded")
    for (const node of [S.foreign, S.busy, S.silent]) {
      assert.include(degraded(node, "Running"), "True NotServing waits for v-0, which")
    }
    assert.include(degraded(S.foreign, "Creating"), "True NotServing waits for v-0, which is no node of this cluster")
    assert.strictEqual(degraded(S.busy, "Creating"), "False AsDesired")
  })

  it("stays ready while a replica is attached again", () => {
    const { of } = said({ ...base, pods: S.pods(leads, S.empty(), follows) })
    assert.strictEqual(of("Ready"), "True Serving v-0 serves")
    assert.include(of("Degraded"), "True ReplicasMissing")
  })

  it("is ready for the first time when all are in sync with the history on record", () => {
    const pods = S.pods(leads, follows, follows)
    const ready = (synced: ReadonlyArray<number>, phase: Status["phase"]) =>
      said({ ...base, pods, memory: { synced, offset: 100 } }, phase)
    assert.strictEqual(ready([1], "Creating").of("Ready"), "False ReplicasMissing 2 of 3 nodes are attached")
    assert.strictEqual(ready([1], "Creating").status.phase, "Creating")
    assert.strictEqual(ready([1, 2], "Creating").of("Ready"), "True Serving v-0 serves")
    assert.strictEqual(ready([1, 2], "Creating").status.phase, "Running")
    assert.strictEqual(ready([1], "Running").of("Ready"), "True Serving v-0 serves")
    assert.include(ready([1], "Running").of("Progressing"), "True")
    assert.strictEqual(ready([], "Running").of("Ready"), "False ReplicasMissing 1 of 3 nodes are attached")
    const stale = said({ ...base, pods, memory: { synced: [1, 2], syncedWith: "before", offset: 100 } })
    assert.strictEqual(stale.of("Ready"), "False ReplicasMissing 1 of 3 nodes are attached")
  })

  it("says nothing of who is in sync after one look at a primary", () => {
    const situation = S.situation({ ...base, pods: S.pods(leads, follows, follows) })
    const looked = (looks: number, runId = "run-0") =>
      isClear({ ...situation, health: { ...situation.health, led: { runId, replid: "now", looks } } })
    assert.deepStrictEqual([looked(1), looked(2), looked(3), looked(3, "run-1")], [false, false, true, false])
    assert.isTrue(isClear(S.situation({ ...base, pods: S.pods(S.gone, follows, follows) })))
  })

  it("is not ready without a client Service of its own, and says which object is taken", () => {
    const { of } = said({
      ...base,
      pods: S.pods(leads, follows, follows),
      isRoutable: false,
      routedTo: "other",
      taken: ["Service cache-client"]
    })
    assert.include(of("Ready"), "False Wait waits for a client Service")
    assert.include(of("Degraded"), "True NameTaken Service cache-client")
  })

  it("warns below three pods, and says what a halt needs", () => {
    assert.include(
      said({ ...base, pods: S.pods(leads, follows), desire: { replicas: 2 } }).of("Degraded"),
      "True FewReplicas"
    )
    const halted = said({
      ...base,
      pods: S.pods(S.empty(), S.empty(), S.empty()),
      failover: { phase: "Fencing" },
      memory: {}
    })
    assert.include(halted.of("DataLoss"), "True AllNodesEmpty")
    assert.include(halted.of("DataLoss"), "restore the volumes")
    assert.strictEqual(halted.status.phase, "Failed")
  })

  it("remembers that there was data", () => {
    const never = said({
      ...base,
      pods: S.pods(S.leads({ keys: 0 }), S.followsPod(0, { keys: 0 }), S.followsPod(0, { keys: 0 }))
    })
    assert.isFalse(never.status.hadData)
  })

  it("keeps the times of conditions that stay", () => {
    const situation = S.situation({ ...base, pods: S.pods(leads, follows, follows) })
    const first = report(cluster(), situation, decide(situation), "app=x")
    const stamped = {
      ...first,
      conditions: first.conditions.map((one) => ({ ...one, lastTransitionTime: "1970-01-01T00:00:00Z" }))
    }
    assert.deepStrictEqual(report({ ...cluster(), status: stamped }, situation, decide(situation), "app=x"), stamped)
  })
})

it("names the node of a view with the credentials of the cluster", () => {
  const situation = S.situation({ ...base, pods: S.pods(leads) })
  const view = situation.pods[0]!
  assert.deepInclude(nodeOf(view, present(situation)[0]!.facts, situation), { pod: "v-0", runId: "run-0", port: 6379 })
})
