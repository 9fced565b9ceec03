/**
 * What one pass of the Sentinel program tells the next: ages and remaining
 * times, no clock readings.
 */
import * as Errands from "../../domain/valkey/Errands.ts"
import * as Health from "../../domain/valkey/Health.ts"
import type { Written } from "./Scene.ts"

export interface Memory {
  readonly health: Health.Health
  /** The phase of the open failover, and for how long it has lasted; stops counting at 10 s. */
  readonly phase: { readonly name: string; readonly millis: number }
  readonly errands: Errands.Errands
  readonly written: Written
  /** Passes in a row that ended at a step the API refused; stops counting at `maxRefusals`. */
  readonly refusals: number
}

export const nothing: Memory = {
  health: Health.unknown,
  phase: { name: "", millis: 0 },
  errands: Errands.none,
  written: {},
  refusals: 0
}

const maxPhaseMillis = 10_000
export const maxRefusals = 10

export const age = (memory: Memory, millis: number): Memory => {
  const { errands, health, phase } = memory
  return {
    ...memory,
    health: Health.aged(health, millis),
    phase: { name: phase.name, millis: phase.name === "" ? 0 : Math.min(phase.millis + millis, maxPhaseMillis) },
    errands: Errands.aged(errands, millis)
  }
}
