/**
 * The closed models that `gungnir check` knows: what is run when nobody names
 * one, and what is too large for that.
 */
import type { Model } from "../models/closed/Model.ts"
import * as Resources from "./valkey/models/Resources.ts"

/** Per class of faults and outside events, how often it may strike in one run. */
export type Budgets = Readonly<Record<string, number>>

/** What a person may choose of a model besides. */
export interface Size {
  /** Pods of a cluster. */
  readonly pods: number
}

export interface Checked {
  /** `group/scenario`: the group finds all of its scenarios. */
  readonly name: string
  /** In one line: what runs, and what may go wrong. */
  readonly about: string
  /** Unless somebody chooses others. */
  readonly budgets: Budgets
  /** Runs only when it is named, or with `--deep`. */
  readonly isDeep?: boolean
  readonly model: (name: string, budgets: Budgets, size: Size) => Model
}

/** One scenario for each class alone. */
const alone = (
  group: string,
  about: string,
  classes: ReadonlyArray<string>,
  model: Checked["model"]
): ReadonlyArray<Checked> =>
  classes.map((name) => ({ name: `${group}/${name}`, about: `${about}, ${name} once`, budgets: { [name]: 1 }, model }))

const requests = ["drop", "lose", "late", "duplicate", "error", "conflict"]
const processes = ["crash", "stale", "travel", "slow"]
const people = ["edit", "drift", "delete", "recreate", "touch"]

export const all: ReadonlyArray<Checked> = [
  ...alone("resources", "what a cluster consists of", [...processes, ...requests, ...people], Resources.model)
]
