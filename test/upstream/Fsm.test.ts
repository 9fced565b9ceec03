/** The ported state machine has the constants of `gungnir:3.3`, counted by going through all of it. */
import { assert, describe, it } from "@effect/vitest"
import { contexts, responses } from "./Everything.ts"
import * as Fsm from "./port/Fsm.ts"

const shapeOf = ({ step }: Fsm.State): string => (step._tag === "Resource" ? `${step.action} ${step.sub}` : step._tag)

interface Edge {
  readonly from: Fsm.State
  readonly to: Fsm.State
  readonly request: Fsm.Request | undefined
}

/** One for each place that a step may lead to in one context; answers that lead to the same place are one edge. */
const edgesFrom = (from: Fsm.State): ReadonlyArray<Edge> => {
  const edges = new Map<string, Edge>()
  for (const response of responses) {
    const [to, request] = Fsm.core(from, response)
    if (!Fsm.isTerminal(from)) edges.set(shapeOf(to), { from, to, request })
  }
  return [...edges.values()]
}

const reach = (start: Fsm.State): ReadonlyArray<Edge> => {
  const seen = new Set([shapeOf(start)])
  const edges: Array<Edge> = []
  const open = [start]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const edge of edgesFrom(state)) {
      edges.push(edge)
      if (seen.has(shapeOf(edge.to))) continue
      seen.add(shapeOf(edge.to))
      open.push(edge.to)
    }
  }
  return edges
}

const everywhere = contexts.flatMap((context) => reach({ ...Fsm.initial, ...context }))
const labelOf = ({ from, to }: Edge): string => `${shapeOf(from)} -> ${shapeOf(to)}`

/** Every maximal path of one context. */
const paths = (state: Fsm.State): ReadonlyArray<ReadonlyArray<Edge>> => {
  const edges = edgesFrom(state)
  return edges.length === 0 ? [[]] : edges.flatMap((edge) => paths(edge.to).map((rest) => [edge, ...rest]))
}

/** As the environment is: it has one answer to whether the master failed and whether somebody can replace it. */
const [healthy = [], stuck = [], failover = []] = contexts
  .slice(0, 3)
  .map((context) => paths({ ...Fsm.initial, ...context }))
const wordsOf = (path: ReadonlyArray<Edge>): string => path.map(labelOf).join("; ")
const all = [...new Map([...healthy, ...stuck, ...failover].map((path) => [wordsOf(path), path])).values()]
const endsDone = (path: ReadonlyArray<Edge>): boolean => path.length > 0 && Fsm.isDone(path.at(-1)!.to)
const requestsOf = (path: ReadonlyArray<Edge>): number => path.filter(({ request }) => request !== undefined).length
const longest = (some: ReadonlyArray<ReadonlyArray<Edge>>): number => Math.max(...some.map((path) => path.length))

describe("the state machine of upstream", () => {
  it("has 27 shapes of steps, all of them reached", () => {
    const shapes = new Set(everywhere.flatMap(({ from, to }) => [shapeOf(from), shapeOf(to)]))
    assert.strictEqual(shapes.size, 27)
  })

  it("has 52 labelled edges", () => {
    assert.strictEqual(new Set(everywhere.map(labelOf)).size, 52)
  })

  it("comes closer to its end on each of them, and never has the measure 1", () => {
    for (const edge of everywhere) assert.isBelow(Fsm.measure(edge.to), Fsm.measure(edge.from), labelOf(edge))
    const measures = new Set(everywhere.flatMap(({ from, to }) => [Fsm.measure(from), Fsm.measure(to)]))
    assert.deepStrictEqual(
      [...measures].toSorted((one, two) => one - two),
      [0, ...Array.from({ length: 19 }, (_, index) => index + 2)]
    )
  })

  it("has 509 maximal paths, none longer than 19, and 128 of them end in Done: 64 healthy, 64 by a failover", () => {
    assert.strictEqual(all.length, 509)
    assert.strictEqual(longest(all), 19)
    assert.strictEqual(all.filter(endsDone).length, 128)
    assert.strictEqual(healthy.filter(endsDone).length, 64)
    assert.strictEqual(failover.filter(endsDone).length, 64)
    assert.strictEqual(stuck.filter(endsDone).length, 0)
  })

  it("needs 15 transitions and 13 requests when healthy, 19 and 13 for a failover", () => {
    for (const path of healthy.filter(endsDone)) assert.deepStrictEqual([path.length, requestsOf(path)], [15, 13])
    for (const path of failover.filter(endsDone)) assert.deepStrictEqual([path.length, requestsOf(path)], [19, 13])
  })

  it("asks once a step at most, and nothing once it has ended", () => {
    for (const state of everywhere.map(({ to }) => to).filter(Fsm.isTerminal)) {
      for (const response of responses) assert.deepStrictEqual(Fsm.core(state, response), [state, undefined])
    }
  })
})
