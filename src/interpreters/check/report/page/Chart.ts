/**
 * The lanes of a trace as one drawing: a row a step, an arrow from the actor to
 * each lane it changes, marks for what goes wrong, and the loop led back.
 */
import type { Step, Trace } from "../../../../domain/check/Trace.ts"
import * as Lanes from "../Lanes.ts"
import { type Markup, nothing, safe } from "./Markup.ts"

export const rowHeight = 42
/** Left of the lanes: the numbers and the loop. */
const gutter = 62
const mostLetters = 84
const letter = 6.2
/** What a pane shows at once on most screens: beside few lanes there is place for words. */
const room = 720

export interface Drawing {
  readonly width: number
  readonly laneWidth: number
  readonly lanes: ReadonlyArray<{ readonly name: string; readonly x: number }>
  readonly svg: Markup
}

/** Wide enough for names, narrow enough for many lanes. */
const widthFor = (count: number): number => Math.max(74, Math.min(130, Math.floor(600 / Math.max(1, count))))

const mark = (kind: Lanes.Mark | undefined, x: number, y: number): Markup => {
  switch (kind) {
    case "crash":
      return safe`<g class="crash"><circle cx="${x}" cy="${y}" r="9"/><path d="M${x - 4} ${y - 4}l8 8m0-8l-8 8"/></g>`
    case "stale":
      return safe`<g class="stale"><circle cx="${x}" cy="${y}" r="8"/><path d="M${x} ${y - 5}v5l4 2"/></g>`
    case "fault":
      return safe`<path class="fault" d="M${x} ${y - 7}l7 7l-7 7l-7-7z"/>`
    default:
      return safe`<circle class="actor" cx="${x}" cy="${y}" r="5"/>`
  }
}

const arrow = (from: number, to: number, y: number, isPaid: boolean): Markup => {
  const towards = Math.sign(to - from)
  const tip = to - towards * 2
  const kind = isPaid ? "arrow paid" : "arrow"
  return safe`<path class="${kind}" d="M${from + towards * 10} ${y}H${tip}"/><path class="tip" d="M${tip} ${y}l${-towards * 7}-4v8z"/>`
}

/** Shorter than what the step says: the rest is beside the chart, and the actor above it. */
const label = (step: Step): string => {
  const said = step.says === `${step.action} ${step.key}`.trim() ? Lanes.deedOf(step) : step.says
  return said.length <= mostLetters ? said : `${said.slice(0, mostLetters - 1)}…`
}

interface Placed {
  readonly step: Step
  readonly from: number
  readonly to: ReadonlyArray<number>
}

interface Label {
  readonly x: number
  readonly y: number
  readonly anchor: "start" | "end"
  /** How far to the right it reaches. */
  readonly end: number
}

/** Over the arrow, or beside a step that stays in its own lane; where the room between the lanes is, if any is. */
const labelFor = ({ from, step, to }: Placed, lanesEnd: number): Label => {
  const wide = (label(step).length + (step.cost === undefined ? 0 : step.cost.length + 1)) * letter
  const [left, right] = [Math.min(from, ...to), Math.max(from, ...to)]
  const y = to.length === 0 ? 4 : -10
  const fitsLeft = left + 14 + wide <= lanesEnd
  const fitsRight = right - 14 - wide >= gutter
  return !fitsLeft && fitsRight
    ? { x: right - 14, y, anchor: "end", end: right }
    : { x: left + 14, y, anchor: "start", end: left + 14 + wide }
}

const drawn = (placed: Placed, index: number, at: Label): Markup => {
  const { from, step, to } = placed
  const y = index * rowHeight + rowHeight / 2 + 5
  const kind = Lanes.markOf(step)
  const arrows = to.map((target) => arrow(from, target, y, step.cost !== undefined))
  const tag = kind === undefined ? nothing : safe`<tspan class="${kind}">${step.cost ?? kind} </tspan>`
  const text = safe`<text x="${at.x}" y="${y + at.y}" text-anchor="${at.anchor}">${tag}${label(step)}</text>`
  return safe`<g>${arrows}${mark(kind, from, y)}${text}</g>`
}

/** From below the last step of the cycle back to its first. */
const loop = ({ cycle, isLasso, stem }: Trace): Markup => {
  if (!isLasso) return nothing
  const top = stem.length * rowHeight + rowHeight / 2 + 5
  if (cycle.length === 0) return safe`<path class="stop" d="M8 ${top - 8}h16v16h-16z"/>`
  const bottom = (stem.length + cycle.length) * rowHeight - rowHeight / 2 + 5
  const [start, end] = cycle.length === 1 ? [top - 8, bottom + 8] : [top, bottom]
  const line = safe`<path class="loop" d="M24 ${end}H16Q8 ${end} 8 ${end - 8}V${start + 8}Q8 ${start} 16 ${start}H19"/>`
  return safe`${line}<path class="looptip" d="M26 ${start}l-8-5v10z"/>`
}

export const draw = (trace: Trace): Drawing => {
  const { names, reachedBy } = Lanes.of(trace)
  const laneWidth = widthFor(names.length)
  const lanes = names.map((name, index) => ({ name, x: gutter + laneWidth / 2 + index * laneWidth }))
  const places = new Map(lanes.map(({ name, x }) => [name, x]))
  const xOf = (lane: string) => places.get(lane) ?? gutter
  const steps = [...trace.stem, ...trace.cycle].map((step) => ({
    step,
    from: xOf(Lanes.actorOf(step)),
    to: reachedBy(step).map(xOf)
  }))
  const height = (steps.length + (trace.isLasso && trace.cycle.length === 0 ? 1 : 0)) * rowHeight
  const lanesEnd = gutter + names.length * laneWidth
  const labels = steps.map((placed) => labelFor(placed, Math.max(lanesEnd, room)))
  const width = Math.ceil(Math.max(lanesEnd, ...labels.map(({ end }) => end)) + 12)
  const lines = lanes.map(({ x }) => safe`<path class="lane" d="M${x} 0V${height}"/>`)
  const drawing = steps.map((placed, index) => drawn(placed, index, labels[index]!))
  const size = safe`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  const svg = safe`<svg ${size} aria-hidden="true">${lines}${loop(trace)}${drawing}</svg>`
  return { width, laneWidth, lanes, svg }
}
