/**
 * Keeps the password that the nodes of a cluster run with in two Secrets: one for
 * pods, clients and the operator, and its copy. Each is made from the other, so
 * that no memory has to hold it; where both are gone it is not replaced by another.
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { CreatePassword, Get, Kubernetes, List, Update } from "../../domain/kube/Kubernetes.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import { field, type KubeObject } from "../../domain/kube/Object.ts"
import type * as Cluster from "../../domain/valkey/Cluster.ts"
import { isControlledBy } from "../../domain/valkey/Members.ts"
import { names, selectorText } from "../../domain/valkey/resources/Metadata.ts"
import { passwordIn, passwordKey, PasswordLost, withPassword } from "../../domain/valkey/resources/Password.ts"
import { paths } from "../../domain/valkey/resources/Scripts.ts"
import { copyOfSecret, type SubResource } from "../../domain/valkey/resources/SubResources.ts"
import { resourcesManager } from "../../domain/valkey/Settings.ts"
import { create, type Failure, keep, type Made } from "./Keep.ts"
import { find } from "./Observe.ts"

/** By a quorum read: a copy that the cache still has may be of a password before. */
const freshCopy = ({ metadata }: Cluster.Cluster): Effect.Effect<KubeObject | undefined, KubeError, Kubernetes> =>
  Effect.map(
    find(new Get({ resource: Kinds.Secret, namespace: metadata.namespace, name: names(metadata).secretCopy })),
    (copy) => (copy !== undefined && isControlledBy(copy, metadata.uid) ? copy : undefined)
  )

/** By a volume of it; a foreign pod that only carries our labels knows no password of ours. */
const mounts = (pod: KubeObject, secret: string): boolean => {
  const volumes = field(pod, "spec", "volumes")
  return Array.isArray(volumes) && volumes.some((volume) => field(volume, "secret", "secretName") === secret)
}

/** A container starts once the Secret is mounted: until then its pod is pending, and knows no password. */
const mayKnow = (pod: KubeObject, secret: string): boolean =>
  mounts(pod, secret) && field(pod, "status", "phase") !== "Pending"

const lost = Effect.fnUntraced(function* (
  cluster: Cluster.Cluster
): Effect.fn.Return<PasswordLost | undefined, KubeError, Kubernetes> {
  const { namespace } = cluster.metadata
  const labels = selectorText(cluster)
  const { items } = yield* Kubernetes.perform(new List({ resource: Kinds.Pod, namespace, labelSelector: labels }))
  const { secret } = names(cluster.metadata)
  const pods = items.filter((pod) => mayKnow(pod, secret)).map(({ metadata }) => metadata.name ?? "")
  return pods.length === 0
    ? undefined
    : new PasswordLost({ namespace, secret, labels, pods, file: `${paths.AUTH_DIR}/${passwordKey}` })
})

/** By absence: with the password of the copy, else with a new one, if no node runs with another. */
const make =
  (cluster: Cluster.Cluster) =>
  (sub: SubResource): Made<PasswordLost> =>
    Effect.gen(function* () {
      const kept = passwordIn(yield* freshCopy(cluster))
      const { manager, object } = sub.creation
      if (kept !== undefined) {
        return yield* create({ ...sub, creation: { ...sub.creation, object: withPassword(object, kept) } })
      }
      const failure = yield* lost(cluster)
      if (failure !== undefined) return yield* failure
      return yield* Kubernetes.perform(new CreatePassword({ object, key: passwordKey, manager }))
    })

const update = (secret: KubeObject): Made =>
  Kubernetes.perform(new Update({ resource: Kinds.Secret, object: secret, manager: resourcesManager }))

/** They differ: somebody has edited one. The nodes run with what the copy has, if it has any. */
const reconcile = Effect.fnUntraced(function* (
  cluster: Cluster.Cluster,
  secret: KubeObject
): Effect.fn.Return<void, Failure | PasswordLost, Kubernetes> {
  const copy = yield* freshCopy(cluster)
  const kept = passwordIn(copy)
  const password = passwordIn(secret)
  if (kept !== undefined) yield* update(withPassword(secret, kept))
  else if (copy !== undefined && password !== undefined) yield* update(withPassword(copy, password))
})

/** The Secret and its copy, each by the other. */
export const keepPassword = Effect.fnUntraced(function* (
  sub: SubResource,
  cluster: Cluster.Cluster
): Effect.fn.Return<void, Failure | PasswordLost, Kubernetes> {
  const secret = yield* keep(sub, cluster, make(cluster))
  const password = passwordIn(secret)
  const copy = yield* keep(copyOfSecret(cluster), cluster, (copy) =>
    password === undefined
      ? Effect.flatMap(lost(cluster), (failure) => failure ?? Effect.succeed(secret))
      : create({ ...copy, creation: { ...copy.creation, object: withPassword(copy.creation.object, password) } })
  )
  if (secret.metadata.deletionTimestamp !== undefined || Equal.equals(password, passwordIn(copy))) return
  yield* reconcile(cluster, secret)
})
