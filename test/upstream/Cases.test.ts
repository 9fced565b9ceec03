/** Each defect of upstream breaks what a user may expect; under the same events ours keeps it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cases } from "./Cases.ts"
import * as Players from "./Players.ts"
import { play } from "./Run.ts"

describe("gungnir", () => {
  for (const one of cases) {
    it.effect(`${one.id}: upstream breaks ${one.property.name}`, () =>
      Effect.map(play(one, Players.upstream), ({ broken }) => assert.isDefined(broken))
    )
    it.effect(`${one.id}: ours keeps ${one.property.name}, and is whole when it is over`, () =>
      Effect.map(play(one, Players.ours), (played) => assert.deepStrictEqual(played, { broken: undefined, after: [] }))
    )
  }
})
