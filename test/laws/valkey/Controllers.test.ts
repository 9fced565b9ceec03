/** The generic laws of controllers hold of the two that operate a cluster. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Controller } from "../../../src/domain/Controller.ts"
import { defaults } from "../../../src/domain/valkey/Settings.ts"
import { survivesCrashes } from "../../../src/laws/generic/Crash.ts"
import { passesEnd, restsQuietly } from "../../../src/laws/generic/Rest.ts"
import type * as Run from "../../../src/laws/generic/Run.ts"
import { toleratesTwice } from "../../../src/laws/generic/Twice.ts"
import { resources } from "../../../src/programs/valkey/Resources.ts"
import { sentinel } from "../../../src/programs/valkey/Sentinel.ts"
import * as Lab from "../../programs/valkey/Lab.ts"
import * as Worlds from "./Worlds.ts"

const holds = (finding: Run.Finding, atLeast: number) => {
  assert.deepStrictEqual(finding.violations, [])
  assert.isAtLeast(finding.runs, atLeast)
}

const laws = <M, E>(
  says: string,
  controller: Controller<M, E, Lab.World>,
  world: Run.World<Lab.World, unknown>,
  { runs, writes }: { readonly runs: number; readonly writes: number }
) =>
  describe(says, () => {
    it.effect("survives a crash before, in flight and after every command", () =>
      Effect.map(survivesCrashes(controller, Lab.key, world), (finding) => holds(finding, runs))
    )
    it.effect("tolerates that any write lands twice", () =>
      Effect.map(toleratesTwice(controller, Lab.key, world), (finding) => holds(finding, 2 * writes))
    )
    it.effect("ends every pass within bounds, and then asks the API server nothing", () =>
      Effect.gen(function* () {
        holds(yield* passesEnd(controller, Lab.key, world), 1)
        holds(yield* restsQuietly(controller, Lab.key, world), 1)
      })
    )
  })

laws("Resources, at the creation of a cluster", resources, Worlds.asked, { runs: 60, writes: 10 })
laws("Sentinel, at the first primary", sentinel(defaults), Worlds.started, { runs: 60, writes: 8 })
laws("Sentinel, at the death of the primary", sentinel(defaults), Worlds.killed, { runs: 90, writes: 8 })
laws("Sentinel, when the primary's ordinal goes", sentinel(defaults), Worlds.shrinking, { runs: 90, writes: 8 })
