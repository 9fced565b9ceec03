/**
 * Equal values as one value: answers, requests and memories of programs, found
 * by identity first and by their text else. Frozen, so that a program that
 * changes what it was given fails there and then.
 */
import * as Redacted from "effect/Redacted"

/** A text that two values share only if they are equal; secrets included, so not for people. */
export const textOf = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "object":
      return value === null ? "null" : textOfObject(value)
    case "function":
      throw new Error("a value that programs get or remember holds a function: it must be plain data")
    default:
      return Object.is(value, -0) ? "-0" : typeof value === "bigint" ? `${value}n` : String(value)
  }
}

const textOfObject = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (Redacted.isRedacted(value)) return `secret(${textOf(Redacted.value(value))})`
  if (value instanceof Map) return `map(${[...value].map(([key, held]) => `${textOf(key)}:${textOf(held)}`).join()})`
  if (value instanceof Set) return `set(${[...value].map(textOf).join()})`
  if (value instanceof Date) return `date(${value.getTime()})`
  if (value instanceof Uint8Array) return `bytes(${value.join()})`
  const name = Object.getPrototypeOf(value) === Object.prototype ? "" : String(value.constructor?.name ?? "")
  const fields = Object.entries(value).map(([key, held]) => `${JSON.stringify(key)}:${textOf(held)}`)
  return `${name}{${fields.sort().join()}}`
}

const frozen = new WeakSet<object>()

const freeze = (value: unknown): void => {
  if (typeof value !== "object" || value === null || frozen.has(value)) return
  frozen.add(value)
  if (ArrayBuffer.isView(value) || Redacted.isRedacted(value)) return
  for (const held of value instanceof Map ? value.values() : Object.values(value)) freeze(held)
  Object.freeze(value)
}

export interface Interned {
  readonly id: number
  readonly value: unknown
}

export class Intern {
  private readonly byText = new Map<string, Interned>()
  private readonly byIdentity = new WeakMap<object, Interned>()

  of(value: unknown): Interned {
    const isObject = typeof value === "object" && value !== null
    const known = isObject ? this.byIdentity.get(value) : undefined
    if (known !== undefined) return known
    const text = textOf(value)
    let interned = this.byText.get(text)
    if (interned === undefined) {
      interned = { id: this.byText.size, value }
      freeze(value)
      this.byText.set(text, interned)
    }
    if (isObject) this.byIdentity.set(value, interned)
    return interned
  }
}
