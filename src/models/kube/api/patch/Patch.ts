/**
 * The four ways to patch an object, and who owns its fields afterwards.
 */
import type { KubeObject, ManagedFieldsEntry } from "../../../../domain/kube/Object.ts"
import type { Cause, Kind } from "../Kind.ts"

export type PatchFailure = {
  readonly failure: true
  readonly status: number
  readonly reason: string
  readonly message: string
  readonly causes?: ReadonlyArray<Cause>
}

export const isFailure = (result: KubeObject | PatchFailure): result is PatchFailure => "failure" in result

/** Who writes. `time` is RFC 3339 with whole seconds. */
export interface Manager {
  readonly manager: string
  readonly subresource?: string
  readonly time: string
}

/** The live object with a merge, JSON or strategic patch; neither decoded nor defaulted yet. */
export const patched = (_kind: Kind, live: KubeObject, contentType: string, body: unknown): KubeObject | PatchFailure =>
  contentType === "application/merge-patch+json"
    ? ({ ...live, ...(body as Partial<KubeObject>) } as KubeObject)
    : { failure: true, status: 415, reason: "UnsupportedMediaType", message: `unsupported ${contentType}` }

/** Server-side apply. Absent `live`: the object is created by it. Managed fields are in the result. */
export const applied = (
  _kind: Kind,
  _live: KubeObject | undefined,
  _body: unknown,
  _by: Manager & { readonly force: boolean }
): KubeObject | PatchFailure => ({ failure: true, status: 501, reason: "NotImplemented", message: "apply" })

/** Managed fields after a create (`before` absent), an update or a patch. */
export const managed = (
  _kind: Kind,
  _before: KubeObject | undefined,
  after: KubeObject,
  _by: Manager
): ReadonlyArray<ManagedFieldsEntry> => after.metadata.managedFields ?? []

/** `next`, or with the stored managed fields when only their times differ: a write that changes nothing changes no time. */
export const settled = (_stored: KubeObject, next: KubeObject): KubeObject => next
