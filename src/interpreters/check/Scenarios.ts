/**
 * Several systems side by side, each on a worker thread of its own. Systems are
 * made of functions, which do not cross threads: a scenario says which module
 * makes its system, and from what.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Worker } from "node:worker_threads"
import type { Options, Progress, Result } from "./Check.ts"
import { Problem } from "./engine/Problem.ts"
import type { RandomOptions, RandomResult } from "./Simulate.ts"

export interface Scenario {
  readonly name: string
  /** URL of a module. */
  readonly module: string
  /** A function that it exports: from `argument` to a system, or to an effect that makes one. */
  readonly make: string
  /** Plain data. */
  readonly argument?: unknown
  readonly options?: Omit<Options, "onProgress">
  /** Random walks instead of exploration. */
  readonly random?: RandomOptions
}

/** What a worker tells. */
export type Message =
  | { readonly _tag: "Progress"; readonly progress: Progress }
  | { readonly _tag: "Done"; readonly result: Result | RandomResult; readonly leaks: ReadonlyArray<string> }
  | {
      readonly _tag: "Problem"
      readonly problem: { readonly what: Problem["what"]; readonly where: string; readonly detail: string }
    }
  | { readonly _tag: "Defect"; readonly message: string }

export interface Outcome {
  readonly scenario: Scenario
  readonly result: Result | RandomResult
  /** Of a compiled model: programs went on outside of their steps, and no verdict counts. */
  readonly leaks: ReadonlyArray<string>
}

/** Sources and built files have different endings. */
const workerUrl = new URL(import.meta.url.replace(/Scenarios\.(\w+)$/, "ScenarioWorker.$1"))

/** In the order of the scenarios; the first problem ends all. Default: 2 at a time. */
export const checkAll = (
  scenarios: ReadonlyArray<Scenario>,
  options: {
    readonly workers?: number
    readonly onProgress?: (scenario: Scenario, progress: Progress) => void
    /** As soon as it is known. */
    readonly onResult?: (outcome: Outcome) => void
  } = {}
): Effect.Effect<ReadonlyArray<Outcome>, Problem> =>
  Effect.forEach(
    scenarios,
    (scenario) =>
      Effect.map(run(scenario, options.onProgress), (done): Outcome => {
        const outcome = { scenario, ...done }
        options.onResult?.(outcome)
        return outcome
      }),
    { concurrency: options.workers ?? 2 }
  )

const run = (
  scenario: Scenario,
  onProgress: ((scenario: Scenario, progress: Progress) => void) | undefined
): Effect.Effect<Omit<Outcome, "scenario">, Problem> =>
  Effect.callback((resume) => {
    const worker = new Worker(workerUrl, { workerData: scenario })
    const die = (message: string) => resume(Exit.die(new Error(`scenario "${scenario.name}": ${message}`)))
    worker.on("message", (message: Message) => {
      if (message._tag === "Progress") onProgress?.(scenario, message.progress)
      else if (message._tag === "Done") resume(Exit.succeed({ result: message.result, leaks: message.leaks }))
      else if (message._tag === "Problem") resume(Exit.fail(new Problem(message.problem)))
      else die(message.message)
    })
    worker.on("error", (error) => die(String(error)))
    worker.on("exit", (code) => die(`its worker ended with ${code}`))
    return Effect.promise(() => worker.terminate())
  })
