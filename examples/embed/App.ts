/**
 * An app with the operator inside: it asks for a Valkey cluster, takes the
 * primary away, and waits for the next one. Who answers is not its concern.
 */
import { Console, Effect, Schedule } from "effect"
import { crd, defaults, operate } from "gungnir"
import { Create, Crd, Delete, Get, Kinds, Kubernetes, type KubeObject, type Resource } from "gungnir/kube"
import { Cluster, type Primary } from "gungnir/valkey"

const at = { namespace: "default", name: "example" }
const soon = { schedule: Schedule.spaced("20 millis"), times: 1500 }
const spec = { replicas: 3, persistence: { storageSize: "1Gi" } }

const create = (resource: Resource, object: KubeObject) =>
  Effect.retry(Kubernetes.perform(new Create({ resource, object })), soon)

/** The recorded primary, once it is another and all three nodes are healthy: attached, they have what it has. */
const primaryAfter = Effect.fnUntraced(function* (before: Primary | undefined) {
  const object = yield* Kubernetes.perform(new Get({ resource: Cluster.resource, ...at }))
  const { nodeStatuses, primary } = (yield* Cluster.decode(object)).status
  const healthy = nodeStatuses.filter((node) => node.healthy).length
  return primary === undefined || primary.uid === before?.uid || healthy < 3 ? yield* Effect.fail("not yet") : primary
}, Effect.retry(soon))

export const app = Effect.gen(function* () {
  yield* create(Kinds.CustomResourceDefinition, crd())
  yield* create(Cluster.resource, { ...Crd.typeOf(Cluster.resource), metadata: at, spec })
  yield* Effect.forkScoped(operate({ settings: defaults }))
  const first = yield* primaryAfter(undefined)
  yield* Kubernetes.perform(
    new Delete({ resource: Kinds.Pod, namespace: at.namespace, name: first.pod, uid: first.uid, gracePeriodSeconds: 0 })
  )
  const second = yield* primaryAfter(first)
  yield* Console.log(JSON.stringify({ first: first.pod, second: second.pod }))
}).pipe(Effect.scoped)
