/** Every mutant can still be made, says what it is about, and is in the table that the last run wrote. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { mutants } from "./All.ts"
import { models } from "./Models.ts"
import { checkText } from "./Mutant.ts"
import { isExplored, rowsIn } from "./Table.ts"
import { misfit, root } from "./Trial.ts"

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

  it("cover what went wrong upstream, and each class of faults", () => {
    const covered = new Set(mutants.flatMap(({ covers }) => covers))
    const upstream = Array.from({ length: 15 }, (_, index) => `gungnir:W${index + 6}`)
    const faults = Array.from({ length: 15 }, (_, index) => `verification:F${index + 1}`)
    assert.deepStrictEqual(
      [...upstream, ...faults].filter((fact) => !covered.has(fact)),
      []
    )
    assert.isAtLeast(mutants.filter(({ isEquivalent }) => isEquivalent === undefined).length, 40)
  })

  it("are caught by an explored model, one at least of each fact", () => {
    const rows = rowsIn(readFileSync(join(root, "docs/mutants.md"), "utf8"))
    const explored = mutants.filter(({ id }) => isExplored(rows.get(id) ?? " |  |  | "))
    const shown = new Set(explored.flatMap(({ covers }) => covers))
    const facts = new Set(mutants.flatMap(({ covers }) => covers))
    assert.deepStrictEqual(
      [...facts].filter((fact) => !shown.has(fact)),
      []
    )
  })

  it("that are run are all in the table", () => {
    const rows = rowsIn(readFileSync(join(root, "docs/mutants.md"), "utf8"))
    const run = mutants.filter(({ isEquivalent }) => isEquivalent === undefined).map(({ id }) => id)
    assert.sameMembers([...rows.keys()], run)
  })
})
