/**
 * Writes under way that can change nothing any more: they name a version, an
 * object or a process that is no longer there, and never will be again.
 */
import type { Read } from "../../domain/check/System.ts"
import { type ApiRequest, preconditionsOf } from "../../domain/kube/Wire.ts"
import type { Exchange } from "../../domain/valkey/Wire.ts"
import { pathOf } from "../kube/api/Store.ts"
import { endpoint } from "../valkey/Node.ts"
import { kindIn, type Parts } from "./Parts.ts"

/** Nobody reads Events, so none is kept. */
const isUnread = ({ resource }: ApiRequest): boolean => resource === "events"

const ofApi = (request: ApiRequest, read: Read<Parts>): boolean => {
  if (isUnread(request)) return true
  const { resourceVersion, uid } = preconditionsOf(request)
  if (request.verb === "create" || (uid === undefined && resourceVersion === undefined)) return false
  const { group, name = "", namespace, resource, version } = request
  const kind = { group, version, plural: resource, kind: "", namespaced: namespace !== undefined }
  const live = kindIn(read, kind).get(namespace === undefined ? name : pathOf(namespace, name))?.metadata
  const isSame = (meant: unknown, is: unknown): boolean => meant === undefined || meant === is
  return !isSame(uid, live?.uid) || !isSame(resourceVersion, live?.resourceVersion)
}

const ofNodes = ({ address, port, runId }: Exchange, read: Read<Parts>): boolean => {
  if (runId === undefined) return false
  const node = read("valkey").nodes[endpoint(address, port)]
  return node === undefined || node.phase === "ended" || node.runId !== runId
}

/** A request is carried by the capability of its system, so it is that capability's wire. */
export const isFutile = (system: string, wire: unknown, read: Read<Parts>): boolean =>
  system === "kubernetes" ? ofApi(wire as ApiRequest, read) : ofNodes(wire as Exchange, read)
