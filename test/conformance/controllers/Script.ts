/**
 * What users and kubelets ask of one namespace, step by step, as data: the same
 * for the model and for the real servers. After each step both come to rest.
 */
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject, ObjectMeta, OwnerReference, Resource } from "../../../src/domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../../src/domain/kube/Wire.ts"

/** The side that is asked, as it was at its last rest. */
export interface Known {
  readonly uidOf: (resource: Resource, name: string) => string
}

/** Without the namespace: that is the script's. */
export type Ask = (known: Known) => ApiRequest

export interface Step {
  readonly what: string
  readonly asks: ReadonlyArray<Ask>
  /** How long the real controllers may take; 30 s. */
  readonly patienceSeconds?: number
  /** Kinds of which it is a matter of time what is there: not compared at this rest. */
  readonly open?: ReadonlyArray<string>
}

export interface Script {
  /** The namespace is named after it. */
  readonly name: string
  readonly steps: ReadonlyArray<Step>
}

export const step = (what: string, ...asks: ReadonlyArray<Ask | ReadonlyArray<Ask>>): Step => ({
  what,
  asks: asks.flat()
})

const at = ({ group, plural, version }: Resource, name?: string, subresource?: string) => ({
  group,
  version,
  resource: plural,
  query: { fieldManager: "user" },
  ...(name === undefined ? {} : { name }),
  ...(subresource === undefined ? {} : { subresource })
})

export interface Draft {
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

const objectOf = (resource: Resource, draft: Draft): KubeObject => ({
  apiVersion: Kinds.apiVersionOf(resource),
  kind: resource.kind,
  ...draft
})

export const create =
  (resource: Resource, draft: Draft): Ask =>
  () => ({ verb: "create", ...at(resource), body: objectOf(resource, draft) })

/** Owners by kind and name, at the uids that they have. */
export interface Owner extends Partial<OwnerReference> {
  readonly resource: Resource
  readonly name: string
}

export const createOwned =
  (resource: Resource, draft: Draft, ...owners: ReadonlyArray<Owner>): Ask =>
  (known) => {
    const ownerReferences = owners.map(({ name, resource: owner, uid, ...rest }) => ({
      apiVersion: Kinds.apiVersionOf(owner),
      kind: owner.kind,
      name,
      uid: uid ?? known.uidOf(owner, name),
      ...rest
    }))
    const metadata = { ...draft.metadata, ownerReferences }
    return { verb: "create", ...at(resource), body: objectOf(resource, { ...draft, metadata }) }
  }

/** Merge patch. */
export const patch =
  (resource: Resource, name: string, body: object, subresource?: string): Ask =>
  () => ({ verb: "patch", ...at(resource, name, subresource), contentType: ContentType.merge, body })

export interface Deletion {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan"
  readonly gracePeriodSeconds?: number
}

export const remove =
  (resource: Resource, name: string, options: Deletion = {}): Ask =>
  () => ({
    verb: "delete",
    ...at(resource, name),
    query: {},
    body: { kind: "DeleteOptions", apiVersion: "v1", ...options }
  })

/** The node that all pods are bound to. */
export const node = "controllers-node"

const time = "2026-01-01T00:00:00Z"

const podStatus = (ip: string, isReady: boolean, phase: string) => {
  const condition = (type: string, isTrue: boolean) => ({
    type,
    status: isTrue ? "True" : "False",
    lastTransitionTime: time
  })
  return {
    phase,
    podIP: ip,
    podIPs: [{ ip }],
    startTime: time,
    conditions: [
      condition("PodScheduled", true),
      condition("Initialized", true),
      condition("ContainersReady", isReady),
      condition("Ready", isReady)
    ]
  }
}

/** What a kubelet says of a pod that runs. */
export const runs = (pod: string, ip: string, isReady = true): Ask =>
  patch(Kinds.Pod, pod, { status: podStatus(ip, isReady, "Running") }, "status")

/** What a kubelet says of a pod whose containers have ended for good. */
export const ended = (pod: string, ip: string, phase: "Failed" | "Succeeded"): Ask =>
  patch(Kinds.Pod, pod, { status: podStatus(ip, false, phase) }, "status")

/** What a scheduler and a kubelet do to a pod until it runs. */
export const ready = (pod: string, ip: string, isReady = true): ReadonlyArray<Ask> => [
  () => ({
    verb: "create",
    ...at(Kinds.Pod, pod, "binding"),
    body: {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: pod },
      target: { apiVersion: "v1", kind: "Node", name: node }
    }
  }),
  runs(pod, ip, isReady)
]

/** What a kubelet says once the containers of a terminating pod have ended; kills one that is not. */
export const gone = (pod: string): Ask => remove(Kinds.Pod, pod, { gracePeriodSeconds: 0 })

export const evict =
  (pod: string): Ask =>
  () => ({
    verb: "create",
    ...at(Kinds.Pod, pod, "eviction"),
    body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod } }
  })
