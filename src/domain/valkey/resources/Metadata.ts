/**
 * Names, labels and owner of the objects of a cluster (`gungnir:2.1`).
 */
import { typeOf } from "../../kube/Crd.ts"
import type { ObjectMeta, OwnerReference } from "../../kube/Object.ts"
import { type Cluster, resource } from "../Cluster.ts"
import { label } from "../Labels.ts"

/** Of a cluster, by the part of the identity that names depend on. */
export const names = ({ name }: { readonly name: string }) => ({
  headlessService: `${name}-headless`,
  clientService: `${name}-client`,
  configMap: `${name}-config`,
  secret: `${name}-secret`,
  /** Of the password, for when the Secret is deleted or edited. */
  secretCopy: `${name}-secret-copy`,
  statefulSet: name,
  podDisruptionBudget: `${name}-pdb`,
  /** Written by `BroadcastTopology`. */
  topology: `${name}-topology`
})

export const selectorLabels = (cluster: Cluster): Readonly<Record<string, string>> => ({
  [label.name]: "valkey",
  [label.instance]: cluster.metadata.name
})

/** The selector labels as the text of a `labelSelector`, also what the scale subresource shows. */
export const selectorText = (cluster: Cluster): string =>
  Object.entries(selectorLabels(cluster))
    .map(([key, value]) => `${key}=${value}`)
    .join(",")

export const labels = (cluster: Cluster): Readonly<Record<string, string>> => ({
  ...selectorLabels(cluster),
  [label.managedBy]: "gungnir-operator"
})

export const ownerReference = (cluster: Cluster): OwnerReference => ({
  ...typeOf(resource),
  name: cluster.metadata.name,
  uid: cluster.metadata.uid,
  controller: true,
  blockOwnerDeletion: true
})

export const metadata = (cluster: Cluster, name: string): ObjectMeta => ({
  name,
  namespace: cluster.metadata.namespace,
  labels: labels(cluster),
  ownerReferences: [ownerReference(cluster)]
})
