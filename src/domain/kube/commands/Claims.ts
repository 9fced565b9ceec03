/**
 * The write of the Lease itself: what fences the others cannot be fenced.
 */
import type * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import type { KubeError } from "../KubeError.ts"
import * as Kinds from "../Object.ts"
import type { KubeObject } from "../Object.ts"
import type { ApiReply, ApiRequest } from "../Wire.ts"
import { at, type Body, oneObject } from "./Meaning.ts"

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
