/**
 * Everything a program may ask of the Kubernetes API.
 *
 * `Cached*` commands may be stale; they are the only reads at rest. The other
 * reads are quorum reads. Writes carry a precondition (architecture 2).
 */
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import { Capability, type NotLeader } from "../Capability.ts"
import { hideSecrets } from "./Body.ts"
import { fromReply, type KubeError } from "./KubeError.ts"
import { ownedByApply } from "./ManagedFields.ts"
import * as Kinds from "./Object.ts"
import { apiVersionOf, type KubeObject, type OwnerReference, type Resource } from "./Object.ts"
import { type ApiReply, type ApiRequest, ContentType, type Stamp, type WatchBody, type WatchEvent } from "./Wire.ts"

type Body = { readonly [field: string]: unknown }

const at = (resource: Resource, namespace?: string, name?: string) => ({
  group: resource.group,
  version: resource.version,
  resource: resource.plural,
  ...(resource.namespaced && namespace !== undefined ? { namespace } : {}),
  ...(name === undefined ? {} : { name })
})

const objectAt = (resource: Resource, object: KubeObject) =>
  at(resource, object.metadata.namespace, object.metadata.name)

type Encoded = { readonly _tag: string; readonly encode: () => ApiRequest }

const succeeded = (reply: ApiReply): boolean => reply.status >= 200 && reply.status < 300

const failed = (command: Encoded, reply: ApiReply) => Exit.fail(fromReply(command._tag, command.encode(), reply))

const isObject = (body: unknown): body is KubeObject =>
  typeof body === "object" && body !== null && "metadata" in body && typeof body.metadata === "object"

const oneObject = (command: Encoded, reply: ApiReply): Exit.Exit<KubeObject, KubeError> =>
  succeeded(reply) && isObject(reply.body) ? Exit.succeed(hideSecrets(reply.body)) : failed(command, reply)

const noContent = (command: Encoded, reply: ApiReply): Exit.Exit<void, KubeError> =>
  succeeded(reply) ? Exit.void : failed(command, reply)

/** Objects and the version of the collection that a watch may start from. */
export interface Listed {
  readonly resourceVersion: string
  readonly items: ReadonlyArray<KubeObject>
}

const listed = (command: Encoded, resource: Resource, reply: ApiReply): Exit.Exit<Listed, KubeError> => {
  const body = reply.body as { metadata?: { resourceVersion?: string }; items?: ReadonlyArray<KubeObject> } | undefined
  if (!succeeded(reply) || !Array.isArray(body?.items)) return failed(command, reply)
  // Items of a typed list carry neither apiVersion nor kind.
  const items = body.items.map((item: KubeObject) =>
    hideSecrets({ ...item, apiVersion: apiVersionOf(resource), kind: resource.kind })
  )
  return Exit.succeed({ resourceVersion: body.metadata?.resourceVersion ?? "", items })
}

interface Address {
  readonly resource: Resource
  readonly namespace?: string
  readonly name: string
}

interface Collection {
  readonly resource: Resource
  readonly namespace?: string
  readonly labelSelector?: string
}

const selected = (selector: string | undefined) => (selector === undefined ? {} : { labelSelector: selector })

/** A quorum read. */
export class Get extends Request.TaggedClass("Get")<Address, KubeObject, KubeError> {
  get access() {
    return "read" as const
  }
  encode(): ApiRequest {
    return { verb: "get", ...at(this.resource, this.namespace, this.name) }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/** A read that may be stale, also by going back in time after a restart. */
export class CachedGet extends Request.TaggedClass("CachedGet")<Address, KubeObject, KubeError> {
  get access() {
    return "read" as const
  }
  encode(): ApiRequest {
    return { verb: "get", ...at(this.resource, this.namespace, this.name), query: { resourceVersion: "0" } }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/** A quorum read of all objects, in one reply. */
export class List extends Request.TaggedClass("List")<Collection, Listed, KubeError> {
  get access() {
    return "read" as const
  }
  encode(): ApiRequest {
    return { verb: "list", ...at(this.resource, this.namespace), query: selected(this.labelSelector) }
  }
  decode(reply: ApiReply): Exit.Exit<Listed, KubeError> {
    return listed(this, this.resource, reply)
  }
}

/** A list that may be stale. */
export class CachedList extends Request.TaggedClass("CachedList")<Collection, Listed, KubeError> {
  get access() {
    return "read" as const
  }
  encode(): ApiRequest {
    return {
      verb: "list",
      ...at(this.resource, this.namespace),
      query: { ...selected(this.labelSelector), resourceVersion: "0" }
    }
  }
  decode(reply: ApiReply): Exit.Exit<Listed, KubeError> {
    return listed(this, this.resource, reply)
  }
}

/** A read that waits: at least one event after `resourceVersion`, bookmarks included; `Expired` when that is forgotten. */
export class Watch extends Request.TaggedClass("Watch")<
  Collection & { readonly resourceVersion: string },
  ReadonlyArray<WatchEvent>,
  KubeError
> {
  get access() {
    return "read" as const
  }
  encode(): ApiRequest {
    return {
      verb: "watch",
      ...at(this.resource, this.namespace),
      query: { ...selected(this.labelSelector), resourceVersion: this.resourceVersion, allowWatchBookmarks: "true" }
    }
  }
  decode(reply: ApiReply): Exit.Exit<ReadonlyArray<WatchEvent>, KubeError> {
    const body = reply.body as Partial<WatchBody> | undefined
    if (!succeeded(reply) || !Array.isArray(body?.events)) return failed(this, reply)
    const events: ReadonlyArray<WatchEvent> = body.events
    const error = events.find((event) => event.type === "ERROR")
    if (error !== undefined && events[0] === error) {
      return failed(this, { status: Number(error.object["code"] ?? 500), body: error.object })
    }
    // What came before an ERROR counts; the next watch meets the error again.
    const until = error === undefined ? events : events.slice(0, events.indexOf(error))
    return Exit.succeed(until.map((event) => ({ type: event.type, object: hideSecrets(event.object) })))
  }
}

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

/**
 * Points a Service at what `selector` matches, of the Service with this uid.
 * The manager owns the selector and nothing else.
 */
export class PatchService extends Request.TaggedClass("PatchService")<
  {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    readonly selector: Readonly<Record<string, string>>
    readonly manager: string
  },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    return new Apply({
      resource: Kinds.Service,
      manager: this.manager,
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: this.name, namespace: this.namespace, uid: this.uid },
        spec: { selector: this.selector }
      }
    }).encode()
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/**
 * Publishes who replicates whom in a ConfigMap, for people and clients; no
 * program reads it back as truth.
 */
export class BroadcastTopology extends Request.TaggedClass("BroadcastTopology")<
  {
    readonly namespace: string
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly owner: OwnerReference
    readonly record: Readonly<Record<string, string>>
    readonly manager: string
  },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    return new Apply({
      resource: Kinds.ConfigMap,
      manager: this.manager,
      object: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: this.name, namespace: this.namespace, labels: this.labels, ownerReferences: [this.owner] },
        data: this.record
      }
    }).encode()
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/** Creates a Secret whose `key` is a password that the transport draws: no program ever holds it in clear. */
export class CreatePassword extends Request.TaggedClass("CreatePassword")<
  { readonly object: KubeObject; readonly key: string; readonly manager: string },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    return {
      ...new Create({ resource: Kinds.Secret, object: this.object, manager: this.manager }).encode(),
      stamps: [{ path: ["stringData", this.key], value: "password" }]
    }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/**
 * After a `Create` by a manager that goes on with `Apply`: makes what it
 * created count as applied, so that a field it leaves out later goes
 * (Kubernetes documentation, "Server-Side Apply", upgrading from client-side
 * apply). Of the object as read, by its resourceVersion.
 */
