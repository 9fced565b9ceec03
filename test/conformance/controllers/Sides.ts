/**
 * The two who are compared: the model with its controllers, moved in a random
 * order, and the real servers, watched until they are still.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Transport } from "../../../src/domain/Capability.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import type { ApiReply, ApiRequest } from "../../../src/domain/kube/Wire.ts"
import * as Server from "../../../src/models/kube/api/Server.ts"
import type { Move } from "../../../src/models/kube/controllers/BuiltIn.ts"
import { controllerManager } from "../../../src/models/kube/controllers/ControllerManager.ts"
import * as Settle from "../../../src/models/kube/controllers/Settle.ts"
import { counting } from "../../../src/models/Names.ts"
import * as Random from "../Random.ts"

/** What is compared. Events say what was done, not what is. */
const compared: ReadonlyArray<Resource> = [
  Kinds.ServiceAccount,
  Kinds.ConfigMap,
  Kinds.Service,
  Kinds.PersistentVolumeClaim,
  Kinds.StatefulSet,
  Kinds.ControllerRevision,
  Kinds.Pod,
  Kinds.PodDisruptionBudget,
  Kinds.EndpointSlice
]

const at = ({ group, plural, version }: Resource) => ({ group, version, resource: plural })

/** All objects of a namespace, and itself, each with its kind. */
export const objectsOf = Effect.fnUntraced(function* (
  ask: Transport<ApiRequest, ApiReply>,
  namespace: string
): Effect.fn.Return<ReadonlyArray<KubeObject>> {
  const itself = yield* ask({ verb: "get", ...at(Kinds.Namespace), name: namespace })
  const lists = yield* Effect.forEach(
    compared,
    (resource) =>
      Effect.flatMap(ask({ verb: "list", ...at(resource), namespace }), ({ body, status }) => {
        if (status !== 200) return Effect.die(new Error(`list of ${resource.plural}: status ${status}`))
        const { items } = body as { readonly items: ReadonlyArray<KubeObject> }
        const named = { apiVersion: Kinds.apiVersionOf(resource), kind: resource.kind }
        return Effect.succeed(items.map((item) => ({ ...item, ...named })))
      }),
    { concurrency: compared.length }
  )
  return [...(itself.status === 200 ? [itself.body as KubeObject] : []), ...lists.flat()]
})

export interface Model {
  readonly ask: Transport<ApiRequest, ApiReply>
  /** All controllers have done what they want. */
  readonly rest: Effect.Effect<void>
}

/** Between two requests the controllers make some moves or none, whichever `seed` picks. */
export const model = Effect.fnUntraced(function* (authority: string, seed: number): Effect.fn.Return<Model> {
  const random = Random.make(seed)
  const builtIns = controllerManager(authority)
  const choose = (moves: ReadonlyArray<Move>) => random.pick(moves)
  let work = Settle.begin(Server.boot(counting(yield* Clock.currentTimeMillis)))

  const moves = (limit: number) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      for (let count = 0; count < limit; count++) {
        const next = Settle.step(builtIns, work, counting(now), choose)
        if (next === undefined) return true
        work = next
      }
      return false
    })

  const ask: Model["ask"] = (request) =>
    Effect.gen(function* () {
      const [state, reply] = Server.handle(work.state, request, counting(yield* Clock.currentTimeMillis))
      work = Settle.on(work, state)
      if (request.verb !== "get" && request.verb !== "list") yield* moves(random.below(6))
      return reply ?? { status: 0, body: "TimedOut" }
    })

  const rest = Effect.gen(function* () {
    work = Settle.begin(work.state)
    if (!(yield* moves(2000))) {
      return yield* Effect.die(new Error(`never settles: ${Settle.latestKeys(work).join(", ")}`))
    }
  })
  return { ask, rest }
})

/** How long nothing may have changed, and how often that is looked at. */
const stillMillis = 300
const lookEveryMillis = 75

const versionsOf = (objects: ReadonlyArray<KubeObject>): string =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.uid} ${metadata.resourceVersion}`).join("\n")

/** The real objects once they have been still for a while and are as expected; else when patience ends. */
export const atRest = Effect.fnUntraced(function* (
  look: Effect.Effect<ReadonlyArray<KubeObject>>,
  isExpected: (objects: ReadonlyArray<KubeObject>) => boolean,
  patienceMillis: number
): Effect.fn.Return<ReadonlyArray<KubeObject>> {
  const start = yield* Clock.currentTimeMillis
  let since = start
  let versions = ""
  let isOther = false
  while (true) {
    const before = yield* Clock.currentTimeMillis
    const objects = yield* look
    const now = yield* Clock.currentTimeMillis
    if (versionsOf(objects) !== versions) {
      versions = versionsOf(objects)
      since = before
      isOther = false
    }
    if (now - since >= stillMillis && !isOther) {
      if (isExpected(objects)) return objects
      isOther = true
    }
    if (now - start >= patienceMillis && (isOther || now - start >= 2 * patienceMillis)) return objects
    yield* Effect.sleep(lookEveryMillis)
  }
})
