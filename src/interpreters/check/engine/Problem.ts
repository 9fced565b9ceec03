/**
 * Why a system cannot be explored at all: something in it is not what the
 * checker can decide about. Never a verdict.
 */
import * as Schema from "effect/Schema"

export class Problem extends Schema.TaggedError<Problem>()("Problem", {
  /** What is wrong. */
  what: Schema.Literals(["NotPlain", "Threw", "Endless", "Unknown", "Unsteady", "Outgrown", "Malformed"]),
  /** The action, eager step, property or component, and the path in it. */
  where: Schema.String,
  /** What was seen, and what to do about it. */
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.where}: ${this.detail}`
  }
}
