/**
 * From what a person says of a model (`gungnir check reconcile/crash --pods 2`)
 * to the system that is explored. The words stay its name, in verdicts and in
 * files of traces: whoever reads them can have it again.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Components, System } from "../domain/check/System.ts"
import { compile, type Stepping } from "../interpreters/check/Model.ts"
import { all, type Checked, wordsOf } from "../laws/Models.ts"
import type { Model } from "../models/closed/Model.ts"
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

/** Models, and the URL of the module that they are of; undefined: they are ours. */
export interface Library {
  readonly models: ReadonlyArray<Checked>
  readonly from?: string | undefined
}

const fieldOf = (value: unknown, name: string): unknown =>
  Predicate.hasProperty(value, name) ? value[name] : undefined

const isModel = (value: unknown): value is Model =>
  typeof fieldOf(value, "name") === "string" &&
  Array.isArray(fieldOf(value, "controllers")) &&
  Array.isArray(fieldOf(value, "properties")) &&
  typeof fieldOf(value, "world") === "object" &&
  typeof fieldOf(value, "budgets") === "object"

const isChecked = (value: unknown): value is Checked =>
  typeof fieldOf(value, "name") === "string" &&
  typeof fieldOf(value, "model") === "function" &&
  typeof fieldOf(value, "budgets") === "object"

const checkedOf = (model: Model): Checked => ({
  name: model.name,
  about: wordsOf(model.budgets),
  budgets: model.budgets,
  hasOwnSize: true,
  model: (name, budgets) => ({ ...model, name, budgets })
})

/** The models among the exports of a module, and in lists of them. Throws `NoModel`. */
export const modelsOf = (exports: object): ReadonlyArray<Checked> => {
  const found = new Set(
    Object.values(exports).flatMap((value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [value]))
  )
  const models = [...found].flatMap((value) => (isModel(value) ? [checkedOf(value)] : isChecked(value) ? [value] : []))
  const names = models.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new NoModel({ detail: `two models are named ${twice}: give one of them another name` })
  if (models.length > 0) return models
  throw new NoModel({
    detail: "nothing that is exported is a model: { name, controllers, world, budgets, properties }"
  })
}

/** The models that this module exports; a path, or a URL of a file. */
export const load = Effect.fnUntraced(function* (path: string): Effect.fn.Return<Library, NoModel> {
  const from = path.startsWith("file:") ? path : pathToFileURL(resolve(path)).href
  const exports = yield* Effect.tryPromise({
    try: (): Promise<object> => import(from),
    catch: (error) => new NoModel({ detail: `${path} cannot be loaded: ${sentenceOf(error)}` })
  })
  return { from, models: yield* attempt(path, () => modelsOf(exports)) }
})

/** Which system is meant, as plain data: to have it made in another thread. */
export interface Meant {
  readonly name: string
  readonly from: string | undefined
}

export const systemIn = ({ from, name }: Meant): Effect.Effect<Checkable, NoModel> =>
  Effect.flatMap(from === undefined ? Effect.succeed({ models: all }) : load(from), ({ models }) =>
    attempt(name, () => systemNamed(name, models))
  )

const classes = ({ actions }: System<Components>): ReadonlySet<string> =>
  new Set(actions.flatMap(({ fairness }) => (typeof fairness === "object" ? [fairness.budget] : [])))

/** Throws `NoModel` for a fault that nothing in the model can suffer: its absence would prove nothing. */
export const systemOf = (checked: Checked, wanted: Wanted): Checkable => {
  if (checked.hasOwnSize === true && wanted.pods !== standardPods) {
    throw new NoModel({ detail: `${checked.name} has a size of its own: --pods makes no difference to it` })
  }
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
  if (checked === undefined) {
    const elsewhere = models === all ? ": --models FILE says where it is" : ""
    throw new NoModel({ detail: `there is no model ${name} here${elsewhere}` })
  }
  const pods = Option.match(flag("pods"), { onNone: () => standardPods, onSome: Number })
  return systemOf(checked, { pods, faults: Option.getOrUndefined(Option.map(flag("faults"), faultsOf)) })
}
