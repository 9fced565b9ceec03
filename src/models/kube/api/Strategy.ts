/**
 * Where kinds differ in how they are written and deleted: the strategies of
 * kube-apiserver's registry, as far as they are not rules of the kind itself.
 */
import { type KubeObject, PersistentVolumeClaim, type Resource } from "../../../domain/kube/Object.ts"
import { definitionOf, storageVersion } from "./Catalog.ts"
import { valueAt } from "./FieldSelector.ts"
import type { Cause, Kind } from "./Kind.ts"
import { nanosOf } from "./Quantity.ts"
import { forbidden, qualified, type Reply } from "./Status.ts"
import { find, keyOf, pathOf, type State } from "./Store.ts"
import { isFields } from "./Types.ts"

type Rules = (old: KubeObject, next: KubeObject) => ReadonlyArray<Cause>

export interface Strategy {
  /** What of a sent object counts for this (sub)resource; the rest is as it was. */
  readonly merged: (kind: Kind, subresource: string | undefined, live: KubeObject, sent: KubeObject) => KubeObject
  readonly rulesOf: (kind: Kind, subresource: string | undefined) => Rules
  /** Whether an update that takes the last finalizer off may remove the object. */
  readonly mayRemove: (next: KubeObject) => boolean
  readonly admitsCreate: (state: State, kind: Kind, object: KubeObject) => Reply | undefined
  /** Of a valid update of the object itself. */
  readonly admitsUpdate: (state: State, live: KubeObject, next: KubeObject) => Reply | undefined
  /** The key in etcd, which some messages show. */
  readonly storageKey: (kind: Kind, namespace: string, name: string) => string
  /** A finished delete answers with the object, not with a `Status`. */
  readonly returnsDeleted: boolean
  /** Deletes may leave finalizers for the garbage collector. */
  readonly collected: boolean
  /** A finalizer without a domain must be one of Kubernetes' own: so the core and apps groups have it. */
  readonly checksFinalizers: boolean
  /** Seconds that a delete leaves the object for; undefined: no such thing for this kind. */
  readonly grace: (object: KubeObject, asked: number | undefined) => number | undefined
}

const withStatus = (object: KubeObject, status: unknown): KubeObject => {
  const { status: _, ...rest } = object
  const { apiVersion, kind, metadata } = object
  return status === undefined
    ? { ...rest, apiVersion, kind, metadata }
    : { ...rest, apiVersion, kind, metadata, status }
}

/** Everything of `live` but the managed fields of `sent`: for subresources that cannot change metadata. */
const onlyManagers = (live: KubeObject, sent: KubeObject): KubeObject => {
  const { managedFields: _, ...metadata } = live.metadata
  const { managedFields } = sent.metadata
  return { ...live, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } }
}

const plain: Strategy = {
  merged: (kind, subresource, live, sent) => {
    if (subresource !== "status") return kind.hasStatus ? withStatus(sent, live["status"]) : sent
    if (kind.custom) return withStatus(onlyManagers(live, sent), sent["status"])
    return withStatus({ ...live, metadata: sent.metadata }, sent["status"])
  },
  rulesOf: (kind, subresource) => (subresource === "status" ? kind.validateStatus : kind.validateUpdate),
  mayRemove: () => true,
  admitsCreate: (state, { custom, resource }, { metadata }) => {
    const definition = custom ? definitionOf(state, resource.group, resource.plural) : undefined
    return definition?.metadata.deletionTimestamp === undefined
      ? undefined
      : forbidden(
          qualified(resource),
          metadata.name ?? "",
          "create not allowed while custom resource definition is terminating"
        )
  },
  admitsUpdate: () => undefined,
  storageKey: ({ custom, resource }, namespace, name) =>
    `/registry/${custom ? `${resource.group}/` : ""}${resource.plural}/${pathOf(namespace, name)}`,
  returnsDeleted: false,
  collected: true,
  checksFinalizers: true,
  grace: () => undefined
}

const returning: Strategy = { ...plain, returnsDeleted: true }

/** `spec.finalizers` of a namespace is the namespace controller's, by its own subresource. */
const namespaceFinalizers = (live: KubeObject, sent: KubeObject): KubeObject => {
  const spec = isFields(sent["spec"]) ? sent["spec"] : {}
  const { finalizers: _, ...rest } = spec
  const finalizers = valueAt(live, ["spec", "finalizers"])
  return { ...sent, spec: finalizers === undefined ? rest : { ...rest, finalizers } }
}

