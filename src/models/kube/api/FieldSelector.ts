/**
 * Field selectors: which fields of which kind can be selected on, and whether
 * an object has the values asked for.
 */
import * as Result from "effect/Result"
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { isFields } from "./Types.ts"

export interface Term {
  readonly field: string
  readonly value: string
  readonly equal: boolean
}

export type FieldSelector = ReadonlyArray<Term>

const meta = ["metadata.name", "metadata.namespace"]

/** Beyond these a kind has the two of `meta` and another complaint. By `group/plural`. */
const selectable: Readonly<Record<string, ReadonlyArray<string>>> = {
  "/pods": [
    ...meta,
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName"
  ],
  "/nodes": ["metadata.name", "spec.unschedulable"],
  "/namespaces": ["metadata.name", "status.phase"],
  "/secrets": [...meta, "type"],
  "/services": [...meta, "spec.clusterIP", "spec.type"],
  "/events": [
    ...meta,
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type"
  ]
}

/** What a path of names leads to. */
export const valueAt = (object: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (value, name) => (isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    object
  )

const texts: Readonly<Record<string, (object: KubeObject) => unknown>> = {
  "/events reportingComponent": (object) => object["reportingComponent"],
  "/events source": (object) => valueAt(object, ["source", "component"]) || object["reportingComponent"],
  "/nodes spec.unschedulable": (object) => valueAt(object, ["spec", "unschedulable"]) ?? false,
  "/pods spec.hostNetwork": (object) => valueAt(object, ["spec", "hostNetwork"]) ?? false
}

const textOf = (key: string, object: KubeObject, field: string): string => {
  const value = (texts[`${key} ${field}`] ?? ((one: KubeObject) => valueAt(one, field.split("."))))(object)
  return value === undefined || value === null ? "" : String(value)
}

export const matches = (key: string, selector: FieldSelector, object: KubeObject): boolean =>
  selector.every(({ equal, field, value }) => (textOf(key, object, field) === value) === equal)

const unescaped = (text: string): Result.Result<string, string> => {
  let value = ""
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === "\\") {
      const next = text[++at]
      if (next === undefined || !"\\,=".includes(next)) {
        return Result.fail(`invalid field selector: invalid escape sequence: \\${next ?? ""}`)
      }
      value += next
    } else if (character === "=") {
      return Result.fail(`invalid field selector: unescaped character in value: ${character.codePointAt(0)}`)
    } else value += character
  }
  return Result.succeed(value)
}

/** The failure is the text of a 400. `custom`: the selectable fields of a custom kind. */
export const parse = (
  key: string,
  text: string,
  custom: ReadonlyArray<string> | undefined
): Result.Result<FieldSelector, string> => {
  const found: Array<Term> = []
  for (const term of text.match(/(?:\\.|[^,\\])+|\\$/gs) ?? []) {
    const parts = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
    if (parts === null) return Result.fail(`invalid selector: '${text}'; can't understand '${term}'`)
    const value = unescaped(parts[3]!)
    if (Result.isFailure(value)) return Result.fail(value.failure)
    found.push({ field: parts[1]!, equal: parts[2] !== "!=", value: value.success })
  }
  const known = selectable[key] ?? (custom === undefined ? undefined : [...meta, ...custom])
  for (const { field } of found) {
    if (known === undefined && !meta.includes(field)) {
      return Result.fail(
        `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      )
    }
    if (known !== undefined && !known.includes(field)) return Result.fail(`field label not supported: ${field}`)
  }
  return Result.succeed(found)
}
