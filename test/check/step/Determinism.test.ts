/** Programs that remember something outside of their memory: what was seen of them once they would not do again. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { greeter } from "../../../examples/controller/Greeter.ts"
import { model } from "../../../examples/controller/Model.ts"
import { check, compile, type Model } from "../../../src/check.ts"
import type { Verdict } from "../../../src/domain/check/Trace.ts"
import type { Problem } from "../../../src/interpreters/check/engine/Problem.ts"
import { simulate } from "../../../src/interpreters/check/Simulate.ts"
import { Apply, Crd, Get, Kinds, Kubernetes } from "../../../src/kube.ts"

const place = { resource: Kinds.ConfigMap, namespace: "default", name: "hello" }

const look = Effect.exit(Kubernetes.perform(new Get(place)))

const said = (text: string) =>
  Kubernetes.perform(
    new Apply({
      resource: Kinds.ConfigMap,
      object: {
        ...Crd.typeOf(Kinds.ConfigMap),
        metadata: { namespace: place.namespace, name: place.name },
        data: { text }
      },
      manager: greeter.name,
      force: true
    })
  )

type Pass = () => Effect.Effect<unknown, Effect.Error<ReturnType<typeof greeter.pass>>, Kubernetes>

/** The greeter's world around a controller with another body. */
const around = (pass: Pass, budgets: Model["budgets"] = { crash: 1, lose: 1 }): Model => ({
  ...model,
  controllers: [{ ...greeter, pass: () => Effect.as(pass(), { memory: null }) }],
  budgets,
  properties: model.properties.slice(-1),
  requests: []
})

const seenOutside = (): Pass => {
  const seen = new Set<string>()
  return () =>
    Effect.suspend(() => {
      const isNew = !seen.has(greeter.name)
      return Effect.andThen(
        look,
        Effect.suspend(() => {
          seen.add(greeter.name)
          return isNew ? said("new") : Effect.void
        })
      )
    })
}

/** Two runs side by side count in pairs. */
const countedOutside = (): Pass => {
  let count = 0
  return () =>
    Effect.andThen(
      look,
      Effect.suspend(() => said(++count > 6 ? "many" : "few"))
    )
}

/** Of a program that is called by nobody else this is no more than a cache. */
const cachedOutside = (): Pass => {
  const known = new Map<string, string>()
  return () =>
    Effect.andThen(
      look,
      Effect.suspend(() => {
        const text = known.get("text") ?? "text"
        known.set("text", text)
        return said(text)
      })
    )
}

/** What is said of it, in whatever way: nothing holds. */
const objection = <R extends { readonly verdicts: ReadonlyArray<Verdict> }>(result: Effect.Effect<R, Problem>) =>
  Effect.match(result, {
    onFailure: ({ message }) => message,
    onSuccess: ({ verdicts }) => {
      assert.notInclude(
        verdicts.map(({ verdict }) => verdict),
        "holds"
      )
      return verdicts[0]?.because ?? ""
    }
  })

const outside: Readonly<Record<string, () => Pass>> = {
  "a set": seenOutside,
  "a counter": countedOutside
}

const whatDiffers = /greeter default\/hello.* not deterministic: .*Apply configmaps\/hello/

describe("a program that keeps something outside of its memory is found out", () => {
  for (const [name, make] of Object.entries(outside)) {
    it.effect(`${name}, by who explores everything`, () =>
      Effect.gen(function* () {
        const said = yield* objection(check(compile(around(make()))))
        assert.match(said, whatDiffers)
      })
    )

    it.effect(`${name}, by who walks about`, () =>
      Effect.gen(function* () {
        const said = yield* objection(simulate(compile(around(make())), { seed: 1, walks: 4, steps: 40 }))
        assert.match(said, whatDiffers)
      })
    )
  }

  it.effect("a cache of what it would say anyway is none of it", () =>
    Effect.gen(function* () {
      const { verdicts } = yield* check(compile(around(cachedOutside())))
      assert.deepStrictEqual(
        verdicts.map(({ verdict }) => verdict),
        ["holds"]
      )
    })
  )
})
