/**
 * A small wrong change of a program of ours, and the checks of which one must
 * notice it. As data, so that a script can apply each to a copy of the tree.
 */

/** A closed model, explored; caught: it violates a property that it does not without the mutant. */
export interface Explored {
  /** One of `Models.ts`. */
  readonly model: string
  /** As `gungnir check --faults` takes them. */
  readonly budgets: Readonly<Record<string, number>>
  /** From a state that calm and fair steps have led to, not from the first: whole, and nothing under way. */
  readonly from?: "whole"
  /** Default 5000: a violation is found early, or another check is the right one. */
  readonly maxCores?: number
  /** Up to `maxCores` at once, whatever a smaller part shows. */
  readonly isDeep?: boolean
  /** Plural of a resource: only its cache may be behind, where a budget lets one be. */
  readonly cache?: string
  /** What has happened at the beginning, in this order: classes of the budgets, each with words of what is said of it. */
  readonly after?: ReadonlyArray<string>
  /** So many random walks instead, from seed 1: for what lies too deep. */
  readonly walks?: number
}

/** A file of tests; caught: one of them fails that does not without the mutant. */
export interface Tested {
  readonly test: string
  /** Only the tests whose names contain this. */
  readonly name?: string
}

export type Check = Explored | Tested

export interface Mutant {
  readonly id: string
  /** What would be wrong then, in a few words. */
  readonly what: string
  /** Facts, each with its document: `gungnir:W7`, `verification:F4`, `anvil:Z1`. */
  readonly covers: ReadonlyArray<string>
  /** Below `src`. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** Tried in this order until one catches it. */
  readonly checks: ReadonlyArray<Check>
  /** Why no check can tell it from the program: one sentence. It is not run. */
  readonly isEquivalent?: string
}

/** The text with the change, or why it cannot be made. */
export const applied = ({ file, find, id, replace }: Mutant, text: string): { text: string } | { problem: string } => {
  const places = text.split(find).length - 1
  return places === 1
    ? { text: text.replace(find, () => replace) }
    : { problem: `${id}: its text stands ${places} times in src/${file}: ${JSON.stringify(find)}` }
}

export const checkText = (check: Check): string => {
  if ("test" in check) return check.name === undefined ? check.test : `${check.test}, "${check.name}"`
  const { after = [], budgets, cache, from, model, walks } = check
  const faults = Object.entries(budgets).map(([name, times]) => `${name} ${times}`)
  const begins = [from === undefined ? "" : ", once whole", ...after.map((event) => `, then ${event}`)].join("")
  const how = walks === undefined ? "" : ", random walks"
  const which = cache === undefined ? "" : ` of the cache of ${cache}`
  return `model ${model}${begins}, ${faults.length === 0 ? "no faults" : faults.join(", ")}${which}${how}`
}
