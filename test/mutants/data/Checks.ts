/** The checks that mutants have in common. */
import type { Check } from "../Mutant.ts"

type Budgets = Readonly<Record<string, number>>

export const resources = (budgets: Budgets = {}): Check => ({ model: "Resources", budgets })

export const election = (budgets: Budgets = {}): Check => ({ model: "Election", budgets })

/** From the first moment on. */
export const birth = (budgets: Budgets = {}): Check => ({ model: "Sentinel", budgets })

/** Of a cluster that is whole: everything that may happen within the bound. */
export const search = (budgets: Budgets, maxCores = 1500, model = "Sentinel"): Check => ({
  model,
  budgets,
  from: "whole",
  maxCores
})

/** Of a cluster that is whole until these events: everything that may follow from them. */
export const after = (events: ReadonlyArray<string>, budgets: Budgets, model = "Sentinel", maxCores = 6000): Check => ({
  model,
  budgets,
  from: "whole",
  after: events,
  maxCores
})

/** Of a cluster that is whole: what lies deeper. */
export const walks = (budgets: Budgets, count = 24, model = "Sentinel"): Check => ({
  model,
  budgets,
  from: "whole",
  walks: count
})
