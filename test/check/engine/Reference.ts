/**
 * The checker once more, as naively as possible: states are texts, every budget
 * and every waiting goal is part of the state, and fair runs are found as the
 * greatest set of edges that can for ever reach what they must (Kesten, Pnueli,
 * Raviv). Slow, short, and shares nothing with the engine.
 */
import type { Components, Property, Read, System } from "../../../src/domain/check/System.ts"

export const textOf = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined"
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${textOf((value as Record<string, unknown>)[key])}`).join()}}`
}

export const reading = <S extends Components>(state: S): Read<S> => {
  const text = JSON.stringify(state)
  const unused = (kind: string, nth = 0): string => {
    let left = nth
    for (let n = 0; ; n++) if (!text.includes(`"${kind}#${n}"`) && left-- === 0) return `${kind}#${n}`
  }
  return Object.assign(<K extends keyof S & string>(component: K): S[K] => state[component], { unused })
}

export const settled = <S extends Components>(system: System<S>, state: S): S => {
  for (const eager of system.eager ?? []) {
    const next = { ...state, ...eager.next(reading(state)) }
    if (textOf(next) !== textOf(state)) return settled(system, next)
  }
  return state
}

export interface Taken<S> {
  readonly action: string
  readonly key: string
  readonly cost: string | undefined
  readonly next: S
}

const known = new WeakMap<object, Map<string, ReadonlyArray<Taken<Components>>>>()

/** Every step that changes something; found once per state. */
export const steps = <S extends Components>(system: System<S>, state: S): ReadonlyArray<Taken<S>> => {
  const text = textOf(state)
  const ofSystem = known.get(system) ?? new Map<string, ReadonlyArray<Taken<Components>>>()
  known.set(system, ofSystem)
  // Those of this system are steps between its states.
  const found = (ofSystem.get(text) as ReadonlyArray<Taken<S>> | undefined) ?? stepsAnew(system, state)
  ofSystem.set(text, found)
  return found
}

const stepsAnew = <S extends Components>(system: System<S>, state: S): ReadonlyArray<Taken<S>> =>
  system.actions.flatMap(({ fairness, name, outcomes }) =>
    [...outcomes(reading(state))].flatMap(({ key, set }) => {
      const next = settled(system, { ...state, ...set })
      const cost = typeof fairness === "object" ? fairness.budget : undefined
      return textOf(next) === textOf(state) ? [] : [{ action: name, key, cost, next }]
    })
  )

interface Node<S> {
  readonly id: number
  readonly state: S
  readonly budgets: Readonly<Record<string, number>>
  readonly waits: boolean
  readonly depth: number
}

interface Edge<S> {
  readonly from: Node<S>
  readonly to: Node<S>
  /** Of the action and key; "": the run stutters. */
  readonly fair: string
}

const fairnessOf = <S extends Components>(system: System<S>, kind: "weak" | "strong", state: S): ReadonlySet<string> =>
  new Set(
    steps(system, state)
      .filter(({ action }) => system.actions.find(({ name }) => name === action)!.fairness === kind)
      .map(({ action, key }) => `${action}/${key}`)
  )

/** All nodes, and all edges with the stuttering ones; `wait`: how a waiting goal changes on entering a state. */
const product = <S extends Components>(system: System<S>, wait: (waits: boolean, state: S) => boolean) => {
  const nodes = new Map<string, Node<S>>()
  const edges: Array<Edge<S>> = []
  const enter = (state: S, budgets: Node<S>["budgets"], waited: boolean, depth: number): Node<S> => {
    const waits = wait(waited, state)
    const text = textOf([state, budgets, waits])
    const known = nodes.get(text)
    if (known !== undefined) return known
    const node = { id: nodes.size, state, budgets, waits, depth }
    nodes.set(text, node)
    return node
  }
  for (const state of system.initial) enter(settled(system, state), system.budgets, false, 0)
  for (const from of nodes.values()) {
    edges.push({ from, to: from, fair: "" })
    for (const { action, cost, key, next } of steps(system, from.state)) {
      if (cost !== undefined && (from.budgets[cost] ?? 0) === 0) continue
      const budgets = cost === undefined ? from.budgets : { ...from.budgets, [cost]: from.budgets[cost]! - 1 }
      const to = enter(next, budgets, from.waits, from.depth + 1)
      edges.push({ from, to, fair: `${action}/${key}` })
    }
  }
  return { nodes: [...nodes.values()], edges }
}

