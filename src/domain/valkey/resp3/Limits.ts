/**
 * What reading RESP may cost, and how it says that something is wrong.
 */

/** What one value may cost. Bytes count from its first one, aggregates included. */
export interface Limits {
  readonly maxDepth: number
  readonly maxBytes: number
  /** Of anything that is not a payload: simple strings and errors, numbers, lengths. At least 32. */
  readonly maxLineBytes: number
}

/** 512 MiB is the largest bulk of a server by default, 64 KiB its longest line. */
export const defaults: Limits = { maxDepth: 128, maxBytes: 512 * 1024 * 1024, maxLineBytes: 64 * 1024 }

/**
 * `BadLine`: CR without LF, or LF without CR. `BadPayload`: longer than was
 * said, or not of its type. `Misplaced`: a piece of a stream outside of one, or
 * a map that ends after a key.
 */
export type Fault =
  | "UnknownType"
  | "BadLine"
  | "BadNumber"
  | "BadLength"
  | "BadPayload"
  | "Misplaced"
  | "TooDeep"
  | "TooLarge"

/** What is wrong at `offset`, counted in bytes from the start of the stream. */
export interface Malformed {
  readonly _tag: "Malformed"
  readonly reason: Fault
  readonly offset: number
}
