/**
 * A JSON body as the server's Go types read it: wrong types are one error with
 * the server's text, unknown fields are listed and dropped, empty fields stay or
 * go as their type says, scalars get their canonical text.
 */
import * as Quantity from "../Quantity.ts"
import { type Fields, isFields, type Keyed, type ListOf, type Scalar, type Shape, type Type } from "../Types.ts"

export interface Read {
  readonly value: unknown
  readonly unknown: ReadonlyArray<string>
  /** Of the first value of a wrong type. */
  readonly error?: string
}

/** Where a value is: for unknown fields (`path`), and as Go words it (struct name and field names). */
interface Place {
  readonly path: string
  readonly struct: string
  readonly fields: string
  readonly goType?: string
}

interface Walk {
  readonly unknown: Array<string>
  error: string | undefined
}

const fail = (walk: Walk, error: string): undefined => {
  walk.error ??= error
  return undefined
}

const nameOfValue = (value: unknown): string =>
  Array.isArray(value)
    ? "array"
    : typeof value === "boolean"
      ? "bool"
      : typeof value === "number"
        ? "number"
        : typeof value === "string"
          ? "string"
          : "object"

const goScalars: Readonly<Record<string, string>> = { boolean: "bool", number: "float64", bytes: "[]uint8" }

const goTypeOf = (type: Type, goType?: string): string => {
  if (goType !== undefined) return goType
  switch (type._tag) {
    case "scalar":
      return goScalars[type.of] ?? type.of
    case "list":
      return `[]${goTypeOf(type.of)}`
    case "keyed":
      return type.shape !== undefined
        ? `v1.${type.name}`
        : type.rest?._tag === "scalar" && type.rest.of === "quantity"
          ? "v1.ResourceList"
          : `map[string]${type.rest === undefined ? "interface {}" : goTypeOf(type.rest)}`
    case "any":
      return "map[string]interface {}"
  }
}

const mismatch = (walk: Walk, value: unknown, type: Type, place: Place): undefined => {
  const what =
    nameOfValue(value) +
    (typeof value === "number" && type._tag === "scalar" && type.of.startsWith("int") ? ` ${value}` : "")
  const where = place.fields === "" ? "Go value" : `Go struct field ${place.struct}.${place.fields}`
  return fail(walk, `json: cannot unmarshal ${what} into ${where} of type ${goTypeOf(type, place.goType)}`)
}

const goValue = (walk: Walk, value: unknown, goType: string): undefined =>
  fail(walk, `json: cannot unmarshal ${nameOfValue(value)} into Go value of type ${goType}`)

const integer = (walk: Walk, value: unknown, type: Scalar, place: Place): unknown => {
  const limit = type.of === "int32" ? 2 ** 31 : 2 ** 63
  return typeof value === "number" && Number.isInteger(value) && value >= -limit && value < limit
    ? value
    : mismatch(walk, value, type, place)
}

const ranges: ReadonlyArray<readonly [string, number, number]> = [
  ["month", 1, 12],
  ["day", 1, 31],
  ["hour", 0, 23],
  ["minute", 0, 59],
  ["second", 0, 59]
]

/** The parts of Go's layout, in order, each with what it takes of the text. */
const layout = (isMicro: boolean): ReadonlyArray<readonly [string, RegExp]> => [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", isMicro ? /^\d\d/ : /^\d\d(?:\.\d+)?/],
  ...(isMicro ? [[".000000", /^\.\d{6}/] as const] : []),
  ["Z07:00", /^(?:Z|[+-]\d\d:\d\d)/]
]

/** What Go's `time.Parse` says; undefined when the text is a time. */
const timeError = (value: string, isMicro: boolean): string | undefined => {
  const parts = layout(isMicro)
  const quoted = JSON.stringify(value)
  let rest = value
  let numbers = 0
  for (const [part, pattern] of parts) {
    const match = pattern.exec(rest)?.[0]
    if (match === undefined) {
      const whole = parts.map(([text]) => text).join("")
      return `parsing time ${quoted} as "${whole}": cannot parse ${JSON.stringify(rest)} as "${part}"`
    }
    const range = /^\d/.test(part) ? ranges[numbers++ - 1] : undefined
    const number = Number.parseInt(match, 10)
    if (range !== undefined && (number < range[1] || number > range[2])) {
      return `parsing time ${quoted}: ${range[0]} out of range`
    }
    rest = rest.slice(match.length)
  }
  if (rest !== "") return `parsing time ${quoted}: extra text: ${JSON.stringify(rest)}`
  return Number.isNaN(Date.parse(value)) ? `parsing time ${quoted}: day out of range` : undefined
}

