/**
 * The last few answers to a request are found again as long as nothing is
 * different that they rest on: it is exact if each is what would be given anew.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import { restored } from "../../../src/interpreters/check/step/Orphans.ts"
import type { RequestLaw } from "../../../src/models/closed/Carried.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import * as Scenes from "./Scenes.ts"
import { textOf } from "./Seen.ts"

/** The same question, which nobody has asked before. */
const anew = ({ world }: Model): RequestLaw => ({
  name: "an answer is what would be given anew",
  broken: ({ before, controller, from, reply, set, system, wire }) => {
    const asked = controller === undefined ? restored(wire) : { ...(wire as object) }
    const again = world.serve(system, asked, before, from)
    const isSame = textOf(again.reply) === textOf(reply) && textOf(again.set) === textOf(set)
    return isSame ? undefined : `${textOf(reply)}, and anew ${textOf(again.reply)}`
  }
})

const models: ReadonlyArray<readonly [string, Model]> = [
  ["Sentinel, and servers that are killed", Scenes.sentinel({ kill: 1 }, 2)],
  ["Sentinel, and lost and late writes", Scenes.sentinel({ lose: 1, late: 1 })],
  ["Resources, and somebody who edits what it made", Scenes.resources({ drift: 1 })]
]

describe("an answer that is found again is what would be given anew", () => {
  for (const [name, model] of models) {
    it.effect(`to ${name}`, () =>
      Effect.gen(function* () {
        const { coverage, verdicts } = yield* check(compile({ ...model, requests: [anew(model)] }), { maxCores: 300 })
        assert.deepStrictEqual(
          verdicts.flatMap(({ because, verdict }) => (verdict === "violated" ? [because] : [])),
          []
        )
        assert.isAbove(coverage.cores, 200)
      })
    )
  }
})
