import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"

/** Which folders of `src` each folder may import from (ARCHITECTURE.md, "The import table"). */
const allowed: Record<string, ReadonlyArray<string>> = {
  domain: ["domain"],
  models: ["domain", "models"],
  programs: ["domain", "programs"],
  interpreters: ["domain", "models", "interpreters"],
  laws: ["domain", "models", "programs", "laws"],
  local: ["domain", "models", "interpreters", "local"],
  bin: ["domain", "models", "programs", "interpreters", "laws", "local", "bin"]
}

const root = resolve(import.meta.dirname, "../src")
const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"))

describe("tidy", () => {
  it("imports inwards only", () => {
    const wrong: Array<string> = []
    for (const path of sources) {
      const folder = path.split("/")[0]!
      if (folder.endsWith(".ts")) continue // the entry points of the package
      for (const [, target] of readFileSync(resolve(root, path), "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)) {
        const imported = relative(root, resolve(root, dirname(path), target!)).split("/")[0]!
        if (!(allowed[folder] ?? []).includes(imported)) wrong.push(`${path} must not import ${target}`)
      }
    }
    assert.deepStrictEqual(wrong, [])
    assert.isAbove(sources.length, 10)
  })
})
