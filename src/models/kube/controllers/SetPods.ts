/**
 * The pods and claims that a StatefulSet wants: their names, identity, storage
 * and content.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import type { OwnerReference } from "../../../domain/kube/Object.ts"
import { create, type Draft, type Move, update, type View } from "./BuiltIn.ts"
import {
  type Claim,
  nameOf,
  namespaceOf,
  ownedBy,
  ownersOf,
  type Pod,
  type PodTemplate,
  type StatefulSet,
  uidOf
} from "./Shapes.ts"

export const revisionLabel = "controller-revision-hash"
const podNameLabel = "statefulset.kubernetes.io/pod-name"
const indexLabel = "apps.kubernetes.io/pod-index"

export const startOf = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0
export const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1

const podName = (set: StatefulSet, ordinal: number): string => `${nameOf(set)}-${ordinal}`

/** Which ordinal of this set a pod's name says; undefined for a name of another form. */
export const ordinalOf = (set: StatefulSet, pod: Pod): number | undefined => {
  const match = /^(.*)-(\d+)$/.exec(nameOf(pod))
  return match !== null && match[1] === nameOf(set) && Number(match[2]) <= 0x7fff_ffff ? Number(match[2]) : undefined
}

export const isInRange = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= startOf(set) && ordinal < startOf(set) + replicasOf(set)

const claimName = (set: StatefulSet, template: Claim, ordinal: number): string =>
  `${nameOf(template)}-${podName(set, ordinal)}`

const identity = (set: StatefulSet, ordinal: number) => ({
  [podNameLabel]: podName(set, ordinal),
  [indexLabel]: String(ordinal)
})

export const podDraft = (set: StatefulSet, template: PodTemplate, revision: string, ordinal: number): Draft => {
  const { annotations, finalizers, labels } = template.metadata ?? {}
  const templates = set.spec.volumeClaimTemplates ?? []
  const claims = templates.map((claim) => ({
    name: nameOf(claim),
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) }
  }))
  const others = (template.spec.volumes ?? []).filter(({ name }) => claims.every((claim) => claim.name !== name))
  const volumes = [...claims, ...others]
  return {
    metadata: {
      name: podName(set, ordinal),
      generateName: `${nameOf(set)}-`,
      namespace: namespaceOf(set),
      labels: { ...labels, ...identity(set, ordinal), [revisionLabel]: revision },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [ownedBy(Kinds.StatefulSet, set)]
    },
    spec: {
      ...template.spec,
      hostname: podName(set, ordinal),
      ...(set.spec.serviceName === undefined || set.spec.serviceName === "" ? {} : { subdomain: set.spec.serviceName }),
      ...(volumes.length === 0 ? {} : { volumes })
    }
  }
}

/** A pod whose labels no longer say who it is gets them back. */
export const identified = (set: StatefulSet, pod: Pod, ordinal: number): ReadonlyArray<Move> =>
  pod.metadata.labels?.[podNameLabel] === nameOf(pod)
    ? []
    : [
        update(Kinds.Pod, {
          ...pod,
          metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...identity(set, ordinal) } }
        })
      ]

interface Claimed {
  readonly template: Claim
  readonly name: string
  readonly claim: Claim | undefined
}

const claimsOf = (view: View, set: StatefulSet, ordinal: number): ReadonlyArray<Claimed> =>
  (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const name = claimName(set, template, ordinal)
    return { template, name, claim: view.get<Claim>(Kinds.PersistentVolumeClaim, namespaceOf(set), name) }
  })

const claimDraft = (set: StatefulSet, { name, template }: Claimed): Draft => {
  const { annotations, finalizers, labels } = template.metadata
  return {
    metadata: {
      name,
      namespace: namespaceOf(set),
      labels: { ...labels, ...set.spec.selector.matchLabels },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers })
    },
    spec: template.spec
  }
}

export const missingClaims = (view: View, set: StatefulSet, ordinal: number): ReadonlyArray<Move> =>
  claimsOf(view, set, ordinal)
    .filter(({ claim }) => claim === undefined)
    .map((wanted) => create(Kinds.PersistentVolumeClaim, claimDraft(set, wanted)))

const policyOf = ({ spec }: StatefulSet) => ({
  deletesWhenDeleted: spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete",
  deletesWhenScaled: spec.persistentVolumeClaimRetentionPolicy?.whenScaled === "Delete"
})

/** A reference to something of this kind and name, with whatever uid. */
const refersTo = (kind: "Pod" | "StatefulSet", name: string) => (owner: OwnerReference) =>
  owner.kind === kind && owner.apiVersion === (kind === "Pod" ? "v1" : "apps/v1") && owner.name === name

/** A claim that waits for its end: a pod of this ordinal must not take it up. */
export const isClaimBlocked = (view: View, set: StatefulSet, ordinal: number): boolean =>
  claimsOf(view, set, ordinal).some(
    ({ claim }) =>
      claim !== undefined &&
      (claim.metadata.deletionTimestamp !== undefined ||
        (policyOf(set).deletesWhenScaled && ownersOf(claim).some(refersTo("Pod", podName(set, ordinal)))))
  )

const wantedOwners = (set: StatefulSet, pod: Pod, ordinal: number, claim: Claim): ReadonlyArray<OwnerReference> => {
  const { deletesWhenDeleted, deletesWhenScaled } = policyOf(set)
  const [ofSet, ofPod] = [refersTo("StatefulSet", nameOf(set)), refersTo("Pod", nameOf(pod))]
  const owners = ownersOf(claim)
  // Of an earlier set or pod of this name: the garbage collector's.
  const isStale = owners.some((one) => (ofSet(one) && one.uid !== uidOf(set)) || (ofPod(one) && one.uid !== uidOf(pod)))
  if (isStale) return owners
  const others = owners.filter((one) => !ofSet(one) && !ofPod(one))
  const isForeign = others.some(({ controller }) => controller === true)
  if ((deletesWhenDeleted || deletesWhenScaled) && isForeign) return others
  if (deletesWhenScaled && !isInRange(set, ordinal)) return [...others, ownedBy(Kinds.Pod, pod)]
  return deletesWhenDeleted ? [...others, ownedBy(Kinds.StatefulSet, set)] : others
}

const sameOwners = (left: ReadonlyArray<OwnerReference>, right: ReadonlyArray<OwnerReference>): boolean =>
  left.length === right.length &&
  left.every((one) => right.some(({ controller, uid }) => one.uid === uid && one.controller === controller))

/** Owner references on the claims of a pod, as the retention policy of the set says. */
export const retained = (view: View, set: StatefulSet, pod: Pod, ordinal: number): ReadonlyArray<Move> =>
  claimsOf(view, set, ordinal).flatMap(({ claim }) => {
    if (claim === undefined) return []
    const ownerReferences = wantedOwners(set, pod, ordinal, claim)
    return sameOwners(ownersOf(claim), ownerReferences)
      ? []
      : [update(Kinds.PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, ownerReferences } })]
  })
