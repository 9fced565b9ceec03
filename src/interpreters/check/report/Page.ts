/**
 * A trace as one self-contained page to look at and step through: lanes, marks,
 * what each step changed, the loop, and why no fair action leaves it.
 */
import { createHash } from "node:crypto"
import type { Rescue, Step, Trace } from "../../../domain/check/Trace.ts"
import * as Claim from "./Claim.ts"
import * as Lanes from "./Lanes.ts"
import * as TraceFile from "./TraceFile.ts"
import { changes } from "./page/Changes.ts"
import * as Chart from "./page/Chart.ts"
import { data, type Markup, nothing, safe } from "./page/Markup.ts"
import { script } from "./page/Script.ts"
import { style } from "./page/Style.ts"

/** Only the script of this text runs, and nothing is loaded. */
const policy = (): string => {
  const hash = createHash("sha256").update(script).digest("base64")
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
}

const tag = (step: Step): Markup => {
  const mark = Lanes.markOf(step)
  return mark === undefined ? nothing : safe`<span class="tag ${mark}">${step.cost ?? mark}</span>`
}

const row = (step: Step, number: number): Markup => {
  const button = safe`<button type="button" data-go="${number}" title="${step.says}" aria-label="${number}. ${step.says}">`
  return safe`<li>${button}<span class="number">${number}</span></button></li>`
}

const chart = (trace: Trace): Markup => {
  const { laneWidth, lanes, svg, width } = Chart.draw(trace)
  const names = lanes.map(
    ({ name, x }) => safe`<span style="left:${x}px;width:${laneWidth - 6}px" title="${name}">${name}</span>`
  )
  const rows = [...trace.stem, ...trace.cycle].map((step, index) => row(step, index + 1))
  const isStopped = trace.isLasso && trace.cycle.length === 0
  const stops = isStopped ? safe`<div class="stopped">The run stops: nothing fair is enabled.</div>` : nothing
  const body = safe`<div class="names">${names}</div><div class="rows">${svg}<ol>${rows}</ol>${stops}</div>`
  return safe`<div class="chart"><div class="inner" style="min-width:${width}px">${body}</div></div>`
}

const reason = (trace: Trace, one: Rescue): Markup => {
  const step = trace.stem.length + one.at + 1
  const show = safe`<button type="button" data-go="${step}">show</button>`
  const cells = safe`<td>${one.action}</td><td>${one.key}</td><td>${Claim.excuse(trace, one)}</td>`
  return safe`<tr>${cells}<td>${trace.cycle.length === 0 ? nothing : show}</td></tr>`
}

const reasons = (trace: Trace): Markup => {
  if (!trace.isLasso) return nothing
  const title = safe`<h3>Why no fair action saves the run</h3>`
  if (trace.rescue.length === 0) return safe`${title}<p class="none">No fair action is enabled anywhere in it.</p>`
  const head = safe`<thead><tr><th>fair action</th><th>key</th><th>in the loop it</th><th></th></tr></thead>`
  const rows = trace.rescue.map((one) => reason(trace, one))
  return safe`${title}<table class="reasons">${head}<tbody>${rows}</tbody></table>`
}

const whole = safe`<h3>The whole state</h3><div class="state"></div>`

const opening = (trace: Trace): Markup =>
  safe`<section data-step="0"><h2>Before the first step</h2>${reasons(trace)}${whole}</section>`

const isLast = ({ cycle, stem }: Trace, number: number): boolean => number === stem.length + cycle.length

const place = (trace: Trace, number: number): Markup => {
  const isFirst = trace.cycle.length > 0 && number === trace.stem.length + 1
  const begins = isFirst ? safe`<p class="none">The loop begins here.</p>` : nothing
  if (!isLast(trace, number)) return begins
  if (trace.cycle.length > 0) {
    return safe`${begins}<p class="none">The run goes on with step ${trace.stem.length + 1}, for ever.</p>`
  }
  if (trace.isLasso) return safe`<p><span class="tag bad">stops</span> Nothing fair is enabled any more.</p>`
  return safe`<p><span class="tag bad">broken</span> ${trace.breaks ?? trace.property}</p>`
}

const detail = (trace: Trace, step: Step, number: number): Markup => {
  const title = safe`<h2>${number}. ${step.action} ${step.key} ${tag(step)}</h2>`
  const said = step.says === `${step.action} ${step.key}`.trim() ? nothing : safe`<p>${step.says}</p>`
  const what = safe`<h3>What changes</h3>${changes(step)}`
  const why = isLast(trace, number) ? reasons(trace) : nothing
  return safe`<section data-step="${number}">${title}${said}${place(trace, number)}${what}${why}${whole}</section>`
}

const keys = safe`<kbd>←</kbd> <kbd>→</kbd> step, <kbd>Home</kbd> <kbd>End</kbd>, <kbd>l</kbd> to the loop`
const signs = [
  ["✕", "crash"],
  ["◷", "stale read"],
  ["◆", "other fault or outside event"],
  ["→", "changes"]
].map(([sign = "", meaning = ""]) => safe`<span><b>${sign}</b> ${meaning}</span>`)
const legend = safe`<p class="legend">${signs}<span class="keys">${keys}</span></p>`

const buttons = [
  ["first", "Before the first step", "«"],
  ["back", "One step back", "‹"],
  ["next", "One step on", "›"],
  ["last", "Last step", "»"]
].map(
  ([name = "", title = "", sign = ""]) =>
    safe`<button type="button" name="${name}" title="${title}" aria-label="${title}">${sign}</button>`
)
const controls = safe`<nav aria-label="Steps">${buttons}<output aria-live="polite"></output></nav>`

/** The text of an HTML file that needs nothing else, and works from disk. */
export const print = (trace: Trace): string => {
  const details = [...trace.stem, ...trace.cycle].map((step, index) => detail(trace, step, index + 1))
  const title = safe`<h1>${trace.property} <small>· ${trace.model}</small></h1><p>${Claim.sentence(trace)}</p>`
  const lines = [
    safe`<!doctype html>`,
    safe`<html lang="en"><head><meta charset="utf-8">`,
    safe`<meta name="viewport" content="width=device-width, initial-scale=1">`,
    safe`<meta http-equiv="Content-Security-Policy" content="${policy()}">`,
    safe`<title>${trace.property} · ${trace.model}</title>`,
    safe`<style>${{ markup: style }}</style></head><body>`,
    safe`<header>${title}${legend}</header>`,
    safe`<main>${chart(trace)}<div class="detail">${controls}${opening(trace)}${details}</div></main>`,
    safe`<script type="application/json" id="trace">${data(TraceFile.ofTrace(trace))}</script>`,
    safe`<script>${{ markup: script }}</script></body></html>`
  ]
  return `${lines.map(({ markup }) => markup).join("\n")}\n`
}
