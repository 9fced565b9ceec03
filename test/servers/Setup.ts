/**
 * The servers that all test files share, started by the first file that asks:
 * a run of pure tests starts nothing. Named in vitest.config.ts as globalSetup.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"
import { ControlPlane } from "./ControlPlane.ts"
import * as Processes from "./Processes.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** `GET` here starts the control plane if need be, and answers its address. */
    readonly controlPlaneUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await Effect.runPromise(Processes.sweep)
  // A runtime builds its layer once, when it is first used.
  const runtime = ManagedRuntime.make(ControlPlane.layerOwn())
  const door = createServer((_request, response) => {
    void runtime.runPromiseExit(ControlPlane).then((exit) => {
      const failure = Exit.isFailure(exit) ? { error: String(Cause.squash(exit.cause)) } : undefined
      response.end(JSON.stringify(failure ?? (Exit.isSuccess(exit) ? exit.value : {})))
    })
  })
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve))
  project.provide("controlPlaneUrl", `http://127.0.0.1:${(door.address() as AddressInfo).port}`)
  // The folders of the servers are cleared when the process exits: make these signals an exit.
  const interrupted = (): void => process.exit(130)
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted)
  return async () => {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted)
    door.closeAllConnections()
    door.close()
    await runtime.dispose()
    await Effect.runPromise(Processes.sweep)
  }
}
