/** Each pass ends, whatever those on other keys do. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { crd, resource } from "../../../examples/controller/Greeting.ts"
import { leadsTo } from "../../../src/domain/check/Properties.ts"
import type { Controller, Key } from "../../../src/domain/Controller.ts"
import { Get, Kubernetes, PatchStatus } from "../../../src/domain/kube/Kubernetes.ts"
import { field } from "../../../src/domain/kube/Object.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import { passesEnd } from "../../../src/laws/kube/Passes.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import type { Parts } from "../../../src/models/closed/Parts.ts"
import { world } from "../../../src/models/closed/World.ts"

const keys: ReadonlyArray<Key> = ["hello", "world"].map((name) => ({ namespace: "default", name }))

const other = (name: string): string => (name === "hello" ? "world" : "hello")

/** What it writes of one Greeting wakes it for the other one, for ever. */
const restless: Controller<null, unknown, Kubernetes> = {
  name: "restless",
  primary: resource,
  sources: [{ _tag: "Objects", resource, keysOf: ({ metadata }) => [{ ...keys[0]!, name: other(metadata.name!) }] }],
  initialMemory: null,
  pass: Effect.fnUntraced(function* (key) {
    const { metadata, ...greeting } = yield* Kubernetes.perform(new Get({ resource, ...key }))
    const text = field(greeting, "status", "text") === "tick" ? "tock" : "tick"
    const { resourceVersion = "", uid = "" } = metadata
    const status = { text }
    yield* Kubernetes.perform(new PatchStatus({ resource, ...key, uid, resourceVersion, status, manager: "restless" }))
    return { memory: null }
  })
}

const spec = { to: "world", times: 1 }

const model: Model = {
  name: "restless",
  controllers: [restless],
  world: world({
    definitions: [crd],
    objects: keys.map((metadata) => ({
      resource,
      object: { apiVersion: "example.org/v1", kind: "Greeting", metadata, spec }
    })),
    nodes: 0
  }),
  budgets: {},
  properties: [
    ...keys.map((key) => passesEnd("operator", "restless", key)),
    leadsTo<Parts>(
      "at some time no pass is under way",
      (read) => Object.keys(read("operator/passes of restless") as object).length > 0,
      (read) => Object.keys(read("operator/passes of restless") as object).length === 0
    )
  ]
}

describe("passesEnd", () => {
  it.effect("is of one key: passes that follow each other without a pause end all the same", () =>
    Effect.gen(function* () {
      const { coverage, verdicts } = yield* check(compile(model))
      assert.deepStrictEqual(
        verdicts.map(({ property, verdict }) => `${verdict}: ${property}`),
        [
          "holds: every pass of restless on default/hello ends (operator)",
          "holds: every pass of restless on default/world ends (operator)",
          "violated: at some time no pass is under way"
        ]
      )
      assert.notInclude(coverage.warnings.join(), "premise")
    })
  )

  it.effect("is violated of a key whose pass does not, and of no other", () =>
    Effect.gen(function* () {
      const stuck: typeof restless = {
        ...restless,
        pass: (key) => (key.name === "hello" ? restless.pass(key, null) : restless.pass({ ...key, name: "none" }, null))
      }
      const { verdicts } = yield* check(
        compile({
          ...model,
          controllers: [stuck],
          world: {
            ...model.world,
            serve: (system, wire, read, from) => {
              const isOfNone = (wire as { readonly name?: string }).name === "none"
              return isOfNone ? { key: "none", set: {}, reply: undefined } : model.world.serve(system, wire, read, from)
            },
            giveUp: () => ({ key: "none", set: {}, reply: undefined })
          }
        })
      )
      assert.deepStrictEqual(
        verdicts.map(({ verdict }) => verdict),
        ["holds", "violated", "violated"]
      )
    })
  )
})