export class OwnByApply extends Request.TaggedClass("OwnByApply")<
  { readonly resource: Resource; readonly object: KubeObject; readonly manager: string },
  KubeObject,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    const { managedFields = [], resourceVersion, uid } = this.object.metadata
    return {
      verb: "patch",
      ...objectAt(this.resource, this.object),
      query: { fieldManager: this.manager },
      contentType: ContentType.jsonPatch,
      body: [
        { op: "test", path: "/metadata/uid", value: uid },
        { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
        { op: "replace", path: "/metadata/managedFields", value: ownedByApply(managedFields, this.manager) }
      ]
    }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/** Tells people what happened to `involved`. Needs no precondition: a second one does no harm. */
export class EmitEvent extends Request.TaggedClass("EmitEvent")<
  {
    readonly involved: KubeObject
    readonly type: "Normal" | "Warning"
    /** CamelCase, for machines. */
    readonly reason: string
    readonly message: string
    readonly component: string
  },
  void,
  KubeError | NotLeader
> {
  get access() {
    return "write" as const
  }
  encode(): ApiRequest {
    const { apiVersion, kind, metadata } = this.involved
    const involvedObject = { apiVersion, kind, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid }
    return {
      verb: "create",
      ...at(Kinds.CoreEvent, metadata.namespace),
      body: {
        apiVersion: "v1",
        kind: "Event",
        metadata: { generateName: `${metadata.name}.`, namespace: metadata.namespace },
        involvedObject,
        type: this.type,
        reason: this.reason,
        message: this.message,
        count: 1,
        source: { component: this.component }
      },
      stamps: [
        { path: ["firstTimestamp"], value: "seconds" },
        { path: ["lastTimestamp"], value: "seconds" }
      ]
    }
  }
  decode(reply: ApiReply): Exit.Exit<void, KubeError> {
    return noContent(this, reply)
  }
}

/** What a candidate writes into the Lease; renewTime is stamped, acquireTime too when `acquired`. */
export interface Claim {
  readonly namespace: string
  readonly name: string
  readonly holder: string
  readonly durationSeconds: number
  readonly transitions: number
  readonly acquired: boolean
  /** The Lease as read; absent: create it. */
  readonly observed?: KubeObject
}

/** Writes the Lease, by absence or by resourceVersion. An empty holder releases it. */
export class ClaimLease extends Request.TaggedClass("ClaimLease")<Claim, KubeObject, KubeError> {
  get access() {
    return "claim" as const
  }
  encode(): ApiRequest {
    const base: KubeObject = this.observed ?? {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: this.name, namespace: this.namespace }
    }
    const spec = {
      ...(base["spec"] as Body | undefined),
      holderIdentity: this.holder,
      leaseDurationSeconds: this.durationSeconds,
      leaseTransitions: this.transitions
    }
    const where = at(Kinds.Lease, this.namespace, this.name)
    const { name: _, ...collection } = where
    return {
      ...(this.observed === undefined ? { verb: "create", ...collection } : { verb: "update", ...where }),
      body: { ...base, spec },
      stamps: [
        { path: ["spec", "renewTime"], value: "micros" },
        ...(this.acquired ? [{ path: ["spec", "acquireTime"], value: "micros" } as const] : [])
      ]
    }
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

export type Command =
  | Get
  | CachedGet
  | List
  | CachedList
  | Watch
  | Create
  | Apply
  | Update
  | PatchStatus
  | Delete
  | PatchService
  | BroadcastTopology
  | CreatePassword
  | OwnByApply
  | EmitEvent
  | ClaimLease

export class Kubernetes extends Capability<Kubernetes, Command>()("gungnir/domain/kube/Kubernetes") {}
