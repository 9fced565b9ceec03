/** A state of a closed world that a test drives by hand: one step after the other, eager ones after each. */
import type { Eager, Read } from "../../../src/domain/check/System.ts"
import { mentions } from "../../../src/models/closed/OpaqueNames.ts"
import type { Parts } from "../../../src/models/closed/Parts.ts"
import { serve } from "../../../src/models/closed/Serve.ts"
import { settles } from "../../../src/models/closed/Step.ts"

/** `others`: what somebody else holds, a program for one; its names are taken. */
export const readOf = (state: Parts, others: unknown = undefined): Read<Parts> =>
  Object.assign(<K extends keyof Parts & string>(component: K): Parts[K] => state[component], {
    unused: (kind: string, nth = 0): string => {
      const taken = new Set([...mentions({ ...state }), ...mentions(others)])
      let left = nth
      for (let index = 0; ; index++) if (!taken.has(`${kind}#${index}`) && left-- === 0) return `${kind}#${index}`
    }
  })

export const withAll = (state: Parts, set: Partial<Parts>): Parts => ({ ...state, ...set }) as Parts

export const settled = (state: Parts, eager: ReadonlyArray<Eager<Parts>> = [settles], others?: unknown): Parts => {
  let now = state
  for (let round = 0; round < 100; round++) {
    const set = eager.map(({ next }) => next(readOf(now, others))).find((one) => one !== undefined)
    if (set === undefined) return now
    now = withAll(now, set)
  }
  throw new Error("the world does not settle")
}

/** The state after a request and all that follows from it, and its reply. */
export const asked = (state: Parts, system: string, wire: unknown, others?: unknown): readonly [Parts, unknown] => {
  const { reply, set } = serve(system, wire, readOf(state, others), "operator")
  return [settled(withAll(state, set), undefined, [others, reply]), reply]
}
