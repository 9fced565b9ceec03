/**
 * The outside world of a closed model, as operator processes see it: who
 * answers their requests, and what else may happen out there.
 */
import type { Action, Components, Eager, Read } from "../../domain/check/System.ts"
import type { KubeObject, Resource } from "../../domain/kube/Object.ts"

/** What one request does and gets, in the world as `read` shows it. Nothing is changed yet. */
export interface Served<S extends Components> {
  /** For fairness and people: `patch valkey/services/cluster`. */
  readonly key: string
  readonly set: Partial<S>
  /** Undefined: no answer yet, and nothing is set; ask again after the next change, or give up. */
  readonly reply: unknown
  /**
   * Whether a write under way is not carried out any more: the server has ended
   * the connections of others than who asked. Who waits for its answer may hear
   * `ended`, or have sent it on a connection that came later. Default: none.
   */
  readonly severs?: (system: string, wire: unknown) => boolean
  readonly ended?: unknown
}

/** Which objects a reflector keeps; `Reflector.Scope` is one. */
export interface Watched {
  readonly resource: Resource
  readonly namespace?: string
  readonly labelSelector?: string
}

/**
 * `system` is the name of a capability: `kubernetes` (its wire is `ApiRequest`)
 * or `valkey` (`Exchange`). Its components are plain data but for maps by
 * string (`ReadonlyMap<string, object>`, in the order of keys).
 */
export interface Outside<S extends Components> {
  readonly initial: ReadonlyArray<S>
  /** `from`: the process that asks, a party of partitions (`operator` of one alone). Before what is eager. */
  readonly serve: (system: string, wire: unknown, read: Read<S>, from: string) => Served<S>
  /** The asker waits no longer: its answer is `reply` (`TimedOut`), and what it sent may be carried out later. */
  readonly giveUp: (system: string, wire: unknown, read: Read<S>, from: string) => Served<S>
  /** Whether a write of this kind can change nothing any more, now and later: then it is not kept under way. Default: none is. */
  readonly isFutile?: (system: string, wire: unknown, read: Read<S>) => boolean
  /** What a watch has to show now: objects of the scope by path. Events are the difference to what was shown before. */
  readonly objects: (scope: Watched, read: Read<S>) => ReadonlyMap<string, KubeObject>
  readonly actions: ReadonlyArray<Action<S>>
  readonly eager: ReadonlyArray<Eager<S>>
  /** The opaque names in a value, whole; for `System.mentions`. */
  readonly mentions: (value: unknown) => Iterable<string>
}
