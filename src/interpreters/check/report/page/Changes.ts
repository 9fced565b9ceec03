/** What a step changed, as nested lists; long values are folded. */
import type { Step } from "../../../../domain/check/Trace.ts"
import type { Json } from "../Plain.ts"
import * as Tree from "../Tree.ts"
import { type Markup, nothing, safe } from "./Markup.ts"

const mostWide = 60
/** Beyond so many places a component is folded. */
const mostOpen = 24

const pretty = (value: Json): string => JSON.stringify(value, undefined, 2)

const value = (kind: "before" | "after", json: Json): Markup => {
  const short = Tree.written(json)
  if (short.length <= mostWide) return safe`<code class="${kind}">${short}</code>`
  const summary = safe`<summary><code>${Tree.brief(json, mostWide)}</code></summary>`
  return safe`<details class="${kind}">${summary}<pre>${pretty(json)}</pre></details>`
}

const leaf = ({ after, before, label }: Tree.Leaf): Markup => {
  const sign = before === undefined ? "added" : after === undefined ? "removed" : "changed"
  const old = before === undefined ? nothing : value("before", before)
  const arrow = sign === "changed" ? safe`<span class="to" aria-label="becomes">→</span>` : nothing
  const next = after === undefined ? nothing : value("after", after)
  return safe`<li class="${sign}"><span class="path">${label}</span> ${old}${arrow}${next}</li>`
}

const branch = (tree: Tree.Tree): Markup =>
  tree._tag === "Leaf"
    ? leaf(tree)
    : safe`<li><span class="path">${tree.label}</span><ul>${tree.children.map(branch)}</ul></li>`

const component = (tree: Tree.Tree): Markup => {
  const places = Tree.size(tree)
  if (places <= mostOpen) return branch(tree)
  const summary = safe`<summary><span class="path">${tree.label}</span> ${places} places</summary>`
  return safe`<li><details>${summary}<ul>${branch(tree)}</ul></details></li>`
}

export const changes = (step: Step): Markup =>
  step.changes.length === 0
    ? safe`<p class="none">Nothing that is modelled changes.</p>`
    : safe`<ul class="tree">${step.changes.flatMap((difference) => Tree.ofDifference(difference) ?? []).map(component)}</ul>`
