/**
 * Runs a trace again, step by step, outside the engine: the same programs, the
 * same world, and in the end the same property broken, or an error that says
 * where the two part.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as System from "../../../domain/check/System.ts"
import type { Step, Trace } from "../../../domain/check/Trace.ts"
import * as Delta from "./Delta.ts"
import * as Judge from "./Judge.ts"
import * as Plain from "./Plain.ts"
import * as Rerun from "./Rerun.ts"

/**
 * The trace does not happen outside the engine. For a fresh trace that is an
 * error of the engine; for an old file, the program or the model has changed.
 */
export class NotReplayed extends Schema.TaggedError<NotReplayed>()("NotReplayed", {
  model: Schema.String,
  property: Schema.String,
  /** Steps that were replayed. */
  steps: Schema.Int,
  /**
   * `foreign`: another first state, or an action that the model does not have, so that nothing is known of the program;
   * `disabled`: a step is not possible; `elsewhere`: it leads to another state; `holds`: nothing is broken in the end.
   */
  because: Schema.Literals(["foreign", "disabled", "elsewhere", "holds"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `"${this.property}" of ${this.model}: after ${this.steps} steps the trace and the program part: ${this.detail}`
  }
}

/** The state that this step leads to, by what the trace tells. */
const expected = (state: Rerun.State, step: Step): Rerun.State => ({
  ...state,
  ...Object.fromEntries(step.changes.map(({ after, component }) => [component, after]))
})

/** The first places where two states differ, for a sentence. */
const apart = (told: Rerun.State, seen: Rerun.State): string => {
  const names = [...new Set([...Object.keys(told), ...Object.keys(seen)])]
  const places = names.flatMap((name) =>
    Delta.between(Plain.encode(told[name]), Plain.encode(seen[name])).map(({ path }) => [name, ...path].join("."))
  )
  return places.length > 3 ? `${places.slice(0, 3).join(", ")} and ${places.length - 3} more` : places.join(", ")
}

const enabledHere = <S extends System.Components>(system: System.System<S>, state: S): string => {
  const all = system.actions.flatMap((action) => Rerun.outcomes(system, state, action))
  return all.length === 0 ? "nothing is" : all.map(({ action, key }) => `${action.name} ${key}`.trim()).join(", ")
}

type Parted = Pick<NotReplayed, "because" | "detail">

/** The step that the trace tells, or why it does not happen. */
const follow = <S extends System.Components>(
  system: System.System<S>,
  state: S,
  step: Step
): Rerun.Taken<S> | Parted => {
  const actions = system.actions.filter(({ name }) => name === step.action)
  if (actions.length === 0) return { because: "foreign", detail: `the model has no action "${step.action}"` }
  const possible = actions
    .flatMap((action) => Rerun.outcomes(system, state, action))
    .filter(({ key }) => key === step.key)
  const told = expected(state, step)
  const same = possible.find((taken) => Rerun.isSameState(taken.state, told))
  if (same !== undefined) return same
  const [other] = possible
  const title = `"${step.action}" ${step.key}`
  return other === undefined
    ? { because: "disabled", detail: `${title} is not enabled; enabled: ${enabledHere(system, state)}` }
    : { because: "elsewhere", detail: `${title} leads elsewhere: ${apart(told, other.state)} differ` }
}

const beginning = <S extends System.Components>(system: System.System<S>, trace: Trace): S | undefined =>
  Rerun.beginnings(system).find((state) => Rerun.isSameState(state, trace.initial))

/** The trace as a run of the system itself. */
export const run = Effect.fnUntraced(function* <S extends System.Components>(
  system: System.System<S>,
  trace: Trace
): Effect.fn.Return<Judge.Run<S>, NotReplayed> {
  const { cycle, isLasso, model, property, stem } = trace
  const first = beginning(system, trace)
  const part = (steps: number, parted: Parted) => new NotReplayed({ model, property, steps, ...parted })
  if (first === undefined)
    return yield* part(0, { because: "foreign", detail: "the first state is none of the model's" })
  const states = [first]
  const steps: Array<Rerun.Taken<S>> = []
  for (const step of [...stem, ...cycle]) {
    const next = follow(system, states.at(-1)!, step)
    if ("because" in next) return yield* part(steps.length, next)
    steps.push(next)
    states.push(next.state)
  }
  return { states, steps, cycleAt: isLasso ? stem.length : undefined }
})

/** Succeeds when the trace happens and breaks the property that it names. */
export const replay = Effect.fnUntraced(function* <S extends System.Components>(
  system: System.System<S>,
  trace: Trace
): Effect.fn.Return<Judge.Run<S>, NotReplayed> {
  const { model, property } = trace
  const replayed = yield* run(system, trace)
  const named = system.properties.find(({ name }) => name === property)
  const wrong = Judge.objection(system, named, replayed)
  if (wrong === undefined) return replayed
  return yield* new NotReplayed({ model, property, steps: replayed.steps.length, because: "holds", detail: wrong })
})