/** The phase of a namespace says whether it is being deleted, and nothing else. */
const phaseRules: Rules = (_old, next) => {
  const ending = next.metadata.deletionTimestamp !== undefined
  const phase = valueAt(next, ["status", "phase"])
  const expected = ending ? "Terminating" : "Active"
  if (phase === expected) return []
  const why = `may only be '${expected}' if \`deletionTimestamp\` is ${ending ? "not " : ""}empty`
  const message = `Invalid value: ${JSON.stringify(phase ?? "")}: ${why}`
  return [{ field: "status.Phase", reason: "FieldValueInvalid", message }]
}

const emptyList = (value: unknown): boolean => !Array.isArray(value) || value.length === 0

const namespaces: Strategy = {
  ...returning,
  merged: (kind, subresource, live, sent) => {
    if (subresource === "finalize") return withStatus(sent, live["status"])
    const next = plain.merged(kind, subresource, live, sent)
    return subresource === undefined ? namespaceFinalizers(live, next) : next
  },
  rulesOf: (kind, subresource) =>
    subresource === "finalize" ? () => [] : subresource === "status" ? phaseRules : plain.rulesOf(kind, subresource),
  mayRemove: (next) => emptyList(valueAt(next, ["spec", "finalizers"]))
}

const pods: Strategy = {
  ...returning,
  merged: (kind, subresource, live, sent) => {
    const next = plain.merged(kind, subresource, live, sent)
    if (subresource !== "status") return next
    const { ownerReferences: _, ...metadata } = next.metadata
    const { ownerReferences } = live.metadata
    return { ...next, metadata: ownerReferences === undefined ? metadata : { ...metadata, ownerReferences } }
  },
  grace: (pod, asked) => {
    const phase = valueAt(pod, ["status", "phase"])
    if (!valueAt(pod, ["spec", "nodeName"]) || phase === "Failed" || phase === "Succeeded") return 0
    const period = asked ?? Number(valueAt(pod, ["spec", "terminationGracePeriodSeconds"]) ?? 0)
    return period < 0 ? 1 : period
  }
}

const customDefinitions: Strategy = {
  ...plain,
  merged: (_kind, subresource, live, sent) => {
    if (subresource === "status") return withStatus(onlyManagers(live, sent), sent["status"])
    const status = isFields(live["status"]) ? live["status"] : {}
    const versions: ReadonlyArray<unknown> = Array.isArray(status["storedVersions"]) ? status["storedVersions"] : []
    const storage = storageVersion(sent)
    const storedVersions = storage === undefined || versions.includes(storage) ? versions : [...versions, storage]
    return withStatus(sent, { ...status, storedVersions })
  },
  storageKey: ({ resource }, namespace, name) =>
    `/registry/${resource.group}/${resource.plural}/${pathOf(namespace, name)}`
}

const requested = (claim: KubeObject): bigint => nanosOf(valueAt(claim, ["spec", "resources", "requests", "storage"]))

/** A bound claim may grow when its class says so. */
const grows: Strategy["admitsUpdate"] = (state, live, next) => {
  if (requested(next) <= requested(live)) return undefined
  const refused = (why: string) => forbidden(qualified(PersistentVolumeClaim), next.metadata.name ?? "", why)
  if (valueAt(live, ["status", "phase"]) !== "Bound") {
    return refused("Only bound persistent volume claims can be expanded")
  }
  const storageClass = find(state, "storage.k8s.io/storageclasses", String(valueAt(live, ["spec", "storageClassName"])))
  return storageClass?.["allowVolumeExpansion"] === true
    ? undefined
    : refused(
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
      )
}

const stored = (folder: string): Pick<Strategy, "storageKey"> => ({
  storageKey: (_kind, namespace, name) => `/registry/${folder}/${pathOf(namespace, name)}`
})

const strategies: Readonly<Record<string, Strategy>> = {
  "/namespaces": namespaces,
  "/pods": pods,
  "/nodes": { ...plain, ...stored("minions") },
  "/services": { ...returning, ...stored("services/specs") },
  "/serviceaccounts": returning,
  "/persistentvolumeclaims": { ...returning, admitsUpdate: grows },
  "/persistentvolumes": returning,
  "policy/poddisruptionbudgets": { ...plain, checksFinalizers: false },
  "coordination.k8s.io/leases": { ...plain, checksFinalizers: false },
  "/events": { ...plain, collected: false, checksFinalizers: false },
  "apiextensions.k8s.io/customresourcedefinitions": customDefinitions
}

export const strategyOf = (resource: Resource): Strategy => strategies[keyOf(resource)] ?? plain
