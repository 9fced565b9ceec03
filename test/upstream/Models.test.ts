/** Each of these defects of upstream is found by the checker in the port, in the shortest run; ours has none of them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Document from "./Document.ts"
import { type Counterexample, decided, shortest } from "./Shortest.ts"
import { wrongs } from "./Wrongs.ts"

/** Some seconds, on a machine that has time. */
const mostMillis = 300_000

const found: Array<Counterexample> = []

describe("in the port of upstream, the checker finds", () => {
  for (const wrong of wrongs) {
    it.effect(
      `${wrong.id}: it is not so that ${wrong.says}`,
      () =>
        Effect.map(shortest(wrong), (counterexample) => {
          assert.isDefined(counterexample)
          found.push(counterexample)
        }),
      mostMillis
    )
  }

  it("docs/upstream.md tells what was found: else run `npx node test/upstream/Document.ts`", () => {
    assert.strictEqual(found.length, wrongs.length)
    assert.isTrue(Document.includes(Document.renderAll(found, Document.known)))
  })
})

describe("in ours, among all states", () => {
  for (const wrong of wrongs.filter(({ isSmall }) => isSmall)) {
    it.effect(
      `${wrong.id}: ${wrong.says}`,
      () =>
        Effect.map(decided(wrong, 20_000), ({ because, verdict }) =>
          assert.deepStrictEqual([verdict, because], ["holds", undefined])
        ),
      mostMillis
    )
  }

  it("nothing is known to fail: `npx node test/upstream/Document.ts --all` explores the others too", () => {
    assert.deepStrictEqual(
      wrongs.filter(({ id }) => Document.known[id]?.verdict === "violated"),
      []
    )
  })
})
