/**
 * The parts of built-in kinds that controllers read. The server has decoded
 * and defaulted what it stores, so these are facts about stored objects.
 */
import type { KubeObject, ObjectMeta, OwnerReference, Resource } from "../../../domain/kube/Object.ts"
import { apiVersionOf } from "../../../domain/kube/Object.ts"

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly lastProbeTime?: string | null
  readonly observedGeneration?: number
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: string
}

export interface ContainerSpec {
  readonly name: string
  readonly image?: string
  readonly restartPolicy?: string
  readonly ports?: ReadonlyArray<ContainerPort>
}

export interface Volume {
  readonly name: string
  readonly persistentVolumeClaim?: { readonly claimName: string }
  readonly [source: string]: unknown
}

export interface Toleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

export interface PodSpec {
  readonly nodeName?: string
  readonly hostname?: string
  readonly subdomain?: string
  readonly hostNetwork?: boolean
  readonly restartPolicy?: string
  readonly schedulerName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: ReadonlyArray<Toleration>
  readonly schedulingGates?: ReadonlyArray<unknown>
  readonly readinessGates?: ReadonlyArray<{ readonly conditionType: string }>
  readonly containers: ReadonlyArray<ContainerSpec>
  readonly initContainers?: ReadonlyArray<ContainerSpec>
  readonly volumes?: ReadonlyArray<Volume>
  readonly [field: string]: unknown
}

export interface PodStatus {
  readonly phase?: string
  readonly podIP?: string
  readonly podIPs?: ReadonlyArray<{ readonly ip: string }>
  readonly startTime?: string
  readonly conditions?: ReadonlyArray<Condition>
  readonly [field: string]: unknown
}

export interface Pod extends KubeObject {
  readonly spec: PodSpec
  readonly status?: PodStatus
}

export interface PodTemplate {
  readonly metadata?: ObjectMeta
  readonly spec: PodSpec
}

export interface Claim extends KubeObject {
  readonly spec: {
    readonly volumeName?: string
    readonly storageClassName?: string
    readonly accessModes?: ReadonlyArray<string>
    readonly volumeMode?: string
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
    readonly [field: string]: unknown
  }
  readonly status?: { readonly phase?: string; readonly [field: string]: unknown }
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: ReadonlyArray<unknown>
}

type Retention = "Retain" | "Delete"

export interface SetStatus {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly readyReplicas?: number
  readonly currentReplicas?: number
  readonly updatedReplicas?: number
  readonly availableReplicas?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly collisionCount?: number
  readonly conditions?: ReadonlyArray<Condition>
}

export interface StatefulSet extends KubeObject {
  readonly spec: {
    readonly replicas?: number
    readonly serviceName?: string
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly podManagementPolicy?: string
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } }
    readonly ordinals?: { readonly start?: number }
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
    readonly volumeClaimTemplates?: ReadonlyArray<Claim>
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: Retention
      readonly whenScaled?: Retention
    }
  }
  readonly status?: SetStatus
}

export interface Revision extends KubeObject {
  readonly revision: number
  readonly data: { readonly spec: { readonly template: PodTemplate } }
}

export interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
  readonly targetPort?: number | string
  readonly appProtocol?: string
}

export interface Service extends KubeObject {
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly ipFamilies?: ReadonlyArray<string>
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: ReadonlyArray<ServicePort>
    readonly publishNotReadyAddresses?: boolean
  }
}

export interface Endpoint {
  readonly addresses: ReadonlyArray<string>
  readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean }
  readonly hostname?: string
  readonly nodeName?: string
  readonly zone?: string
  readonly targetRef: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly uid: string
  }
}

export interface EndpointPort {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly appProtocol?: string
}

export interface Slice extends KubeObject {
  readonly addressType: string
  readonly endpoints?: ReadonlyArray<Endpoint> | null
  readonly ports?: ReadonlyArray<EndpointPort> | null
}

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
  readonly timeAdded?: string
}

export interface Node extends KubeObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: ReadonlyArray<Taint> }
  readonly status?: {
    readonly conditions?: ReadonlyArray<Condition>
    readonly addresses?: ReadonlyArray<{ readonly type: string; readonly address: string }>
  }
}

export const conditionOf = (conditions: ReadonlyArray<Condition> | undefined, type: string): Condition | undefined =>
  conditions?.find((one) => one.type === type)

export const isTrue = (conditions: ReadonlyArray<Condition> | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === "True"

export const isReady = (pod: Pod): boolean => isTrue(pod.status?.conditions, "Ready")

export const isTerminating = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined

export const isFinished = ({ status }: Pod): boolean => status?.phase === "Failed" || status?.phase === "Succeeded"

export const uidOf = ({ metadata }: KubeObject): string => metadata.uid ?? ""
export const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? ""
export const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? ""
export const ownersOf = ({ metadata }: KubeObject): ReadonlyArray<OwnerReference> => metadata.ownerReferences ?? []
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  ownersOf(object).find(({ controller }) => controller === true)

/** The reference by which a controller owns what it creates. */
export const ownedBy = (resource: Resource, owner: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  name: nameOf(owner),
  uid: uidOf(owner),
  controller: true,
  blockOwnerDeletion: true
})

/** A condition that keeps its time while its status stays, put in its place among the others. */
export const withCondition = (
  conditions: ReadonlyArray<Condition> | undefined,
  next: Condition
): ReadonlyArray<Condition> => {
  const old = conditionOf(conditions, next.type)
  const kept = old?.status === next.status ? { ...next, lastTransitionTime: old.lastTransitionTime } : next
  const stamped = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)) as typeof next
  return old === undefined
    ? [...(conditions ?? []), stamped]
    : (conditions ?? []).map((one) => (one === old ? stamped : one))
}
