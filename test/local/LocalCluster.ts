/** An embedded Kubernetes for tests of what runs beside it: objects are put into it, and its world is looked at. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { join } from "node:path"
import { Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../src/domain/kube/Object.ts"
import * as Embedded from "../../src/local/Embedded.ts"
import type { State } from "../../src/models/kube/api/Server.ts"
import { find, keyOf } from "../../src/models/kube/api/Store.ts"
import * as Processes from "../servers/Processes.ts"

export const make = Effect.gen(function* () {
  const folder = yield* Processes.folder
  const { send, world } = yield* Embedded.make({ kubeconfigPath: join(folder, "kubeconfig") })

  const at = ({ group, plural, version }: Resource) => ({ group, version, resource: plural, namespace: "default" })

  const create = (resource: Resource, name: string, fields: object): Effect.Effect<KubeObject> =>
    Effect.gen(function* () {
      const body = {
        apiVersion: Kinds.apiVersionOf(resource),
        kind: resource.kind,
        metadata: { name, namespace: "default" },
        ...fields
      }
      const reply = yield* send({ verb: "create", ...at(resource), body })
      if (reply.status !== 201) return yield* Effect.die(new Error(JSON.stringify(reply.body)))
      // Sound: the answer to a create is the object.
      return reply.body as unknown as KubeObject
    })

  const merge = (resource: Resource, name: string, body: object) =>
    send({ verb: "patch", ...at(resource), name, contentType: "application/merge-patch+json", body })

  const remove = (resource: Resource, name: string, gracePeriodSeconds: number) =>
    send({ verb: "delete", ...at(resource), name, body: { gracePeriodSeconds } })

  const stored = (state: State, resource: Resource, name: string): KubeObject | undefined =>
    find(state, keyOf(resource), `default/${name}`)

  /** The object as soon as it is so; `undefined` when it is not there. */
  const until = (resource: Resource, name: string, holds: (object: KubeObject | undefined) => boolean) =>
    SubscriptionRef.changes(world).pipe(
      Stream.map((state) => Option.fromUndefinedOr(stored(state, resource, name))),
      Stream.filter((object) => holds(Option.getOrUndefined(object))),
      Stream.runHead,
      Effect.map((found) => Option.getOrUndefined(Option.flatten(found)))
    )

  return { folder, send, kubernetes: Kubernetes.over(send), create, merge, remove, until }
})
