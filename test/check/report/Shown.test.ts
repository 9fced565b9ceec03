import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import type { Trace } from "../../../src/domain/check/Trace.ts"
import * as Lanes from "../../../src/interpreters/check/report/Lanes.ts"
import * as Mermaid from "../../../src/interpreters/check/report/Mermaid.ts"
import * as Page from "../../../src/interpreters/check/report/Page.ts"
import * as Text from "../../../src/interpreters/check/report/Text.ts"
import * as Told from "../../../src/interpreters/check/report/Told.ts"
import * as TraceFile from "../../../src/interpreters/check/report/TraceFile.ts"
import * as Toys from "./Toys.ts"

const path = Told.trace(Toys.failover, "one primary", Toys.twoPrimaries)
const lasso = Told.trace(Toys.fight, "the colour settles on red", Toys.endless)
const stopped: Trace = { ...lasso, cycle: [], rescue: [] }
const hostile = `</script><script>alert("1")</script> & 'x'; #loop\nend`
const attack: Trace = {
  model: hostile,
  property: hostile,
  initial: { [hostile]: { [hostile]: hostile } },
  stem: [
    {
      action: hostile,
      key: hostile,
      says: hostile,
      cost: hostile,
      changes: [{ component: hostile, before: { [hostile]: hostile }, after: { [hostile]: [hostile] } }]
    }
  ],
  cycle: [],
  isLasso: true,
  rescue: [{ action: hostile, key: hostile, because: "taken", at: 0 }],
  breaks: hostile
}

/** Sixty steps in a world of two hundred objects. */
const large = (): Trace => {
  const objects = Array.from({ length: 200 }, (_, index) => ({ name: `o-${index}`, text: "x".repeat(300), count: 0 }))
  const states = Array.from({ length: 61 }, (_, at) =>
    objects.map((one, index) => (index < at ? { ...one, count: 1 } : one))
  )
  const stem = states.slice(1).map((after, at) => ({
    action: `operator-${at % 3}: write`,
    key: `o-${at}`,
    says: `o-${at} is written`,
    changes: [{ component: "api/objects", before: states[at], after }]
  }))
  return {
    model: "large",
    property: "p",
    initial: { "api/objects": objects },
    stem,
    cycle: [],
    isLasso: false,
    rescue: []
  }
}

const between = (text: string, from: string, to: string): string => text.split(from)[1]!.split(to)[0]!

