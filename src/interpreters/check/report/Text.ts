/** A trace as a person reads it in a terminal. */
import type { Step, Trace } from "../../../domain/check/Trace.ts"
import * as Claim from "./Claim.ts"
import * as Lanes from "./Lanes.ts"
import * as Quiet from "./Quiet.ts"
import * as Tree from "./Tree.ts"

const mostSteps = 100
const mostChanges = 12
const mostOfOne = 5
const mostWide = 100

const marks: Readonly<Record<Lanes.Mark, string>> = { crash: "✖ crash", stale: "◷ stale", fault: "⚡" }

const change = ({ after, before, label }: Tree.Leaf): string => {
  const room = Math.max(24, mostWide - label.length)
  if (before === undefined) return `+ ${label}: ${Tree.brief(after ?? null, room)}`
  if (after === undefined) return `- ${label}: ${Tree.brief(before, room)}`
  return `  ${label}: ${Tree.brief(before, room / 2)} → ${Tree.brief(after, room / 2)}`
}

const branch = (tree: Tree.Tree, indent: string): ReadonlyArray<string> =>
  tree._tag === "Leaf"
    ? [`${indent}${change(tree)}`]
    : [`${indent}  ${tree.label}`, ...tree.children.flatMap((more) => branch(more, `${indent}  `))]

const capped = (lines: ReadonlyArray<string>, most: number, indent: string): ReadonlyArray<string> =>
  lines.length <= most
    ? lines
    : [...lines.slice(0, most - 1), `${indent}    … ${lines.length - most + 1} more lines of changes`]

/** What others see of the step comes first: of what goes on inside a process little fits. */
const changesOf = (step: Step, indent: string): ReadonlyArray<string> => {
  const actor = Lanes.actorOf(step)
  const isInside = ({ component }: Step["changes"][number]) => (component.startsWith(actor) ? 1 : 0)
  const trees = Quiet.trees(step, (one, other) => isInside(one) - isInside(other))
  const lines = trees.flatMap((tree) => capped(branch(tree, indent), mostOfOne, indent))
  return capped(lines, mostChanges, indent)
}

/** What is said of it, and who does it: both in one line. */
const titleOf = (step: Step): string => {
  const { action, key, says } = step
  const actor = Lanes.actorOf(step)
  const [on = ""] = key.split(" ")
  if (says.startsWith(`${on}: `)) return action.includes(on) ? `${action}${says.slice(on.length)}` : `${action} ${says}`
  return says.startsWith(actor) || !action.startsWith(`${actor}: `) ? says : `${actor}: ${says}`
}

const mark = (step: Step): string => {
  const found = Lanes.markOf(step)
  if (found === undefined) return ""
  const paid = step.cost === undefined || step.cost === found ? "" : ` ${step.cost}`
  return `   ${marks[found]}${paid}`
}

const stepLines = (step: Step, number: number, gutter: string): ReadonlyArray<string> => [
  `${gutter}${String(number).padStart(4)}  ${titleOf(step)}${mark(step)}`,
  ...changesOf(step, `${gutter}       `)
]

/** Of a very long part, its ends. */
const part = (steps: ReadonlyArray<Step>, from: number, gutter: string): ReadonlyArray<string> => {
  const shown = (some: ReadonlyArray<Step>, first: number) =>
    some.flatMap((step, index) => stepLines(step, first + index + 1, gutter))
  if (steps.length <= mostSteps) return shown(steps, from)
  const end = steps.length - mostSteps / 2
  return [
    ...shown(steps.slice(0, mostSteps / 2), from),
    `${gutter}      … ${steps.length - mostSteps} more steps: trace.json and trace.html have them`,
    ...shown(steps.slice(end), from + end)
  ]
}

const loop = (trace: Trace): ReadonlyArray<string> => {
  const { cycle, isLasso, stem } = trace
  if (!isLasso) return []
  if (cycle.length === 0) return [" ■ the run stops: nothing fair is enabled"]
  return [" ┌▶ for ever:", ...part(cycle, stem.length, " │"), ` └─ back to step ${stem.length + 1}`]
}

const reasons = (trace: Trace): ReadonlyArray<string> =>
  trace.rescue.length === 0
    ? []
    : [
        "",
        " No fair action saves the run:",
        ...trace.rescue.map((one) => `   ${`${one.action} ${one.key}`.trim()} ${Claim.excuse(trace, one)}`)
      ]

/** Lines without an end of line. */
export const lines = (trace: Trace): ReadonlyArray<string> => [
  `${trace.model}: ${Claim.sentence(trace)}`,
  "",
  ...part(trace.stem, 0, "  "),
  ...loop(trace),
  ...reasons(trace)
]

export const print = (trace: Trace): string => lines(trace).join("\n")
