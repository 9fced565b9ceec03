/**
 * Takes the steps of a closed system one by one, with nothing of the engine:
 * no interning, no memory of what was read, no search. What the engine reports
 * is believed only when it happens here too.
 */
import type * as System from "../../../domain/check/System.ts"
import { Problem } from "../engine/Problem.ts"
import * as Plain from "./Plain.ts"

export type State = Readonly<Record<string, unknown>>

/** One outcome of one action, and the state once everything that follows by itself has happened. */
export interface Taken<S extends System.Components> {
  readonly action: System.Action<S>
  readonly key: string
  readonly says: string
  readonly breaks: string | undefined
  readonly state: S
}

/** More eager steps than this in a row never end. */
const mostEager = 10_000

const isName = /^[^#]+#\d+$/

const ownName = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string" && isName.test(value) ? [value] : []

function* partsOf(value: object): Generator<unknown> {
  if (value instanceof Map) for (const [key, held] of value) yield* [key, held]
  else if (value instanceof Set || Array.isArray(value)) yield* value
  else for (const [key, held] of Object.entries(value)) yield* [key, held]
}

type Mentions = (value: unknown) => Iterable<string>

/** Per system, what each part mentions: parts never change. */
const mentions = new WeakMap<Mentions, WeakMap<object, ReadonlySet<string>>>()

/** Asked of a value and of each of its parts: who says it need not look further than one of them. */
const namesIn = (says: Mentions, value: unknown): ReadonlySet<string> => {
  if (typeof value !== "object" || value === null) return new Set(says(value))
  const known = mentions.get(says) ?? new WeakMap<object, ReadonlySet<string>>()
  mentions.set(says, known)
  const before = known.get(value)
  if (before !== undefined) return before
  const names = new Set(says(value))
  for (const part of partsOf(value)) for (const name of namesIn(says, part)) names.add(name)
  known.set(value, names)
  return names
}

const mentioned = <S extends System.Components>(system: System.System<S>, state: S): ReadonlySet<string> =>
  new Set(Object.values(state).flatMap((value) => [...namesIn(system.mentions ?? ownName, value)]))

export const reader = <S extends System.Components>(system: System.System<S>, state: S): System.Read<S> => {
  let names: ReadonlySet<string> | undefined
  const unused = (kind: string, nth = 0): string => {
    names ??= mentioned(system, state)
    let free = -1
    let number = -1
    while (free < nth) if (!names.has(`${kind}#${++number}`)) free++
    return `${kind}#${number}`
  }
  return Object.assign(<K extends keyof S & string>(component: K): S[K] => state[component], { unused })
}

/** Parts that are equal stay the objects that they were. */
const changed = <S extends System.Components>(state: S, set: Partial<S>): S | undefined => {
  const different = Object.entries(set).filter(([name, value]) => !Plain.isSame(state[name], value))
  return different.length === 0 ? undefined : { ...state, ...Object.fromEntries(different) }
}

/** The state once no eager step changes anything. */
export const settled = <S extends System.Components>(system: System.System<S>, from: S): S => {
  let state = from
  for (let steps = 0; steps < mostEager; steps++) {
    const read = reader(system, state)
    let next: S | undefined
    for (const { next: follow } of system.eager ?? []) {
      next = changed(state, follow(read) ?? {})
      if (next !== undefined) break
    }
    if (next === undefined) return state
    state = next
  }
  throw new Problem({ what: "Endless", where: system.name, detail: "eager steps do not come to an end" })
}

/** What this action may do in this state. */
export const outcomes = <S extends System.Components>(
  system: System.System<S>,
  state: S,
  action: System.Action<S>
): ReadonlyArray<Taken<S>> =>
  [...action.outcomes(reader(system, state))].map(({ breaks, key, says, set }) => ({
    action,
    key,
    says: says ?? `${action.name} ${key}`,
    breaks,
    state: settled(system, changed(state, set) ?? state)
  }))

export const isSameState = (one: State, other: State): boolean => {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => Plain.isSame(one[name], other[name]))
}

/** "action\nkey" of every fair step that would change something here. */
export const fairIn = <S extends System.Components>(
  system: System.System<S>,
  state: S
): ReadonlyMap<string, Taken<S>> => {
  const fair = system.actions.filter(({ fairness }) => fairness === "weak" || fairness === "strong")
  const enabled = fair.flatMap((action) => outcomes(system, state, action))
  return new Map(
    enabled
      .filter((taken) => taken.breaks !== undefined || !isSameState(taken.state, state))
      .map((taken) => [nameOf(taken.action.name, taken.key), taken])
  )
}

export const nameOf = (action: string, key: string): string => `${action}\n${key}`

/** The first states, as they are given and once settled. */
export const beginnings = <S extends System.Components>(system: System.System<S>): ReadonlyArray<S> =>
  system.initial.flatMap((state) => {
    const rest = settled(system, state)
    return rest === state ? [state] : [rest, state]
  })
