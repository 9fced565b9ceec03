/** Runs that wait where they were left, for whoever goes on from there: the newest so many, the others are replayed. */
import type { Run } from "./Stepper.ts"

/** Where runs may wait. */
export interface Resting {
  runs: ReadonlyArray<Run> | undefined
}

/** A parked run holds some ten kilobytes, and most that are taken up again are so soon. */
const mostKept = 2048

export class Parked {
  private readonly places: Array<Resting | undefined> = []
  private next = 0

  keep(at: Resting, runs: ReadonlyArray<Run>): void {
    const oldest = this.places[this.next]
    if (oldest !== undefined) oldest.runs = undefined
    at.runs = runs
    this.places[this.next] = at
    this.next = (this.next + 1) % mostKept
  }

  /** They go on: nobody else may. */
  takeFrom(at: Resting): ReadonlyArray<Run> | undefined {
    const { runs } = at
    at.runs = undefined
    return runs
  }

  /** One of them goes on; the others stay. */
  takeOne(at: Resting): Run | undefined {
    const run = at.runs?.at(-1)
    at.runs = at.runs?.slice(0, -1)
    return run
  }

  /** Where runs wait, this one does in place of the last. */
  replaceLast(at: Resting, run: Run): void {
    if (at.runs !== undefined) at.runs = [...at.runs.slice(0, -1), run]
  }
}
