/**
 * Prints the table of differences: `node test/conformance/Table.ts`, with
 * GUNGNIR_CONFORMANCE_{SEED,REQUESTS,KINDS} from the environment.
 */
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import * as Config from "../../src/interpreters/live/KubernetesConfig.ts"
import * as Live from "../../src/interpreters/live/Kubernetes.ts"
import * as ControlPlane from "../servers/ControlPlane.ts"
import * as Run from "./Run.ts"

export const options: Run.Options = {
  seed: Number(process.env["GUNGNIR_CONFORMANCE_SEED"] ?? 1),
  requests: Number(process.env["GUNGNIR_CONFORMANCE_REQUESTS"] ?? 4_000),
  ...(process.env["GUNGNIR_CONFORMANCE_KINDS"] ? { kinds: process.env["GUNGNIR_CONFORMANCE_KINDS"].split(",") } : {})
}

/** A real API server alone: with no controllers, only requests change anything. */
export const compare = (chosen: Run.Options) =>
  Effect.gen(function* () {
    const { kubeconfigPath } = yield* ControlPlane.start({ hasControllers: false })
    const real = yield* Live.transport(yield* Config.find(kubeconfigPath))
    return yield* Run.run(real, chosen)
  }).pipe(Effect.scoped)

if (process.argv[1] === import.meta.filename) {
  const text = await Effect.runPromise(Effect.map(compare(options), Run.print))
  const file = process.argv[2]
  if (file === undefined) process.stdout.write(`${text}\n`)
  else writeFileSync(file, `${text}\n`)
}
