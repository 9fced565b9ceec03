/** Small systems by seed: random tables of steps, faults, eager steps and predicates. */
import type { Action, Eager, Fairness, Outcome, Property, Read, System } from "../../../src/domain/check/System.ts"

export type Values = Readonly<Record<string, number | string>>

/** Numbers in [0, 1) that follow from a seed. */
export const chance = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const randomSystem = (seed: number): System<Values> => {
  const random = chance(seed)
  const below = (n: number) => Math.floor(random() * n)
  const pick = <A>(of: ReadonlyArray<A>): A => of[below(of.length)]!
  const shapes = [[7], [5], [2, 3], [3, 3], [2, 2, 2], [4, 3]]
  const sizes = pick(shapes)
  const components = sizes.map((size, i) => ({ name: `c${i}`, size }))
  const hasNames = random() < 0.15

  const keysOf = (order: ReadonlyArray<{ readonly size: number }>): ReadonlyArray<string> =>
    order.reduce<ReadonlyArray<string>>(
      (keys, { size }, i) =>
        keys.flatMap((key) => Array.from({ length: size }, (_, value) => (i === 0 ? `${value}` : `${key},${value}`))),
      [""]
    )
  /** By the values of some components, read in a random order. */
  const table = <A>(entry: () => A) => {
    const read = random() < 0.5 ? components : [pick(components)]
    const order = random() < 0.5 ? read : read.toReversed()
    const entries = new Map(keysOf(order).map((key) => [key, entry()]))
    return (state: Read<Values>): A => entries.get(order.map(({ name }) => state(name)).join())!
  }

  const fairness = (): Fairness => {
    const x = random()
    return x < 0.45 ? "weak" : x < 0.7 ? "strong" : x < 0.8 ? "none" : { budget: pick(["crash", "lose", "edit"]) }
  }
  const outcome = (): Outcome<Values> => {
    const { name, size } = pick(components)
    const other = pick(components)
    const more = random() < 0.3 ? { [other.name]: below(other.size) } : {}
    return { key: pick(["a", "a", "b"]), set: { [name]: below(size), ...more } }
  }
  const density = pick([0.3, 0.5, 0.8])
  const actions = Array.from({ length: 2 + below(4) }, (_, i): Action<Values> => {
    const of = table(() => Array.from({ length: random() < density ? 1 + below(2) : 0 }, outcome))
    return { name: `action ${i}`, fairness: fairness(), outcomes: of }
  })
  const names: Action<Values> = {
    name: "takes and gives back names",
    fairness: "weak",
    outcomes: (read) => {
      if (read("held") === "none") return [{ key: "held", set: { held: read.unused("n") } }]
      if (read("other") === "none") return [{ key: "other", set: { other: read.unused("n", 1) } }]
      return [
        { key: "held", set: { held: "none" } },
        { key: "other", set: { other: read.unused("n") } }
      ]
    }
  }
  /** Only ever upwards, so it ends. */
  const eager = Array.from({ length: random() < 0.3 ? 1 + below(2) : 0 }, (_, i): Eager<Values> => {
    const { name, size } = pick(components)
    const from = table(() => random() < 0.3)
    return {
      name: `eager ${i}`,
      next: (read) => (from(read) && Number(read(name)) < size - 1 ? { [name]: Number(read(name)) + 1 } : undefined)
    }
  })
  const predicate = (share: number) => table(() => random() < share)
  const properties: ReadonlyArray<Property<Values>> = [
    { _tag: "Always", name: "always", holds: predicate(0.9) },
    { _tag: "Sometimes", name: "sometimes", holds: predicate(0.1) },
    (() => {
      const before = predicate(0.7)
      const after = predicate(0.7)
      return { _tag: "Step", name: "step", holds: (b: Read<Values>, a: Read<Values>) => before(b) || after(a) } as const
    })(),
    { _tag: "LeadsTo", name: "leads to", premise: predicate(0.3), goal: predicate(0.3) },
    { _tag: "LeadsTo", name: "leads to, often", premise: predicate(0.6), goal: predicate(0.5) },
    { _tag: "Stabilizes", name: "stabilizes", premise: predicate(0.8), goal: predicate(0.5) },
    { _tag: "Stabilizes", name: "stabilizes always", premise: () => true, goal: predicate(0.7) }
  ]
  const start = () => ({
    ...Object.fromEntries(components.map(({ name, size }) => [name, below(size)])),
    ...(hasNames ? { held: "none", other: "none" } : {})
  })
  return {
    name: `random system ${seed}`,
    initial: random() < 0.2 ? [start(), start()] : [start()],
    actions: hasNames ? [...actions, names] : actions,
    eager,
    budgets: { crash: below(3), lose: below(2), ...(random() < 0.5 ? { edit: 1 } : {}) },
    properties
  }
}
