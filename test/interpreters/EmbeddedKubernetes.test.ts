import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { join } from "node:path"
import * as Live from "../../src/interpreters/live/Kubernetes.ts"
import { laws } from "../../src/laws/interpreter/Kubernetes.ts"
import * as Embedded from "../../src/local/Embedded.ts"
import * as Processes from "../servers/Processes.ts"

const overHttp = Layer.unwrap(
  Effect.gen(function* () {
    const { kubeconfigPath } = yield* Embedded.make({ kubeconfigPath: join(yield* Processes.folder, "kubeconfig") })
    return Live.layerFromKubeconfig(kubeconfigPath)
  })
)

layer(overHttp, { excludeTestServices: true })("Kubernetes embedded, over HTTP", (it) => {
  for (const law of laws) it.effect(law.name, () => law.check)
})

const direct = Layer.unwrap(
  Effect.map(Processes.folder, (folder) => Embedded.layer({ kubeconfigPath: join(folder, "kubeconfig") }))
)

layer(direct, { excludeTestServices: true })("Kubernetes embedded, in its own process", (it) => {
  for (const law of laws) it.effect(law.name, () => law.check)
})
