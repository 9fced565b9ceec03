/** Every mutant can still be made, and says what it is about. */
import { assert, describe, it } from "@effect/vitest"
import { mutants } from "./All.ts"
import { models } from "./Models.ts"
import { checkText } from "./Mutant.ts"
import { misfit } from "./Trial.ts"

describe("mutants", () => {
  it("apply to the programs as they are", () => {
    assert.deepStrictEqual(
      mutants.flatMap((mutant) => misfit(mutant) ?? []),
      []
    )
  })

  it("have names of their own, facts that they cover, and checks of models that exist", () => {
    const ids = mutants.map(({ id }) => id)
    assert.deepStrictEqual(ids, [...new Set(ids)])
    for (const { checks, covers, id, isEquivalent } of mutants) {
      assert.isNotEmpty(covers, id)
      assert.strictEqual(checks.length === 0, isEquivalent !== undefined, id)
      for (const check of checks) if (!("test" in check)) assert.property(models, check.model, checkText(check))
    }
  })
})
