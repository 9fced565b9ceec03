/**
 * Claims, volumes and storage classes.
 */
import {
  type KubeObject,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass
} from "../../../../domain/kube/Object.ts"
import * as Quantity from "../Quantity.ts"
import { type Fields, isFields, same } from "../Types.ts"
import { basic, column } from "./Basic.ts"
import * as PodDefaults from "./PodDefaults.ts"
import * as Rules from "./Rules.ts"
import { type Causes, fieldsOf, none, specOf, statusOf, textOf, textsOf } from "./Rules.ts"

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]

const modeCauses = (spec: Fields, at: string): Causes => {
  const modes = textsOf(spec["accessModes"])
  const known = modes.filter((mode) => accessModes.includes(mode))
  const single = known.includes("ReadWriteOncePod")
  return [
    ...modes.flatMap((mode) => Rules.oneOf(`${at}.accessModes`, mode, accessModes)),
    ...(single && known.some((mode) => mode !== "ReadWriteOncePod")
      ? [Rules.forbidden(`${at}.accessModes`, "may not use ReadWriteOncePod with other access modes")]
      : none)
  ]
}

const positive = (field: string, value: unknown): Causes =>
  Quantity.nanosOf(value) <= 0n ? [Rules.invalid(field, value, "must be greater than zero")] : none

/** Of a PersistentVolumeClaimSpec. */
export const claimSpec = (spec: Fields, at: string): Causes => {
  const storage = fieldsOf(fieldsOf(spec["resources"])["requests"])["storage"]
  const className = textOf(spec, "storageClassName")
  return [
    ...(textsOf(spec["accessModes"]).length === 0
      ? [Rules.required(`${at}.accessModes`, "at least 1 access mode is required")]
      : none),
    ...(isFields(spec["selector"]) ? Rules.labelSelector(`${at}.selector`, spec["selector"]) : none),
    ...modeCauses(spec, at),
    ...(storage === undefined
      ? [Rules.required(`${at}.resources[storage]`)]
      : positive(`${at}.resources[storage]`, storage)),
    ...(className === ""
      ? none
      : Rules.complaining(`${at}.storageClassName`, className, Rules.dnsSubdomain(className))),
    ...(spec["volumeMode"] === undefined
      ? none
      : Rules.oneOf(`${at}.volumeMode`, spec["volumeMode"], ["Block", "Filesystem"]))
  ]
}

const requested = (object: KubeObject): unknown =>
  fieldsOf(fieldsOf(specOf(object)["resources"])["requests"])["storage"]

/** What of a claim's spec may not change any more. */
const fixedClaim = (spec: Fields, isBound: boolean, isNamed: boolean): Fields => {
  const { volumeName, resources, volumeAttributesClassName, ...others } = spec
  const given = fieldsOf(resources)
  const { storage: _, ...requests } = fieldsOf(given["requests"])
  return {
    ...others,
    ...(isNamed ? { volumeName } : {}),
    resources: isBound ? { ...given, requests } : given,
    ...(isBound ? {} : { volumeAttributesClassName })
  }
}

const claimChanges = (old: KubeObject, next: KubeObject): Causes => {
  const isBound = statusOf(next)["phase"] === "Bound"
  const isNamed = textOf(specOf(old), "volumeName") !== ""
  const [before, after] = [specOf(old), specOf(next)]
  const classGiven =
    before["storageClassName"] === undefined && after["storageClassName"] !== undefined
      ? { storageClassName: after["storageClassName"] }
      : {}
  const capacity = Quantity.nanosOf(fieldsOf(statusOf(old)["capacity"])["storage"])
  const size = Quantity.nanosOf(requested(next))
  return [
    ...(same(fixedClaim({ ...before, ...classGiven }, isBound, isNamed), fixedClaim(after, isBound, isNamed))
      ? none
      : [
          Rules.forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
          )
        ]),
    ...(size < Quantity.nanosOf(requested(old)) && size <= capacity
      ? [Rules.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")]
      : none),
    ...Rules.immutable("volumeMode", before["volumeMode"], after["volumeMode"])
  ]
}

const protectedBy = (next: KubeObject, finalizer: string): KubeObject => {
  const finalizers = next.metadata.finalizers ?? []
  return finalizers.includes(finalizer)
    ? next
    : { ...next, metadata: { ...next.metadata, finalizers: [...finalizers, finalizer] } }
}

const pending = (object: KubeObject): KubeObject => ({
  ...object,
  status: PodDefaults.filled(statusOf(object), { phase: "Pending" })
})

