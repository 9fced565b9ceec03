/** Two-phase commit of N resource managers with a reliable network that only grows. */
import type { Action, Read, Symmetry, System } from "../../../src/domain/check/System.ts"

type Vote = "working" | "prepared" | "committed" | "aborted"

export type TwoPhase = Readonly<Record<string, unknown>>

const managerOf = (read: Read<TwoPhase>, name: string): Vote => read(name) as Vote
const isSent = (read: Read<TwoPhase>, message: string): boolean => read(`sent:${message}`) === true

const actionOf = (
  name: string,
  outcome: (read: Read<TwoPhase>) => Partial<TwoPhase> | undefined
): Action<TwoPhase> => ({
  name,
  fairness: "weak",
  *outcomes(read) {
    const set = outcome(read)
    if (set !== undefined) yield { key: "", set }
  }
})

const managerActions = (name: string): ReadonlyArray<Action<TwoPhase>> => [
  actionOf(`${name} prepares`, (read) =>
    managerOf(read, name) === "working" ? { [name]: "prepared", [`sent:${name}`]: true } : undefined
  ),
  actionOf(`${name} aborts by itself`, (read) =>
    managerOf(read, name) === "working" ? { [name]: "aborted" } : undefined
  ),
  actionOf(`${name} is told to commit`, (read) =>
    isSent(read, "commit") && managerOf(read, name) !== "committed" ? { [name]: "committed" } : undefined
  ),
  actionOf(`${name} is told to abort`, (read) =>
    isSent(read, "abort") && managerOf(read, name) !== "aborted" ? { [name]: "aborted" } : undefined
  ),
  actionOf(`the vote of ${name} is counted`, (read) =>
    read("tm") === "init" && isSent(read, name) && read(`counted:${name}`) !== true
      ? { [`counted:${name}`]: true }
      : undefined
  )
]

type Renamed = NonNullable<Symmetry<TwoPhase>["renameComponent"]>

/** Components are called after their manager, and hold nothing of another one. */
const renameComponent: Renamed = (component, value, renaming) => {
  const colon = component.indexOf(":")
  const [prefix, name] = [component.slice(0, colon + 1), component.slice(colon + 1)]
  return [prefix + (renaming.get(name) ?? name), value]
}

const rename: Symmetry<TwoPhase>["rename"] = (state, renaming) =>
  Object.fromEntries(Object.entries(state).map(([component, value]) => renameComponent(component, value, renaming)))

export const twoPhase = (managers: number): System<TwoPhase> => {
  const names = Array.from({ length: managers }, (_, index) => `rm${index}`)
  const initial = Object.fromEntries([
    ...names.flatMap((name) => [
      [name, "working"],
      [`sent:${name}`, false],
      [`counted:${name}`, false]
    ]),
    ["tm", "init"],
    ["sent:commit", false],
    ["sent:abort", false]
  ])
  return {
    name: `two-phase commit of ${managers}`,
    initial: [initial],
    actions: [
      actionOf("the coordinator commits", (read) =>
        read("tm") === "init" && names.every((name) => read(`counted:${name}`) === true)
          ? { tm: "committed", "sent:commit": true }
          : undefined
      ),
      actionOf("the coordinator aborts", (read) =>
        read("tm") === "init" ? { tm: "aborted", "sent:abort": true } : undefined
      ),
      ...names.flatMap(managerActions)
    ],
    budgets: {},
    properties: [
      {
        _tag: "Always",
        name: "nobody commits what another aborts",
        holds: (read) =>
          !names.some((name) => managerOf(read, name) === "committed") ||
          !names.some((name) => managerOf(read, name) === "aborted")
      },
      { _tag: "Sometimes", name: "all commit", holds: (read) => names.every((name) => read(name) === "committed") }
    ],
    symmetric: { elements: names, rename, renameComponent }
  }
}
