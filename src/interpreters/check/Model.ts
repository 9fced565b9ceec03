/**
 * What somebody who writes a controller writes to have it checked: the
 * controllers as they are, the world around them, what may go wrong, and what
 * shall hold.
 */
import type * as System from "../../domain/check/System.ts"
import { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import { Valkey } from "../../domain/valkey/Valkey.ts"
import type { Outside } from "../../models/closed/Outside.ts"
import * as Faults from "../wrap/Faults.ts"
import type * as Stack from "../wrap/Stack.ts"
import * as Operator from "./step/Operator.ts"
import * as Process from "./step/Process.ts"
import type { Seat } from "./step/Services.ts"
import { Stepper } from "./step/Stepper.ts"
import { Trie } from "./step/Trie.ts"

type Components = System.Components

/** One operator process. */
export interface ModelOperator {
  readonly name: string
  /** Default: those of the model. */
  readonly controllers?: ReadonlyArray<Operator.AnyController>
  /** Its candidate for the lease (`LeaderElection.controller`) and the key of the Lease. Without it, it runs alone. */
  readonly election?: Operator.Election
}

export interface Model {
  readonly name: string
  readonly controllers: ReadonlyArray<Operator.AnyController>
  /** Default: one, `operator`, without an election. */
  readonly operators?: ReadonlyArray<ModelOperator>
  /** `any`: whoever made the world knows its components. */
  readonly world: Outside<any>
  /** What else may happen: users who edit, other writers. */
  readonly actions?: ReadonlyArray<System.Action<any>>
  /**
   * How often each class of faults may strike in one run. Of processes: `crash`,
   * `slow`, `stale`, `travel`; of requests: `drop`, `lose`, `late`, `duplicate`,
   * `error`, `conflict`; more belong to the world and to `actions`.
   */
  readonly budgets: Readonly<Record<string, number>>
  readonly symmetric?: System.Symmetry<any>
  readonly properties: ReadonlyArray<System.Property<any>>
  /** Watch this namespace only. */
  readonly namespace?: string
  /** Capabilities of one's own; Kubernetes and Valkey are there. The world must serve them. */
  readonly capabilities?: ReadonlyArray<Seat>
  /** As `bin` composes them; `fencing: false` shows that safety does not rest on it. */
  readonly wrappers?: Pick<Stack.Options, "fencing" | "spans">
  /** Of the shipped work queue. Default: passes that fail are tried again after a second; no resync. */
  readonly timing?: Partial<Operator.Timing>
}

/**
 * A controller that watches what it writes needs no resync, and must not: with
 * it, whatever went wrong is looked at again, and is not found.
 */
export const timing: Operator.Timing = {
  backoffBase: 1000,
  backoffCap: 1000,
  resync: Number.POSITIVE_INFINITY,
  concurrency: 64
}

/** What stepping has cost, and what it met that no step can be blamed for. */
export interface Stepping {
  readonly nodes: number
  readonly replays: number
  /** Not empty: programs went on outside of their steps, and no verdict counts. */
  readonly leaks: ReadonlyArray<string>
}

export interface Compiled extends System.System<Components> {
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

const operatorsOf = (model: Model, trie: Trie): ReadonlyArray<Operator.Operator> =>
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
      trie
    })
  })

/** The closed system of a model. Throws a sentence when the model contradicts itself. */
export const compile = (model: Model): Compiled => {
  const seats = [...shipped, ...(model.capabilities ?? [])]
  refuseTwice(
    "capabilities",
    seats.map(({ system }) => system)
  )
  const stepper = new Stepper({ seats, wrappers: { ...model.wrappers } })
  const trie = new Trie(stepper)
  const operators = operatorsOf(model, trie)
  refuseTwice(
    "operators",
    operators.map(({ name }) => name)
  )
  const { budgets, world } = model
  const context = { outside: world, seats, budgets }
  const processes = Process.initial(operators)
  return {
    name: model.name,
    initial: world.initial.map((outside: Components) => ({ ...outside, ...processes })),
    actions: [...Process.actions(context, operators), ...world.actions, ...(model.actions ?? [])],
    eager: [...world.eager, ...Process.eager(context, operators)],
    budgets,
    properties: model.properties,
    ...(model.symmetric === undefined ? {} : { symmetric: model.symmetric }),
    mentions: world.mentions,
    stepping: () => ({ nodes: trie.nodes, replays: stepper.replays, leaks: stepper.leaks })
  }
}
