/**
 * The closed models that `gungnir check` knows: what is run when nobody names
 * one, and what is too large for that.
 */
import type { Model } from "../models/closed/Model.ts"

/** What a person may choose for a model. */
export interface Size {
  /** Pods of a cluster. */
  readonly pods: number
}

export interface Checked {
  /** `group/scenario`: either part finds it. */
  readonly name: string
  /** In one line: what runs, and what may go wrong. */
  readonly about: string
  /** Runs only when it is named, or with `--deep`. */
  readonly isDeep?: boolean
  readonly model: (size: Size) => Model
}

export const all: ReadonlyArray<Checked> = []
