/**
 * Replies as bytes: encoded as the client accepts them, objects shaped as it
 * asked for them.
 */
import type { ServerResponse } from "node:http"
import { stringify } from "yaml"
import type { Kind } from "../../models/kube/api/Kind.ts"
import type { Reply } from "../../models/kube/api/Status.ts"
import { tabled, type TableOptions } from "../../models/kube/api/Table.ts"
import { isFields } from "../../models/kube/api/Types.ts"
import type { Form, Shape } from "./Negotiation.ts"

export interface Shaping {
  readonly shape: Shape
  readonly kind: Kind
  readonly include: TableOptions["include"]
  readonly nowMillis: number
  readonly columns: boolean
}

/** The parameter of tables; anything else is as good as none. */
export const includeOf = (parameter: string | undefined): TableOptions["include"] =>
  parameter === "None" || parameter === "Object" ? parameter : "Metadata"

const meta = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" }

const metadataOf = (body: { readonly [field: string]: unknown }): unknown =>
  Array.isArray(body["items"])
    ? {
        ...meta,
        kind: "PartialObjectMetadataList",
        metadata: body["metadata"],
        items: body["items"].map((item) => (isFields(item) ? { ...meta, metadata: item["metadata"] } : item))
      }
    : { ...meta, metadata: body["metadata"] }

/** An object or a list in the asked shape. A `Status` is not reshaped, nor is what has no metadata. */
export const shaped = (body: unknown, { shape, kind, ...options }: Shaping): unknown => {
  if (!isFields(body) || body["kind"] === "Status" || !isFields(body["metadata"])) return body
  switch (shape) {
    case "Object":
      return body
    case "Table":
      return tabled(kind, body, options)
    case "Metadata":
    case "MetadataList":
      return metadataOf(body)
  }
}

export interface Encoding {
  readonly encoding: Form["encoding"]
  readonly isPretty: boolean
}

export const plain: Encoding = { encoding: "json", isPretty: false }

const bytesOf = (body: unknown, { encoding, isPretty }: Encoding): readonly [type: string, bytes: string | Buffer] => {
  if (Buffer.isBuffer(body)) return ["application/octet-stream", body]
  if (typeof body === "string") return ["text/plain; charset=utf-8", body]
  if (encoding === "yaml") return ["application/yaml", stringify(body, { version: "1.1" })]
  return ["application/json", isPretty ? `${JSON.stringify(body, null, 2)}\n` : `${JSON.stringify(body)}\n`]
}

/** Writes the whole answer; a client that has gone is not missed. */
export const write = (response: ServerResponse, reply: Reply, encoding: Encoding): void => {
  if (response.headersSent || response.destroyed) return
  const [type, bytes] = bytesOf(reply.body, encoding)
  response.writeHead(reply.status, {
    "content-type": type,
    "cache-control": "no-cache, private",
    "content-length": Buffer.byteLength(bytes),
    ...reply.headers
  })
  response.end(bytes)
}
