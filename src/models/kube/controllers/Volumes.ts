/**
 * Volumes: a claim gets a PersistentVolume of its own at once (as from a
 * storage class that binds immediately), and neither goes while it is in use.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { create, type Draft, type Move, overItems, remove, update, type View } from "./BuiltIn.ts"
import { type Claim, isFinished, isTerminating, nameOf, namespaceOf, type Pod, uidOf } from "./Shapes.ts"

interface Volume extends KubeObject {
  readonly spec: {
    readonly capacity?: Readonly<Record<string, string>>
    readonly accessModes?: ReadonlyArray<string>
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string }
    readonly persistentVolumeReclaimPolicy?: string
    readonly [field: string]: unknown
  }
  readonly status?: { readonly phase?: string }
}

const provisioner = "gungnir/memory"
const boundByController = "pv.kubernetes.io/bound-by-controller"
const bindCompleted = "pv.kubernetes.io/bind-completed"

const volumeDraft = (claim: Claim): Draft => ({
  metadata: {
    name: `pvc-${uidOf(claim)}`,
    annotations: { "pv.kubernetes.io/provisioned-by": provisioner }
  },
  spec: {
    capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "0" },
    accessModes: claim.spec.accessModes ?? [],
    claimRef: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      name: nameOf(claim),
      namespace: namespaceOf(claim),
      uid: uidOf(claim)
    },
    hostPath: { path: `/var/lib/volumes/pvc-${uidOf(claim)}` },
    persistentVolumeReclaimPolicy: "Delete",
    ...(claim.spec.storageClassName === undefined ? {} : { storageClassName: claim.spec.storageClassName }),
    ...(claim.spec.volumeMode === undefined ? {} : { volumeMode: claim.spec.volumeMode })
  }
})

const bind = (view: View, claim: Claim): ReadonlyArray<Move> => {
  if (isTerminating(claim)) return []
  const name = claim.spec.volumeName || `pvc-${uidOf(claim)}`
  const volume = view.get<Volume>(Kinds.PersistentVolume, "", name)
  if (volume === undefined) return claim.spec.volumeName ? [] : [create(Kinds.PersistentVolume, volumeDraft(claim))]
  if (volume.spec.claimRef?.uid !== uidOf(claim)) return []
  if (!claim.spec.volumeName) {
    const annotations = { ...claim.metadata.annotations, [bindCompleted]: "yes", [boundByController]: "yes" }
    const metadata = { ...claim.metadata, annotations }
    return [update(Kinds.PersistentVolumeClaim, { ...claim, metadata, spec: { ...claim.spec, volumeName: name } })]
  }
  const { accessModes = [], capacity = {} } = volume.spec
  const status = { phase: "Bound", accessModes, capacity }
  return claim.status?.phase === "Bound" ? [] : [update(Kinds.PersistentVolumeClaim, { ...claim, status }, "status")]
}

/** A volume follows its claim; without it, it goes or stays as its policy says. */
const follow = (view: View, volume: Volume): ReadonlyArray<Move> => {
  const { claimRef, persistentVolumeReclaimPolicy } = volume.spec
  if (claimRef === undefined || isTerminating(volume)) return []
  const claim = view.get<Claim>(Kinds.PersistentVolumeClaim, claimRef.namespace ?? "", claimRef.name ?? "")
  const isClaimed = claim !== undefined && uidOf(claim) === claimRef.uid
  if (isClaimed && claim.spec.volumeName !== nameOf(volume)) return []
  const phase = isClaimed ? "Bound" : "Released"
  if (volume.status?.phase !== phase) {
    return [update(Kinds.PersistentVolume, { ...volume, status: { ...volume.status, phase } }, "status")]
  }
  return !isClaimed && persistentVolumeReclaimPolicy === "Delete" ? [remove(Kinds.PersistentVolume, volume)] : []
}

const isClaim = (one: Claim | Volume): one is Claim => one.kind === Kinds.PersistentVolumeClaim.kind

const claimsAndVolumes = (view: View): ReadonlyArray<Claim | Volume> => [
  ...view.list<Claim>(Kinds.PersistentVolumeClaim),
  ...view.list<Volume>(Kinds.PersistentVolume)
]

export const volumeBinder = overItems("persistentvolume-binder", {
  items: claimsAndVolumes,
  moves: (view, one) => (isClaim(one) ? bind(view, one) : follow(view, one))
})

const claimProtection = "kubernetes.io/pvc-protection"
const volumeProtection = "kubernetes.io/pv-protection"

const without = <A extends KubeObject>(object: A, finalizer: string): A => ({
  ...object,
  metadata: {
    ...object.metadata,
    finalizers: (object.metadata.finalizers ?? []).filter((one) => one !== finalizer)
  }
})

const isUsed = (view: View, claim: Claim): boolean =>
  view
    .list<Pod>(Kinds.Pod, claim.metadata.namespace)
    .some(
      (pod) =>
        Boolean(pod.spec.nodeName) &&
        !isFinished(pod) &&
        (pod.spec.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === nameOf(claim))
    )

const protects = (one: KubeObject, finalizer: string): boolean =>
  isTerminating(one) && (one.metadata.finalizers?.includes(finalizer) ?? false)

const released = (view: View, one: Claim | Volume): ReadonlyArray<Move> => {
  if (isClaim(one)) {
    return protects(one, claimProtection) && !isUsed(view, one)
      ? [update(Kinds.PersistentVolumeClaim, without(one, claimProtection))]
      : []
  }
  return protects(one, volumeProtection) && one.status?.phase !== "Bound"
    ? [update(Kinds.PersistentVolume, without(one, volumeProtection))]
    : []
}

/** Lets claims and volumes go once nothing uses them. */
export const volumeProtectionController = overItems("volume-protection", { items: claimsAndVolumes, moves: released })
