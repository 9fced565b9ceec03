/**
 * Who asks for the passes of a controller sees all of them in one component,
 * though the checker keeps those on each key in one of its own.
 */
import type { Action, Components, Property, Read } from "../../../domain/check/System.ts"
import type { Operator, Running } from "./Operator.ts"

export type View = (read: Read<Components>) => Read<Components>

const joined = (read: Read<Components>, { lanes }: Running): object =>
  // Each of these components is a record by key.
  Object.assign({}, ...lanes.map(({ passes }) => read(passes.name) as object)) as object

/** A state as the writers of models see it. */
export const viewOf = (operators: ReadonlyArray<Operator>): View => {
  const several = operators.flatMap(({ running }) => running.filter(({ lanes }) => lanes.length > 1))
  if (several.length === 0) return (read) => read
  const byName = new Map(several.map((running) => [running.allPasses, running]))
  const views = new WeakMap<Read<Components>, Read<Components>>()
  return (read) => {
    let view = views.get(read)
    if (view === undefined) {
      view = Object.assign(
        (name: string) => {
          const running = byName.get(name)
          return running === undefined ? read(name) : joined(read, running)
        },
        { unused: read.unused }
      )
      views.set(read, view)
    }
    return view
  }
}

export const viewedAction = (view: View, action: Action<Components>): Action<Components> => ({
  ...action,
  outcomes: (read: Read<Components>) => action.outcomes(view(read))
})

export const viewedProperty = (view: View, property: Property<Components>): Property<Components> => {
  switch (property._tag) {
    case "Always":
    case "Sometimes":
      return { ...property, holds: (read: Read<Components>) => property.holds(view(read)) }
    case "Step":
      return { ...property, holds: (before, after) => property.holds(view(before), view(after)) }
    case "LeadsTo":
    case "Stabilizes":
      return {
        ...property,
        premise: (read) => property.premise(view(read)),
        goal: (read) => property.goal(view(read))
      }
  }
}
