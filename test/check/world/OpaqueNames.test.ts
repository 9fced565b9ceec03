import { assert, describe, it } from "@effect/vitest"
import { renamingOf } from "../../../src/models/closed/Canonical.ts"
import { mentions, renamed } from "../../../src/models/closed/OpaqueNames.ts"

const version = (name: string, number: number): string => `rv.pods.shop.${name}.n${number}`

const one = { late: version("v", 3), early: version("v", 1), inner: { b: version("v", 2), a: version("v", 7) } }
const other = { inner: { a: version("v", 7), b: version("v", 2) }, early: version("v", 1), late: version("v", 3) }

describe("names are given anew, whatever the history", () => {
  it("equal records get equal names, in whatever order their keys were set", () => {
    assert.deepStrictEqual([...renamingOf([one])], [...renamingOf([other])])
  })

  it("equal maps and sets too", () => {
    const entries = Object.entries(one)
    const maps = [new Map(entries), new Map(entries.toReversed())]
    assert.deepStrictEqual([...renamingOf([maps[0]])], [...renamingOf([maps[1]])])
    const texts = [version("v", 4), version("v", 2)]
    const sets = [new Set(texts), new Set(texts.toReversed())]
    assert.deepStrictEqual([...renamingOf([sets[0]])], [...renamingOf([sets[1]])])
  })

  it("arrays keep their order: it means something", () => {
    assert.notDeepEqual(
      [...mentions([version("v", 1), version("v", 0)])],
      [...mentions([version("v", 0), version("v", 1)])]
    )
  })

  it("once given anew, names stay", () => {
    const again = renamed(one, renamingOf([one]))
    assert.strictEqual(renamingOf([again]).size, 0)
    assert.deepStrictEqual(new Set(mentions(again)).size, 4)
  })

  it("a name keeps its number just where all smaller ones were mentioned before", () => {
    const names = [0, 1, 2].flatMap((number) => [version("v", number), version("w", number)])
    const all = names.flatMap((a) => names.flatMap((b) => names.map((c) => [{ a }, [b, c], "none"] as const)))
    const isInOrder = (texts: ReadonlyArray<string>): boolean =>
      texts.every((text, index) => {
        const [, kind = "", number = ""] = /^(.*n)(\d+)$/.exec(text) ?? []
        const smaller = Array.from({ length: Number(number) }, (_, n) => `${kind}${n}`)
        return smaller.every((one) => texts.slice(0, index).includes(one))
      })
    for (const parts of all) {
      const texts = [parts[0].a, ...parts[1]]
      assert.strictEqual(renamingOf(parts).size === 0, isInOrder(texts), texts.join(" "))
    }
  })

  it("what a set holds is renamed as well", () => {
    const renaming = new Map([["rv.pods.shop.v#4", "rv.pods.shop.v#0"]])
    assert.deepStrictEqual(renamed({ held: new Set([version("v", 4)]) }, renaming), {
      held: new Set([version("v", 0)])
    })
  })
})
