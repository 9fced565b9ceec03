/** Small systems of interchangeable elements, by seed: all follow one random table, and may hold one token. */
import type { Action, Fairness, Outcome, Property, Read, Symmetry, System } from "../../../src/domain/check/System.ts"
import { chance, type Values } from "./RandomSystems.ts"

const renameComponent: NonNullable<Symmetry<Values>["renameComponent"]> = (component, value, renaming) => [
  renaming.get(component) ?? component,
  renaming.get(String(value)) ?? value
]

const rename: Symmetry<Values>["rename"] = (state, renaming) =>
  Object.fromEntries(
    // What is renamed stays what it was: a number or a text.
    Object.entries(state).map(([name, value]) => renameComponent(name, value, renaming) as [string, number | string])
  )

export const randomSymmetric = (seed: number): System<Values> => {
  const random = chance(seed)
  const below = (n: number) => Math.floor(random() * n)
  const pick = <A>(of: ReadonlyArray<A>): A => of[below(of.length)]!
  const elements = ["x", "y", "z"].slice(0, 2 + below(2))
  const values = 2 + below(2)
  const view = (read: Read<Values>, self: string) => {
    const value = Number(read(self))
    const token = read("token")
    return value * 3 + (token === "none" ? 0 : token === self ? 1 : 2)
  }
  const actionOf = (i: number): ReadonlyArray<Action<Values>> => {
    const x = random()
    const fairness: Fairness = x < 0.5 ? "weak" : x < 0.75 ? "strong" : x < 0.85 ? "none" : { budget: "crash" }
    const perElement = random() < 0.5
    const table = Array.from({ length: 3 * values }, () =>
      random() < 0.5 ? undefined : { value: below(values), token: pick(["keep", "keep", "self", "none"]) }
    )
    const outcomes = (read: Read<Values>, self: string): ReadonlyArray<Outcome<Values>> => {
      const next = table[view(read, self)]
      if (next === undefined) return []
      const token = next.token === "keep" ? {} : { token: next.token === "self" ? self : "none" }
      return [{ key: self, set: { [self]: next.value, ...token } }]
    }
    return perElement
      ? elements.map((self) => ({ name: `${self}: action ${i}`, fairness, outcomes: (read) => outcomes(read, self) }))
      : [{ name: `action ${i}`, fairness, outcomes: (read) => elements.flatMap((self) => outcomes(read, self)) }]
  }
  /** Of how many elements have which value, and of the value of whoever holds the token. */
  const predicate = (share: number) => {
    const table = Array.from({ length: 64 }, () => random() < share)
    return (read: Read<Values>): boolean => {
      const sum = elements.reduce((total, name) => total + Number(read(name)), 0)
      const token = read("token")
      return table[sum * 4 + (token === "none" ? 3 : Number(read(String(token))))]!
    }
  }
  const before = predicate(0.7)
  const after = predicate(0.7)
  const properties: ReadonlyArray<Property<Values>> = [
    { _tag: "Always", name: "always", holds: predicate(0.9) },
    { _tag: "Sometimes", name: "sometimes", holds: predicate(0.1) },
    { _tag: "Step", name: "step", holds: (b, a) => before(b) || after(a) },
    { _tag: "LeadsTo", name: "leads to", premise: predicate(0.4), goal: predicate(0.4) },
    { _tag: "Stabilizes", name: "stabilizes", premise: predicate(0.9), goal: predicate(0.7) },
    { _tag: "Stabilizes", name: "stabilizes always", premise: () => true, goal: predicate(0.8) }
  ]
  return {
    name: `random symmetric system ${seed}`,
    initial: [{ ...Object.fromEntries(elements.map((name) => [name, 0])), token: random() < 0.8 ? "none" : "x" }],
    actions: Array.from({ length: 2 + below(2) }, (_, i) => i).flatMap(actionOf),
    budgets: { crash: below(3) },
    properties,
    symmetric: seed % 2 === 0 ? { elements, rename } : { elements, rename, renameComponent }
  }
}
