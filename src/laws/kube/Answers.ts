/**
 * What is true of every request that an API server carries out (anvil:2.3, 3.4):
 * what its answer says is so, and nothing else has changed.
 */
import type { KubeObject } from "../../domain/kube/Object.ts"
import type { ApiReply, ApiRequest } from "../../domain/kube/Wire.ts"
import type { Carried, RequestLaw } from "../../models/closed/Carried.ts"
import { componentOf, kinds, type Parts } from "../../models/closed/Parts.ts"
import { type Objects, pathOf } from "../../models/kube/api/Store.ts"

/** The objects of the kind that is asked for, before and after; undefined: it is none that changes. */
const around = ({ before, set }: Carried<Parts>, { group, resource }: ApiRequest) => {
  const key = `${group}/${resource}`
  if (!kinds.includes(key)) return undefined
  const component = componentOf(key)
  // A component of a kind holds its objects.
  const [was, is] = [before(component) as Objects, (set[component] ?? before(component)) as Objects]
  return { was, is, component }
}

const pathIn = ({ name = "", namespace = "" }: ApiRequest): string => pathOf(namespace, name)

/** The wire of `kubernetes` is `ApiRequest`, and its answer `ApiReply`, by the declaration of its capability. */
const ofApi = (
  name: string,
  broken: (request: ApiRequest, reply: ApiReply, carried: Carried<Parts>) => string | undefined
): RequestLaw<Parts> => ({
  name,
  broken: (carried) =>
    carried.system === "kubernetes" ? broken(carried.wire as ApiRequest, carried.reply as ApiReply, carried) : undefined
})

const refusalsChangeNothing = ofApi("a refusal changes nothing", (_, { status }, { set }) => {
  const changed = Object.keys(set)
  return status >= 200 && status < 300 ? undefined : changed.length === 0 ? undefined : `${changed.join()} changed`
})

const readsChangeNothing = ofApi("a read changes nothing", ({ verb }, _, { set }) =>
  (verb === "get" || verb === "list") && Object.keys(set).length > 0 ? Object.keys(set).join() : undefined
)

/** anvil:3.4 "GET-OK with the same version equals the stored object": here it is that object. */
const readsAreCurrent = ofApi("what a quorum read answers is what is stored", (request, { body, status }, carried) => {
  const all = around(carried, request)
  if (all === undefined || request.verb !== "get" || status !== 200 || request.subresource !== undefined)
    return undefined
  const stored = all.was.get(pathIn(request))?.metadata
  // A 200 to a get of one object holds that object.
  const { metadata } = body as KubeObject
  return stored?.uid === metadata.uid && stored?.resourceVersion === metadata.resourceVersion
    ? undefined
    : `${pathIn(request)} is another version`
})

interface Precondition {
  readonly uid?: string
  readonly resourceVersion?: string
}

const preconditionsOf = ({ body, verb }: ApiRequest): Precondition => {
  // Bodies of writes are objects, or lists of operations, whose tests are the server's own.
  const given = (body ?? {}) as { readonly metadata?: Precondition; readonly preconditions?: Precondition }
  return (verb === "delete" ? given.preconditions : verb === "create" ? {} : given.metadata) ?? {}
}

/** anvil:2.3, Update admission and the preconditions of a deletion. */
const staleWritesFail = ofApi("no write by a stale version or uid succeeds", (request, { status }, carried) => {
  const all = around(carried, request)
  if (all === undefined || status < 200 || status >= 300) return undefined
  const { resourceVersion, uid } = preconditionsOf(request)
  const stored = all.was.get(pathIn(request))?.metadata
  const isStale =
    (uid !== undefined && uid !== stored?.uid) ||
    (resourceVersion !== undefined && resourceVersion !== stored?.resourceVersion)
  return isStale ? `${request.verb} ${pathIn(request)} is carried out` : undefined
})

/** What one request may have made of one object. */
const wrongIn = (was: KubeObject | undefined, is: KubeObject | undefined, { verb }: ApiRequest): string | undefined => {
  if (was === is) return undefined
  if (was === undefined) {
    return verb === "create" || verb === "patch" ? undefined : `a ${verb} makes an object`
  }
  if (is === undefined) {
    const isLast = was.metadata.deletionTimestamp !== undefined
    return verb === "delete" || isLast ? undefined : `a ${verb} removes an object`
  }
  if (was.metadata.uid !== is.metadata.uid) return "another object takes its place"
  if (was.metadata.resourceVersion === is.metadata.resourceVersion) return "it changes, and its version does not"
  if (was.metadata.deletionTimestamp !== undefined && is.metadata.deletionTimestamp === undefined) {
    return "its deletion is taken back"
  }
  return (is.metadata.generation ?? 0) < (was.metadata.generation ?? 0) ? "its generation goes back" : undefined
}

/** anvil:3.4, store and messages: versions move with objects, and a request changes what it names. */
const versionsMove = ofApi("a write moves the version of the one object that it names", (request, _, carried) => {
  const all = around(carried, request)
  if (all === undefined || Object.keys(carried.set).length === 0) return undefined
  const strays = Object.keys(carried.set).filter((name) => name !== all.component && name.startsWith("api/"))
  if (strays.length > 0) return `${request.verb} ${pathIn(request)} changes ${strays.join()}`
  const paths = [...new Set([...all.was.keys(), ...all.is.keys()])].filter(
    (path) => all.was.get(path) !== all.is.get(path)
  )
  if (paths.length > 1) return `${request.verb} ${pathIn(request)} changes ${paths.join()}`
  for (const path of paths) {
    const wrong = wrongIn(all.was.get(path), all.is.get(path), request)
    if (wrong !== undefined) return `${path}: ${wrong}`
  }
  return undefined
})

export const answerLaws: ReadonlyArray<RequestLaw<Parts>> = [
  refusalsChangeNothing,
  readsChangeNothing,
  readsAreCurrent,
  staleWritesFail,
  versionsMove
]
