/** Verdicts as a table for people and as rows for scripts, always with what they rest on. */
import type { Coverage, Decision, Verdict } from "../../../domain/check/Trace.ts"
import { plural } from "./Claim.ts"

/** One object of `--output json`. */
export type Row = Pick<Verdict, "model" | "property" | "verdict" | "cores" | "states" | "millis">

export const row = ({ cores, millis, model, property, states, verdict }: Verdict): Row => ({
  model,
  property,
  verdict,
  cores,
  states,
  millis: Math.round(millis)
})

export const count = (number: number): string => {
  if (number < 10_000) return number.toLocaleString("en")
  if (number < 1_000_000) return `${Math.round(number / 1000)} k`
  return `${(number / 1e6).toFixed(number < 1e7 ? 2 : 1)} M`
}

export const time = (millis: number): string => {
  if (millis < 1000) return `${Math.round(millis)} ms`
  return millis < 100_000 ? `${(millis / 1000).toFixed(1)} s` : `${Math.round(millis / 60_000)} min`
}

const marks: Readonly<Record<Decision, string>> = { holds: "✓ holds", violated: "✗ violated", undecided: "? undecided" }

const line = (verdict: Verdict, wide: number): string => {
  const why = verdict.because === undefined ? "" : `\n${" ".repeat(15)}${verdict.because}`
  return `  ${marks[verdict.verdict].padEnd(12)} ${verdict.property.padEnd(wide)}  ${time(verdict.millis).padStart(7)}${why}`
}

const named = (title: string, names: ReadonlyArray<string>, most = 4): ReadonlyArray<string> => {
  if (names.length === 0) return []
  const more = names.length > most ? `, and ${names.length - most} more` : ""
  return [`  ${title}: ${names.slice(0, most).join(", ")}${more}`]
}

const budgetsOf = (budgets: Readonly<Record<string, number>>): string =>
  Object.entries(budgets)
    .map(([name, times]) => `${name} ${times}`)
    .join(", ") || "none"

/** What was explored, under which assumptions, and what was not. */
export const basis = (coverage: Coverage): ReadonlyArray<string> => {
  const { budgets, cores, depth, merged, neverTaken, states, strong, transitions, unexplored, unfair, weak } = coverage
  const witnesses = Object.entries(coverage.witnesses)
  const missing = witnesses.flatMap(([name, isReached]) => (isReached ? [] : [name]))
  return [
    `  ${count(cores)} cores, ${count(states)} states, ${count(transitions)} transitions, depth ${depth}`,
    `  faults and outside events at most: ${budgetsOf(budgets)}`,
    `  fair: ${plural(weak.length, "action")} weakly, ${strong.length} strongly; never obliged: ${unfair.length}`,
    ...(witnesses.length === 0
      ? []
      : [`  witnesses reached: ${witnesses.length - missing.length} of ${witnesses.length}`]),
    ...named("not reached", missing),
    ...named("never taken", neverTaken),
    ...named("merged", merged),
    ...named("ships, but is not explored", unexplored, 8),
    ...coverage.warnings.map((warning) => `  warning: ${warning}`)
  ]
}

/** The part of the table that is one model's; without coverage, its exploration broke off. */
export const table = (model: string, verdicts: ReadonlyArray<Verdict>, coverage: Coverage | undefined): string => {
  const wide = Math.max(24, ...verdicts.map(({ property }) => property.length))
  return [
    model,
    ...verdicts.map((verdict) => line(verdict, wide)),
    ...(coverage === undefined ? [] : basis(coverage))
  ].join("\n")
}

/** How many of each, in one line. */
export const total = (verdicts: ReadonlyArray<Pick<Verdict, "verdict">>): string => {
  const times = (decision: Decision) => verdicts.filter(({ verdict }) => verdict === decision).length
  return `${times("holds")} hold, ${times("violated")} violated, ${times("undecided")} undecided`
}