/** The server's own way to write a time: what nearly every object has already. */
const isAsWritten = (value: string): boolean => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return false
  const millis = Date.parse(value)
  // A day that its month does not have becomes another.
  return !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(value.slice(0, -1))
}

const time = (walk: Walk, value: unknown, isMicro: boolean): unknown => {
  if (typeof value !== "string") return goValue(walk, value, "string")
  if (!isMicro && isAsWritten(value)) return value
  const error = timeError(value, isMicro)
  if (error !== undefined) return fail(walk, error)
  const whole = new Date(Date.parse(value)).toISOString().slice(0, 19)
  return isMicro ? `${whole}${/\.\d{6}/.exec(value)?.[0]}Z` : `${whole}Z`
}

const quantity = (walk: Walk, value: unknown): unknown => {
  if (typeof value !== "string" && typeof value !== "number") return fail(walk, Quantity.syntax)
  const parsed = Quantity.parse(value)
  return typeof parsed === "string" ? fail(walk, parsed) : Quantity.text(parsed)
}

const bytes = (walk: Walk, value: unknown, type: Scalar, place: Place): unknown => {
  if (typeof value !== "string") return mismatch(walk, value, type, place)
  const bare = value.replace(/[\r\n]/g, "")
  const good = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
  if (good.test(bare)) return bare
  const wrong = /[^A-Za-z0-9+/]/.exec(bare)
  const at = wrong !== null && wrong[0] !== "=" ? wrong.index : Math.floor(bare.length / 4) * 4
  return fail(walk, `illegal base64 data at input byte ${at}`)
}

const scalarValue = (walk: Walk, value: unknown, type: Scalar, place: Place): unknown => {
  switch (type.of) {
    case "string":
      return typeof value === "string" ? value : mismatch(walk, value, type, place)
    case "boolean":
      return typeof value === "boolean" ? value : mismatch(walk, value, type, place)
    case "number":
      return typeof value === "number" ? value : mismatch(walk, value, type, place)
    case "int32":
    case "int64":
      return integer(walk, value, type, place)
    case "bytes":
      return bytes(walk, value, type, place)
    case "time":
      return time(walk, value, false)
    case "microTime":
      return time(walk, value, true)
    case "quantity":
      return quantity(walk, value)
    case "intOrString":
      return typeof value === "string" || Number.isInteger(value) ? value : goValue(walk, value, "int32")
  }
}

const isEmpty = (type: Type, value: unknown): boolean => {
  switch (type._tag) {
    case "scalar":
      return value === "" || (value === 0 && type.of !== "intOrString") || value === false
    case "list":
      return (value as ReadonlyArray<unknown>).length === 0
    case "keyed":
      return type.shape === undefined && Object.keys(value as Fields).length === 0
    case "any":
      return false
  }
}

/** What a Go value of this type is before anything is read into it. */
const zeroOf = (walk: Walk, type: Type, place: Place): unknown => {
  switch (type._tag) {
    case "scalar":
      if (type.of === "time" || type.of === "microTime") return null
      if (type.of === "quantity") return "0"
      return type.of === "string" || type.of === "bytes" ? "" : type.of === "boolean" ? false : 0
    case "keyed":
      return type.shape === undefined ? null : keyedValue(walk, {}, type, place)
    case "list":
    case "any":
      return null
  }
}

const fieldValue = (walk: Walk, value: unknown, type: Type, shape: Shape | undefined, place: Place): unknown => {
  const keep = shape?.keep ?? "filled"
  if (value === undefined || value === null) {
    return keep === "always" ? zeroOf(walk, type, place) : keep === "null" ? null : undefined
  }
  const read = anyValue(walk, value, type, place)
  return read === undefined || (keep === "filled" && isEmpty(type, read)) ? undefined : read
}

