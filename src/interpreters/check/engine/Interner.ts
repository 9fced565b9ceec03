/**
 * Plain data as numbers: equal values get the same id, whatever the order of
 * their keys, and come back as one frozen value. Parts that were interned before
 * are known by identity, so a changed value costs only what changed in it.
 */
import { Problem } from "./Problem.ts"
import { Words } from "./Words.ts"

const isArray = 1
const isMap = 2
const isSet = 3
const firstShape = 4
const deepest = 1000

/** The keys of an object in the order it has them; `order`: where they are in the sorted order. */
interface Shape {
  readonly next: Map<string, Shape>
  tag: number
  order: ReadonlyArray<number>
}

const shape = (): Shape => ({ next: new Map(), tag: 0, order: [] })

export class Interner {
  /** By id, frozen. */
  readonly values: Array<unknown> = []
  private readonly primitives = new Map<unknown, number>()
  private readonly known = new Map<object, number>()
  private readonly shapes = shape()
  private readonly tags = new Map<string, number>()
  private readonly keysOf: Array<ReadonlyArray<string>> = []
  /** Per composite: id, tag, count, ids of the parts. */
  private readonly records = new Words()
  private slots = new Int32Array(1024)
  private composites = 0
  private stack = new Int32Array(1024)
  private top = 0
  private depth = 0

  /** Throws a `Problem` that names `where` and the path of what is not plain data. */
  intern(value: unknown, where: string): number {
    this.top = 0
    this.depth = 0
    const id = this.idOf(value)
    if (id >= 0) return id
    const found = blame(value, "", 0)
    throw new Problem({ what: "NotPlain", where: `${where}${found.path}`, detail: found.detail })
  }

  /** Of a frozen value that came from here. */
  isKnown(value: object): boolean {
    return this.known.has(value)
  }

  /** About; of what the tables and the values hold. */
  get bytes(): number {
    return this.records.bytes + this.slots.byteLength + this.values.length * 96
  }

  /** -1: not plain. */
  private idOf(value: unknown): number {
    if (typeof value !== "object" || value === null) return this.primitive(value)
    const known = this.known.get(value)
    if (known !== undefined) return known
    if (++this.depth > deepest) return -1
    const from = this.top
    const tag = this.parts(value)
    if (tag < 0) return -1
    this.depth--
    const id = this.find(tag, from, this.top - from)
    this.top = from
    return id
  }

  private primitive(value: unknown): number {
    const id = this.primitives.get(value)
    if (id !== undefined) return id
    if (typeof value === "function" || typeof value === "symbol") return -1
    this.primitives.set(value, this.values.length)
    return this.values.push(value === 0 ? 0 : value) - 1
  }

  private push(value: unknown): boolean {
    const id = this.idOf(value)
    if (id < 0) return false
    if (this.top === this.stack.length) {
      const next = new Int32Array(this.stack.length * 2)
      next.set(this.stack)
      this.stack = next
    }
    this.stack[this.top++] = id
    return true
  }

  /** Leaves the ids of the parts on the stack, in canonical order; the tag, or -1. */
  private parts(value: object): number {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (!this.push(value[i])) return -1
      return isArray
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.fields(value as Record<string, unknown>)
    if (prototype === Map.prototype) return this.entries(value as ReadonlyMap<unknown, unknown>)
    if (prototype === Set.prototype) return this.members(value as ReadonlySet<unknown>)
    return -1
  }

  private fields(value: Record<string, unknown>): number {
    let at = this.shapes
    const from = this.top
    for (const key of Object.keys(value)) {
      let next = at.next.get(key)
      if (next === undefined) at.next.set(key, (next = shape()))
      at = next
      if (!this.push(value[key])) return -1
    }
    if (at.tag === 0 && !this.name(at, value)) return -1
    if (at.order.length > 0) this.permute(from, at.order)
    return at.tag
  }

  /** A shape seen for the first time. */
  private name(at: Shape, value: object): boolean {
    const keys = Object.keys(value)
    if (keys.includes("__proto__") || Object.getOwnPropertySymbols(value).length > 0) return false
    const sorted = keys.toSorted((a, b) => (a < b ? -1 : 1))
    const text = JSON.stringify(sorted)
    let tag = this.tags.get(text)
    if (tag === undefined) {
      tag = firstShape + this.keysOf.push(sorted) - 1
      this.tags.set(text, tag)
    }
    at.tag = tag
    at.order = sorted.every((key, i) => key === keys[i]) ? [] : sorted.map((key) => keys.indexOf(key))
    return true
  }

  private permute(from: number, order: ReadonlyArray<number>): void {
    const ids = Array.from(this.stack.subarray(from, this.top))
    order.forEach((was, i) => (this.stack[from + i] = ids[was]!))
  }

  /** Sorted by the ids of the keys: the order of insertion means nothing. */
  private entries(value: ReadonlyMap<unknown, unknown>): number {
    const pairs: Array<readonly [number, number]> = []
    for (const [key, item] of value) {
      const from = this.top
      if (!this.push(key) || !this.push(item)) return -1
      pairs.push([this.stack[from]!, this.stack[from + 1]!])
      this.top = from
    }
    pairs.sort(([a], [b]) => a - b)
    for (const pair of pairs) for (const id of pair) this.push(this.values[id])
    return isMap
  }

