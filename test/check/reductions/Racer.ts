/** Controllers that read an object while they write it, and say afterwards what they made of the two answers. */
import { Effect } from "effect"
import { greeter } from "../../../examples/controller/Greeter.ts"
import { resource } from "../../../examples/controller/Greeting.ts"
import { model } from "../../../examples/controller/Model.ts"
import { type Model, objectIn, type Parts, type Read, sometimes } from "../../../src/check.ts"
import { Apply, CachedGet, Crd, Get, Kinds, type KubeError, Kubernetes, type NotLeader } from "../../../src/kube.ts"

const place = { namespace: "default", name: "hello" }

type Asked<A> = Effect.Effect<A, KubeError | NotLeader, Kubernetes>

/** Fails when it is not there yet. */
const found: Asked<string> = Effect.as(Kubernetes.perform(new Get({ resource: Kinds.ConfigMap, ...place })), "new")

const read: Asked<string> = Effect.catch(found, () => Effect.succeed("none"))

const said = (name: string, text: string): Asked<string> =>
  Effect.as(
    Kubernetes.perform(
      new Apply({
        resource: Kinds.ConfigMap,
        object: { ...Crd.typeOf(Kinds.ConfigMap), metadata: { ...place, name }, data: { text } },
        manager: greeter.name,
        force: true
      })
    ),
    "written"
  )

const written = said(place.name, "written")

/** It looks into its caches before it goes on. */
const looked: Asked<unknown> = Effect.exit(Kubernetes.perform(new CachedGet({ resource, ...place })))

/** Whether its caches hold the object by now. */
const known: Asked<string> = Effect.match(Kubernetes.perform(new CachedGet({ resource: Kinds.ConfigMap, ...place })), {
  onSuccess: () => "known",
  onFailure: () => "unknown"
})

const unbounded = { concurrency: "unbounded" } as const

const inOrder = (then: Asked<unknown>): Asked<string> =>
  Effect.suspend(() => {
    const order: Array<string> = []
    const heard = (what: Asked<string>, after: Asked<unknown>) =>
      what.pipe(
        Effect.tap(() => after),
        Effect.tap((one) => Effect.sync(() => order.push(one)))
      )
    return Effect.map(Effect.all([heard(read, then), heard(written, Effect.void)], unbounded), () => order.join(", "))
  })

/** Only whether the last of three came first, then the first: and says so after another look. */
const lastFirst: Asked<string> = Effect.suspend(() => {
  const order: Array<string> = []
  const asks = [read, read, written].map((one, index) =>
    Effect.tap(one, () => Effect.sync(() => order.push(`${index}`)))
  )
  return Effect.map(Effect.andThen(Effect.all(asks, unbounded), read), () =>
    order.join("") === "201" ? "last, first" : "otherwise"
  )
})

/** Neither answer is silent: after the first it asks on, after the second it says at once which that was. */
const atOnce: Asked<string> = Effect.suspend(() => {
  const order: Array<string> = []
  const goOn = () => (order.length === 2 ? said("said", order.join(", ")) : read)
  const asks = [read, written].map((one) =>
    one.pipe(
      Effect.tap((what) => Effect.sync(() => order.push(what))),
      Effect.flatMap(goOn)
    )
  )
  return Effect.map(Effect.all(asks, unbounded), () => order.join(", "))
})

const or = (what: Asked<string>): Asked<string> => Effect.catch(what, () => Effect.succeed("failed"))

/** What they make of it, by whether anybody can tell from it which answer came first. */
export const ways: Readonly<Record<string, readonly [way: Asked<string>, isTold: boolean]>> = {
  "both answers": [Effect.map(Effect.all([read, written], unbounded), (both) => both.join(" and ")), false],
  "that one of them failed": [or(Effect.map(Effect.all([found, written], unbounded), () => "both")), false],
  "what it read, and what its caches hold by then": [
    Effect.map(Effect.all([Effect.all([read, known]), written], unbounded), ([both]) => both.join(" but ")),
    false
  ],
  "which came first": [inOrder(Effect.void), true],
  "which came first, having looked into its caches": [inOrder(looked), true],
  "which came first of three, much later": [lastFirst, true],
  "which came first, at once": [atOnce, false],
  "only the first": [Effect.race(read, written), false]
}

const says = (text: string) => (state: Read<Parts>) => {
  // What a racer writes.
  const held = objectIn(state, Kinds.ConfigMap, "default/said")?.["data"] as { readonly text?: string } | undefined
  return held?.text === text
}

const texts = [
  "none and written",
  "new and written",
  "both",
  "failed",
  "none, written",
  "written, none",
  "none",
  "new",
  "written"
]

export const racing = (way: Asked<string>, isFenced: boolean): Model => ({
  ...model,
  name: "racer",
  controllers: [
    {
      ...greeter,
      pass: () =>
        Effect.as(
          Effect.flatMap(way, (text) => said("said", text)),
          { memory: null }
        )
    }
  ],
  budgets: {},
  actions: [],
  properties: texts.map((text) => sometimes(text, says(text))),
  requests: [],
  wrappers: { fencing: isFenced }
})
