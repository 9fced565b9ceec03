/**
 * The scenario on real servers, as a program of its own: one JSON line on stdout
 * for each step. Started by Cluster.test.ts in a new network namespace, or by
 * hand: `unshare -nm node test/e2e/Run.ts`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import { appendFileSync } from "node:fs"
import { scenario } from "../scenario/Scenario.ts"
import * as World from "./World.ts"

const logFile = process.env["GUNGNIR_E2E_LOG"]
const log = (line: string): void => {
  if (logFile !== undefined) appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`)
}

Effect.gen(function* () {
  const world = yield* World.make(log)
  yield* scenario(world, (told) =>
    Effect.sync(() => {
      log(`=== ${told.step}`)
      process.stdout.write(`${JSON.stringify(told)}\n`)
    })
  )
}).pipe(Effect.scoped, NodeRuntime.runMain)
