/**
 * What a parked program waits for, and what it may be told: names, requests and
 * answers as plain data.
 */
import type { Command } from "../../../domain/Capability.ts"
import type { Standing } from "../../../domain/kube/Leadership.ts"
import type { ApiRequest } from "../../../domain/kube/Wire.ts"

/**
 * A slot is named by its fiber (in the order of forks) and by the count within
 * it, so that its name does not depend on the order of earlier answers.
 */
export const slotsPerFiber = 65_536

/** A request under way to the outside. */
export interface Call {
  readonly _tag: "Call"
  readonly slot: number
  /** The name of the capability's system: `kubernetes`, `valkey`. */
  readonly system: string
  readonly access: Command["access"]
  readonly command: string
  readonly wire: unknown
}

/** What the process itself answers, at once: its caches and its standing. */
export type Question =
  | { readonly _tag: "Cached"; readonly request: ApiRequest }
  | { readonly _tag: "Authorised" }
  | { readonly _tag: "Leading" }
  | { readonly _tag: "Publish"; readonly standing: Standing }

export interface Ask {
  readonly _tag: "Ask"
  readonly slot: number
  readonly question: Question
}

/** Sleeps until the program's own clock says so; milliseconds since the program began. */
export interface Timer {
  readonly _tag: "Timer"
  readonly slot: number
  readonly deadline: number
}

export type Open = Call | Ask | Timer

/** One thing that happened to the program: a slot was answered, or time went by. */
export type Input =
  | { readonly _tag: "Answered"; readonly slot: number; readonly reply: unknown }
  | { readonly _tag: "Elapsed"; readonly millis: number }
