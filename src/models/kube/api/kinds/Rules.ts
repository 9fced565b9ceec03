/**
 * The vocabulary of validation: causes in the server's words, and the formats
 * that names and values have to match.
 */
import type { KubeObject } from "../../../../domain/kube/Object.ts"
import type { Cause } from "../Kind.ts"
import { keyComplaints, valueComplaints } from "../LabelSyntax.ts"
import * as Metadata from "../Metadata.ts"
import { type Fields, isFields, same } from "../Types.ts"

export type Causes = ReadonlyArray<Cause>

export const none: Causes = []

const detailed = (what: string, detail: string): string => (detail === "" ? what : `${what}: ${detail}`)

/** Go's JSON escapes what HTML would read. */
const shown = (value: unknown): string =>
  JSON.stringify(value === undefined ? null : value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")

const valueText = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : shown(value))

export const required = (field: string, detail = ""): Cause => ({
  field,
  reason: "FieldValueRequired",
  message: detailed("Required value", detail)
})

export const invalid = (field: string, value: unknown, detail: string): Cause => ({
  field,
  reason: "FieldValueInvalid",
  message: detailed(`Invalid value: ${valueText(value)}`, detail)
})

export const typeInvalid = (field: string, value: unknown, detail: string): Cause => ({
  field,
  reason: "FieldValueTypeInvalid",
  message: detailed(`Invalid value: ${valueText(value)}`, detail)
})

export const forbidden = (field: string, detail: string): Cause => ({
  field,
  reason: "FieldValueForbidden",
  message: detailed("Forbidden", detail)
})

export const duplicate = (field: string, value: unknown): Cause => ({
  field,
  reason: "FieldValueDuplicate",
  message: `Duplicate value: ${valueText(value)}`
})

export const notFound = (field: string, value: unknown): Cause => ({
  field,
  reason: "FieldValueNotFound",
  message: `Not found: ${valueText(value)}`
})

export const notSupported = (field: string, value: unknown, supported: ReadonlyArray<string>): Cause => ({
  field,
  reason: "FieldValueNotSupported",
  message: `Unsupported value: ${valueText(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`
})

export const tooLong = (field: string, limit: number): Cause => ({
  field,
  reason: "FieldValueTooLong",
  message: `Too long: may not be more than ${limit} bytes`
})

export const tooMany = (field: string, count: number, limit: number): Cause => ({
  field,
  reason: "FieldValueTooMany",
  message: `Too many: ${count}: must have at most ${limit} items`
})

/** Complaints about one value, as causes of it. */
export const complaining = (field: string, value: unknown, complaints: ReadonlyArray<string>): Causes =>
  complaints.map((complaint) => invalid(field, value, complaint))

/** `value` among `supported`; an empty one is required. */
export const oneOf = (field: string, value: unknown, supported: ReadonlyArray<string>): Causes =>
  supported.includes(String(value)) ? none : [notSupported(field, value, supported)]

export const immutable = (field: string, old: unknown, next: unknown): Causes =>
  same(old, next) ? none : [invalid(field, next, "field is immutable")]

export const nonNegative = (field: string, value: unknown): Causes =>
  typeof value === "number" && value < 0 ? [invalid(field, value, "must be greater than or equal to 0")] : none

export const between = (field: string, value: unknown, low: number, high: number): Causes =>
  typeof value === "number" && (value < low || value > high)
    ? [invalid(field, value, `must be between ${low} and ${high}, inclusive`)]
    : none

export const port = (field: string, value: unknown): Causes => between(field, value, 1, 65535)

type Complain = (text: string) => ReadonlyArray<string>

const format =
  (limit: number, pattern: RegExp, rule: string, samples: ReadonlyArray<string>): Complain =>
  (text) => {
    const examples = samples.length === 0 ? "" : `e.g. ${samples.map((one) => `'${one}'`).join(",  or ")}, `
    return [
      ...(text.length > limit ? [`must be no more than ${limit} characters`] : []),
      ...(pattern.test(text)
        ? []
        : [`${rule} (${examples}regex used for validation is '${pattern.source.slice(1, -1).replaceAll("\\/", "/")}')`])
    ]
  }

export const dnsLabel = format(
  63,
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  ["my-name", "123-abc"]
)

export const dnsSubdomain = format(
  253,
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  ["example.com"]
)

export const dns1035Label = format(
  63,
  /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  ["my-name", "abc-123"]
)

