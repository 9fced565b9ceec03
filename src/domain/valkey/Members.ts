/**
 * Which pods belong to a cluster, and what the API says of them. By owner and
 * by labels: a foreign pod that carries our labels is not ours (`gungnir:W18`).
 */
import type { KubeObject } from "../kube/Object.ts"

/** A pod as the API names it, before anybody has asked its node. */
export interface Member {
  readonly pod: string
  readonly uid: string
  readonly ordinal: number
  readonly address: string | undefined
  readonly isDeleting: boolean
  readonly isReady: boolean
}

type Fields = { readonly [field: string]: unknown }

const record = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {})

/** `name-3` is ordinal 3 of the StatefulSet `name`; undefined for any other name. */
export const ordinalOf = (statefulSet: string, pod: string): number | undefined => {
  const ordinal = pod.startsWith(`${statefulSet}-`) ? pod.slice(statefulSet.length + 1) : ""
  return /^(0|[1-9]\d*)$/.test(ordinal) ? Number(ordinal) : undefined
}

export const isControlledBy = (object: KubeObject, uid: string): boolean =>
  (object.metadata.ownerReferences ?? []).some((owner) => owner.controller === true && owner.uid === uid)

const isReady = (pod: KubeObject): boolean => {
  const conditions = record(pod["status"])["conditions"]
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => record(one)["type"] === "Ready" && record(one)["status"] === "True")
  )
}

/** A pod that has ended keeps its address in the API, and another pod may already have it. */
const hasEnded = (phase: unknown): boolean => phase === "Succeeded" || phase === "Failed"

const member = (statefulSet: string, pod: KubeObject): ReadonlyArray<Member> => {
  const ordinal = ordinalOf(statefulSet, pod.metadata.name ?? "")
  const status = record(pod["status"])
  if (ordinal === undefined || pod.metadata.uid === undefined) return []
  const address = status["podIP"]
  return [
    {
      pod: pod.metadata.name!,
      uid: pod.metadata.uid,
      ordinal,
      address: typeof address === "string" && address !== "" && !hasEnded(status["phase"]) ? address : undefined,
      isDeleting: pod.metadata.deletionTimestamp !== undefined,
      isReady: isReady(pod)
    }
  ]
}

/** In the order of their ordinals. `statefulSet` is the live one, which must belong to the cluster with this uid. */
export const membersOf = (
  clusterUid: string,
  statefulSet: KubeObject | undefined,
  pods: ReadonlyArray<KubeObject>
): ReadonlyArray<Member> => {
  const uid = statefulSet?.metadata.uid
  const name = statefulSet?.metadata.name
  if (statefulSet === undefined || uid === undefined || name === undefined) return []
  if (!isControlledBy(statefulSet, clusterUid)) return []
  return pods
    .filter((pod) => isControlledBy(pod, uid))
    .flatMap((pod) => member(name, pod))
    .toSorted((left, right) => left.ordinal - right.ordinal)
}
