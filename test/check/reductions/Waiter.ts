/**
 * A controller that can tell how long its write took, beside one that waits a
 * second from when it sees that write: what was carried out at once may be
 * heard of late, when others have gone on for as long.
 */
import { Clock, Effect } from "effect"
import { greeter } from "../../../examples/controller/Greeter.ts"
import { model } from "../../../examples/controller/Model.ts"
import { type Model, objectIn, sometimes } from "../../../src/check.ts"
import { Apply, CachedGet, Crd, Get, Kinds, Kubernetes } from "../../../src/kube.ts"

const place = (name: string) => ({ resource: Kinds.ConfigMap, namespace: "default", name })

const isThere = (command: Get | CachedGet) =>
  Kubernetes.perform(command).pipe(
    Effect.as(true),
    Effect.catchIf(
      (error) => error.reason === "NotFound",
      () => Effect.succeed(false)
    )
  )

const made = (name: string) =>
  Kubernetes.perform(
    new Apply({
      resource: Kinds.ConfigMap,
      object: { ...Crd.typeOf(Kinds.ConfigMap), metadata: { namespace: "default", name }, data: {} },
      manager: greeter.name,
      force: true
    })
  )

const waiter: typeof greeter = {
  ...greeter,
  name: "waiter",
  pass: Effect.fnUntraced(function* () {
    const sent = yield* Clock.currentTimeMillis
    yield* made("first")
    const took = (yield* Clock.currentTimeMillis) - sent
    if (took > 0 && (yield* isThere(new Get(place("second"))))) yield* made("overtaken")
    return { memory: null }
  })
}

const other: typeof greeter = {
  ...greeter,
  name: "other",
  pass: Effect.fnUntraced(function* () {
    if (yield* isThere(new CachedGet(place("first")))) {
      yield* Effect.sleep("1 second")
      yield* made("second")
    }
    return { memory: null }
  })
}

export const waiting: Model = {
  ...model,
  name: "waiter",
  controllers: [waiter, other],
  budgets: { slow: 1 },
  actions: [],
  properties: [
    sometimes("the answer comes late", (read) => objectIn(read, Kinds.ConfigMap, "default/overtaken") !== undefined)
  ],
  requests: []
}
