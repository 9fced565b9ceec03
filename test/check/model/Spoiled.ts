/**
 * The greeter of the example with one mistake each, as people make them, and
 * the closed model in which it shows.
 */
import { Effect, Schema } from "effect"
import { greeter } from "../../../examples/controller/Greeter.ts"
import { Greeting, resource, textOf } from "../../../examples/controller/Greeting.ts"
import { model } from "../../../examples/controller/Model.ts"
import { Apply, CachedGet, Crd, Create, drifted, type Key, Kinds, Kubernetes, PatchStatus } from "../../../src/kube.ts"
import type { Model } from "../../../src/check.ts"
import * as Users from "../../../src/models/closed/Users.ts"

const manager = greeter.name

const find = (resource: Kinds.Resource, key: Key) =>
  Kubernetes.perform(new CachedGet({ resource, ...key })).pipe(
    Effect.catchIf(
      (error) => error.reason === "NotFound",
      () => Effect.succeed(undefined)
    )
  )

const configMap = ({ metadata: { name, namespace, uid }, ...greeting }: Greeting): Kinds.KubeObject => ({
  ...Crd.typeOf(Kinds.ConfigMap),
  metadata: { name, namespace, ownerReferences: [{ ...Crd.typeOf(resource), name, uid, controller: true }] },
  data: { text: textOf({ metadata: { name, namespace, uid, resourceVersion: "", generation: 0 }, ...greeting }) }
})

const report = (greeting: Greeting) => {
  const { generation: observedGeneration, name, namespace, resourceVersion, uid } = greeting.metadata
  const status = { text: textOf(greeting), observedGeneration }
  return Kubernetes.perform(new PatchStatus({ resource, namespace, name, uid, resourceVersion, status, manager }))
}

const isReported = ({ metadata, status }: Greeting) => status.observedGeneration === metadata.generation

type Pass = (
  greeting: Greeting,
  key: Key
) => Effect.Effect<unknown, Effect.Error<ReturnType<typeof greeter.pass>>, Kubernetes>

/** The greeter with another body. */
const spoiled = (pass: Pass, sources = greeter.sources): typeof greeter => ({
  ...greeter,
  sources,
  pass: Effect.fnUntraced(function* (key) {
    const object = yield* find(resource, key)
    if (object === undefined) return { memory: null }
    yield* pass(yield* Schema.decodeUnknownEffect(Greeting)(object), key)
    return { memory: null }
  })
})

const applied = (greeting: Greeting) =>
  Kubernetes.perform(new Apply({ resource: Kinds.ConfigMap, object: configMap(greeting), manager, force: false }))

/** Says that it is done before it is: a crash between the two writes is never made up for. */
const reportsFirst = spoiled(
  Effect.fnUntraced(function* (greeting) {
    if (isReported(greeting)) return
    yield* report(greeting)
    yield* applied(greeting)
  })
)

/** Takes an object that is there for a failure: it is there because the answer to its creation was lost. */
const createsBlindly = spoiled(
  Effect.fnUntraced(function* (greeting) {
    if (isReported(greeting)) return
    const object = configMap(greeting)
    if (greeting.status.observedGeneration === undefined) {
      yield* Kubernetes.perform(new Create({ resource: Kinds.ConfigMap, object, manager }))
    } else yield* applied(greeting)
    yield* report(greeting)
  })
)

/** Takes a lost race for success: nothing wakes it again. */
const swallowsConflicts = spoiled(
  Effect.fnUntraced(function* (greeting, key) {
    const wanted = configMap(greeting)
    const ifRefused = <A, E extends { readonly _tag: string }, R>(write: Effect.Effect<A, E, R>) =>
      Effect.catchIf(
        write,
        (error) => "reason" in error && error.reason === "Conflict",
        () => Effect.void
      )
    if (drifted(yield* find(Kinds.ConfigMap, key), wanted, manager)) yield* ifRefused(applied(greeting))
    if (!isReported(greeting)) yield* ifRefused(report(greeting))
  })
)

/** Does not watch what it writes: what somebody takes away stays away. */
const looksAway = spoiled(
  Effect.fnUntraced(function* (greeting, key) {
    if (drifted(yield* find(Kinds.ConfigMap, key), configMap(greeting), manager)) yield* applied(greeting)
    if (!isReported(greeting)) yield* report(greeting)
  }),
  greeter.sources.slice(0, 1)
)

/** Looks only at what it has said: an old Greeting, seen once more, is written again and never corrected. */
const trustsItsReport = spoiled(
  Effect.fnUntraced(function* (greeting) {
    if (isReported(greeting)) return
    yield* applied(greeting)
    yield* report(greeting)
  })
)

const around = (name: string, controller: typeof greeter, budgets: Model["budgets"]): Model => ({
  ...model,
  name,
  controllers: [controller],
  budgets
})

const deleted = Users.deletes("delete", [{ resource: Kinds.ConfigMap, namespace: "default", name: "hello" }])

export const mistakes: ReadonlyArray<Model> = [
  around("reports first", reportsFirst, { crash: 1 }),
  around("creates blindly", createsBlindly, { lose: 1 }),
  around("swallows conflicts", swallowsConflicts, { conflict: 2 }),
  { ...around("looks away", looksAway, { delete: 1 }), actions: [deleted] },
  around("trusts its report", trustsItsReport, { edit: 1, travel: 1 })
]

/** The same worlds around the greeter as it is. */
export const sound: ReadonlyArray<Model> = mistakes.map((one) => ({ ...one, controllers: [greeter] }))
