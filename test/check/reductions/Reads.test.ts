/**
 * Reads whose asker is gone are not kept under way, and Events are kept nowhere:
 * it is exact if a read changes nothing, and nobody reads Events.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ApiRequest } from "../../../src/domain/kube/Wire.ts"
import * as Election from "../../../src/laws/valkey/models/Election.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { RequestLaw } from "../../../src/models/closed/Carried.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import * as Scenes from "./Scenes.ts"

/** `kinds`: of reads that were met. */
const laws = (kinds: Set<string>): ReadonlyArray<RequestLaw> => [
  {
    name: "a read changes nothing",
    broken: ({ access, command, set }) => {
      if (access !== "read") return undefined
      kinds.add(command)
      return Object.keys(set).length === 0 ? undefined : `${command} changes ${Object.keys(set).join(", ")}`
    }
  },
  {
    name: "nobody reads Events",
    // The wire of this system.
    broken: ({ access, system, wire }) =>
      access === "read" && system === "kubernetes" && (wire as ApiRequest).resource === "events" ? "it does" : undefined
  }
]

const models: ReadonlyArray<readonly [string, Model, reads: ReadonlyArray<string>]> = [
  ["Sentinel", Scenes.sentinel({ kill: 1, freeze: 1 }, 2), ["Get", "List", "Observe"]],
  ["Resources", Scenes.resources({ drift: 1 }), ["Get"]],
  ["an election", Election.model("Election", {}), ["Get"]]
]

describe("reads that are left under way would do nothing", () => {
  for (const [name, model, reads] of models) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const kinds = new Set<string>()
        const { verdicts } = yield* check(compile({ ...model, requests: laws(kinds) }), { maxCores: 300 })
        assert.deepStrictEqual(
          verdicts.flatMap(({ because, verdict }) => (verdict === "violated" ? [because] : [])),
          []
        )
        assert.includeMembers([...kinds], [...reads])
      })
    )
  }
})
