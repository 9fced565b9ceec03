/**
 * What a controller promises of its requests (anvil:3.3, guarantee): which kinds
 * it writes, where, what its writes name, and that it leaves alone what is as it
 * should be.
 */
import type { Read } from "../../domain/check/System.ts"
import type { KubeObject, Resource } from "../../domain/kube/Object.ts"
import type { ApiRequest } from "../../domain/kube/Wire.ts"
import type { Carried, RequestLaw } from "../../models/closed/Carried.ts"
import type { Parts } from "../../models/closed/Parts.ts"
import { nameless, versionless } from "./Preconditions.ts"

const nameOf = ({ group, kind, plural }: Pick<Resource, "group" | "plural" | "kind">): string =>
  `${kind} (${plural}.${group})`

/** Requests of this controller that may change something; the lease is nobody's own. */
const ofWrites = (
  controller: string,
  name: string,
  broken: (request: ApiRequest, carried: Carried<Parts>) => string | undefined
): RequestLaw<Parts> => ({
  name: `${controller}: ${name}`,
  broken: (carried) =>
    carried.system === "kubernetes" && carried.controller === controller && carried.access === "write"
      ? // The wire of `kubernetes` is `ApiRequest`.
        broken(carried.wire as ApiRequest, carried)
      : undefined
})

/** It writes objects of these kinds, and of no other. */
export const writesOnly = (controller: string, own: ReadonlyArray<Resource>): RequestLaw<Parts> =>
  ofWrites(controller, "writes only its own kinds", ({ group, resource, verb }) =>
    own.some((one) => one.group === group && one.plural === resource)
      ? undefined
      : `a ${verb} of ${resource}.${group}; its own are ${own.map(nameOf).join(", ")}`
  )

/** What it makes has one controller: an object of the primary kind, of the same namespace. */
export const makesOwned = (controller: string, primary: Resource): RequestLaw<Parts> =>
  ofWrites(controller, "what it makes is owned by its primary object", (request) => {
    if (request.verb !== "create") return undefined
    // The body of a create is the object.
    const { kind, metadata } = request.body as KubeObject
    const owners = (metadata.ownerReferences ?? []).filter((owner) => owner.controller === true)
    const [owner] = owners
    if (owners.length !== 1 || owner?.kind !== primary.kind) return `${kind} ${metadata.name} has no such controller`
    return metadata.namespace === request.namespace ? undefined : `${kind} ${metadata.name} is in another namespace`
  })

/** Each write names what it means by uid or version, so that it reaches that or nothing. */
export const namesItsTargets = (controller: string): RequestLaw<Parts> =>
  ofWrites(controller, "names what it writes by uid or version", nameless)

/**
 * Each write of these kinds names the version that it was decided from: one that
 * a process has left under way changes nothing once another has written.
 */
export const namesItsVersions = (controller: string, kinds: ReadonlyArray<Resource>): RequestLaw<Parts> =>
  ofWrites(controller, "names the version that it was decided from", (request) =>
    kinds.some(({ group, plural }) => request.group === group && request.resource === plural)
      ? versionless(request)
      : undefined
  )

/**
 * Where all is as it should be, it changes nothing: another pass is no other world (anvil:8.4, idempotence).
 * `isNews`: of a request, that it tells what its pass has met, an answer that never came for one.
 */
export const restsQuietly = (
  controller: string,
  isAtRest: (read: Read<Parts>) => boolean,
  isNews: (request: ApiRequest) => boolean = () => false
): RequestLaw<Parts> =>
  ofWrites(controller, "changes nothing where all is as desired", (request, { before, set }) =>
    Object.keys(set).length > 0 && isAtRest(before) && !isNews(request)
      ? `a ${request.verb} of ${request.resource}`
      : undefined
  )
