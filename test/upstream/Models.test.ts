/** Each of these defects of upstream is found by the checker in the port, in the shortest run that shows it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Document from "./Document.ts"
import { wrongs } from "./Models.ts"
import { shortest } from "./Shortest.ts"

const found: Array<Document.Counterexample> = []

describe("in the port of upstream, the checker finds", () => {
  for (const wrong of wrongs) {
    it.effect(`${wrong.id}: it is not so that ${wrong.says}`, () =>
      Effect.map(shortest(wrong), (counterexample) => {
        assert.isDefined(counterexample)
        found.push(counterexample)
      })
    )
  }

  it("docs/upstream.md tells what was found: else run `npx node test/upstream/Document.ts`", () => {
    assert.strictEqual(found.length, wrongs.length)
    assert.isTrue(Document.includes(Document.renderModels(found)))
  })
})
