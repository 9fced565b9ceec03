/**
 * The history of a StatefulSet's pod template: ControllerRevisions, named by
 * the same hash as the real controller's, so that labels on pods agree too.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import { isFields } from "../api/Types.ts"
import { create, type Draft, type Move, remove, update, type View } from "./BuiltIn.ts"
import { nameOf, ownedBy, type PodTemplate, type Revision, type StatefulSet, uidOf } from "./Shapes.ts"

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

/** Texts by template, and by what a revision stores: caches of pure functions, not part of any state. */
const texts = new WeakMap<object, string>()
const hashes = new Map<string, string>()
const maxHashes = 1000

const remember = (value: object, compute: () => unknown): string => {
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = canonical(compute())
  texts.set(value, text)
  return text
}

const textOfTemplate = (template: PodTemplate): string => remember(template, () => dataOf(template))
const textOf = ({ data }: Revision): string => remember(data, () => data)

const rememberedHash = (text: string): string => {
  const known = hashes.get(text)
  if (known !== undefined) return known
  if (hashes.size >= maxHashes) hashes.clear()
  const hash = hashOf(text)
  hashes.set(text, hash)
  return hash
}

/** The template that a revision restores. */
export const templateOf = ({ data }: Revision): PodTemplate => {
  const { $patch: _, ...template } = data.spec.template as PodTemplate & { readonly $patch?: unknown }
  return template
}

const byAge = (left: Revision, right: Revision): number =>
  left.revision - right.revision || (nameOf(left) < nameOf(right) ? -1 : 1)

/** The revisions that a set controls, oldest first. */
const revisionsOf = (view: View, set: StatefulSet): ReadonlyArray<Revision> =>
  view.controlled<Revision>(Kinds.ControllerRevision, set.metadata.namespace ?? "", uidOf(set)).toSorted(byAge)

/** A name is taken by other data: the set counts a collision and hashes again. */
const named = (view: View, set: StatefulSet, text: string) => {
  for (let collisions = set.status?.collisionCount ?? 0; ; collisions++) {
    const hash = rememberedHash(`${text}${collisions}`)
    const name = `${nameOf(set).slice(0, 223)}-${hash}`
    const taken = view.get<Revision>(Kinds.ControllerRevision, set.metadata.namespace ?? "", name)
    if (taken === undefined || textOf(taken) === text) return { name, hash, collisions }
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
  const text = textOfTemplate(set.spec.template)
  const newest = all.at(-1)
  const equal = all.findLast((one) => textOf(one) === text)
  const next = (newest?.revision ?? 0) + 1
  const { name, hash, collisions } = named(view, set, text)
  if (equal === undefined) return create(Kinds.ControllerRevision, draft(set, name, hash, next))
  // A rollback gives the old revision the next number.
  if (textOf(newest!) !== text) return update(Kinds.ControllerRevision, { ...equal, revision: next })
  const current = all.find((revision) => nameOf(revision) === set.status?.currentRevision)
  return { current: current ?? newest!, update: newest!, collisions, all }
}

/** The history that the status names, when the revisions themselves are gone. */
export const remembered = ({ spec, status }: StatefulSet): History => {
  const named = (name: string | undefined): Revision => ({
    apiVersion: "apps/v1",
    kind: Kinds.ControllerRevision.kind,
    metadata: { name: name ?? "" },
    revision: 0,
    data: dataOf(spec.template)
  })
  return {
    current: named(status?.currentRevision),
    update: named(status?.updateRevision),
    collisions: status?.collisionCount ?? 0,
    all: []
  }
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
