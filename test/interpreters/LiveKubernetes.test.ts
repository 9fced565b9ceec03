import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Live from "../../src/interpreters/live/Kubernetes.ts"
import * as Memory from "../../src/interpreters/memory/Kubernetes.ts"
import { laws } from "../../src/laws/interpreter/Kubernetes.ts"
import { ControlPlane } from "../servers/ControlPlane.ts"
import * as Shared from "../servers/Shared.ts"

const real = Layer.unwrap(
  Effect.map(ControlPlane, ({ kubeconfigPath }) => Live.layerFromKubeconfig(kubeconfigPath))
).pipe(Layer.provideMerge(Shared.controlPlane))

layer(real, { excludeTestServices: true })("Kubernetes on a real kube-apiserver", (it) => {
  for (const law of laws) it.effect(law.name, () => law.check)
})

layer(Memory.layer)("Kubernetes in memory", (it) => {
  for (const law of laws) it.effect(law.name, () => law.check)
})
