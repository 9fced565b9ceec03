/**
 * Reads of the Kubernetes API: from a quorum, from a cache, and those that wait.
 */
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import { hideSecrets } from "../Body.ts"
import type { KubeError } from "../KubeError.ts"
import type { KubeObject } from "../Object.ts"
import type { ApiReply, ApiRequest, WatchBody, WatchEvent } from "../Wire.ts"
import {
  type Address,
  at,
  type Collection,
  failed,
  type Listed,
  listed,
  oneObject,
  selected,
  succeeded
} from "./Meaning.ts"

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

/**
 * A read that may be stale, also by going back in time after a restart. With a
 * `labelSelector`, an object without those labels may count as absent: so that a
 * watch of those that have them can tell.
 */
export class CachedGet extends Request.TaggedClass("CachedGet")<
  Address & { readonly labelSelector?: string },
  KubeObject,
  KubeError
> {
  get access() {
    return "read" as const
  }
  encode(): ApiRequest {
    // A server that is asked ignores the labels.
    const query = { ...selected(this.labelSelector), resourceVersion: "0" }
    return { verb: "get", ...at(this.resource, this.namespace, this.name), query }
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
