/**
 * What somebody who writes a controller writes to have it checked: the
 * controllers as they are, the world around them, what may go wrong, and what
 * shall hold.
 */
import type * as Context from "effect/Context"
import type { Performs, Transport } from "../../domain/Capability.ts"
import type { Action, Property, Symmetry } from "../../domain/check/System.ts"
import type { Controller, Key } from "../../domain/Controller.ts"
import type { Policy } from "../../domain/kube/WorkQueue.ts"
import type { RequestLaw } from "./Carried.ts"
import type { Outside } from "./Outside.ts"

/** `any`: each controller has memory, errors and services of its own, which nobody here looks at. */
export type AnyController = Controller<any, any, any>

/** One outside system that programs command. `any`: nobody here looks into its commands. */
export interface Seat {
  /** What the world serves it by: `kubernetes`, `valkey`. */
  readonly system: string
  readonly capability: Context.ServiceClass<any, string, Performs<any>> & {
    readonly over: (send: Transport<any, any>) => Performs<any>
  }
  /** What its transport answers when nothing was sent, and when nobody knows. */
  readonly broken: { readonly notSent: unknown; readonly unknown: unknown }
}

/** A candidate for the lease (`LeaderElection.controller`), and the key of the Lease. */
export interface Election {
  readonly controller: AnyController
  readonly key: Key
}

/** One operator process. */
export interface ModelOperator {
  readonly name: string
  /** Default: those of the model. */
  readonly controllers?: ReadonlyArray<AnyController>
  /** Without it, the process runs alone. */
  readonly election?: Election
}

/** The parameters of the shipped work queue that a model may choose; milliseconds. */
export type Timing = Pick<Policy<unknown>, "backoffBase" | "backoffCap" | "resync" | "concurrency">

export interface Model {
  readonly name: string
  readonly controllers: ReadonlyArray<AnyController>
  /** Default: one, `operator`, that runs alone. */
  readonly operators?: ReadonlyArray<ModelOperator>
  /** `any`, here and below: whoever made the world knows its components. */
  readonly world: Outside<any>
  /** What else may happen: users who edit, other writers. */
  readonly actions?: ReadonlyArray<Action<any>>
  /**
   * How often each class of faults may strike in one run. Of processes: `crash`,
   * `slow`, `stale`, `travel`, `wake`; of requests: `drop`, `lose`, `late`, `duplicate`,
   * `error`, `conflict`; more belong to the world and to `actions`.
   */
  readonly budgets: Readonly<Record<string, number>>
  readonly symmetric?: Symmetry<any>
  /** A step of a `Step` is what an action does, or what follows by itself; names are the same before and after. */
  readonly properties: ReadonlyArray<Property<any>>
  /** What shall be true of every request and its answer. */
  readonly requests?: ReadonlyArray<RequestLaw<any>>
  /** Watch this namespace only. */
  readonly namespace?: string
  /** Of one's own; Kubernetes and Valkey are there. The world must serve them. */
  readonly capabilities?: ReadonlyArray<Seat>
  /** As `bin` composes them; `fencing: false` shows that safety does not rest on it. */
  readonly wrappers?: { readonly fencing?: boolean; readonly spans?: boolean }
  /**
   * Default true: concurrent requests of one pass whose answers may come in any
   * order are heard in one order, and it is checked for all that follows that the
   * other orders make no difference. An error says so when they do.
   */
  readonly commute?: boolean
  /** Default: `timing`. */
  readonly timing?: Partial<Timing>
}

/**
 * Passes that fail are tried again after a second, and there is no resync: a
 * controller that watches what it writes needs none, and with it whatever went
 * wrong would be looked at again.
 */
export const timing: Timing = {
  backoffBase: 1000,
  backoffCap: 1000,
  resync: Number.POSITIVE_INFINITY,
  concurrency: 64
}
