/**
 * The six sub-resources of a cluster, in the order in which they are made.
 */
import * as Kinds from "../../kube/Object.ts"
import type { KubeObject, Resource } from "../../kube/Object.ts"
import type { Cluster } from "../Cluster.ts"
import { resourcesManager } from "../Settings.ts"
import { configMap, passwordKey, secret } from "./Config.ts"
import { podDisruptionBudget } from "./PodDisruptionBudget.ts"
import { clientService, headlessService } from "./Services.ts"
import { statefulSet } from "./StatefulSet.ts"

/** `Password`: by `CreatePassword`; its password must stay owned by that POST, so no `OwnByApply`. */
export type Creation =
  | { readonly _tag: "Object"; readonly object: KubeObject; readonly manager: string }
  | { readonly _tag: "Password"; readonly object: KubeObject; readonly key: string; readonly manager: string }

export interface SubResource {
  readonly name: "HeadlessService" | "ClientService" | "ConfigMap" | "Secret" | "StatefulSet" | "PodDisruptionBudget"
  readonly resource: Resource
  /** Exactly the fields that `resourcesManager` owns: what is applied. */
  readonly object: KubeObject
  /** What is created when there is none. */
  readonly creation: Creation
}

/** Total and deterministic: the same cluster gives the same objects. */
export const subResources = (cluster: Cluster): ReadonlyArray<SubResource> => {
  const plain = (name: SubResource["name"], resource: Resource, object: KubeObject): SubResource => ({
    name,
    resource,
    object,
    creation: { _tag: "Object", object, manager: resourcesManager }
  })
  return [
    plain("HeadlessService", Kinds.Service, headlessService(cluster)),
    plain("ClientService", Kinds.Service, clientService(cluster)),
    plain("ConfigMap", Kinds.ConfigMap, configMap(cluster)),
    {
      ...plain("Secret", Kinds.Secret, secret(cluster)),
      creation: { _tag: "Password", object: secret(cluster), key: passwordKey, manager: resourcesManager }
    },
    plain("StatefulSet", Kinds.StatefulSet, statefulSet(cluster)),
    plain("PodDisruptionBudget", Kinds.PodDisruptionBudget, podDisruptionBudget(cluster))
  ]
}
