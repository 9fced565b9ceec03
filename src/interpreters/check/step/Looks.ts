/**
 * Everything about a step that anybody can see, as a number. Nodes are many,
 * what they look like is often the same.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { type Intern, textOf } from "./Intern.ts"
import { isVerdict } from "./Node.ts"
import type { Open } from "./Slot.ts"
import type { Step } from "./Stepper.ts"

export class Looks {
  private readonly numbers = new Map<string, number>()
  private readonly values: Intern

  constructor(values: Intern) {
    this.values = values
  }

  of({ cancelled, exit, open }: Step): number {
    const ended =
      exit === undefined ? "" : Exit.isSuccess(exit) ? this.endOf(exit.value) : String(Cause.squash(exit.cause))
    const text = `${this.idsOf(open)} ${this.idsOf(cancelled)} ${ended}`
    const known = this.numbers.get(text)
    if (known !== undefined) return known
    this.numbers.set(text, this.numbers.size)
    return this.numbers.size - 1
  }

  private idsOf(all: ReadonlyArray<Open>): string {
    return all.map((one) => this.values.of(one).id).join()
  }

  /** Memories are large, and mostly known. */
  private endOf(value: unknown): string {
    return isVerdict(value) ? `${this.values.of(value.memory).id} ${textOf({ ...value, memory: 0 })}` : textOf(value)
  }
}
