/**
 * Writes under way whose sender has gone: each may be carried out later, or
 * never. Secrets in them are kept as plain data, as states are.
 */
import * as Redacted from "effect/Redacted"
import type { Components, Eager } from "../../../domain/check/System.ts"
import type { Outside, Served } from "../../../models/closed/Outside.ts"
import { type Cell, cell, Draft } from "./Draft.ts"
import { textOf } from "./Intern.ts"
import type { Call } from "./Slot.ts"

export interface Orphan {
  /** The process that sent it. */
  readonly from: string
  readonly system: string
  readonly command: string
  readonly wire: unknown
}

/** All of them, in the order of their texts: which was left first makes no difference. */
export const orphans: Cell<ReadonlyArray<Orphan>> = cell<ReadonlyArray<Orphan>>("network/orphans", [])

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const mapped = (value: unknown, change: (part: unknown) => unknown): unknown => {
  const changed = change(value)
  if (changed !== value) return changed
  if (Array.isArray(value)) return value.map((part) => mapped(part, change))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapped(part, change)]))
}

export const plain = (wire: unknown): unknown =>
  mapped(wire, (part) => (Redacted.isRedacted(part) ? { $secret: Redacted.value(part) } : part))

export const restored = (wire: unknown): unknown =>
  mapped(wire, (part) => (isRecord(part) && "$secret" in part ? Redacted.make(part["$secret"]) : part))

/** Reads whose asker is gone vanish. */
export const leave = (draft: Draft, from: string, calls: ReadonlyArray<Call>): void => {
  const left = calls
    .filter(({ access }) => access !== "read")
    .map(({ command, system, wire }): Orphan => ({ from, system, command, wire: plain(wire) }))
  if (left.length === 0) return
  const byText = (one: Orphan, other: Orphan) => (textOf(one) < textOf(other) ? -1 : 1)
  draft.put(orphans, [...draft.get(orphans), ...left].toSorted(byText))
}

/** They were on connections that have ended before they were carried out. */
export const end = (draft: Draft, { severs }: Served<Components>): void => {
  if (severs === undefined) return
  const all = draft.get(orphans)
  const left = all.filter(({ system, wire }) => !severs(system, wire))
  if (left.length < all.length) draft.put(orphans, left)
}

/** Those that can change nothing any more are not kept: whether they land makes no difference. */
export const forgets = ({ isFutile }: Outside<Components>): Eager<Components> => ({
  name: "network: late writes that can do nothing are forgotten",
  next: (read) => {
    const draft = new Draft(read)
    const all = draft.get(orphans)
    const left = isFutile === undefined ? all : all.filter(({ system, wire }) => !isFutile(system, wire, draft.now))
    if (left.length === all.length) return undefined
    draft.put(orphans, left)
    return draft.set
  }
})