describe("a trace in a terminal", () => {
  it("has numbered steps, marks, only the paths that changed, and what is wrong", () => {
    const text = Text.print(path)
    assert.include(
      text,
      `After 7 steps (faults and outside events: writes 2, stale 2, crash 1), "one primary" is broken.`
    )
    assert.match(text, /^ +3 {2}operator-2 crashes {3}✖ crash$/m)
    assert.match(text, /^ +4 {2}operator-1.*v-0.* {3}◷ stale$/m)
    assert.include(text, `api/pods[v-1].metadata.labels.valkey/role: "replica" → "primary"`)
    assert.notInclude(text, "10.0.0.1")
  })

  it("leaves out how a process keeps its books, and caches that follow at once", () => {
    const object = (version: string, data?: string) => ({
      metadata: { name: "a", resourceVersion: version, managedFields: [version] },
      data
    })
    const [before, after] = [object("rv#0"), object("rv#1", "new")]
    const wrote: Trace["stem"][number] = {
      action: "operator: greeter",
      key: "default/a 2 Update widgets/a",
      says: "default/a: Update widgets/a -> 200",
      changes: [
        { component: "operator/passes of greeter", before: {}, after: { "default/a": { log: null } } },
        { component: "operator/queue of greeter", before: {}, after: { a: { memory: undefined, dueIn: 5 } } },
        { component: "operator/cache of widgets", before: { objects: [before] }, after: { objects: [after] } },
        {
          component: "api",
          before: new Map([["example.org/widgets", new Map([["default/a", before]])]]),
          after: new Map([["example.org/widgets", new Map([["default/a", after]])]])
        }
      ]
    }
    const ofKey = { ...wrote, action: "operator: greeter for default/a, lose", changes: [] }
    const caughtUp = { ...wrote, action: "operator: catches up", key: "widgets", says: "it sees", changes: [] }
    const cached = wrote.changes.filter(({ component }) => component.includes("cache"))
    const stem = [wrote, ofKey, { ...caughtUp, changes: cached }]
    const lines = Text.lines({ model: "m", property: "p", initial: {}, stem, cycle: [], isLasso: false, rescue: [] })
    assert.deepStrictEqual(lines.slice(2), [
      "     1  operator: greeter default/a: Update widgets/a -> 200",
      `         + api.example.org/widgets.default/a.data: "new"`,
      "     2  operator: greeter for default/a, lose: Update widgets/a -> 200",
      "     3  operator: it sees",
      `         + operator/cache of widgets.objects[a].data: "new"`
    ])
  })

  it("shows the loop, where it goes back to, and why it is not left", () => {
    const text = Text.print(lasso)
    assert.include(text, "┌▶ for ever:")
    assert.include(text, "└─ back to step 9")
    assert.include(text, "red: write colour is taken (step 11), and the loop goes on")
    assert.include(Text.print(stopped), "the run stops: nothing fair is enabled")
  })

  it("stays short when much changes at once", () => {
    const after = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key-${index}`, "y".repeat(500)]))
    const [step] = path.stem
    const lines = Text.lines({ ...path, stem: [{ ...step!, changes: [{ component: "api/all", before: {}, after }] }] })
    assert.isBelow(lines.length, 14)
    assert.isTrue(lines.every((line) => line.length < 140))
  })
})

describe("a trace as a sequence chart", () => {
  it("has a participant a lane, an arrow to each lane that a step changes, and the loop", () => {
    const chart = Mermaid.print(lasso)
    assert.match(chart, /^sequenceDiagram\n/)
    assert.deepStrictEqual(Lanes.of(lasso).names, ["user", "red", "blue", "gc", "edit", "api"])
    assert.include(chart, "participant p1 as red")
    assert.match(chart, /p2->>p5: 12\. .*\n {2}end\n$/)
    assert.include(Mermaid.print(path), "p2-xp2: 3. operator-2 crashes")
    assert.include(Mermaid.print(stopped), "nothing fair is enabled any more")
  })

  it("takes no word of a trace for its own", () => {
    const lines = Mermaid.print(attack).trimEnd().split("\n")
    assert.strictEqual(lines.length, 7)
    assert.isFalse(lines.some((line) => /[<>"{}]|;.*#loop/.test(line.replaceAll(/-+>>|#\d+;/g, ""))))
  })
})

describe("a trace as a page", () => {
  it("needs nothing but itself, and runs no script but its own", () => {
    const page = Page.print(lasso)
    assert.notMatch(page, /\b(src|href)=|url\(|@import|https?:/)
    const script = between(page, "<script>", "</script>")
    const hash = createHash("sha256").update(script).digest("base64")
    assert.include(
      page,
      `default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;sha256-${hash}&#39;`
    )
  })

  it("has a part for every step with what it changes, and before them the first state", () => {
    const page = Page.print(path)
    assert.strictEqual(page.match(/<section data-step=/g)?.length, 8)
    assert.strictEqual(page.match(/<button type="button" data-go=/g)?.length, 7)
    const seventh = between(page, `<section data-step="7">`, "</section>")
    assert.include(seventh, `<span class="path">api/pods[v-1].metadata.labels.valkey/role</span> <code class="before">`)
    assert.include(seventh, "broken</span> one primary")
    assert.include(page, `<g class="crash">`)
    assert.include(page, `<g class="stale">`)
  })

  it("draws the loop back, and says of every fair action why it does not leave it", () => {
    const page = Page.print(lasso)
    assert.include(page, `<path class="loop"`)
    assert.include(page, "The run goes on with step 9, for ever.")
    assert.include(page, "<td>blue: write</td><td>colour</td><td>is taken (step 12), and the loop goes on</td>")
    assert.include(Page.print(stopped), "The run stops: nothing fair is enabled.")
    assert.notInclude(Page.print(path), `class="loop"`)
  })

  it("carries the trace itself, to be replayed", () => {
    const json: unknown = JSON.parse(between(Page.print(path), `id="trace">`, "</script>"))
    assert.deepStrictEqual(json, JSON.parse(TraceFile.print(path)))
  })

  it("lets nothing that a trace says become markup", () => {
    const page = Page.print(attack)
    assert.strictEqual(page.match(/<script/g)?.length, 2)
    assert.strictEqual(page.match(/<\/script/g)?.length, 2)
    assert.notMatch(page, /alert\("1"\)(?!\\)/)
    assert.notInclude(page.replace(/id="trace">.*/, ""), " 'x'")
  })

  it("stays small for sixty steps of a large state", () => {
    assert.isBelow(Page.print(large()).length, 400_000)
    assert.isBelow(TraceFile.print(large()).length, 120_000)
  })
})
