/**
 * What the page does by itself: stepping with keys and clicks, and the whole
 * state after each step. It stands in the page as it is; nothing is fetched.
 */
export const script = String.raw`
"use strict"
const file = JSON.parse(document.getElementById("trace").textContent)
const steps = [...file.stem, ...file.cycle]
const loopAt = file.isLasso && file.cycle.length > 0 ? file.stem.length + 1 : undefined
const all = (selector) => [...document.querySelectorAll(selector)]
const sections = all("section[data-step]"), rows = all(".rows button")
const drawn = all("svg > g")
const output = document.querySelector("nav output"), chart = document.querySelector(".chart")
let now = 0, round = 1

const edited = (value, edit, depth) => {
  const key = edit.path[depth]
  if (key === undefined) return "at" in edit ? value.toSpliced(edit.at, edit.removed.length, ...edit.added) : edit.after
  const next = edited(Array.isArray(value) || Object.hasOwn(value, key) ? value[key] : undefined, edit, depth + 1)
  if (Array.isArray(value)) return value.with(key, next)
  const fields = Object.entries(value).filter(([name]) => name !== key)
  return Object.fromEntries(next === undefined ? fields : [...fields, [key, next]])
}
const unset = { $undefined: true }
const states = [file.initial]
for (const step of steps) {
  const state = { ...states.at(-1) }
  for (const { component, edits } of step.changes)
    state[component] = edits.reduce((value, edit) => edited(value, edit, 0), Object.hasOwn(state, component) ? state[component] : unset)
  states.push(state)
}

const stateOf = (number) => {
  const box = sections[number].querySelector(".state")
  if (box === null || box.childElementCount > 0) return
  const touched = new Set(number === 0 ? [] : steps[number - 1].changes.map(({ component }) => component))
  for (const [name, value] of Object.entries(states[number])) {
    const part = document.createElement("details"), title = document.createElement("summary")
    title.textContent = name
    if (touched.has(name)) part.className = "touched"
    part.append(title)
    part.addEventListener("toggle", () => {
      if (part.childElementCount > 1) return
      const text = document.createElement("pre")
      text.textContent = JSON.stringify(value, undefined, 2)
      part.append(text)
    })
    box.append(part)
  }
}

const show = (number, scroll = true) => {
  now = number
  sections.forEach((section, index) => { section.hidden = index !== now })
  rows.forEach((row, index) => {
    if (index + 1 === now) row.setAttribute("aria-current", "step")
    else row.removeAttribute("aria-current")
    drawn[index].classList.toggle("now", index + 1 === now)
  })
  stateOf(now)
  output.textContent = "step " + now + " of " + steps.length + (round > 1 ? ", round " + round + " of the loop" : "")
  document.querySelector(".detail").scrollTop = 0
  const row = rows[now - 1]
  if (scroll && row !== undefined) {
    const top = row.offsetTop, names = document.querySelector(".names").offsetHeight
    if (top < chart.scrollTop || top + row.offsetHeight + names > chart.scrollTop + chart.clientHeight)
      chart.scrollTop = top - chart.clientHeight / 2
    const dot = drawn[now - 1].getBoundingClientRect(), pane = chart.getBoundingClientRect()
    if (dot.left < pane.left || dot.right > pane.right) chart.scrollLeft += dot.left - pane.left - 80
  } else if (scroll) chart.scrollTop = 0
  history.replaceState(null, "", "#" + now)
}
const go = (number) => { round = 1; show(Math.max(0, Math.min(steps.length, number))) }
const next = () => {
  if (now < steps.length) return show(now + 1)
  if (loopAt !== undefined) { round++; show(loopAt) }
}
const back = () => {
  if (round > 1 && now === loopAt) { round--; return show(steps.length) }
  if (now > 0) show(now - 1)
}
const keys = { ArrowRight: next, ArrowDown: next, j: next, ArrowLeft: back, ArrowUp: back, k: back,
  Home: () => go(0), End: () => go(steps.length), l: () => go(loopAt ?? steps.length) }
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return
  event.preventDefault()
  keys[event.key]()
})
const acts = { first: () => go(0), back, next, last: () => go(steps.length) }
for (const button of all("nav button")) button.addEventListener("click", acts[button.name])
for (const button of all("button[data-go]")) button.addEventListener("click", () => go(Number(button.dataset.go)))
const wanted = Number(location.hash.slice(1))
go(Number.isInteger(wanted) ? wanted : 0)
`
