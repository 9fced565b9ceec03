/**
 * A controller as a value: the loop that runs it, the laws that test it and
 * the checker that explores it all take this and nothing else.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { KubeObject, Resource } from "./kube/Object.ts"

/** What a pass works on: the namespace and name of one object. */
export interface Key {
  readonly namespace: string
  readonly name: string
}

export const keyText = (key: Key): string => `${key.namespace}/${key.name}`

/** What may wake a pass. A trigger carries no content: it only says "look again" at these keys. */
export type Source =
  | {
      readonly _tag: "Objects"
      readonly resource: Resource
      /** Server-side filter: only objects with these labels are watched. */
      readonly labelSelector?: string
      readonly keysOf: (object: KubeObject) => ReadonlyArray<Key>
    }
  /** Connections to hold: to each node that such an object names; its end or silence wakes the key. */
  | {
      readonly _tag: "Nodes"
      readonly resource: Resource
      readonly labelSelector?: string
      readonly nodesOf: (object: KubeObject) => ReadonlyArray<{ readonly address: string; readonly key: Key }>
    }

/** How a pass ends; a typed failure means "again, with backoff", and keeps the memory as it was. */
export interface Verdict<Memory> {
  readonly memory: Memory
  readonly requeueAfter?: Duration.Duration
}

export interface Controller<Memory, E, R> {
  readonly name: string
  /** The kind whose objects are the keys: the memory of a key is dropped when the object's uid changes. */
  readonly primary: Resource
  /** Every kind that the passes write is among them. */
  readonly sources: ReadonlyArray<Source>
  /** Plain data, lost on restart: nothing that must survive may live here. */
  readonly initialMemory: Memory
  /**
   * The memory so many milliseconds later: for those that keep ages. Must
   * saturate. The time a pass takes by itself is counted by the pass.
   */
  readonly age?: (memory: Memory, millis: number) => Memory
  /** One level-triggered pass, from facts read now. */
  readonly pass: (key: Key, memory: Memory) => Effect.Effect<Verdict<Memory>, E, R>
}
