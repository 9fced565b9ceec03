/**
 * A run that breaks a property, as data for people and for replay: what
 * happened, step by step, and what each step changed.
 */

/** One component before and after. */
export interface Difference {
  readonly component: string
  readonly before: unknown
  readonly after: unknown
}

export interface Step {
  readonly action: string
  readonly key: string
  readonly says: string
  /** The budget class it was paid from: a fault or an outside event. */
  readonly cost?: string
  readonly changes: ReadonlyArray<Difference>
}

/** Why a fair action does not save the run: at this step of the cycle it is not enabled, or it is taken. */
export interface Rescue {
  readonly action: string
  readonly key: string
  readonly because: "disabled" | "taken"
  /** Index into the cycle. */
  readonly at: number
}

export interface Trace {
  readonly model: string
  readonly property: string
  /** The components of the first state. */
  readonly initial: Readonly<Record<string, unknown>>
  readonly stem: ReadonlyArray<Step>
  /** Repeats for ever; empty and `isLasso`: the run stops, nothing fair is enabled. A path to a bad state is no lasso. */
  readonly cycle: ReadonlyArray<Step>
  readonly isLasso: boolean
  readonly rescue: ReadonlyArray<Rescue>
  /** Of a rule that the program broke by itself. */
  readonly breaks?: string
}

export type Decision = "holds" | "violated" | "undecided"

/** One line of what `gungnir check` prints. */
export interface Verdict {
  readonly model: string
  readonly property: string
  readonly verdict: Decision
  readonly cores: number
  /** Distinct states: cores with their budgets. */
  readonly states: number
  readonly millis: number
  /** Why it is undecided, or in one sentence what is wrong. */
  readonly because?: string
  readonly trace?: Trace
}

/** What was explored, and under which assumptions: printed with every verdict. */
export interface Coverage {
  readonly cores: number
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly budgets: Readonly<Record<string, number>>
  /** Action names by fairness. */
  readonly weak: ReadonlyArray<string>
  readonly strong: ReadonlyArray<string>
  readonly unfair: ReadonlyArray<string>
  /** Per `Sometimes`, whether it was reached; per action, whether it was ever taken. */
  readonly witnesses: Readonly<Record<string, boolean>>
  readonly neverTaken: ReadonlyArray<string>
  readonly merged: ReadonlyArray<string>
  /** What ships but is not explored. */
  readonly unexplored: ReadonlyArray<string>
  /** Things that a reader must know before believing: a property that names no state, a budget of 0, no fairness. */
  readonly warnings: ReadonlyArray<string>
}
