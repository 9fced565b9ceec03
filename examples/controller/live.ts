/** `KUBECONFIG=... node examples/controller/live.ts`: on the cluster that the kubeconfig leads to. */
import { Effect } from "effect"
import { LiveKubernetes } from "gungnir/kube"
import { demo, process } from "./Demo.ts"

await Effect.runPromise(Effect.provide(demo, process(LiveKubernetes.layerFromKubeconfig())))
