/**
 * Kubernetes objects and resources as plain data, in the shape of the API's JSON.
 */

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json | undefined }

/** One resource of the API, as discovery names it. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ManagedFieldsEntry {
  readonly manager?: string
  readonly operation?: string
  readonly apiVersion?: string
  readonly time?: string
  readonly fieldsType?: string
  readonly fieldsV1?: Json
  readonly subresource?: string
}

/** Kubernetes API reference, ObjectMeta. Times are RFC 3339 text. */
export interface ObjectMeta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: ReadonlyArray<OwnerReference>
  readonly finalizers?: ReadonlyArray<string>
  readonly managedFields?: ReadonlyArray<ManagedFieldsEntry>
}

/** Any object: what is beside `metadata` depends on the kind and is read through a schema. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** What is at that path of an object whose kind is not decoded; undefined where there is nothing. */
export const field = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value)

export const apiVersionOf = (resource: Resource): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`

const resource = (group: string, version: string, plural: string, kind: string, namespaced = true): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced
})

export const Namespace = resource("", "v1", "namespaces", "Namespace", false)
export const Node = resource("", "v1", "nodes", "Node", false)
export const Pod = resource("", "v1", "pods", "Pod")
export const Service = resource("", "v1", "services", "Service")
export const ConfigMap = resource("", "v1", "configmaps", "ConfigMap")
export const Secret = resource("", "v1", "secrets", "Secret")
export const ServiceAccount = resource("", "v1", "serviceaccounts", "ServiceAccount")
export const CoreEvent = resource("", "v1", "events", "Event")
export const PersistentVolumeClaim = resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
export const PersistentVolume = resource("", "v1", "persistentvolumes", "PersistentVolume", false)
export const StorageClass = resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", false)
export const StatefulSet = resource("apps", "v1", "statefulsets", "StatefulSet")
export const ControllerRevision = resource("apps", "v1", "controllerrevisions", "ControllerRevision")
export const PodDisruptionBudget = resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
export const Lease = resource("coordination.k8s.io", "v1", "leases", "Lease")
export const EndpointSlice = resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
export const CustomResourceDefinition = resource(
  "apiextensions.k8s.io",
  "v1",
  "customresourcedefinitions",
  "CustomResourceDefinition",
  false
)
