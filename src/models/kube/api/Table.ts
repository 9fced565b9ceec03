/**
 * Objects as a `Table` of meta.k8s.io/v1: what a client gets that asks for
 * `application/json;as=Table;g=meta.k8s.io;v=v1`, kubectl for one.
 */
import { apiVersionOf, type KubeObject } from "../../../domain/kube/Object.ts"
import { since } from "./Age.ts"
import type { Cell } from "./Cells.ts"
import { results } from "./JsonPath.ts"
import type { Column, Kind } from "./Kind.ts"
import { type Printer, printers } from "./Print.ts"
import { keyOf } from "./Store.ts"
import { isFields } from "./Types.ts"

export interface TableOptions {
  readonly nowMillis: number
  /** How much of each object a row carries (`includeObject=`). */
  readonly include: "None" | "Metadata" | "Object"
  /** Of a watch, only the first table describes its columns. */
  readonly columns: boolean
}

const customCell = (object: KubeObject, { jsonPath, type }: Column, nowMillis: number): Cell => {
  const [value] = results(object, jsonPath)
  if (value === undefined || value === null) return null
  if (type === "date") return since(value, nowMillis)
  if (type === "integer" || type === "number") return typeof value === "number" ? value : null
  if (type === "boolean") return typeof value === "boolean" ? value : null
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}

const customPrinter = (kind: Kind): Printer => ({
  columns: kind.columns.map(({ name, priority = 0, type }) => `${name}:${type}:${priority}`),
  cells: (object, now) => kind.columns.map((column) => customCell(object, column, now))
})

const definition = (text: string) => {
  const [name, type, priority] = text.split(":")
  return {
    name,
    type: type || "string",
    format: name === "Name" ? "name" : "",
    description: "",
    priority: Number(priority || 0)
  }
}

/** Rows name the kind of their object, which items of typed lists do not. */
const carried = (
  { resource }: Kind,
  object: KubeObject,
  include: TableOptions["include"]
): { readonly object?: unknown } => {
  if (include === "None") return {}
  if (include === "Object") return { object: { ...object, kind: resource.kind, apiVersion: apiVersionOf(resource) } }
  return { object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata } }
}

/** A row of a pod that has ended says so, for clients that fade it. */
const conditionsOf = (kind: Kind, object: KubeObject) => {
  const status = object["status"]
  const phase = keyOf(kind.resource) === "/pods" && isFields(status) ? status["phase"] : undefined
  return phase === "Succeeded" || phase === "Failed"
    ? {
        conditions: [
          {
            type: "Completed",
            status: "True",
            reason: phase,
            message: phase === "Succeeded" ? "The pod has completed successfully." : "The pod failed."
          }
        ]
      }
    : {}
}

/** Objects of one kind; `metadata` is that of the list, or the version of a single object. */
const table = (
  kind: Kind,
  objects: ReadonlyArray<KubeObject>,
  metadata: { readonly [field: string]: unknown },
  options: TableOptions
) => {
  const printer = printers[keyOf(kind.resource)] ?? customPrinter(kind)
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: options.columns ? printer.columns.map(definition) : null,
    rows: objects.map((object) => ({
      // An absent cell would shift the others.
      cells: printer.cells(object, options.nowMillis).map((cell) => cell ?? null),
      ...conditionsOf(kind, object),
      ...carried(kind, object, options.include)
    }))
  }
}

const isObject = (value: unknown): value is KubeObject =>
  isFields(value) && isFields(value["metadata"]) && value["kind"] !== "Status"

/** The body of a reply to get, list or a write, or the object of a watch event, as a table; what is none of these stays. */
export const tabled = (kind: Kind, body: unknown, options: TableOptions): unknown => {
  if (!isFields(body) || !isFields(body["metadata"]) || body["kind"] === "Status") return body
  if (Array.isArray(body["items"])) return table(kind, body["items"].filter(isObjectLike), body["metadata"], options)
  if (!isObject(body)) return body
  const { resourceVersion } = body.metadata
  return table(kind, [body], resourceVersion === undefined ? {} : { resourceVersion }, options)
}

/** Items of typed lists carry neither apiVersion nor kind, which no column shows. */
const isObjectLike = (value: unknown): value is KubeObject => isFields(value) && isFields(value["metadata"])
