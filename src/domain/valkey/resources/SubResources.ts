/**
 * The six sub-resources of a cluster, in the order in which they are made, and
 * the copy of one of them that outlives its deletion.
 */
import * as Kinds from "../../kube/Object.ts"
import type { KubeObject, Resource } from "../../kube/Object.ts"
import type { Cluster } from "../Cluster.ts"
import { resourcesManager } from "../Settings.ts"
import { configMap, secret, secretCopy } from "./Config.ts"
import { podDisruptionBudget } from "./PodDisruptionBudget.ts"
import { clientService, headlessService } from "./Services.ts"
import { statefulSet } from "./StatefulSet.ts"

/** `Password`: with a password, which must stay owned by that POST, so no `OwnByApply`. */
export interface Creation {
  readonly _tag: "Object" | "Password"
  readonly object: KubeObject
  readonly manager: string
}

export interface SubResource {
  readonly name:
    | "HeadlessService"
    | "ClientService"
    | "ConfigMap"
    | "Secret"
    | "SecretCopy"
    | "StatefulSet"
    | "PodDisruptionBudget"
  readonly resource: Resource
  /** Exactly the fields that `resourcesManager` owns: what is applied. */
  readonly object: KubeObject
  /** What is created when there is none. */
  readonly creation: Creation
}

const plain = (name: SubResource["name"], resource: Resource, object: KubeObject): SubResource => ({
  name,
  resource,
  object,
  creation: { _tag: "Object", object, manager: resourcesManager }
})

const withPassword = (name: SubResource["name"], object: KubeObject): SubResource => ({
  ...plain(name, Kinds.Secret, object),
  creation: { _tag: "Password", object, manager: resourcesManager }
})

const known = new WeakMap<Cluster, ReadonlyArray<SubResource>>()

/** Total and deterministic: the same cluster gives the same objects. A cache: from pass to pass few clusters change. */
export const subResources = (cluster: Cluster): ReadonlyArray<SubResource> => {
  const before = known.get(cluster)
  if (before !== undefined) return before
  const built = build(cluster)
  known.set(cluster, built)
  return built
}

const build = (cluster: Cluster): ReadonlyArray<SubResource> => [
  plain("HeadlessService", Kinds.Service, headlessService(cluster)),
  plain("ClientService", Kinds.Service, clientService(cluster)),
  plain("ConfigMap", Kinds.ConfigMap, configMap(cluster)),
  withPassword("Secret", secret(cluster)),
  plain("StatefulSet", Kinds.StatefulSet, statefulSet(cluster)),
  plain("PodDisruptionBudget", Kinds.PodDisruptionBudget, podDisruptionBudget(cluster))
]

/** Made after the Secret, with the same password. */
export const copyOfSecret = (cluster: Cluster): SubResource => withPassword("SecretCopy", secretCopy(cluster))
