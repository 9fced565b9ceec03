/** `KUBECONFIG=... node examples/embed/live.ts`: the cluster of the kubeconfig, whose nodes this process can reach. */
import { Effect, Layer } from "effect"
import { LeaderElection, LiveKubernetes, LiveValkey, stack } from "gungnir"
import { app } from "./App.ts"

const live = Layer.mergeAll(LiveKubernetes.layerFromKubeconfig(), LiveValkey.layer)
await Effect.runPromise(Effect.provide(app, stack(live, LeaderElection.alone)))
