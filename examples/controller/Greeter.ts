/**
 * The controller of Greetings: each owns a ConfigMap that holds its text, and
 * says the text in its status. Deletion is Kubernetes' own: by owner reference.
 */
import { Effect, Schema } from "effect"
import {
  Apply,
  CachedGet,
  type Controller,
  Crd,
  drifted,
  type KubeError,
  type KubeObject,
  Kinds,
  Kubernetes,
  type NotLeader,
  PatchStatus,
  type Resource
} from "gungnir/kube"
import { Greeting, resource, textOf } from "./Greeting.ts"

const manager = "greeter"

const keyOf = (namespace = "", name = "") => ({ namespace, name })

const find = (resource: Resource, namespace: string, name: string) =>
  Kubernetes.perform(new CachedGet({ resource, namespace, name })).pipe(
    Effect.catchIf(
      (error) => error.reason === "NotFound",
      () => Effect.succeed(undefined)
    )
  )

const configMap = (greeting: Greeting): KubeObject => {
  const { name, namespace, uid } = greeting.metadata
  return {
    ...Crd.typeOf(Kinds.ConfigMap),
    metadata: { name, namespace, ownerReferences: [{ ...Crd.typeOf(resource), name, uid, controller: true }] },
    data: { text: textOf(greeting) }
  }
}

export const greeter: Controller<null, KubeError | NotLeader | Schema.SchemaError, Kubernetes> = {
  name: manager,
  primary: resource,
  // A controller watches every kind that it writes.
  sources: [
    { _tag: "Objects", resource, keysOf: ({ metadata }) => [keyOf(metadata.namespace, metadata.name)] },
    {
      _tag: "Objects",
      resource: Kinds.ConfigMap,
      keysOf: ({ metadata }) =>
        (metadata.ownerReferences ?? [])
          .filter(({ kind }) => kind === resource.kind)
          .map(({ name }) => keyOf(metadata.namespace, name))
    }
  ],
  initialMemory: null,
  pass: Effect.fn("Greeter.pass")(function* ({ name, namespace }) {
    const verdict = { memory: null }
    const object = yield* find(resource, namespace, name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return verdict
    const greeting = yield* Schema.decodeUnknownEffect(Greeting)(object)
    const wanted = configMap(greeting)
    const found = yield* find(Kinds.ConfigMap, namespace, name)
    if (drifted(found, wanted, manager)) {
      yield* Kubernetes.perform(new Apply({ resource: Kinds.ConfigMap, object: wanted, manager, force: false }))
    }
    const { generation: observedGeneration, resourceVersion, uid } = greeting.metadata
    const status = { text: textOf(greeting), observedGeneration }
    if (greeting.status.observedGeneration !== observedGeneration) {
      yield* Kubernetes.perform(new PatchStatus({ resource, namespace, name, uid, resourceVersion, status, manager }))
    }
    return verdict
  })
}
