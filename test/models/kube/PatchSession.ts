/**
 * One object and its writers, without a server: what a test of patches needs.
 */
import { assert } from "@effect/vitest"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import { ContentType } from "../../../src/domain/kube/Wire.ts"
import { builtIn, type Kind } from "../../../src/models/kube/api/Kind.ts"
import {
  applied,
  isFailure,
  managed,
  type PatchFailure,
  patched,
  settled
} from "../../../src/models/kube/api/patch/Patch.ts"

export type Fields = Readonly<Record<string, unknown>>

export const time = "2026-01-01T00:00:00Z"

export const later = "2026-01-01T00:00:09Z"

export const kind = (key: string): Kind => {
  const found = builtIn.get(key)
  assert.isDefined(found)
  return found!
}

const withManagers = (object: KubeObject, managedFields: ReturnType<typeof managed>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, managedFields }
})

export const decoded = (of: Kind, body: unknown): KubeObject => {
  const result = of.decode(body)
  assert.isFalse("error" in result, JSON.stringify(result))
  if ("error" in result) throw new Error(result.error)
  return of.defaulted(result.object)
}

/** A create by POST. */
export const created = (of: Kind, body: unknown, manager: string): KubeObject => {
  const object = decoded(of, body)
  return withManagers(
    { ...object, metadata: { ...object.metadata, uid: "u1" } },
    managed(of, undefined, object, { manager, time })
  )
}

/** An update by PUT or by a patch that is no apply. */
export const updated = (of: Kind, live: KubeObject, next: KubeObject, manager: string): KubeObject => {
  const object = decoded(of, next)
  return settled(live, withManagers(object, managed(of, live, object, { manager, time: later })))
}

export const tried = (
  of: Kind,
  live: KubeObject | undefined,
  body: unknown,
  manager: string,
  options: { readonly force?: boolean; readonly subresource?: string; readonly time?: string } = {}
): KubeObject | PatchFailure => {
  const { subresource } = options
  return applied(of, live, body, {
    manager,
    force: options.force ?? false,
    time: options.time ?? time,
    ...(subresource === undefined ? {} : { subresource })
  })
}

export const success = (result: KubeObject | PatchFailure): KubeObject => {
  assert.isFalse(isFailure(result), JSON.stringify(result))
  // Asserted above.
  return result as KubeObject
}

export const failure = (result: KubeObject | PatchFailure): PatchFailure => {
  assert.isTrue(isFailure(result), JSON.stringify(result))
  // Asserted above.
  return result as PatchFailure
}

export const apply = (...args: Parameters<typeof tried>): KubeObject => {
  const [of, live] = args
  const next = of.defaulted(success(tried(...args)))
  return live === undefined ? next : settled(live, next)
}

export const merge = (of: Kind, live: KubeObject, body: unknown): KubeObject =>
  decoded(of, success(patched(of, live, ContentType.merge, body)))

export const strategic = (of: Kind, live: KubeObject, body: unknown): KubeObject =>
  decoded(of, success(patched(of, live, ContentType.strategic, body)))

export const json = (of: Kind, live: KubeObject, body: unknown): KubeObject | PatchFailure =>
  patched(of, live, ContentType.jsonPatch, body)

/** What a manager owns, by `name` or `name/subresource`. */
export const owned = (object: KubeObject, manager: string): unknown =>
  object.metadata.managedFields?.find(
    (entry) => [entry.manager, entry.subresource].filter((part) => part !== undefined).join("/") === manager
  )?.fieldsV1
