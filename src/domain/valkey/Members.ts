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

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

/** The fields of a part of an object; none where it is not one. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** `name-3` is ordinal 3 of the StatefulSet `name`; undefined for any other name. */
export const ordinalOf = (statefulSet: string, pod: string): number | undefined => {
  const ordinal = pod.startsWith(`${statefulSet}-`) ? pod.slice(statefulSet.length + 1) : ""
  return /^(0|[1-9]\d*)$/.test(ordinal) ? Number(ordinal) : undefined
}

export const isControlledBy = (object: KubeObject, uid: string): boolean =>
  (object.metadata.ownerReferences ?? []).some((owner) => owner.controller === true && owner.uid === uid)

const isReady = (pod: KubeObject): boolean => {
  const conditions = fieldsOf(pod["status"])["conditions"]
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => fieldsOf(one)["type"] === "Ready" && fieldsOf(one)["status"] === "True")
  )
}

/** A pod that has ended keeps its address in the API, and another pod may already have it. */
const hasEnded = (phase: unknown): boolean => phase === "Succeeded" || phase === "Failed"

const member = (statefulSet: string, pod: KubeObject): ReadonlyArray<Member> => {
  const ordinal = ordinalOf(statefulSet, pod.metadata.name ?? "")
  const status = fieldsOf(pod["status"])
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

/** The cluster whose pods are looked for. */
export interface Family {
  readonly name: string
  readonly uid: string
  /** Of pods that have been its own, by the record or at the look before. */
  readonly known: ReadonlyArray<string>
}

/** Without an owner, or with one of a StatefulSet that is gone: so the pods of one that was deleted serve on. */
const isLeftBehind = ({ metadata }: KubeObject, statefulSet: string): boolean =>
  (metadata.ownerReferences ?? []).every(
    ({ controller, kind, name }) => controller !== true || (kind === "StatefulSet" && name === statefulSet)
  )

/**
 * In the order of their ordinals. `statefulSet` is the live one, which must
 * belong to the cluster. A pod that has been ours stays ours until somebody else
 * owns it: whoever deletes the StatefulSet ends no process by that, and a
 * primary that serves on must not count as gone.
 */
export const membersOf = (
  { known, name, uid }: Family,
  statefulSet: KubeObject | undefined,
  pods: ReadonlyArray<KubeObject>
): ReadonlyArray<Member> => {
  const live = statefulSet !== undefined && isControlledBy(statefulSet, uid) ? statefulSet.metadata.uid : undefined
  const isOurs = (pod: KubeObject): boolean =>
    (live !== undefined && isControlledBy(pod, live)) ||
    (known.includes(pod.metadata.uid ?? "") && isLeftBehind(pod, name))
  return pods
    .filter(isOurs)
    .flatMap((pod) => member(name, pod))
    .toSorted((left, right) => left.ordinal - right.ordinal)
}
