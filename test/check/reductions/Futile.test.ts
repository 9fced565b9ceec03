/**
 * Late writes that can change nothing any more are forgotten: it is exact if
 * each of them changes nothing when it lands, then and for ever after.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Components, Property, Read } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { type Compiled, compile } from "../../../src/interpreters/check/Model.ts"
import { type Orphan, orphans, restored } from "../../../src/interpreters/check/step/Orphans.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import * as Scenes from "./Scenes.ts"
import { explored, lasting, same } from "./Seen.ts"

const forgets = "network: late writes that can do nothing are forgotten"

/** Everything that is late is kept. */
const keeping = (system: Compiled): Compiled => ({
  ...system,
  eager: (system.eager ?? []).filter(({ name }) => name !== forgets)
})

/** The cell holds nothing else. */
const lateIn = (read: Read<Components>): ReadonlyArray<Orphan> => read(orphans.name) as ReadonlyArray<Orphan>

const futileIn = ({ isFutile }: Model["world"], read: Read<Components>): ReadonlyArray<Orphan> =>
  lateIn(read).filter(({ system, wire }) => isFutile?.(system, wire, read) === true)

/** `found`: what was futile somewhere, by its command. */
const laws = ({ world }: Model, found: Set<string>): ReadonlyArray<Property<Components>> => [
  {
    _tag: "Always",
    name: "what is futile changes nothing when it lands",
    holds: (read) =>
      futileIn(world, read).every(({ command, from, system, wire }) => {
        found.add(command)
        return Object.keys(world.serve(system, restored(wire), read, from).set).length === 0
      })
  },
  {
    _tag: "Step",
    name: "what is futile stays so",
    holds: (before, after) => {
      const was = futileIn(world, before)
      const [left, still] = [lateIn(after), futileIn(world, after)]
      return was.every((one) => !left.includes(one) || still.includes(one))
    }
  }
]

/** As many states as that: what is late is so from early on. */
const maxCores = 1100

const models: Readonly<Record<string, readonly [model: () => Model, futile: ReadonlyArray<string>]>> = {
  "of Resources": [() => Scenes.resources({ late: 1, recreate: 1 }), ["OwnByApply"]],
  "of Sentinel": [
    () => Scenes.sentinel({ late: 1, kill: 1 }, 1, { fromBirth: true }),
    ["EmitEvent", "PatchStatus", "Promote"]
  ],
  "of Sentinel, to a server that freezes": [
    () => Scenes.sentinel({ late: 1, freeze: 1 }, 1, { fromBirth: true }),
    ["PatchStatus", "Promote"]
  ]
}

describe("writes that are forgotten, had they been kept,", () => {
  for (const [name, [model, expected]] of Object.entries(models)) {
    it.effect(`would have changed nothing: those ${name}`, () =>
      Effect.gen(function* () {
        const whole = model()
        const found = new Set<string>()
        const properties = laws(whole, found)
        const { verdicts } = yield* check(keeping(compile({ ...whole, properties, requests: [] })), { maxCores })
        assert.deepStrictEqual(
          verdicts.filter(({ verdict }) => verdict === "violated").map(({ property }) => property),
          []
        )
        assert.includeMembers([...found], [...expected])
      })
    )
  }
})

const compared: ReadonlyArray<readonly [string, Model]> = [
  ["the greeter", Scenes.greeter({ edit: 1, crash: 1, late: 1 })],
  ["the greeter, and duplicates", Scenes.greeter({ edit: 1, late: 1, duplicate: 1 })],
  ["Sentinel", Scenes.sentinel({ late: 1 })],
  ...Scenes.spoiled({ late: 1 }).map((model) => [`the greeter that ${model.name}`, model] as const)
]

describe("forgetting is seen by nobody", () => {
  for (const [name, model] of compared) {
    it.effect(`around ${name}`, () =>
      Effect.gen(function* () {
        const reduced = yield* explored(compile(model), lasting)
        const whole = yield* explored(keeping(compile(model)), lasting)
        assert.isAtMost(reduced.cores, whole.cores)
        same(reduced, whole, name)
      })
    )
  }
})
