/**
 * Conditions as the Kubernetes API has them. The time of a transition is the
 * writer's: a condition that changed carries none, and `PatchStatus` asks for a
 * stamp there, so that no program reads a clock for it.
 */
import * as Schema from "effect/Schema"
import { int64 } from "./Crd.ts"

export const Status = Schema.Literals(["True", "False", "Unknown"])

/** Kubernetes API reference, metav1.Condition. */
export const Condition = Schema.Struct({
  type: Schema.String.check(Schema.isMinLength(1)),
  status: Status,
  /** CamelCase, for machines. */
  reason: Schema.String,
  message: Schema.String,
  observedGeneration: Schema.optionalKey(int64()),
  lastTransitionTime: Schema.optionalKey(Schema.String.annotate({ format: "date-time" }))
})
export interface Condition extends Schema.Schema.Type<typeof Condition> {}

/** What a program decides of a condition. */
export type Verdict = Omit<Condition, "lastTransitionTime">

/**
 * The conditions with `next` among them, in a stable order. The time stays
 * while the status stays; it is left out, to be stamped, when the status changes.
 */
export const setCondition = (conditions: ReadonlyArray<Condition>, next: Verdict): ReadonlyArray<Condition> => {
  const before = conditions.find(({ type }) => type === next.type)
  const time = before?.status === next.status ? before.lastTransitionTime : undefined
  const after: Condition = { ...next, ...(time === undefined ? {} : { lastTransitionTime: time }) }
  return before === undefined
    ? [...conditions, after]
    : conditions.map((condition) => (condition === before ? after : condition))
}
