/** The mutants of the engine are run by `npm run model:deep`; here, whether they still are mutants of this engine. */
import { assert, describe, it } from "@effect/vitest"
import { fits, mutants } from "./Mutants.ts"

describe("mutants of the engine", () => {
  it("there are thirty or more, each of a name of its own", () => {
    assert.isAtLeast(mutants.length, 30)
    assert.strictEqual(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  })

  for (const mutant of mutants) {
    it(`"${mutant.name}" fits one place of ${mutant.file}`, () => {
      assert.strictEqual(fits(mutant), 1)
    })
  }
})
