/**
 * What the API server knows about one kind beside storage: its types, defaults,
 * rules, allocations and columns. Built-in kinds are a table; custom ones are
 * read from their definition.
 */
import type { KubeObject, Resource } from "../../../domain/kube/Object.ts"
import type { Type } from "./Types.ts"

/** One entry of `Status.details.causes`; `message` is without the field, as the API has it there. */
export interface Cause {
  readonly field: string
  /** `FieldValueRequired`, `FieldValueInvalid`, `FieldValueForbidden`, `FieldManagerConflict`... */
  readonly reason: string
  readonly message: string
}

export interface Column {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  readonly priority?: number
  readonly format?: string
  readonly description?: string
}

/** `error` is the text of a 400, `detail` its part without the name of the kind. Unknown fields are dropped and listed by path (`fieldValidation` decides about them). */
export type Decoded =
  | { readonly object: KubeObject; readonly unknown: ReadonlyArray<string> }
  | { readonly error: string; readonly detail?: string }

/** What the server allocates. */
export interface Allocations {
  readonly clusterIp: () => string
  /** Five characters for the name of a pod's token volume. */
  readonly suffix?: () => string
}

/**
 * One served version of a kind.
 *
 * The real server's order of a write, which a caller keeps: `decode`,
 * `defaulted`, then the field managers (`patch/Patch.managed`, or
 * `patch/Patch.applied` before `defaulted`), then `prepared`, then validation,
 * then `patch/Patch.settled`, which makes a write that changes nothing but
 * times equal to what is stored. What `prepared` adds has no manager.
 */
export interface Kind {
  readonly resource: Resource
  readonly singular: string
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly hasStatus: boolean
  readonly scale:
    | undefined
    | {
        readonly specReplicasPath: string
        readonly statusReplicasPath: string
        readonly labelSelectorPath?: string
      }
  readonly hasGeneration: boolean
  /** Whether an update (old, next) raises `generation`; on kinds without it never. */
  readonly generationMoves: (old: KubeObject, next: KubeObject) => boolean
  readonly allowUnconditionalUpdate: boolean
  readonly allowCreateOnUpdate: boolean
  readonly initialStatus: (object: KubeObject) => unknown
  readonly decode: (body: unknown) => Decoded
  /** Versioned defaults: of a create, an update and the result of a patch alike. Allocates nothing. */
  readonly defaulted: (object: KubeObject, context?: Allocations) => KubeObject
  /** What the strategy does before a write: allocations, and fields a client may not set. `old` is absent on create. */
  readonly prepared: (next: KubeObject, old: KubeObject | undefined, context: Allocations) => KubeObject
  readonly validateCreate: (object: KubeObject) => ReadonlyArray<Cause>
  readonly validateUpdate: (old: KubeObject, next: KubeObject) => ReadonlyArray<Cause>
  readonly validateStatus: (old: KubeObject, next: KubeObject) => ReadonlyArray<Cause>
  readonly columns: ReadonlyArray<Column>
  /** How values merge and who can own which part. */
  readonly type: Type
  /** Paths that a write to this (sub)resource cannot set, so that nobody owns them by it. */
  readonly resets: (subresource: string | undefined) => ReadonlyArray<ReadonlyArray<string>>
  /** A custom resource: no strategic merge patch, no protobuf. */
  readonly custom: boolean
}

export { builtIn, builtInOnLoopback } from "./kinds/BuiltIn.ts"
export { fromDefinition } from "./custom/Definition.ts"
