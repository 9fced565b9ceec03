/** A structured request as method, path and headers of HTTP. */
import { type ApiRequest, ContentType, type Verb } from "../../domain/kube/Wire.ts"

const methods: Readonly<Record<Verb, string>> = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE"
}

export const methodOf = (request: ApiRequest): string => methods[request.verb]

/** Requests that change nothing, so that sending one twice is the same as once. */
export const isRead = (request: ApiRequest): boolean => methods[request.verb] === "GET"

/** Path and query below the server's address. */
export const pathOf = (request: ApiRequest): string => {
  const { group, name, namespace, resource, subresource, verb, version } = request
  const parts = [
    ...(group === "" ? ["api"] : ["apis", group]),
    version,
    ...(namespace === undefined ? [] : ["namespaces", namespace]),
    resource,
    ...(name === undefined || verb === "watch" ? [] : [name]),
    ...(subresource === undefined ? [] : subresource.split("/"))
  ]
  const query = new URLSearchParams(request.query)
  if (verb === "watch") query.set("watch", "true")
  if (verb === "watch" && name !== undefined) query.set("fieldSelector", `metadata.name=${name}`)
  const path = `/${parts.map(encodeURIComponent).join("/")}`
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

export const contentTypeOf = (request: ApiRequest): string => request.contentType ?? ContentType.json
