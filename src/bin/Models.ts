/**
 * From what a person says of a model (`gungnir check reconcile/crash --pods 2`)
 * to the system that is explored. The words stay its name, in verdicts and in
 * files of traces: whoever reads them can have it again.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Components, System } from "../domain/check/System.ts"
import { compile, type Stepping } from "../interpreters/check/Model.ts"
import { all, type Checked } from "../laws/Models.ts"
import { faultsOf, standardPods, type Wanted, words } from "./CheckWords.ts"

/** A compiled model tells what stepping its programs cost, and whether one got away. */
export interface Checkable extends System<Components> {
  readonly stepping?: () => Stepping
}

/** There is no such model, or it has no such fault. */
export class NoModel extends Schema.TaggedError<NoModel>()("NoModel", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** In one sentence, whatever was thrown. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Models are made by code of their own: what that refuses is a sentence for whoever asked. */
export const attempt = <A>(name: string, make: () => A): Effect.Effect<A, NoModel> =>
  Effect.try({
    try: make,
    catch: (error) => (error instanceof NoModel ? error : new NoModel({ detail: `${name}: ${sentenceOf(error)}` }))
  })

const classes = ({ actions }: System<Components>): ReadonlySet<string> =>
  new Set(actions.flatMap(({ fairness }) => (typeof fairness === "object" ? [fairness.budget] : [])))

/** Throws `NoModel` for a fault that nothing in the model can suffer: its absence would prove nothing. */
export const systemOf = (checked: Checked, wanted: Wanted): Checkable => {
  const name = words(checked.name, wanted)
  const system = compile(checked.model(name, wanted.faults ?? checked.budgets, { pods: wanted.pods }))
  const known = classes(system)
  const unknown = Object.keys(wanted.faults ?? {}).filter((name) => !known.has(name))
  if (unknown.length > 0) {
    throw new NoModel({ detail: `in ${checked.name} nothing can happen that is called ${unknown.join(", ")}` })
  }
  return system
}

/** Whether it is the model of this name, or of the group of this name. */
export const isIn = (name: string, model: Checked): boolean => model.name === name || model.name.startsWith(`${name}/`)

/** The system that a verdict or a trace names. Throws `NoModel`. */
export const systemNamed = (text: string, models: ReadonlyArray<Checked> = all): Checkable => {
  const [name = "", ...flags] = text.split(" --")
  const flag = (key: string) =>
    Option.fromUndefinedOr(flags.find((one) => one.startsWith(`${key} `))?.slice(key.length + 1))
  const checked = models.find((model) => model.name === name)
  if (checked === undefined) throw new NoModel({ detail: `there is no model ${name} here` })
  const pods = Option.match(flag("pods"), { onNone: () => standardPods, onSome: Number })
  return systemOf(checked, { pods, faults: Option.getOrUndefined(Option.map(flag("faults"), faultsOf)) })
}
