/** The catalogue of faults: current, about what there is, and each class of it strikes. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Components, System } from "../../src/domain/check/System.ts"
import { compile } from "../../src/interpreters/check/Model.ts"
import { textOf } from "../../src/interpreters/check/step/Intern.ts"
import { faultClasses, patterns } from "../../src/laws/FaultCatalogue.ts"
import { document } from "../../src/laws/FaultDocument.ts"
import { all } from "../../src/laws/Models.ts"
import * as Resources from "../../src/laws/valkey/models/Resources.ts"
import * as Sentinel from "../../src/laws/valkey/models/Sentinel.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import { first, readOf, settled } from "../check/model/Walk.ts"

const root = join(import.meta.dirname, "../..")

/** The state after the first outcome of these actions that makes a difference. */
const after = (system: System<Components>, state: Components, actions: System<Components>["actions"]) => {
  for (const { outcomes } of actions) {
    for (const { set } of outcomes(readOf(system, state))) {
      const next = settled(system, { ...state, ...set })
      if (textOf(next) !== textOf(state)) return next
    }
  }
  return undefined
}

/** On a calm run from the beginning, which classes find something to strike at. */
const striking = (system: System<Components>, enough = 400): ReadonlySet<string> => {
  const struck = new Set<string>()
  const calm = system.actions.filter(({ fairness }) => fairness === "weak")
  let state = first(system)
  for (let step = 0; step < enough && struck.size < Object.keys(system.budgets).length; step++) {
    for (const budget of Object.keys(system.budgets).filter((name) => !struck.has(name))) {
      const faults = system.actions.filter(({ fairness }) => typeof fairness === "object" && fairness.budget === budget)
      if (after(system, state, faults) !== undefined) struck.add(budget)
    }
    const next = after(system, state, calm)
    if (next === undefined) break
    state = next
  }
  return struck
}

const strikesAll = (group: "resources" | "sentinel", model: (name: string, budgets: Model["budgets"]) => Model) =>
  it(`each class of ${group}, somewhere on a calm run`, () => {
    const classes = faultClasses.filter(({ strikes }) => strikes === group).map(({ name }) => name)
    const struck = striking(compile(model(group, Object.fromEntries(classes.map((name) => [name, 1])))))
    assert.deepStrictEqual(
      classes.filter((name) => !struck.has(name)),
      []
    )
  })

describe("the catalogue of faults", () => {
  it("docs/faults.md is what it prints: else run `npx node scripts/faults.ts`", () => {
    assert.strictEqual(readFileSync(join(root, "docs/faults.md"), "utf8"), document())
  })

  it("has all fifteen patterns, with classes and scenarios that there are", () => {
    assert.deepStrictEqual(
      patterns.map(({ id }) => id),
      Array.from({ length: 15 }, (_, index) => `F${index + 1}`)
    )
    const names = faultClasses.map(({ name }) => name)
    for (const { classes, id, scenarios } of patterns) {
      assert.isAbove(classes.length + scenarios.length, 0, id)
      for (const one of classes) assert.include(names, one, id)
      for (const one of scenarios) {
        assert.include(
          all.map(({ name }) => name),
          one,
          id
        )
      }
    }
  })

  it("each class is an action of the file that it names, and each budget of a standard model is in it", () => {
    for (const { file, name } of faultClasses) {
      assert.isTrue(existsSync(join(root, file)), file)
      assert.match(readFileSync(join(root, file), "utf8"), new RegExp(`\\b${name}\\b`), name)
    }
    const known = new Set(faultClasses.map(({ name }) => name))
    for (const { budgets, name } of all) {
      for (const budget of Object.keys(budgets)) assert.isTrue(known.has(budget), `${budget} of ${name}`)
    }
  })
})

describe("each class really strikes", () => {
  strikesAll("resources", Resources.model)
  strikesAll("sentinel", (name, budgets) => Sentinel.model(name, budgets, { fromBirth: true }))
})
