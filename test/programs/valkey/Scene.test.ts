/** What one pass of the Sentinel program carries from step to step. */
import { assert, describe, it } from "@effect/vitest"
import type { Status } from "../../../src/domain/valkey/Cluster.ts"
import { decide } from "../../../src/domain/valkey/Decide.ts"
import { recordedIn } from "../../../src/programs/valkey/Scene.ts"
import { cluster } from "../../domain/valkey/Clusters.ts"
import * as S from "../../domain/valkey/Situations.ts"

const routing = S.situation({
  pods: S.pods(S.silent, S.fenced(), S.silent),
  primary: S.primaryAt(0),
  failover: { phase: "Routing" },
  memory: { silentMillis: 2000 },
  phaseMillis: 10_000
})

const { failover, primary } = routing.intent
const status: Status = { ...cluster().status, epoch: 4, primary: primary!, failover: failover! }

describe("a situation", () => {
  it("keeps the time of a phase that goes on", () => {
    assert.strictEqual(recordedIn(routing, status).phaseMillis, 10_000)
  })

  it("counts a new phase from nothing, so that a silent primary gets its time to starve", () => {
    const fencing = { ...failover!, epoch: 5, phase: "Fencing" as const, from: primary! }
    const next = recordedIn(routing, { ...status, epoch: 5, failover: fencing })
    assert.strictEqual(next.phaseMillis, 0)
    assert.strictEqual(decide(next)._tag, "Wait")
    assert.strictEqual(decide({ ...next, phaseMillis: 10_000 })._tag, "Choose")
  })
})