const structValue = (walk: Walk, value: Fields, type: Keyed, place: Place): Fields => {
  const known = type.fields()
  const below = (name: string, shape: Shape | undefined): Place => ({
    path: place.path === "" ? name : `${place.path}.${name}`,
    struct: type.name,
    fields: place.fields === "" ? name : `${place.fields}.${name}`,
    ...(shape?.goType === undefined ? {} : { goType: shape.goType })
  })
  for (const name of Object.keys(value)) {
    if (!known.has(name)) walk.unknown.push(below(name, undefined).path)
  }
  const entries: Array<[string, unknown]> = []
  for (const [name, fieldType] of known) {
    const shape = type.shape?.get(name)
    // Most fields of most structs are not there.
    if (value[name] === undefined && (shape === undefined || shape.keep === "zero" || shape.keep === "filled")) continue
    const read = fieldValue(walk, value[name], fieldType, shape, below(name, shape))
    if (read !== undefined) entries.push([name, read])
  }
  return Object.fromEntries(entries)
}

const keyedValue = (walk: Walk, value: unknown, type: Keyed, place: Place): unknown => {
  if (!isFields(value)) return mismatch(walk, value, type, place)
  if (type.shape !== undefined) return structValue(walk, value, type, place)
  const rest = type.rest ?? { _tag: "any", atomic: false }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const below = { path: `${place.path}[${name}]`, struct: place.struct, fields: place.fields }
      return [name, item === null ? zeroOf(walk, rest, below) : anyValue(walk, item, rest, below)]
    })
  )
}

const listValue = (walk: Walk, value: unknown, type: ListOf, place: Place): unknown =>
  Array.isArray(value)
    ? value.map((item, index) => {
        const below = { path: `${place.path}[${index}]`, struct: place.struct, fields: place.fields }
        return item === null ? zeroOf(walk, type.of, below) : anyValue(walk, item, type.of, below)
      })
    : mismatch(walk, value, type, place)

/** Values that were read as a type already, and are what reading gives: a cache, since most of a write is as it was. */
const canonical = new WeakMap<object, Type>()

/** The same fields or items in the same order. */
const isAsRead = (value: object, read: object): boolean => {
  const [names, others] = [Object.keys(value), Object.keys(read)]
  return (
    Array.isArray(value) === Array.isArray(read) &&
    names.length === others.length &&
    // Both are records or arrays.
    names.every((name, at) => name === others[at] && (value as Fields)[name] === (read as Fields)[name])
  )
}

/** What `read` gives, or the value itself where that is no other. */
const remembered = (walk: Walk, value: unknown, type: Type, read: () => unknown): unknown => {
  if (typeof value !== "object" || value === null) return read()
  if (canonical.get(value) === type) return value
  const [errorBefore, unknownBefore] = [walk.error, walk.unknown.length]
  const result = read()
  const isClean = errorBefore === undefined && walk.error === undefined && walk.unknown.length === unknownBefore
  if (!isClean || typeof result !== "object" || result === null) return result
  const kept = isAsRead(value, result) ? value : result
  canonical.set(kept, type)
  return kept
}

const anyValue = (walk: Walk, value: unknown, type: Type, place: Place): unknown => {
  switch (type._tag) {
    case "scalar":
      return scalarValue(walk, value, type, place)
    case "keyed":
      return remembered(walk, value, type, () => keyedValue(walk, value, type, place))
    case "list":
      return remembered(walk, value, type, () => listValue(walk, value, type, place))
    case "any":
      return value
  }
}

/** Reads a value as a type; `path` is where it is in the object. */
export const read = (type: Keyed, value: unknown, path = ""): Read => {
  const walk: Walk = { unknown: [], error: undefined }
  const result = anyValue(walk, value, type, { path, struct: type.name, fields: "" })
  return { value: result, unknown: walk.unknown, ...(walk.error === undefined ? {} : { error: walk.error }) }
}