export const configKey: Complain = (text) => [
  ...format(253, /^[-._a-zA-Z0-9]+$/, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'", [
    "key.name",
    "KEY_NAME",
    "key-name"
  ])(text),
  ...(text === "." ? ["must not be '.'"] : []),
  ...(text === ".." ? ["must not be '..'"] : text.startsWith("..") ? ["must not start with '..'"] : [])
]

export const envName: Complain = (text) =>
  /^[ -<>-~]+$/.test(text)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]

export const portName: Complain = (text) => [
  ...(text.length > 15 ? ["must be no more than 15 characters"] : []),
  ...(/^[-a-z0-9]+$/.test(text) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(text) ? [] : ["must contain at least one letter (a-z)"]),
  ...(text.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(text.startsWith("-") || text.endsWith("-") ? ["must not begin or end with a hyphen"] : [])
]

export { keyComplaints as qualifiedName }

/** A prefix that ends in a dash stands for what it is the start of. */
const masked = (prefix: string): string =>
  prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix

export const labels = (field: string, value: unknown): Causes =>
  isFields(value)
    ? Object.entries(value).flatMap(([key, text]) => [
        ...complaining(field, key, keyComplaints(key)),
        ...complaining(field, text, valueComplaints(String(text)))
      ])
    : none

export const metadata = (object: KubeObject, isNamespaced: boolean, name: Complain): Causes => {
  const meta = object.metadata
  const given = meta.name ?? ""
  const prefix = meta.generateName ?? ""
  return [
    ...(prefix === "" ? none : complaining("metadata.generateName", prefix, name(masked(prefix)))),
    ...(given === ""
      ? [required("metadata.name", "name or generateName is required")]
      : complaining("metadata.name", given, name(given))),
    ...(isNamespaced && (meta.namespace ?? "") === "" ? [required("metadata.namespace")] : none),
    ...Metadata.causes(object).filter(({ field }) => field !== "metadata.name" && field !== "metadata.generateName")
  ]
}

/** An IPv4 address, or what looks like an IPv6 one. */
export const isAddress = (text: string): boolean =>
  /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text) || /^[0-9a-f:]*:[0-9a-f:]*$/i.test(text)

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

export const listOf = (value: unknown): ReadonlyArray<Fields> => (Array.isArray(value) ? value.map(fieldsOf) : [])

export const textsOf = (value: unknown): ReadonlyArray<string> => (Array.isArray(value) ? value.map(String) : [])

export const specOf = (object: KubeObject): Fields => fieldsOf(object["spec"])

export const statusOf = (object: KubeObject): Fields => fieldsOf(object["status"])

/** Text of a field, empty when absent. */
export const textOf = (fields: Fields, name: string): string => {
  const value = fields[name]
  return value === undefined || value === null ? "" : String(value)
}

const operators = ["In", "NotIn", "Exists", "DoesNotExist"]

/** Of `metav1.LabelSelector`. */
export const labelSelector = (field: string, value: unknown): Causes => {
  const selector = fieldsOf(value)
  return [
    ...labels(`${field}.matchLabels`, selector["matchLabels"]),
    ...listOf(selector["matchExpressions"]).flatMap((expression, index) => {
      const at = `${field}.matchExpressions[${index}]`
      const [operator, values] = [textOf(expression, "operator"), textsOf(expression["values"])]
      const takesValues = operator === "In" || operator === "NotIn"
      return [
        ...(takesValues && values.length === 0
          ? [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
          : none),
        ...((operator === "Exists" || operator === "DoesNotExist") && values.length > 0
          ? [forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
          : none),
        ...(operators.includes(operator)
          ? none
          : [invalid(`${at}.operator`, operator, "not a valid selector operator")]),
        ...complaining(`${at}.key`, textOf(expression, "key"), keyComplaints(textOf(expression, "key"))),
        ...values.flatMap((text, position) => complaining(`${at}.values[${position}]`, text, valueComplaints(text)))
      ]
    })
  ]
}

/** Whether a validated selector selects these labels. */
export const selects = (value: unknown, given: unknown): boolean => {
  const selector = fieldsOf(value)
  const present = fieldsOf(given)
  return (
    Object.entries(fieldsOf(selector["matchLabels"])).every(([key, text]) => present[key] === text) &&
    listOf(selector["matchExpressions"]).every((expression) => {
      const [key, values] = [textOf(expression, "key"), textsOf(expression["values"])]
      const has = present[key] !== undefined && values.includes(String(present[key]))
      switch (expression["operator"]) {
        case "In":
          return has
        case "NotIn":
          return !has
        case "Exists":
          return present[key] !== undefined
        default:
          return present[key] === undefined
      }
    })
  )
}
