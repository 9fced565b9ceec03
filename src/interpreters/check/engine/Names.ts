/**
 * Opaque names that are free: the smallest "<kind>#<n>" that no component of a
 * state mentions. What a value mentions is found once per distinct part.
 */
import type { Interner } from "./Interner.ts"
import { Words } from "./Words.ts"

/** Names from here on are looked for in lists. */
const inMask = 31

/** The mentions of one kind. */
interface Kind {
  readonly name: string
  /** Per component and id: one bit per name below `inMask`, and the last bit if there are others. */
  readonly masks: ReadonlyArray<Words>
}

type Mentions = (value: unknown) => Iterable<string>

/** Texts that have the form of a name. */
export const byForm: Mentions = (value) => (typeof value === "string" && /^.+#\d+$/s.test(value) ? [value] : [])

export class Names {
  private readonly kinds = new Map<string, Kind>()
  private readonly ofPart = new Map<object, ReadonlySet<string>>()
  private readonly columns: ReadonlyArray<{ readonly values: ReadonlyArray<unknown> }>
  private readonly mentions: Mentions
  private readonly interner: Interner

  constructor(interner: Interner, columns: Names["columns"], mentions: Mentions = byForm) {
    this.interner = interner
    this.columns = columns
    this.mentions = mentions
  }

  /** The number of the `nth` free name of a kind. */
  free(kindName: string, nth: number, state: Int32Array): number {
    let kind = this.kinds.get(kindName)
    if (kind === undefined) {
      kind = { name: kindName, masks: this.columns.map(() => new Words(64)) }
      this.kinds.set(kindName, kind)
    }
    let taken = 0
    for (let i = 0; i < this.columns.length; i++) taken |= this.maskOf(kind, i, state[i]!)
    if (taken >= 0) {
      for (let n = 0, left = nth; n < inMask; n++) if ((taken & (1 << n)) === 0 && left-- === 0) return n
    }
    return this.search(kind, nth, state)
  }

  private search(kind: Kind, nth: number, state: Int32Array): number {
    const taken = new Set<number>()
    for (const [i, column] of this.columns.entries()) {
      for (const name of this.of(column.values[state[i]!])) {
        const number = numberOf(name, kind.name)
        if (number !== undefined) taken.add(number)
      }
    }
    let left = nth
    for (let n = 0; ; n++) if (!taken.has(n) && left-- === 0) return n
  }

  private maskOf(kind: Kind, component: number, id: number): number {
    const masks = kind.masks[component]!
    while (masks.length <= id) {
      let mask = 0
      for (const name of this.of(this.columns[component]!.values[masks.length])) {
        const number = numberOf(name, kind.name)
        if (number !== undefined) mask |= 1 << Math.min(number, inMask)
      }
      masks.push(mask)
    }
    return masks.data[id]!
  }

  /** All names that a value and its parts mention. */
  private of(value: unknown): ReadonlySet<string> {
    if (typeof value !== "object" || value === null) return new Set(this.mentions(value))
    const known = this.ofPart.get(value)
    if (known !== undefined) return known
    const found = new Set(this.mentions(value))
    for (const part of partsOf(value)) for (const name of this.of(part)) found.add(name)
    if (this.interner.isKnown(value)) this.ofPart.set(value, found)
    return found
  }
}

function* partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) yield* value
  else if (value instanceof Map) for (const entry of value) yield* entry
  else for (const entry of Object.entries(value)) yield* entry
}

const numberOf = (name: string, kind: string): number | undefined =>
  name.length > kind.length + 1 && name.startsWith(kind) && name.lastIndexOf("#") === kind.length
    ? Number(name.slice(kind.length + 1))
    : undefined
