/** Two-phase commit as in TLA+'s TwoPhase: the number of its states is known from other checkers. */
import type { Action, Outcome, Read, Symmetry, System } from "../../../src/domain/check/System.ts"

type Manager = "working" | "prepared" | "committed" | "aborted"

export type TwoPhase = {
  readonly [manager: `rm-${number}`]: Manager
} & {
  readonly coordinator: "init" | "committed" | "aborted"
  readonly heard: ReadonlyArray<boolean>
  readonly messages: { readonly prepared: ReadonlyArray<boolean>; readonly decided: "none" | "commit" | "abort" }
}

const action = (
  name: string,
  outcomes: (read: Read<TwoPhase>) => ReadonlyArray<Outcome<TwoPhase>>
): Action<TwoPhase> => ({
  name,
  fairness: "weak",
  outcomes
})

const manager = (i: number): ReadonlyArray<Action<TwoPhase>> => {
  const rm = `rm-${i}` as const
  const becomes = (state: Manager): Partial<TwoPhase> => ({ [rm]: state })
  const step = (name: string, next: (read: Read<TwoPhase>) => Partial<TwoPhase> | undefined) =>
    action(`${rm}: ${name}`, (read) => {
      const set = next(read)
      return set === undefined ? [] : [{ key: rm, set }]
    })
  return [
    step("prepares", (read) => {
      if (read(rm) !== "working") return undefined
      const { decided, prepared } = read("messages")
      return { ...becomes("prepared"), messages: { prepared: prepared.with(i, true), decided } }
    }),
    step("chooses to abort", (read) => (read(rm) === "working" ? becomes("aborted") : undefined)),
    step("is told to commit", (read) => (read("messages").decided === "commit" ? becomes("committed") : undefined)),
    step("is told to abort", (read) => (read("messages").decided === "abort" ? becomes("aborted") : undefined)),
    step("is heard", (read) =>
      read("coordinator") === "init" && read("messages").prepared[i]
        ? { heard: read("heard").with(i, true) }
        : undefined
    )
  ]
}

const decides = (name: "commit" | "abort"): Action<TwoPhase> =>
  action(`coordinator: ${name}`, (read) => {
    if (read("coordinator") !== "init" || (name === "commit" && read("heard").includes(false))) return []
    const messages = { prepared: read("messages").prepared, decided: name }
    return [{ key: "coordinator", set: { coordinator: name === "commit" ? "committed" : "aborted", messages } }]
  })

/** What belongs to manager i belongs to the one it is renamed to. */
const renameComponent: NonNullable<Symmetry<TwoPhase>["renameComponent"]> = (component, value, renaming) => {
  const permuted = (flags: ReadonlyArray<boolean>) => {
    const made = [...flags]
    for (const [i, flag] of flags.entries()) made[Number(renaming.get(`rm-${i}`)!.slice(3))] = flag
    return made
  }
  // The components have these types.
  if (component === "heard") return [component, permuted(value as TwoPhase["heard"])]
  if (component !== "messages") return [renaming.get(component) ?? component, value]
  const messages = value as TwoPhase["messages"]
  return [component, { ...messages, prepared: permuted(messages.prepared) }]
}

export const twoPhase = (count: number): System<TwoPhase> => {
  const all = Array.from({ length: count }, (_, i) => i)
  const none = all.map(() => false)
  const states = (read: Read<TwoPhase>) => all.map((i) => read(`rm-${i}`))
  return {
    name: `two-phase commit, ${count} managers`,
    initial: [
      {
        ...Object.fromEntries(all.map((i) => [`rm-${i}`, "working"])),
        coordinator: "init",
        heard: none,
        messages: { prepared: none, decided: "none" }
      }
    ],
    actions: [decides("commit"), decides("abort"), ...all.flatMap(manager)],
    budgets: {},
    symmetric: {
      elements: all.map((i) => `rm-${i}`),
      // Of a state of this type, whose components are renamed.
      rename: (state, renaming) =>
        Object.fromEntries(
          Object.entries(state).map(([name, value]) => renameComponent(name, value, renaming))
        ) as unknown as TwoPhase,
      renameComponent
    },
    properties: [
      { _tag: "Sometimes", name: "all commit", holds: (read) => states(read).every((state) => state === "committed") }
    ]
  }
}

/** Nobody commits what another one has aborted. */
export const isConsistent = (read: Read<TwoPhase>, count: number): boolean => {
  const states = Array.from({ length: count }, (_, i) => read(`rm-${i}`))
  return !(states.includes("aborted") && states.includes("committed"))
}
