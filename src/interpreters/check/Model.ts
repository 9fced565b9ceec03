/**
 * A model as a closed system: operator processes around the controllers, the
 * world, and what its writer added.
 */
import { keyText } from "../../domain/Controller.ts"
import type { Action, Components, Read, System } from "../../domain/check/System.ts"
import { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import * as Sources from "../../domain/kube/Sources.ts"
import { Valkey } from "../../domain/valkey/Valkey.ts"
import { canonical } from "../../models/closed/Canonical.ts"
import { type AnyController, type Model, type Seat, timing } from "../../models/closed/Model.ts"
import * as Faults from "../wrap/Faults.ts"
import * as Lanes from "./step/Lanes.ts"
import * as Monitors from "./step/Monitors.ts"
import * as Operator from "./step/Operator.ts"
import * as Process from "./step/Process.ts"
import { Stepper } from "./step/Stepper.ts"
import { Trie } from "./step/Trie.ts"

/** What stepping has cost, and what it met that no step can be blamed for. */
export interface Stepping {
  readonly nodes: number
  readonly replays: number
  /** Orders of concurrent answers that were taken as one, each checked to make no difference. */
  readonly merged: number
  /** Not empty: programs went on outside of their steps, and no verdict counts. */
  readonly leaks: ReadonlyArray<string>
}

export interface Compiled extends System<Components> {
  readonly stepping: () => Stepping
}

const shipped: ReadonlyArray<Seat> = [
  { system: "kubernetes", capability: Kubernetes, broken: Faults.kubernetes },
  { system: "valkey", capability: Valkey, broken: Faults.valkey }
]

const twice = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.filter((name, index) => names.indexOf(name) !== index)

/** Names are how everything is found again: two of one name would be one. */
const refuseTwice = (what: string, names: ReadonlyArray<string>): void => {
  const [name] = twice(names)
  if (name !== undefined) throw new Error(`the model has two ${what} named ${name}: give one of them another name`)
}

/** Of what is there in the beginning; none where elements change places, and keys with them. */
const keysOf = (
  { namespace, symmetric, world }: Model,
  { primary: resource }: AnyController
): ReadonlyArray<string> => {
  if (symmetric !== undefined) return []
  const scope = namespace === undefined ? { resource } : { resource, namespace }
  const keys = world.initial.flatMap((state: Components) => {
    const read: Read<Components> = Object.assign((name: string) => state[name], { unused: () => "" })
    return [...world.objects(scope, read).values()].map((object) => keyText(Sources.keyOf(object)))
  })
  return [...new Set(keys)].toSorted()
}

const operatorsOf = (
  model: Model,
  trie: Trie,
  isByKey: boolean,
  onCut: Operator.Options["onCut"]
): ReadonlyArray<Operator.Operator> =>
  (model.operators ?? [{ name: "operator" }]).map(({ controllers = model.controllers, election, name }) => {
    refuseTwice(
      "controllers",
      controllers.map((controller) => controller.name)
    )
    return Operator.make({
      name,
      controllers,
      timing: { ...timing, ...model.timing },
      namespace: model.namespace,
      election,
      trie,
      keysOf: (controller) => (isByKey ? keysOf(model, controller) : []),
      onCut
    })
  })

/** Of the checker's own tests: what a reduction leaves out is compared with what is there without it. */
export interface Reductions {
  /** Default true: requests are carried out and answered in one step where that makes no difference. */
  readonly isAtOnce?: boolean
  /** Default true: passes on keys that are there in the beginning are in components of their own. */
  readonly isByKey?: boolean
}

/** The closed system of a model. Throws a sentence when the model contradicts itself. */
export const compile = (model: Model, { isAtOnce = true, isByKey = true }: Reductions = {}): Compiled => {
  const seats = [...shipped, ...(model.capabilities ?? [])]
  refuseTwice(
    "capabilities",
    seats.map(({ system }) => system)
  )
  const stepper = new Stepper({ seats, wrappers: { ...model.wrappers } })
  const trie = new Trie(stepper, { commute: model.commute ?? true })
  let cut: string | undefined
  const operators = operatorsOf(model, trie, isByKey, (sentence) => void (cut ??= sentence))
  refuseTwice(
    "operators",
    operators.map(({ name }) => name)
  )
  const { budgets, world } = model
  const context = { outside: world, seats, budgets, laws: model.requests ?? [], isAtOnce, operators }
  const processes = Process.initial(operators)
  const view = Lanes.viewOf(operators)
  const viewed = (action: Action<Components>) => Lanes.viewedAction(view, action)
  const monitors = Monitors.of(model.properties.map((property) => Lanes.viewedProperty(view, property)))
  const initial = world.initial.map((outside: Components) => ({ ...outside, ...processes, ...monitors.initial }))
  return {
    name: model.name,
    initial,
    actions: [...Process.actions(context, operators), ...[...world.actions, ...(model.actions ?? [])].map(viewed)].map(
      monitors.action
    ),
    eager: [
      ...[...world.eager, ...Process.eager(context, operators)].map(monitors.eager),
      canonical(Object.keys(initial[0] ?? {}))
    ],
    budgets,
    properties: monitors.properties,
    ...(model.symmetric === undefined ? {} : { symmetric: model.symmetric }),
    mentions: world.mentions,
    doubt: () =>
      stepper.leaks[0] ?? trie.doubt() ?? (cut === undefined ? undefined : `what follows is not explored: ${cut}`),
    stepping: () => ({ nodes: trie.nodes, replays: stepper.replays, merged: trie.merged, leaks: stepper.leaks })
  }
}
