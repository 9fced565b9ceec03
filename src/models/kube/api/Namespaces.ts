/**
 * The life cycle of namespaces: nothing is created in one that is missing or
 * terminating, and its deletion waits for its finalizers.
 */
import { seconds } from "../../../domain/kube/Body.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import { valueAt } from "./FieldSelector.ts"
import { forbidden, notFound, qualified, type Reply } from "./Status.ts"
import { find, keyOf, type State } from "./Store.ts"
import { isFields } from "./Types.ts"

const key = keyOf(Kinds.Namespace)

/** These are never deleted. */
const immortal = ["default", "kube-system", "kube-public"]

const missing = (namespace: string): Reply => notFound(qualified(Kinds.Namespace), namespace)

/** Admission `NamespaceLifecycle` of a create; undefined: allowed. */
export const admitsCreate = (
  state: State,
  resource: Resource,
  namespace: string,
  object: KubeObject
): Reply | undefined => {
  if (!resource.namespaced) return undefined
  const found = find(state, key, namespace)
  if (found === undefined) return missing(namespace)
  if (valueAt(found, ["status", "phase"]) !== "Terminating") return undefined
  const name = object.metadata.name || object.metadata.generateName || "Unknown"
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  return forbidden(qualified(resource), name, why, [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace"
    }
  ])
}

export const admitsUpdate = (state: State, resource: Resource, namespace: string): Reply | undefined =>
  !resource.namespaced || find(state, key, namespace) !== undefined ? undefined : missing(namespace)

export const admitsDelete = (resource: Resource, name: string): Reply | undefined =>
  keyOf(resource) === key && immortal.includes(name)
    ? forbidden(qualified(resource), name, "this namespace may not be deleted")
    : undefined

/** The namespace as the first delete leaves it: terminating, its content the namespace controller's to remove. */
export const terminating = (
  namespace: KubeObject,
  finalizers: ReadonlyArray<string>,
  nowMillis: number
): KubeObject => {
  const { finalizers: _, ...metadata } = namespace.metadata
  return {
    ...namespace,
    metadata: {
      ...metadata,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      deletionTimestamp: seconds(nowMillis)
    },
    status: { ...(isFields(namespace["status"]) ? namespace["status"] : {}), phase: "Terminating" }
  }
}

export const hasFinalizers = (namespace: KubeObject): boolean => {
  const finalizers = valueAt(namespace, ["spec", "finalizers"])
  return Array.isArray(finalizers) && finalizers.length > 0
}
