/**
 * Runs a trace again, step by step, outside the engine: the same programs, the
 * same world, and in the end the same property broken, or an error that says
 * where the two part.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as System from "../../../domain/check/System.ts"
import type { Step, Trace } from "../../../domain/check/Trace.ts"
import { Problem } from "../engine/Problem.ts"
import { attemptSoon } from "../Guard.ts"
import { orphans } from "../step/Orphans.ts"
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
   * `foreign`: another first state, an action that the model does not have, or a program that cannot be stepped on, so
   * that nothing is known of it;
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

/** What a request is called is no part of what it does: those under way without their names. */
const nameless = (state: Rerun.State): Rerun.State => {
  const under = state[orphans.name]
  if (!Array.isArray(under) || under.length === 0) return state
  const requests = (under as typeof orphans.initial).map((request) => ({ ...request, command: "" }))
  const byText = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
  return { ...state, [orphans.name]: requests.toSorted(byText) }
}

/** The only word in which two keys differ. */
const renamed = (told: string, seen: string): readonly [was: string, is: string] | undefined => {
  const [was, is] = [told.split(" "), seen.split(" ")]
  if (was.length !== is.length) return undefined
  const different = was.flatMap((word, at) => (word === is[at] ? [] : [at]))
  return different.length === 1 ? [was[different[0]!]!, is[different[0]!]!] : undefined
}

const disabled = <S extends System.Components>(
  system: System.System<S>,
  state: S,
  { action, key }: Step,
  possible: ReadonlyArray<Rerun.Taken<S>>
): Parted => {
  const title = `"${action}" ${key} is not enabled`
  const other = possible.map((taken) => renamed(key, taken.key)).find((words) => words !== undefined)
  const asks = other === undefined ? "" : `, and ${other[1]} is in the place of ${other[0]}: was it renamed?`
  return { because: "disabled", detail: `${title}${asks}; enabled: ${enabledHere(system, state)}` }
}

/** The step that the trace tells, whatever its request is called now; or why it does not happen. */
const follow = <S extends System.Components>(
  system: System.System<S>,
  state: S,
  step: Step
): Rerun.Taken<S> | Parted => {
  const actions = system.actions.filter(({ name }) => name === step.action)
  if (actions.length === 0) {
    const names = system.actions.map(({ name }) => `"${name}"`).join(", ")
    const detail = `the model has no action "${step.action}": was it renamed? It has ${names || "none"}`
    return { because: "foreign", detail }
  }
  const possible = actions.flatMap((action) => Rerun.outcomes(system, state, action))
  const told = nameless(expected(state, step))
  const same = possible
    .toSorted((one, other) => Number(other.key === step.key) - Number(one.key === step.key))
    .find((taken) => Rerun.isSameState(nameless(taken.state), told))
  if (same !== undefined) return same
  const other = possible.find(({ key }) => key === step.key)
  if (other === undefined) return disabled(system, state, step, possible)
  const title = `"${step.action}" ${step.key}`
  if (other.breaks !== undefined) return { because: "foreign", detail: `${title}: ${other.breaks}` }
  return { because: "elsewhere", detail: `${title} leads elsewhere: ${apart(told, nameless(other.state))} differ` }
}

const beginning = <S extends System.Components>(system: System.System<S>, trace: Trace): S | undefined =>
  Rerun.beginnings(system).find((state) => Rerun.isSameState(state, trace.initial))

export interface Options {
  /** So many milliseconds has one step before a function is taken to loop for ever; default 60,000. */
  readonly patience?: number
}

/** The system, and what of it is called at each moment. */
const watched = <S extends System.Components>(
  system: System.System<S>
): readonly [system: System.System<S>, where: () => string] => {
  let now = system.name
  const noted =
    <In extends ReadonlyArray<unknown>, Out>(where: string, called: (...values: In) => Out) =>
    (...values: In): Out => {
      now = where
      try {
        return called(...values)
      } catch (cause) {
        if (cause instanceof Problem) throw cause
        const message = cause instanceof Error ? cause.message : String(cause)
        throw new Problem({ what: "Threw", where, detail: `threw "${message}"` })
      }
    }
  const properties = system.properties.map((property): System.Property<S> => {
    const where = `property "${property.name}"`
    if (property._tag === "Step") return { ...property, holds: noted(where, property.holds) }
    if ("holds" in property) return { ...property, holds: noted(where, property.holds) }
    const { goal, premise } = property
    return { ...property, premise: noted(`${where}, premise`, premise), goal: noted(`${where}, goal`, goal) }
  })
  const actions = system.actions.map((action) => ({
    ...action,
    // As a list, so that all of it is done here.
    outcomes: noted(`action "${action.name}"`, (read: System.Read<S>) => [...action.outcomes(read)])
  }))
  const eager = system.eager?.map((one) => ({ ...one, next: noted(`eager step "${one.name}"`, one.next) })) ?? []
  return [{ ...system, properties, actions, eager }, () => now]
}

const runOf = Effect.fnUntraced(function* <S extends System.Components>(
  system: System.System<S>,
  where: () => string,
  trace: Trace,
  { patience }: Options
): Effect.fn.Return<Judge.Run<S>, NotReplayed | Problem> {
  const { cycle, isLasso, model, property, stem } = trace
  const first = yield* attemptSoon(patience, where, () => beginning(system, trace))
  const part = (steps: number, parted: Parted) => new NotReplayed({ model, property, steps, ...parted })
  if (first === undefined)
    return yield* part(0, { because: "foreign", detail: "the first state is none of the model's" })
  const states = [first]
  const steps: Array<Rerun.Taken<S>> = []
  for (const step of [...stem, ...cycle]) {
    const next = yield* attemptSoon(patience, where, () => follow(system, states.at(-1)!, step))
    if ("because" in next) return yield* part(steps.length, next)
    steps.push(next)
    states.push(next.state)
  }
  return { states, steps, cycleAt: isLasso ? stem.length : undefined }
})

/** The trace as a run of the system itself. A `Problem`: a function of the system that throws, or has no end. */
export const run = <S extends System.Components>(
  system: System.System<S>,
  trace: Trace,
  options: Options = {}
): Effect.Effect<Judge.Run<S>, NotReplayed | Problem> => runOf(...watched(system), trace, options)

/** Succeeds when the trace happens and breaks the property that it names. */
export const replay = Effect.fnUntraced(function* <S extends System.Components>(
  given: System.System<S>,
  trace: Trace,
  options: Options = {}
): Effect.fn.Return<Judge.Run<S>, NotReplayed | Problem> {
  const { model, property } = trace
  const [system, where] = watched(given)
  const replayed = yield* runOf(system, where, trace, options)
  const named = system.properties.find(({ name }) => name === property)
  const wrong = yield* attemptSoon(options.patience, where, () => Judge.objection(system, named, replayed))
  if (wrong === undefined) return replayed
  return yield* new NotReplayed({ model, property, steps: replayed.steps.length, because: "holds", detail: wrong })
})
