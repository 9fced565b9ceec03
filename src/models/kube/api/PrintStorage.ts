/**
 * The columns of claims and volumes.
 */
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { ageOf, at, type Cell, nameOf, text, texts } from "./Cells.ts"
import { isFields } from "./Types.ts"

const modes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP"
}

const modeText = (value: unknown): string =>
  Object.keys(modes)
    .filter((mode) => texts(value).includes(mode))
    .map((mode) => modes[mode]!)
    .join(",")

export const claimCells = (claim: KubeObject, now: number): ReadonlyArray<Cell> => {
  const bound = text(at(claim, "spec.volumeName")) !== ""
  return [
    nameOf(claim),
    claim.metadata.deletionTimestamp === undefined ? text(at(claim, "status.phase")) : "Terminating",
    text(at(claim, "spec.volumeName")),
    bound ? text(at(claim, "status.capacity.storage"), "0") : "",
    bound ? modeText(at(claim, "status.accessModes")) : "",
    text(at(claim, "spec.storageClassName")),
    text(at(claim, "spec.volumeAttributesClassName"), "<unset>"),
    ageOf(claim, now),
    text(at(claim, "spec.volumeMode"), "<unset>")
  ]
}

export const volumeCells = (volume: KubeObject, now: number): ReadonlyArray<Cell> => {
  const claim = at(volume, "spec.claimRef")
  return [
    nameOf(volume),
    text(at(volume, "spec.capacity.storage"), "0"),
    modeText(at(volume, "spec.accessModes")),
    text(at(volume, "spec.persistentVolumeReclaimPolicy")),
    volume.metadata.deletionTimestamp === undefined ? text(at(volume, "status.phase")) : "Terminating",
    isFields(claim) ? `${text(claim["namespace"])}/${text(claim["name"])}` : "",
    text(at(volume, "spec.storageClassName")),
    text(at(volume, "spec.volumeAttributesClassName"), "<unset>"),
    text(at(volume, "status.reason")),
    ageOf(volume, now),
    text(at(volume, "spec.volumeMode"), "<unset>")
  ]
}
