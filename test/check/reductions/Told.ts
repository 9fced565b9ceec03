/** What the passes of a closed model are told, as far as it is explored, and what a program does when it is told so. */
import { Effect } from "effect"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Components, Property, System } from "../../../src/domain/check/System.ts"
import { Kubernetes } from "../../../src/domain/kube/Kubernetes.ts"
import { Valkey } from "../../../src/domain/valkey/Valkey.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { textOf } from "../../../src/interpreters/check/step/Intern.ts"
import type { Passes } from "../../../src/interpreters/check/step/Operator.ts"
import type { Input } from "../../../src/interpreters/check/step/Slot.ts"
import { type Fed, Stepper, type Step } from "../../../src/interpreters/check/step/Stepper.ts"
import * as Faults from "../../../src/interpreters/wrap/Faults.ts"
import type { Model } from "../../../src/models/closed/Model.ts"

/** A pass of a controller that is under way: what it remembers, and what it was told so far, oldest first. */
export interface Told {
  readonly controller: string
  readonly key: string
  readonly memory: unknown
  readonly log: ReadonlyArray<Input>
}

const inputsOf = (last: Passes[string]["log"]): ReadonlyArray<Input> => {
  const inputs: Array<Input> = []
  for (let log = last; log !== null; log = log.before) inputs.unshift(log)
  return inputs
}

/** Of all states within the bound, each once. */
export const toldIn = Effect.fnUntraced(function* (system: System<Components>, maxCores: number) {
  const all: Array<Told> = []
  const seen = new WeakSet<object>()
  const collects = Object.keys(system.initial[0]!).flatMap((name): ReadonlyArray<Property<Components>> => {
    const [, controller] = / ?passes of (.*)$/.exec(name) ?? []
    if (controller === undefined) return []
    const holds: Extract<Property<Components>, { readonly _tag: "Always" }>["holds"] = (read) => {
      // The component of that name is a cell of passes.
      for (const [key, { isStarted, log, memory }] of Object.entries(read(name) as Passes)) {
        if (!isStarted || log === null || seen.has(log)) continue
        seen.add(log)
        all.push({ controller, key, memory, log: inputsOf(log) })
      }
      return true
    }
    return [{ _tag: "Always", name: `what ${name} are told`, holds }]
  })
  yield* check({ ...system, properties: collects }, { maxCores })
  return all
})

const seats = [
  { system: "kubernetes", capability: Kubernetes, broken: Faults.kubernetes },
  { system: "valkey", capability: Valkey, broken: Faults.valkey }
]

const fedOf = (input: Input): Fed =>
  input._tag === "Elapsed" ? input : { _tag: "Answered", slot: input.slot, exit: Exit.succeed(input.reply) }

/** Where the program stands after that. */
export const stepping = ({ controllers, operators = [], wrappers }: Model) => {
  const stepper = new Stepper({ seats, wrappers: { ...wrappers } })
  const elections = operators.flatMap(({ election }) => (election === undefined ? [] : [election.controller]))
  return ({ controller, key, log, memory }: Told): Step => {
    const [namespace = "", name = ""] = key.split("/")
    const { pass } = [...controllers, ...elections].find((one) => one.name === controller)!
    // Its services are the stepper's.
    const program = Effect.suspend(() => pass({ namespace, name }, memory)) as Effect.Effect<unknown, unknown>
    return stepper.replay(program, log.map(fedOf))
  }
}

/** Everything about it that anybody can see, with timers as how long they still take. */
export const look = ({ breaks, cancelled, exit, now, open }: Step): string => {
  const waits = open.map((one) => (one._tag === "Timer" ? { ...one, deadline: one.deadline - now } : one))
  const ended = exit === undefined ? "" : Exit.isSuccess(exit) ? textOf(exit.value) : String(Cause.squash(exit.cause))
  return [textOf(waits), textOf(cancelled), ended, breaks ?? ""].join("\n")
}
