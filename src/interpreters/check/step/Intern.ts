/**
 * Equal values as one value: answers, requests and memories of programs, found
 * by identity first and by their text else. Frozen, so that a program that
 * changes what it was given fails there and then.
 */
import * as Redacted from "effect/Redacted"

type Text = (value: unknown) => string

const textOfPlain = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "function":
      throw new Error("a value that programs get or remember holds a function: it must be plain data")
    default:
      return Object.is(value, -0) ? "-0" : typeof value === "bigint" ? `${value}n` : String(value)
  }
}

/** By the texts of what it holds. */
const textOfObject = (value: object, held: Text): string => {
  if (Array.isArray(value)) return `[${value.map(held).join()}]`
  if (Redacted.isRedacted(value)) return `secret(${held(Redacted.value(value))})`
  if (value instanceof Map) return `map(${[...value].map(([key, one]) => `${held(key)}:${held(one)}`).join()})`
  if (value instanceof Set) return `set(${[...value].map(held).join()})`
  if (value instanceof Date) return `date(${value.getTime()})`
  if (value instanceof Uint8Array) return `bytes(${value.join()})`
  const name = Object.getPrototypeOf(value) === Object.prototype ? "" : String(value.constructor?.name ?? "")
  const fields = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}:${held(one)}`)
  return `${name}{${fields.sort().join()}}`
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** A text that two values share only if they are equal; secrets included, so not for people. */
export const textOf: Text = (value) => (isObject(value) ? textOfObject(value, textOf) : textOfPlain(value))

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
    const known = isObject(value) ? this.byIdentity.get(value) : undefined
    if (known !== undefined) return known
    const text = isObject(value) ? textOfObject(value, this.numberOf) : textOfPlain(value)
    let interned = this.byText.get(text)
    if (interned === undefined) {
      interned = { id: this.byText.size, value }
      freeze(value)
      this.byText.set(text, interned)
    }
    if (isObject(value)) this.byIdentity.set(value, interned)
    return interned
  }

  /** What has its number already is not looked into again: answers share most of what they hold. */
  private readonly numberOf: Text = (value) => (isObject(value) ? `#${this.of(value).id}` : textOfPlain(value))
}
