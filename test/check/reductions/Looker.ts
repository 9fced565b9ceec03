/** A controller that looks into its cache right after it has written: its own write may be there by then, or not. */
import { Effect } from "effect"
import { greeter } from "../../../examples/controller/Greeter.ts"
import { model } from "../../../examples/controller/Model.ts"
import { type Model, objectIn, type Parts, type Read, sometimes } from "../../../src/check.ts"
import { Apply, CachedGet, Crd, Kinds, Kubernetes } from "../../../src/kube.ts"

const place = { namespace: "default", name: "hello" }

const find = Kubernetes.perform(new CachedGet({ resource: Kinds.ConfigMap, ...place })).pipe(
  Effect.catchIf(
    (error) => error.reason === "NotFound",
    () => Effect.succeed(undefined)
  )
)

const said = (text: string) =>
  Kubernetes.perform(
    new Apply({
      resource: Kinds.ConfigMap,
      object: { ...Crd.typeOf(Kinds.ConfigMap), metadata: place, data: { text } },
      manager: greeter.name,
      force: true
    })
  )

const looker: typeof greeter = {
  ...greeter,
  pass: Effect.fnUntraced(function* () {
    if ((yield* find) === undefined) {
      yield* said("written")
      yield* said((yield* find) === undefined ? "not seen yet" : "seen at once")
    }
    return { memory: null }
  })
}

const says = (text: string) => (read: Read<Parts>) => {
  // What the looker writes.
  const held = objectIn(read, Kinds.ConfigMap, "default/hello")?.["data"] as { readonly text?: string } | undefined
  return held?.text === text
}

export const looking: Model = {
  ...model,
  name: "looker",
  controllers: [looker],
  budgets: {},
  actions: [],
  properties: ["not seen yet", "seen at once"].map((text) => sometimes(text, says(text))),
  requests: []
}
