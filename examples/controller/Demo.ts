/**
 * What a user would do: install the definition, ask for a Greeting, wait until
 * its ConfigMap is there. The same whatever world answers.
 */
import { Console, Effect, Layer, Schedule } from "effect"
import {
  cacheLayer,
  Create,
  Crd,
  Get,
  Kinds,
  Kubernetes,
  type KubeObject,
  LeaderElection,
  type Resource,
  Runtime,
  Stack
} from "gungnir/kube"
import { greeter } from "./Greeter.ts"
import { crd, resource } from "./Greeting.ts"

const soon = { schedule: Schedule.spaced("20 millis"), times: 500 }

/** A kind is served a moment after its definition is there. */
const create = (resource: Resource, object: KubeObject) =>
  Effect.retry(Kubernetes.perform(new Create({ resource, object })), soon)

const read = (resource: Resource, name: string) =>
  Effect.retry(Kubernetes.perform(new Get({ resource, namespace: "default", name })), soon)

export const demo = Effect.gen(function* () {
  yield* create(Kinds.CustomResourceDefinition, crd)
  yield* Effect.forkScoped(Runtime.run({ controllers: [greeter] }))
  yield* create(resource, {
    ...Crd.typeOf(resource),
    metadata: { name: "hello", namespace: "default" },
    spec: { to: "world", times: 2 }
  })
  const { data } = yield* read(Kinds.ConfigMap, "hello")
  yield* Console.log(JSON.stringify(data))
}).pipe(Effect.scoped)

/** What the loop runs in: the wrappers around a transport, a cache, and no other process to agree with. */
export const process = <E>(transport: Layer.Layer<Kubernetes, E>) =>
  Stack.kubernetes({}).pipe(
    Layer.provide(transport),
    Layer.provideMerge(Layer.mergeAll(cacheLayer, LeaderElection.alone))
  )
