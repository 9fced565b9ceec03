/**
 * Writes to the Kubernetes API, for any kind. Each carries its precondition.
 */
import type * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import type { NotLeader } from "../../Capability.ts"
import type { KubeError } from "../KubeError.ts"
import type { KubeObject, Resource } from "../Object.ts"
import { type ApiReply, type ApiRequest, ContentType, type Stamp } from "../Wire.ts"
import { type Address, at, type Body, noContent, objectAt, oneObject } from "./Meaning.ts"

/** Precondition: absence. */
export class Create extends Request.TaggedClass("Create")<
  { readonly resource: Resource; readonly object: KubeObject; readonly manager?: string },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    const { name: _, ...where } = objectAt(this.resource, this.object)
    const query = this.manager === undefined ? {} : { query: { fieldManager: this.manager } }
    return { verb: "create", ...where, ...query, body: this.object }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/**
 * Server-side apply of exactly the fields in `object`; what this manager owned
 * before and leaves out now goes. With `metadata.uid` it never creates; with
 * `metadata.resourceVersion` it is a compare-and-swap.
 */
export class Apply extends Request.TaggedClass("Apply")<
  { readonly resource: Resource; readonly object: KubeObject; readonly manager: string; readonly force?: boolean },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    return {
      verb: "patch",
      ...objectAt(this.resource, this.object),
      query: { fieldManager: this.manager, force: String(this.force ?? true) },
      contentType: ContentType.apply,
      body: this.object
    }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/** Replaces the object at the `resourceVersion` it carries. */
export class Update extends Request.TaggedClass("Update")<
  { readonly resource: Resource; readonly object: KubeObject; readonly manager?: string },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    const query = this.manager === undefined ? {} : { query: { fieldManager: this.manager } }
    return { verb: "update", ...objectAt(this.resource, this.object), ...query, body: this.object }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/** A condition without a time has just changed (`Condition.setCondition`): the time is stamped. */
const transitions = (conditions: unknown): { readonly stamps?: ReadonlyArray<Stamp> } => {
  const all: ReadonlyArray<Body> = Array.isArray(conditions) ? conditions : []
  const stamps = all.flatMap((condition, index): ReadonlyArray<Stamp> =>
    condition["lastTransitionTime"] === undefined
      ? [{ path: ["status", "conditions", String(index), "lastTransitionTime"], value: "seconds" }]
      : []
  )
  return stamps.length === 0 ? {} : { stamps }
}

/**
 * Merge patch of the status subresource at this resourceVersion: the
 * compare-and-swap that intents are recorded with. A recreated object has
 * another version; the uid says so too, though a real server does not look at
 * it for the status of custom resources (measured on 1.34).
 */
export class PatchStatus extends Request.TaggedClass("PatchStatus")<
  Address & { readonly uid: string; readonly resourceVersion: string; readonly status: Body; readonly manager: string },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    return {
      verb: "patch",
      ...at(this.resource, this.namespace, this.name),
      subresource: "status",
      query: { fieldManager: this.manager },
      contentType: ContentType.merge,
      body: { metadata: { uid: this.uid, resourceVersion: this.resourceVersion }, status: this.status },
      ...transitions(this.status["conditions"])
    }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/** Deletes the object with this uid, or none. */
export class Delete extends Request.TaggedClass("Delete")<
  Address & {
    readonly uid: string
    readonly gracePeriodSeconds?: number
    readonly propagation?: "Background" | "Foreground" | "Orphan"
  },
  void,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    return {
      verb: "delete",
      ...at(this.resource, this.namespace, this.name),
      body: {
        kind: "DeleteOptions",
        apiVersion: "v1",
        preconditions: { uid: this.uid },
        ...(this.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: this.gracePeriodSeconds }),
        ...(this.propagation === undefined ? {} : { propagationPolicy: this.propagation })
      }
    }
  }
  decode(reply: ApiReply): Exit.Exit<void, KubeError> {
    return noContent(this, reply)
  }
}