export const persistentVolumeClaim = basic({
  resource: PersistentVolumeClaim,
  model: "V1PersistentVolumeClaim",
  shortNames: ["pvc"],
  hasStatus: true,
  initialStatus: () => ({ phase: "Pending" }),
  defaulted: (object) => pending({ ...object, spec: PodDefaults.claimSpec(specOf(object)) }),
  prepared: (next, old) => (old === undefined ? protectedBy(next, "kubernetes.io/pvc-protection") : next),
  rules: (object) => claimSpec(specOf(object), "spec"),
  validateUpdate: (old, next) => [
    ...Rules.metadata(next, true, Rules.dnsSubdomain),
    ...claimSpec(specOf(next), "spec"),
    ...claimChanges(old, next)
  ],
  columns: [
    column("Status", ".status.phase"),
    column("Volume", ".spec.volumeName"),
    column("StorageClass", ".spec.storageClassName")
  ]
})

const volumeFields = new Set([
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode"
])

const volumeCauses = (object: KubeObject): Causes => {
  const spec = specOf(object)
  const capacity = fieldsOf(spec["capacity"])
  const sources = Object.keys(spec).filter((name) => !volumeFields.has(name))
  const isLocal = spec["local"] !== undefined
  return [
    ...(textsOf(spec["accessModes"]).length === 0 ? [Rules.required("spec.accessModes")] : none),
    ...modeCauses(spec, "spec"),
    ...(Object.keys(capacity).length === 0 ? [Rules.required("spec.capacity")] : none),
    ...(capacity["storage"] === undefined || Object.keys(capacity).length > 1
      ? [Rules.notSupported("spec.capacity", null, ["storage"])]
      : positive("spec.capacity[storage]", capacity["storage"])),
    ...Rules.oneOf("spec.persistentVolumeReclaimPolicy", spec["persistentVolumeReclaimPolicy"], [
      "Delete",
      "Recycle",
      "Retain"
    ]),
    ...(isLocal && spec["nodeAffinity"] === undefined
      ? [Rules.required("spec.nodeAffinity", "Local volume requires node affinity")]
      : none),
    ...sources.slice(1).map((source) => Rules.forbidden(`spec.${source}`, "may not specify more than 1 volume type")),
    ...(sources.length === 0 ? [Rules.required("spec", "must specify a volume type")] : none),
    ...Rules.oneOf("spec.volumeMode", spec["volumeMode"], ["Block", "Filesystem"])
  ]
}

const sourceOf = (object: KubeObject): Fields =>
  Object.fromEntries(Object.entries(specOf(object)).filter(([name]) => !volumeFields.has(name)))

/** A new volume has been in its phase since it was made. */
const phased = (object: KubeObject): KubeObject => ({
  ...object,
  status: PodDefaults.filled(statusOf(object), { lastPhaseTransitionTime: object.metadata.creationTimestamp })
})

export const persistentVolume = basic({
  resource: PersistentVolume,
  model: "V1PersistentVolume",
  shortNames: ["pv"],
  hasStatus: true,
  initialStatus: () => ({ phase: "Pending" }),
  defaulted: (object) =>
    pending({
      ...object,
      spec: PodDefaults.changed(
        PodDefaults.filled(specOf(object), { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }),
        "hostPath",
        (path) => ({ ...path, type: path["type"] ?? "" })
      )
    }),
  prepared: (next, old) => (old === undefined ? phased(protectedBy(next, "kubernetes.io/pv-protection")) : next),
  rules: volumeCauses,
  changes: (old, next) => [
    ...(same(sourceOf(old), sourceOf(next))
      ? none
      : [Rules.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation\n")]),
    ...Rules.immutable("spec.volumeMode", specOf(old)["volumeMode"], specOf(next)["volumeMode"])
  ],
  columns: [column("Status", ".status.phase"), column("StorageClass", ".spec.storageClassName")]
})

export const storageClass = basic({
  resource: StorageClass,
  model: "V1StorageClass",
  shortNames: ["sc"],
  defaulted: (object) => ({
    ...object,
    reclaimPolicy: object["reclaimPolicy"] ?? "Delete",
    volumeBindingMode: object["volumeBindingMode"] ?? "Immediate"
  }),
  rules: (object) => [
    ...(textOf(object, "provisioner") === "" ? [Rules.required("provisioner")] : none),
    ...Rules.oneOf("reclaimPolicy", object["reclaimPolicy"], ["Delete", "Retain"]),
    ...Rules.oneOf("volumeBindingMode", object["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"])
  ],
  changes: (old, next) => [
    ...(same(old["parameters"], next["parameters"])
      ? none
      : [Rules.forbidden("parameters", "updates to parameters are forbidden.")]),
    ...(old["provisioner"] === next["provisioner"]
      ? none
      : [Rules.forbidden("provisioner", "updates to provisioner are forbidden.")]),
    ...(old["reclaimPolicy"] === next["reclaimPolicy"]
      ? none
      : [Rules.forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.")]),
    ...Rules.immutable("volumeBindingMode", old["volumeBindingMode"], next["volumeBindingMode"])
  ],
  columns: [column("Provisioner", ".provisioner")]
})
