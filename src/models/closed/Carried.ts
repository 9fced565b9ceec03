/**
 * One request that was carried out, for laws of requests: what was asked by
 * whom, what was answered, and what it changed, before anything follows from
 * it and before names are given anew.
 */
import type { Components, Read } from "../../domain/check/System.ts"

export interface Carried<S extends Components = Components> {
  /** The process. */
  readonly from: string
  /** Whose pass waits for the answer; undefined: nobody's, its sender has gone or given up. */
  readonly controller: string | undefined
  readonly system: string
  readonly command: string
  readonly access: "read" | "write" | "claim"
  readonly wire: unknown
  readonly reply: unknown
  readonly before: Read<S>
  readonly set: Partial<S>
}

/** Broken: a violation of the rules that programs keep by themselves, with this sentence. */
export interface RequestLaw<S extends Components = Components> {
  readonly name: string
  readonly broken: (carried: Carried<S>) => string | undefined
}
