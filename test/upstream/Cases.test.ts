/** Each defect of upstream breaks what a user may expect; under the same events ours keeps it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cases } from "./Cases.ts"
import * as Document from "./Document.ts"
import * as Players from "./Players.ts"
import { play } from "./Run.ts"

const found: Array<Document.Found> = []

describe("gungnir", () => {
  for (const one of cases) {
    it.effect(`${one.id}: upstream breaks ${one.property.name}`, () =>
      Effect.map(play(one, Players.upstream), ({ broken }) => {
        assert.isDefined(broken)
        found.push({ case: one, broken })
      })
    )
    it.effect(`${one.id}: ours keeps ${one.property.name}, and is whole when it is over`, () =>
      Effect.map(play(one, Players.ours), (played) => assert.deepStrictEqual(played, { broken: undefined, after: [] }))
    )
  }

  it("docs/upstream.md tells what was found: else run `npx node test/upstream/Document.ts`", () => {
    assert.deepStrictEqual(
      found.map((one) => one.case.id),
      cases.map(({ id }) => id)
    )
    assert.isTrue(Document.includes(Document.renderCases(found)))
  })
})
