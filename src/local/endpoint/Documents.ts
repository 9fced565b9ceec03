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

const underOwnGroups = (path: string): boolean => path.startsWith("/api/")

export const reply = (state: State, path: string, { accept, host = "" }: IncomingHttpHeaders): Reply => {
  if (path === "/") return { status: 200, body: { paths: roots } }
  if (!acceptsJson(accept)) return notAcceptable
  if (path.startsWith("/openapi/")) return openApi(state, path) ?? Status.noSuchPath
  const isAggregate = isAggregated(accept) && (path === "/api" || path === "/apis")
  const body = document(state, path, { aggregated: isAggregate, address: host })
  if (body === undefined) return underOwnGroups(path) ? Status.noSuchResource : Status.noSuchPath
  return { status: 200, body, ...(isAggregate ? { headers: { "content-type": aggregatedType } } : {}) }
}
