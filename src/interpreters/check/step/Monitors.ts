/**
 * Laws of steps, watched while names are still the same before and after: the
 * last thing of every step of a model gives opaque names anew. What an action
 * does and what follows by itself are a step each. What is broken stays in the
 * state, so that a law of steps is one of states.
 */
import type { Action, Components, Eager, Outcome, Property, Read } from "../../../domain/check/System.ts"

type StepLaw = Extract<Property<Components>, { readonly _tag: "Step" }>

/** Names of the laws that were broken; nothing reads it but they. */
const component = "network/broken laws"

const isStepLaw = (property: Property<Components>): property is StepLaw => property._tag === "Step"

const brokenIn = (read: Read<Components>): ReadonlyArray<string> =>
  // This component holds nothing else.
  read(component) as ReadonlyArray<string>

const after = (read: Read<Components>, set: Components): Read<Components> =>
  Object.assign((name: string) => (Object.hasOwn(set, name) ? set[name] : read(name)), { unused: read.unused })

export interface Monitors {
  readonly initial: Components
  readonly action: (action: Action<Components>) => Action<Components>
  readonly eager: (eager: Eager<Components>) => Eager<Components>
  /** The same, with each law of steps as one of states. */
  readonly properties: ReadonlyArray<Property<Components>>
}

export const of = (properties: ReadonlyArray<Property<Components>>): Monitors => {
  const laws = properties.filter(isStepLaw)
  const watched = (read: Read<Components>, set: Components): Components => {
    const now = after(read, set)
    const broken = laws.filter(({ holds }) => !holds(read, now)).map(({ name }) => name)
    return broken.length === 0 ? set : { ...set, [component]: [...new Set([...brokenIn(read), ...broken])].toSorted() }
  }
  const taken = (read: Read<Components>, outcome: Outcome<Components>): Outcome<Components> => ({
    ...outcome,
    set: watched(read, outcome.set)
  })
  if (laws.length === 0) {
    return { initial: {}, action: (action) => action, eager: (eager) => eager, properties }
  }
  return {
    initial: { [component]: [] },
    action: (action) => ({
      ...action,
      *outcomes(read) {
        for (const outcome of action.outcomes(read)) yield taken(read, outcome)
      }
    }),
    eager: (eager) => ({
      ...eager,
      next: (read) => {
        const set = eager.next(read)
        return set === undefined ? undefined : watched(read, set)
      }
    }),
    properties: properties.map((property) =>
      isStepLaw(property)
        ? { _tag: "Always", name: property.name, holds: (read) => !brokenIn(read).includes(property.name) }
        : property
    )
  }
}
