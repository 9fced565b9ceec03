/**
 * Whether a configuration that is applied fits its type, in the server's words.
 */
import { isFields, type Type } from "../Types.ts"
import * as Paths from "./Paths.ts"
import { stepOf } from "./Typed.ts"

/** Values as Go prints them with `%v`. */
export const goText = (value: unknown): string => {
  if (value === null || value === undefined) return "<nil>"
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`
  if (!isFields(value)) return String(value)
  const names = Object.keys(value).sort()
  return `map[${names.map((name) => `${name}:${goText(value[name])}`).join(" ")}]`
}

const goValue = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : goText(value))

const scalarError = (type: Extract<Type, { _tag: "scalar" }>, value: unknown): string | undefined => {
  switch (type.of) {
    case "int32":
    case "int64":
    case "number":
      return typeof value === "number"
        ? undefined
        : `expected numeric (int or float), got ${typeof value === "string" ? "string" : typeof value === "boolean" ? "bool" : Array.isArray(value) ? "[]interface {}" : "map[string]interface {}"}`
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got &{${goText(value)}}`
    case "quantity":
    case "intOrString":
      return isFields(value) || Array.isArray(value) ? `expected any scalar, got &{${goText(value)}}` : undefined
    default:
      return typeof value === "string"
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goValue(value)}}`
  }
}

const itemErrors = (type: Extract<Type, { _tag: "list" }>, list: ReadonlyArray<unknown>, at: string): Array<string> => {
  const seen = new Set<string>()
  const errors: Array<string> = []
  for (const [index, item] of list.entries()) {
    let step = `i:${index}`
    if (type.list !== "atomic") {
      if (type.list === "map" && !isFields(item)) {
        const why = item === null ? "may not have a null element" : "may not have non-map elements"
        return [...errors, `${at}: element ${index}: associative list with keys ${why}`]
      }
      step = stepOf(type, item)
      if (step === "k:{}") {
        const keys = `[${type.keys.map((key) => JSON.stringify(key)).join(" ")}]`
        return [
          ...errors,
          `${at}: element ${index}: associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`
        ]
      }
      if (seen.has(step)) errors.push(`${at}: duplicate entries for key ${Paths.pathText([step])}`)
      seen.add(step)
    }
    errors.push(...errorsOf(type.of, item, at + Paths.pathText([step])))
  }
  return errors
}

const errorsOf = (type: Type, value: unknown, at: string): Array<string> => {
  const here = (why: string): Array<string> => [at === "" ? why : `${at}: ${why}`]
  if (value === null || value === undefined || type._tag === "any") return []
  if (type._tag === "scalar") {
    const why = scalarError(type, value)
    return why === undefined ? [] : here(why)
  }
  if (type._tag === "list") {
    return Array.isArray(value) ? itemErrors(type, value, at) : here(`expected list, got &{${goText(value)}}`)
  }
  if (!isFields(value)) return here(`expected map, got &{${goText(value)}}`)
  const fields = type.fields()
  return Object.entries(value).flatMap(([name, child]) => {
    const of = fields.get(name) ?? type.rest
    const below = `${at}.${name}`
    return of === undefined ? [`${below}: field not declared in schema`] : errorsOf(of, child, below)
  })
}

/** What is wrong, or undefined. */
export const invalidType = (type: Type, value: unknown): string | undefined => {
  const errors = errorsOf(type, value, "")
  return errors.length <= 1 ? errors[0] : ["errors:", ...errors.map((error) => `  ${error}`)].join("\n")
}

/** Whether something in it is of another type; what is there twice can be read. */
export const isUnreadable = (type: Type, value: unknown): boolean =>
  errorsOf(type, value, "").some((error) => !error.includes(": duplicate entries for key "))