  private members(value: ReadonlySet<unknown>): number {
    const from = this.top
    for (const item of value) if (!this.push(item)) return -1
    this.stack.subarray(from, this.top).sort()
    return isSet
  }

  private find(tag: number, from: number, count: number): number {
    const { records, slots, stack } = this
    const mask = slots.length - 1
    let hash = Math.imul(tag ^ (count << 20), 0x9e3779b1)
    for (let i = 0; i < count; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ stack[from + i]!, 0x85ebca6b)
    let at = (hash ^ (hash >>> 13)) & mask
    for (let slot = slots[at]!; slot !== 0; slot = slots[(at = (at + 1) & mask)]!) {
      const data = records.data
      if (data[slot] !== tag || data[slot + 1] !== count) continue
      let i = 0
      while (i < count && data[slot + 2 + i] === stack[from + i]) i++
      if (i === count) return data[slot - 1]!
    }
    slots[at] = records.length + 1
    const id = this.values.length
    records.push(id)
    records.push(tag)
    records.push(count)
    for (let i = 0; i < count; i++) records.push(stack[from + i]!)
    const value = this.build(tag, from, count)
    this.values.push(value)
    this.known.set(value, id)
    if (++this.composites * 2 > slots.length) this.grow()
    return id
  }

  private build(tag: number, from: number, count: number): object {
    const part = (i: number) => this.values[this.stack[from + i]!]
    if (tag >= firstShape) {
      const made: Record<string, unknown> = {}
      this.keysOf[tag - firstShape]!.forEach((key, i) => (made[key] = part(i)))
      return Object.freeze(made)
    }
    const parts = Array.from({ length: count }, (_, i) => part(i))
    if (tag === isArray) return Object.freeze(parts)
    if (tag === isSet) return sealed(new Set(parts))
    return sealed(new Map(Array.from({ length: count / 2 }, (_, i) => [part(2 * i), part(2 * i + 1)])))
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 1
    const { data, length } = this.records
    for (let offset = 0; offset < length;) {
      const tag = data[offset + 1]!
      const count = data[offset + 2]!
      let hash = Math.imul(tag ^ (count << 20), 0x9e3779b1)
      for (let i = 0; i < count; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ data[offset + 3 + i]!, 0x85ebca6b)
      let at = (hash ^ (hash >>> 13)) & mask
      while (slots[at] !== 0) at = (at + 1) & mask
      slots[at] = offset + 1
      offset += 3 + count
    }
    this.slots = slots
  }
}

/** Maps and sets have no other way of being frozen. */
const sealed = <A extends Map<unknown, unknown> | Set<unknown>>(value: A): A => {
  const refuse = () => {
    throw new TypeError("a value of a state was changed in place")
  }
  for (const name of ["set", "add", "delete", "clear"]) {
    if (name in value) Object.defineProperty(value, name, { value: refuse })
  }
  return Object.freeze(value)
}

interface Blame {
  readonly path: string
  readonly detail: string
}

const advice = "states are plain data: texts, numbers, booleans, null, arrays, objects, maps and sets"

/** The first part that is not plain data. */
const blame = (value: unknown, path: string, depth: number): Blame => {
  if (depth > deepest) return { path: path.slice(0, 80), detail: `is circular or nested too deeply; ${advice}` }
  for (const [key, part] of partsOf(value)) {
    if (!isPlain(part) || blames(part, depth + 1)) return blame(part, `${path}.${key}`, depth + 1)
  }
  return { path, detail: `${nameOf(value)} is not plain data; ${advice}` }
}

const blames = (value: unknown, depth: number): boolean =>
  depth > deepest || !isPlain(value) || partsOf(value).some(([, part]) => blames(part, depth + 1))

const partsOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> => {
  if (typeof value !== "object" || value === null || !isPlain(value)) return []
  if (value instanceof Map)
    return [...value].flatMap(([key, part], i) => [[`key ${i}`, key] as const, [String(key), part] as const])
  return value instanceof Set ? [...value].map((part, i) => [String(i), part] as const) : Object.entries(value)
}

const isPlain = (value: unknown): boolean => {
  if (typeof value === "function" || typeof value === "symbol") return false
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Map.prototype || prototype === Set.prototype) return true
  if (prototype !== Object.prototype && prototype !== null) return false
  return !Object.hasOwn(value, "__proto__") && Object.getOwnPropertySymbols(value).length === 0
}

const nameOf = (value: unknown): string => {
  if (typeof value === "function") return "a function"
  if (typeof value === "symbol") return "a symbol"
  if (typeof value !== "object" || value === null) return String(value)
  const name = (Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: string } } | null)
    ?.constructor?.name
  if (name === undefined || name === "" || name === "Object") {
    return Object.getOwnPropertySymbols(value).length > 0 ? "an object with symbols as keys" : "an object of a class"
  }
  return `an instance of ${name}`
}
