/** What test files use of the servers that they share. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { inject } from "vitest"
import { type Address, ControlPlane } from "./ControlPlane.ts"
import { ServerError } from "./Processes.ts"

type Answer = Address | { readonly error: string }

/** The control plane of this run; one namespace a test keeps the tests apart. */
export const controlPlane: Layer.Layer<ControlPlane, ServerError> = Layer.effect(
  ControlPlane,
  Effect.tryPromise({
    try: async () => (await fetch(inject("controlPlaneUrl"))).json() as Promise<Answer>,
    catch: (cause) => new ServerError({ server: "control plane", detail: String(cause) })
  }).pipe(
    Effect.flatMap((answer) =>
      "error" in answer
        ? Effect.fail(new ServerError({ server: "control plane", detail: answer.error }))
        : Effect.succeed(answer)
    )
  )
)
