/** EndpointSlices: what Services select, and how ready it is. */
import * as Kinds from "../../../src/domain/kube/Object.ts"
import { headless, pod, service } from "./Drafts.ts"
import { create, ended, gone, patch, ready, remove, runs, type Script, step } from "./Script.ts"

/** Never without any: a slice without ports is not recognised by the real controller, and written anew each time. */
const namedAndBare = [
  { name: "valkey", port: 6379, targetPort: "valkey" },
  { name: "bare", port: 7000 }
]

const select = (selector: object | null) => ({ spec: { selector } })

const selectors: Script = {
  name: "selectors",
  steps: [
    step(
      "Services that select pods, nothing, and not at all",
      create(Kinds.Service, service("all", { selector: { app: "a" } })),
      create(Kinds.Service, service("nothing", { selector: { app: "none" } })),
      create(Kinds.Service, service("free", {})),
      create(Kinds.Pod, pod("a-0", { app: "a", id: "0" })),
      create(Kinds.Pod, pod("a-1", { app: "a", id: "1" }))
    ),
    step("one pod is ready", ready("a-0", "10.0.2.10")),
    step("the other runs", ready("a-1", "10.0.2.11", false)),
    step("both are ready", runs("a-1", "10.0.2.11")),
    step("one pod is selected", patch(Kinds.Service, "all", select({ id: "0" }))),
    step("the other one", patch(Kinds.Service, "all", select({ id: "1" }))),
    step("nothing", patch(Kinds.Service, "all", select({ id: "none" }))),
    step(
      "one pod again, with another label on the Service",
      patch(Kinds.Service, "all", { metadata: { labels: { z: "z" } }, ...select({ id: "0" }) })
    ),
    step("no selector any more: what is there stays", patch(Kinds.Service, "all", select({ id: null }))),
    step("a selector for the one that had none", patch(Kinds.Service, "free", select({ app: "a" }))),
    step("a pod changes sides", patch(Kinds.Pod, "a-1", { metadata: { labels: { app: "none" } } })),
    step("a pod is asked to go", remove(Kinds.Pod, "a-0")),
    step("it has gone", gone("a-0")),
    step("a pod has ended", ended("a-1", "10.0.2.11", "Succeeded")),
    step("Services go with their slices", remove(Kinds.Service, "all"), remove(Kinds.Service, "nothing"))
  ]
}

const readiness: Script = {
  name: "readiness",
  steps: [
    step(
      "a headless Service that publishes all, one that does not, and one by port numbers",
      create(Kinds.Service, headless("every", "r")),
      create(Kinds.Service, service("only-ready", { clusterIP: "None", selector: { app: "r" }, ports: namedAndBare })),
      create(
        Kinds.Service,
        service("numbers", {
          selector: { app: "r" },
          ports: [
            { name: "a", port: 1, targetPort: 1001, appProtocol: "tcp" },
            { name: "b", port: 2, targetPort: "unknown" },
            { name: "c", port: 3, protocol: "UDP" }
          ]
        })
      ),
      create(Kinds.Pod, pod("r-0", { app: "r" }, { hostname: "zero", subdomain: "every" })),
      create(Kinds.Pod, pod("r-1", { app: "r" })),
      create(Kinds.Pod, pod("r-2", { app: "r" }, { containers: [{ name: "c", image: "x" }] }))
    ),
    step("one is ready, one runs", ready("r-0", "10.0.3.10"), ready("r-1", "10.0.3.11", false)),
    step("one of other ports", ready("r-2", "10.0.3.12")),
    step("not ready any more", runs("r-0", "10.0.3.10", false)),
    step("the other one is", runs("r-1", "10.0.3.11")),
    step(
      "it publishes only what is ready",
      patch(Kinds.Service, "every", { spec: { publishNotReadyAddresses: false } })
    ),
    step("and the other one all", patch(Kinds.Service, "only-ready", { spec: { publishNotReadyAddresses: true } })),
    step("a ready pod is asked to go", remove(Kinds.Pod, "r-1")),
    step("another address", runs("r-0", "10.0.3.20")),
    step(
      "ports change",
      patch(Kinds.Service, "numbers", { spec: { ports: [{ name: "a", port: 1, targetPort: 1002 }] } })
    ),
    step("it has gone", gone("r-1")),
    step("one is left, of other ports", gone("r-0")),
    step("nobody is left", gone("r-2"))
  ]
}

export const slices: ReadonlyArray<Script> = [selectors, readiness]
