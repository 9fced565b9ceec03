/** Wrong reductions are run by `npm run model:deep`; here, whether they still are wrong versions of these. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fits, mutants } from "./Mutants.ts"

describe("wrong reductions", () => {
  it("each have a name of their own and a law that is there, and every law has one", () => {
    assert.strictEqual(new Set(mutants.map(({ name }) => name)).size, mutants.length)
    for (const { law } of mutants) assert.isTrue(existsSync(join(import.meta.dirname, `${law}.test.ts`)), law)
  })

  for (const mutant of mutants) {
    it(`"${mutant.name}" fits one place of ${mutant.file}`, () => {
      assert.strictEqual(fits(mutant), 1)
    })
  }
})
