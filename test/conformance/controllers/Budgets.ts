/** PodDisruptionBudgets: their status, and what it allows. */
import * as Kinds from "../../../src/domain/kube/Object.ts"
import { budget, plainSet, pod } from "./Drafts.ts"
import { create, evict, gone, patch, ready, remove, runs, type Script, step } from "./Script.ts"

const budgetsOfSets: Script = {
  name: "budgets",
  steps: [
    step(
      "three budgets over one set's pods, one over none",
      create(Kinds.StatefulSet, plainSet("s", 3, { podManagementPolicy: "Parallel" })),
      create(Kinds.PodDisruptionBudget, budget("most", "s", { maxUnavailable: 1 })),
      create(Kinds.PodDisruptionBudget, budget("none", "nobody", { minAvailable: 1 }))
    ),
    step("one pod is ready", ready("s-0", "10.0.4.10")),
    step("an eviction is refused", evict("s-0")),
    step("all are ready", ready("s-1", "10.0.4.11"), ready("s-2", "10.0.4.12")),
    step("one is evicted", evict("s-1")),
    step("another may not be", evict("s-2")),
    step("the evicted one has gone", gone("s-1")),
    step("its successor is ready", ready("s-1", "10.0.4.21")),
    step("a percentage", patch(Kinds.PodDisruptionBudget, "most", { spec: { maxUnavailable: "50%" } })),
    step(
      "at least so many",
      patch(Kinds.PodDisruptionBudget, "most", { spec: { maxUnavailable: null, minAvailable: 1 } })
    ),
    step("at least a percentage", patch(Kinds.PodDisruptionBudget, "most", { spec: { minAvailable: "67%" } })),
    step("the set is larger", patch(Kinds.StatefulSet, "s", { spec: { replicas: 5 } })),
    step("one is not ready any more", runs("s-2", "10.0.4.12", false)),
    step(
      "deleted without its pods: nobody knows their number",
      remove(Kinds.StatefulSet, "s", { propagationPolicy: "Orphan" })
    ),
    step("budgets are deleted", remove(Kinds.PodDisruptionBudget, "most"), remove(Kinds.PodDisruptionBudget, "none"))
  ]
}

const budgetsOfPods: Script = {
  name: "bare-budgets",
  steps: [
    step(
      "budgets over pods without a controller",
      create(Kinds.Pod, pod("p-0", { app: "p" })),
      create(Kinds.Pod, pod("p-1", { app: "p" })),
      create(Kinds.PodDisruptionBudget, budget("at-least", "p", { minAvailable: 1 }))
    ),
    step("both are ready", ready("p-0", "10.0.5.10"), ready("p-1", "10.0.5.11")),
    step(
      "a budget over every pod",
      create(Kinds.PodDisruptionBudget, {
        metadata: { name: "of-all" },
        spec: { selector: {}, maxUnavailable: "100%" }
      })
    ),
    step("two budgets over one pod", evict("p-0")),
    step("one budget is left", remove(Kinds.PodDisruptionBudget, "of-all")),
    step("a pod is evicted", evict("p-0")),
    step("the last one may not be", evict("p-1")),
    step("the evicted one has gone", gone("p-0")),
    step(
      "a pod that is not ready may go",
      runs("p-1", "10.0.5.11", false),
      patch(Kinds.PodDisruptionBudget, "at-least", { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } })
    ),
    step("it is evicted", evict("p-1")),
    step("nobody is left", gone("p-1"))
  ]
}

export const budgets: ReadonlyArray<Script> = [budgetsOfSets, budgetsOfPods]