/** The edges from which one of `targets` can be reached by edges of `within`. */
const reaching = <S>(within: ReadonlySet<Edge<S>>, targets: Iterable<Edge<S>>): Set<Edge<S>> => {
  const found = new Set(targets)
  const before = new Map<Node<S>, Array<Edge<S>>>()
  for (const edge of within) before.set(edge.to, [...(before.get(edge.to) ?? []), edge])
  for (const edge of found) for (const earlier of before.get(edge.from) ?? []) found.add(earlier)
  return found
}

/** Whether some run stays within these edges for ever, is fair, and takes one of each of `justice` again and again. */
const hasFairRun = <S extends Components>(
  system: System<S>,
  edges: ReadonlyArray<Edge<S>>,
  justice: ReadonlyArray<(edge: Edge<S>) => boolean>
): boolean => {
  const enabled = (kind: "weak" | "strong") =>
    new Map([...new Set(edges.map(({ to }) => to))].map((node) => [node, fairnessOf(system, kind, node.state)]))
  const weak = enabled("weak")
  const strong = enabled("strong")
  const fairs = (of: ReadonlyMap<Node<S>, ReadonlySet<string>>) => new Set([...of.values()].flatMap((set) => [...set]))
  const must = [
    ...justice,
    ...[...fairs(weak)].map((fair) => (edge: Edge<S>) => edge.fair === fair || !weak.get(edge.to)!.has(fair))
  ]
  let left = new Set(edges)
  for (let size = -1; size !== left.size;) {
    size = left.size
    for (const test of must) left = reaching(left, [...left].filter(test))
    for (const fair of fairs(strong)) {
      const helped = reaching(
        left,
        [...left].filter((edge) => edge.fair === fair)
      )
      left = new Set([...left].filter((edge) => helped.has(edge) || !strong.get(edge.to)!.has(fair)))
    }
    const goesOn = new Set([...left].map(({ from }) => from))
    left = new Set([...left].filter(({ to }) => goesOn.has(to)))
  }
  return left.size > 0
}

export interface Expected {
  readonly cores: number
  readonly states: number
  readonly holds: boolean
  /** Steps to the nearest bad state, of `Always`; of `Step`, to the state before the bad step. */
  readonly distance: number | undefined
}

export const expected = <S extends Components>(system: System<S>, property: Property<S>): Expected => {
  const leadsTo = property._tag === "LeadsTo" ? property : undefined
  const { edges, nodes } = product(system, (waits, state) =>
    leadsTo === undefined ? false : (waits || leadsTo.premise(reading(state))) && !leadsTo.goal(reading(state))
  )
  const counts = { cores: new Set(nodes.map(({ state }) => textOf(state))).size, states: nodes.length }
  const nearest = (bad: ReadonlyArray<Node<S>>) => {
    const distance = bad.length === 0 ? undefined : Math.min(...bad.map(({ depth }) => depth))
    return { ...counts, holds: bad.length === 0, distance }
  }
  const has = (test: (read: Read<S>) => boolean, node: Node<S>) => test(reading(node.state))
  switch (property._tag) {
    case "Always":
      return nearest(nodes.filter((node) => !has(property.holds, node)))
    case "Sometimes":
      return { ...counts, holds: nodes.some((node) => has(property.holds, node)), distance: undefined }
    case "Step":
      return nearest(
        edges
          .filter(({ fair, from, to }) => fair !== "" && !property.holds(reading(from.state), reading(to.state)))
          .map(({ from }) => from)
      )
    case "LeadsTo": {
      const waiting = edges.filter(({ from, to }) => from.waits && to.waits)
      return { ...counts, holds: !hasFairRun(system, waiting, []), distance: undefined }
    }
    case "Stabilizes": {
      const inside = edges.filter(({ from, to }) => has(property.premise, from) && has(property.premise, to))
      const holds = !hasFairRun(system, inside, [({ to }) => !has(property.goal, to)])
      return { ...counts, holds, distance: undefined }
    }
  }
}
