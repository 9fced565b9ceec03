/**
 * The history of a StatefulSet's pod template: ControllerRevisions, named by
 * the same hash as the real controller's, so that labels on pods agree too.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import { isFields } from "../api/Types.ts"
import { create, type Draft, type Move, remove, update, type View } from "./BuiltIn.ts"
import { controllerOf, nameOf, ownedBy, type PodTemplate, type Revision, type StatefulSet, uidOf } from "./Shapes.ts"

const safeLetters = "bcdfghjklmnpqrstvwxz2456789"

/** JSON with keys in order and the escapes of Go's encoder. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (isFields(value)) {
    const fields = Object.keys(value).sort()
    return `{${fields.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`
  }
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
}

const utf8 = (text: string): ReadonlyArray<number> =>
  [...encodeURIComponent(text).matchAll(/%(..)|./g)].map(([letter, hex]) =>
    hex === undefined ? letter.charCodeAt(0) : parseInt(hex, 16)
  )

/** FNV-1 of 32 bits as decimal digits, each digit as a letter that spells no words. */
const hashOf = (text: string): string => {
  const sum = utf8(text).reduce((hash, byte) => (Math.imul(hash, 16_777_619) ^ byte) >>> 0, 2_166_136_261)
  return [...String(sum)].map((digit) => safeLetters[digit.charCodeAt(0) % safeLetters.length]).join("")
}

const dataOf = (template: PodTemplate) => ({ spec: { template: { ...template, $patch: "replace" } } })

/** The template that a revision restores. */
export const templateOf = ({ data }: Revision): PodTemplate => {
  const { $patch: _, ...template } = data.spec.template as PodTemplate & { readonly $patch?: unknown }
  return template
}

const byAge = (left: Revision, right: Revision): number =>
  left.revision - right.revision || (nameOf(left) < nameOf(right) ? -1 : 1)

/** The revisions that a set controls, oldest first. */
export const revisionsOf = (view: View, set: StatefulSet): ReadonlyArray<Revision> =>
  view
    .list<Revision>(Kinds.ControllerRevision, set.metadata.namespace)
    .filter((revision) => controllerOf(revision)?.uid === uidOf(set))
    .sort(byAge)

/** A name is taken by other data: the set counts a collision and hashes again. */
const named = (view: View, set: StatefulSet, text: string) => {
  for (let collisions = set.status?.collisionCount ?? 0; ; collisions++) {
    const hash = hashOf(`${text}${collisions}`)
    const name = `${nameOf(set).slice(0, 223)}-${hash}`
    const taken = view.get<Revision>(Kinds.ControllerRevision, set.metadata.namespace ?? "", name)
    if (taken === undefined || canonical(taken.data) === text) return { name, hash, collisions }
  }
}

export interface History {
  readonly current: Revision
  readonly update: Revision
  readonly collisions: number
  readonly all: ReadonlyArray<Revision>
}

const draft = (set: StatefulSet, name: string, hash: string, revision: number): Draft => ({
  metadata: {
    name,
    ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
    labels: { ...set.spec.template.metadata?.labels, "controller.kubernetes.io/hash": hash },
    ...(set.metadata.annotations === undefined ? {} : { annotations: set.metadata.annotations }),
    ownerReferences: [ownedBy(Kinds.StatefulSet, set)]
  },
  data: dataOf(set.spec.template),
  revision
})

/** The revisions to work with, or the one request that has to come first. */
export const historyOf = (view: View, set: StatefulSet): History | Move => {
  const all = revisionsOf(view, set)
  const text = canonical(dataOf(set.spec.template))
  const newest = all.at(-1)
  const equal = all.findLast(({ data }) => canonical(data) === text)
  const next = (newest?.revision ?? 0) + 1
  const { name, hash, collisions } = named(view, set, text)
  if (equal === undefined) return create(Kinds.ControllerRevision, draft(set, name, hash, next))
  // A rollback gives the old revision the next number.
  if (canonical(newest!.data) !== text) return update(Kinds.ControllerRevision, { ...equal, revision: next })
  const current = all.find((revision) => nameOf(revision) === set.status?.currentRevision)
  return { current: current ?? newest!, update: newest!, collisions, all }
}

/** Deletes what no pod uses beyond the limit of the set, oldest first. */
export const truncated = (
  set: StatefulSet,
  { all, current, update: latest }: History,
  used: ReadonlySet<string>
): ReadonlyArray<Move> => {
  const dead = all.filter((one) => one !== current && one !== latest && !used.has(nameOf(one)))
  const excess = dead.length - (set.spec.revisionHistoryLimit ?? 10)
  return excess > 0 ? dead.slice(0, excess).map((one) => remove(Kinds.ControllerRevision, one)) : []
}
