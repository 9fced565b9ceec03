/**
 * Documents beside the objects: discovery, version and OpenAPI, as replies.
 */
import type { IncomingHttpHeaders } from "node:http"
import { aggregatedType, document } from "../../models/kube/api/Discovery.ts"
import type { State } from "../../models/kube/api/Server.ts"
import * as Status from "../../models/kube/api/Status.ts"
import type { Reply } from "../../models/kube/api/Status.ts"
import { acceptsJson, isAggregated } from "./Negotiation.ts"
import * as OpenApi from "./OpenApi.ts"

const notAcceptable: Reply = Status.failure(
  406,
  "NotAcceptable",
  "406: Not Acceptable\n\nAvailable representations: application/json",
  {}
)

const roots = ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]

const openApi = (state: State, path: string): Reply | undefined => {
  const [, , version, ...rest] = path.split("/")
  const body = version === "v2" ? OpenApi.v2(state) : version === "v3" ? OpenApi.v3(state, rest.join("/")) : undefined
  return body === undefined ? undefined : { status: 200, body }
}

const binaryType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

const text = (number: number, value: string): Buffer =>
  Buffer.from([(number << 3) | 2, value.length, ...Buffer.from(value)])

/**
 * Version 2 as kubectl asks for it where version 3 is no help to it: a document
 * that describes no kind, so that kubectl leaves the rest to the server.
 */
const binary: Reply = {
  status: 200,
  headers: { "content-type": binaryType.replace("@", ".") },
  body: Buffer.concat([
    text(1, "2.0"),
    text(2, Buffer.concat([text(1, "Kubernetes"), text(2, "v1.34.0")]).toString("latin1")),
    text(8, "")
  ])
}

const underOwnGroups = (path: string): boolean => path.startsWith("/api/")

export const reply = (state: State, path: string, { accept, host = "" }: IncomingHttpHeaders): Reply => {
  if (path === "/") return { status: 200, body: { paths: roots } }
  if (path === "/openapi/v2" && accept?.includes(binaryType) === true) return binary
  if (!acceptsJson(accept)) return notAcceptable
  if (path.startsWith("/openapi/")) return openApi(state, path) ?? Status.noSuchPath
  const isAggregate = isAggregated(accept) && (path === "/api" || path === "/apis")
  const body = document(state, path, { aggregated: isAggregate, address: host })
  if (body === undefined) return underOwnGroups(path) ? Status.noSuchResource : Status.noSuchPath
  return { status: 200, body, ...(isAggregate ? { headers: { "content-type": aggregatedType } } : {}) }
}
