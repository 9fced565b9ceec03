/**
 * A built-in kind from what is its own; all else is as most kinds have it.
 */
import { apiVersionOf, type KubeObject, type Resource } from "../../../../domain/kube/Object.ts"
import type { Allocations, Column, Decoded, Kind } from "../Kind.ts"
import { isFields, same } from "../Types.ts"
import { read } from "./Decode.ts"
import { structOf } from "./Model.ts"
import * as Rules from "./Rules.ts"

export interface Parts {
  readonly resource: Resource
  /** Class of the generated model. */
  readonly model: string
  readonly shortNames?: ReadonlyArray<string>
  readonly categories?: ReadonlyArray<string>
  readonly hasStatus?: boolean
  readonly scale?: Kind["scale"]
  /** What counts for `generation`; absent: the kind has none. */
  readonly generation?: (object: KubeObject) => unknown
  readonly allowUnconditionalUpdate?: boolean
  readonly allowCreateOnUpdate?: boolean
  readonly initialStatus?: (object: KubeObject) => unknown
  readonly defaulted?: (object: KubeObject) => KubeObject
  readonly prepared?: (next: KubeObject, old: KubeObject | undefined, context: Allocations) => KubeObject
  readonly name?: (text: string) => ReadonlyArray<string>
  /** Of every write, beside metadata. */
  readonly rules?: (object: KubeObject) => Rules.Causes
  /** Of an update: what may not change. */
  readonly changes?: (old: KubeObject, next: KubeObject) => Rules.Causes
  readonly validateUpdate?: (old: KubeObject, next: KubeObject) => Rules.Causes
  readonly validateStatus?: (old: KubeObject, next: KubeObject) => Rules.Causes
  readonly columns?: ReadonlyArray<Column>
  readonly resetByStatus?: ReadonlyArray<ReadonlyArray<string>>
}

const decoder =
  ({ resource, model }: Parts) =>
  (body: unknown): Decoded => {
    const { value, unknown, error } = read(structOf(model), body)
    if (error !== undefined || !isFields(value)) {
      const detail = error ?? "json: cannot unmarshal null"
      const { kind, version } = resource
      return {
        error: `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${detail}`,
        detail
      }
    }
    // The type of every built-in kind has metadata, by value.
    const object = { ...value, apiVersion: apiVersionOf(resource), kind: resource.kind } as unknown as KubeObject
    return { object, unknown }
  }

const age: Column = {
  name: "Age",
  type: "string",
  jsonPath: ".metadata.creationTimestamp",
  description:
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
}

/** The first column of most kinds. */
export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  jsonPath: ".metadata.name",
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"
}

export const column = (name: string, jsonPath: string, type = "string", priority = 0): Column => ({
  name,
  type,
  jsonPath,
  priority
})

export const basic = (parts: Parts): Kind => {
  const { resource, generation } = parts
  const meta = (object: KubeObject) => Rules.metadata(object, resource.namespaced, parts.name ?? Rules.dnsSubdomain)
  const create = (object: KubeObject) => [...meta(object), ...(parts.rules?.(object) ?? [])]
  return {
    resource,
    singular: resource.kind.toLowerCase(),
    shortNames: parts.shortNames ?? [],
    categories: parts.categories ?? [],
    hasStatus: parts.hasStatus ?? false,
    scale: parts.scale,
    hasGeneration: generation !== undefined,
    generationMoves: (old, next) => generation !== undefined && !same(generation(old), generation(next)),
    allowUnconditionalUpdate: parts.allowUnconditionalUpdate ?? true,
    allowCreateOnUpdate: parts.allowCreateOnUpdate ?? false,
    initialStatus: parts.initialStatus ?? (() => ({})),
    decode: decoder(parts),
    defaulted: parts.defaulted ?? ((object) => object),
    prepared: parts.prepared ?? ((next) => next),
    validateCreate: create,
    validateUpdate: parts.validateUpdate ?? ((old, next) => [...(parts.changes?.(old, next) ?? []), ...create(next)]),
    validateStatus: parts.validateStatus ?? (() => []),
    columns: [nameColumn, ...(parts.columns ?? []), age],
    type: structOf(parts.model),
    resets: (subresource) =>
      parts.hasStatus !== true ? [] : subresource === "status" ? (parts.resetByStatus ?? [["spec"]]) : [["status"]],
    custom: false
  }
}

/** `spec` is what generation counts. */
export const spec = (object: KubeObject): unknown => object["spec"]
