/** The thread of one scenario: makes its system, explores it, tells the result. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { parentPort, workerData } from "node:worker_threads"
import type { Components, System } from "../../domain/check/System.ts"
import { check, type Progress } from "./Check.ts"
import type { Compiled } from "./Model.ts"
import { Problem } from "./engine/Problem.ts"
import type { Message, Scenario } from "./Scenarios.ts"
import { simulate } from "./Simulate.ts"

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
const tell = (message: Message): void => parentPort?.postMessage(message)

type Made = System<Components> & Partial<Pick<Compiled, "stepping">>
type Make = (argument: unknown) => Made | Effect.Effect<Made, { readonly message: string }>

const program = Effect.gen(function* () {
  // Only `Scenarios.ts` starts this file, with a scenario.
  const { argument, make, module, options, random } = workerData as Scenario
  const made = yield* Effect.promise((): Promise<Readonly<Record<string, unknown>>> => import(module))
  if (typeof made[make] !== "function") return yield* Effect.die(new Error(`${module} exports no function "${make}"`))
  // What the scenario promises of this export.
  const maker = made[make] as Make
  const meant = maker(argument)
  const system = Effect.isEffect(meant) ? yield* Effect.orDie(meant) : meant
  const onProgress = (progress: Progress) => tell({ _tag: "Progress", progress })
  const result = yield* random === undefined ? check(system, { ...options, onProgress }) : simulate(system, random)
  return { result, leaks: system.stepping?.().leaks ?? [] }
})

Effect.runCallback(program, {
  onExit: (exit) => {
    if (Exit.isSuccess(exit)) return tell({ _tag: "Done", ...exit.value })
    const error = Cause.squash(exit.cause)
    if (!(error instanceof Problem)) return tell({ _tag: "Defect", message: Cause.pretty(exit.cause) })
    const { detail, what, where } = error
    tell({ _tag: "Problem", problem: { what, where, detail } })
  }
})
