/** The engine against the reference, on random systems of a range of seeds. */
import * as Effect from "effect/Effect"
import type { System } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { randomSymmetric } from "./RandomSymmetric.ts"
import { randomSystem, type Values } from "./RandomSystems.ts"
import { expected } from "./Reference.ts"
import { validate } from "./Validate.ts"

/** Three of four without symmetry. */
export const systemOf = (seed: number): System<Values> => (seed % 4 === 3 ? randomSymmetric : randomSystem)(seed)

/** What differs, in one sentence; `undefined`: nothing. */
export const compare = Effect.fnUntraced(function* (seed: number) {
  const system = systemOf(seed)
  const exact = yield* check(system, { dominance: false, symmetry: false })
  const quick = yield* check(system)
  const wrong: Array<string> = []
  for (const [i, property] of system.properties.entries()) {
    const { cores, distance, holds } = expected(system, property)
    if (exact.coverage.cores !== cores) wrong.push(`cores: ${exact.coverage.cores}, not ${cores}`)
    for (const { verdicts } of [exact, quick]) {
      const { trace, verdict } = verdicts[i]!
      if ((verdict === "holds") !== holds) wrong.push(`"${property.name}" is ${verdict}`)
      else if (trace !== undefined) {
        validate(system, property, trace)
        const length = trace.stem.length - (property._tag === "Step" ? 1 : 0)
        if (distance !== undefined && distance !== length)
          wrong.push(`"${property.name}" takes ${length}, not ${distance}`)
      }
    }
  }
  if (system.symmetric === undefined && quick.coverage.cores !== exact.coverage.cores)
    wrong.push("dominance changes the cores")
  return wrong.length === 0 ? undefined : `${system.name}: ${wrong.join("; ")}`
})
