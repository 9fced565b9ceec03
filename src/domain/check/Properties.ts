/** What one says of the runs of a system, in one line each. */
import type { Components, Holds, Property } from "./System.ts"

/** In every state that is reached. */
export const always = <S extends Components>(name: string, holds: Holds<S>): Property<S> => ({
  _tag: "Always",
  name,
  holds
})

/** In some state that is reached: shows that the model does what it is meant to do. */
export const sometimes = <S extends Components>(name: string, holds: Holds<S>): Property<S> => ({
  _tag: "Sometimes",
  name,
  holds
})

/** Once the premise holds, the goal holds then or later. */
export const leadsTo = <S extends Components>(name: string, premise: Holds<S>, goal: Holds<S>): Property<S> => ({
  _tag: "LeadsTo",
  name,
  premise,
  goal
})

/** If from some point on the premise holds for ever, then from some point on the goal does: eventually stable reconciliation. */
export const stabilizes = <S extends Components>(name: string, premise: Holds<S>, goal: Holds<S>): Property<S> => ({
  _tag: "Stabilizes",
  name,
  premise,
  goal
})

/** Of every step. */
export const step = <S extends Components>(
  name: string,
  holds: (before: Parameters<Holds<S>>[0], after: Parameters<Holds<S>>[0]) => boolean
): Property<S> => ({ _tag: "Step", name, holds })
