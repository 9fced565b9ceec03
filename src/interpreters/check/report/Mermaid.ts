/** A trace as a sequence chart in Mermaid's language, for issues and documents. */
import type { Step, Trace } from "../../../domain/check/Trace.ts"
import * as Lanes from "./Lanes.ts"

/** Mermaid reads these as its own. */
const escaped = (text: string): string =>
  text.replaceAll(/\s+/g, " ").replaceAll(/[#;<>"%{}]/g, (mark) => `#${mark.codePointAt(0)};`)

const arrows: Readonly<Record<Lanes.Mark | "none", string>> = { crash: "-x", stale: "-->>", fault: "-->>", none: "->>" }

export const print = (trace: Trace): string => {
  const { names: lanes, reachedBy } = Lanes.of(trace)
  const id = (lane: string) => `p${lanes.indexOf(lane)}`
  const step = (one: Step, number: number): ReadonlyArray<string> => {
    const actor = id(Lanes.actorOf(one))
    const mark = Lanes.markOf(one)
    const [target = actor, ...others] = reachedBy(one).map(id)
    const arrow = arrows[mark ?? "none"]
    const note = mark === undefined ? [] : [`Note over ${actor}: ${escaped(one.cost ?? mark)}`]
    return [
      ...note,
      `${actor}${arrow}${target}: ${number}. ${escaped(one.says)}`,
      ...others.map((other) => `${actor}${arrow}${other}: ${number}.`)
    ]
  }
  const { cycle, isLasso, stem } = trace
  const repeated = cycle.flatMap((one, index) => step(one, stem.length + index + 1)).map((line) => `  ${line}`)
  const first = lanes.length === 0 ? [] : [`${id(lanes[0]!)},${id(lanes.at(-1)!)}`]
  const stops = first.map((over) => `Note over ${over}: nothing fair is enabled any more`)
  const ending = !isLasso ? [] : cycle.length === 0 ? stops : ["loop for ever", ...repeated, "end"]
  const body = [
    ...lanes.map((lane) => `participant ${id(lane)} as ${escaped(lane)}`),
    ...stem.flatMap((one, index) => step(one, index + 1)),
    ...ending
  ]
  const title = escaped(`${trace.property} (${trace.model})`)
  return ["sequenceDiagram", `  title ${title}`, ...body.map((line) => `  ${line}`), ""].join("\n")
}
