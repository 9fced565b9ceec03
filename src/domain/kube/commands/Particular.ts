/**
 * Writes with a meaning of their own: who is routed to, what is told to people,
 * secrets that nobody holds, and what was created becoming what is applied.
 */
import type * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import type { NotLeader } from "../../Capability.ts"
import type { KubeError } from "../KubeError.ts"
import { ownedByApply } from "../ManagedFields.ts"
import * as Kinds from "../Object.ts"
import type { KubeObject, OwnerReference, Resource } from "../Object.ts"
import { type ApiReply, type ApiRequest, ContentType } from "../Wire.ts"
import { at, noContent, objectAt, oneObject } from "./Meaning.ts"
import { Apply, Create } from "./Writes.ts"

/**
 * Points a Service at what `selector` matches, of the Service in this version:
 * compare-and-swap, so that one which was left under way lands before whatever
 * was written after it, or never. The manager owns the selector and nothing else.
 */
export class PatchService extends Request.TaggedClass("PatchService")<
  {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    /** Of the Service that this was decided from. */
    readonly resourceVersion: string
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
    const { manager, name, namespace, resourceVersion, selector, uid } = this
    return new Apply({
      resource: Kinds.Service,
      manager,
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace, uid, resourceVersion },
        spec: { selector }
      }
    }).encode()
  }
  decode(reply: ApiReply): Exit.Exit<KubeObject, KubeError> {
    return oneObject(this, reply)
  }
}

/**
 * Publishes who replicates whom in a ConfigMap, for people and clients; no
 * program reads it back as truth. Precondition: absence, or uid and version.
 */
export class BroadcastTopology extends Request.TaggedClass("BroadcastTopology")<
  {
    readonly namespace: string
    readonly name: string
    /** The one that is there: another is not touched. Without it, one is created or nothing is done. */
    readonly meant?: { readonly uid: string; readonly resourceVersion: string }
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
    const { labels, manager, meant, name, namespace, owner, record } = this
    const metadata = { name, namespace, labels, ownerReferences: [owner] }
    const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata, data: record }
    if (meant === undefined) return new Create({ resource: Kinds.ConfigMap, object, manager }).encode()
    return {
      verb: "patch",
      ...objectAt(Kinds.ConfigMap, object),
      query: { fieldManager: manager },
      contentType: ContentType.jsonPatch,
      body: [
        { op: "test", path: "/metadata/uid", value: meant.uid },
        { op: "replace", path: "/metadata/resourceVersion", value: meant.resourceVersion },
        { op: "add", path: "/data", value: record }
      ]
    }
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
