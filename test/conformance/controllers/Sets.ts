/** StatefulSets through their lives: as the operator makes them, with every default, and with pods of others. */
import * as Kinds from "../../../src/domain/kube/Object.ts"
import { budget, headless, parallelSet, plainSet, pod, service } from "./Drafts.ts"
import { create, ended, gone, patch, ready, remove, type Script, step } from "./Script.ts"

const template = (annotations: object) => ({ spec: { template: { metadata: { annotations } } } })
const replicas = (count: number) => ({ spec: { replicas: count } })
const retention = (whenDeleted: string, whenScaled: string) => ({
  spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } }
})

const parallel: Script = {
  name: "parallel",
  steps: [
    step(
      "a set with its Services and its budget is created",
      create(Kinds.Service, headless("web-headless", "web")),
      create(
        Kinds.Service,
        service("web", { selector: { app: "web", "statefulset.kubernetes.io/pod-name": "web-0" } })
      ),
      create(Kinds.PodDisruptionBudget, budget("web", "web", { maxUnavailable: 1 })),
      create(Kinds.StatefulSet, parallelSet("web", 3))
    ),
    step(
      "two pods are ready, one runs",
      ready("web-0", "10.0.0.10"),
      ready("web-1", "10.0.0.11"),
      ready("web-2", "10.0.0.12", false)
    ),
    step(
      "scaled up with another template",
      patch(Kinds.StatefulSet, "web", { spec: { ...replicas(5).spec, ...template({ k: "new" }).spec } })
    ),
    step("all are ready", ready("web-2", "10.0.0.12"), ready("web-3", "10.0.0.13"), ready("web-4", "10.0.0.14")),
    step("a pod is killed: the next one is of the new template", gone("web-1")),
    step("it is ready", ready("web-1", "10.0.0.31")),
    step("a pod is asked to go", remove(Kinds.Pod, "web-0")),
    step("it has gone", gone("web-0")),
    step("it is ready again", ready("web-0", "10.0.0.30")),
    step("scaled down", patch(Kinds.StatefulSet, "web", replicas(3))),
    step("two have gone, their claims stay", gone("web-4"), gone("web-3")),
    step("scaled up through the subresource", patch(Kinds.StatefulSet, "web", replicas(4), "scale")),
    step("claims belong to the set", patch(Kinds.StatefulSet, "web", retention("Delete", "Retain"))),
    step(
      "scaled down, claims to go with their pods",
      patch(Kinds.StatefulSet, "web", { spec: { ...retention("Delete", "Delete").spec, replicas: 2 } })
    ),
    step("they have gone with their claims", gone("web-2"), gone("web-3")),
    step("claims stay for ever", patch(Kinds.StatefulSet, "web", retention("Retain", "Retain"))),
    step("a pod has failed", ended("web-1", "10.0.0.31", "Failed")),
    step("the failed one has gone", gone("web-1")),
    step(
      "the old template again: its revision is used again",
      patch(Kinds.StatefulSet, "web", template({ k: "<v>&" }))
    ),
    step(
      "a third template, and one revision of the past",
      patch(Kinds.StatefulSet, "web", { spec: { ...template({ k: "third" }).spec, revisionHistoryLimit: 0 } })
    ),
    step("claims are to go with the set", patch(Kinds.StatefulSet, "web", retention("Delete", "Retain"))),
    step("the set is deleted", remove(Kinds.StatefulSet, "web")),
    step("its pods have gone", gone("web-0"), gone("web-1"))
  ]
}

const ordered: Script = {
  name: "ordered",
  steps: [
    step(
      "a set with every default",
      create(Kinds.Service, service("ord", { clusterIP: "None", selector: { app: "ord" } })),
      create(Kinds.StatefulSet, plainSet("ord", 2))
    ),
    step("the first is ready", ready("ord-0", "10.0.1.20")),
    step("the second too", ready("ord-1", "10.0.1.21")),
    step("another template", patch(Kinds.StatefulSet, "ord", template({ v: "2" }))),
    step("the second has gone", gone("ord-1")),
    step("the second is back", ready("ord-1", "10.0.1.41")),
    step("the first has gone", gone("ord-0")),
    step("the first is back", ready("ord-0", "10.0.1.40")),
    step("the old template again", patch(Kinds.StatefulSet, "ord", template({ v: null }))),
    step("the newest again, before any has gone", patch(Kinds.StatefulSet, "ord", template({ v: "2" }))),
    step("the second, asked to go before, has gone", gone("ord-1")),
    step("scaled up while the second is not ready", patch(Kinds.StatefulSet, "ord", replicas(3))),
    step("the second is ready", ready("ord-1", "10.0.1.51")),
    step("all are ready", ready("ord-2", "10.0.1.52")),
    step(
      "only ordinals from 2 on get a third template",
      patch(Kinds.StatefulSet, "ord", {
        spec: { ...template({ v: "3" }).spec, updateStrategy: { rollingUpdate: { partition: 2 } } }
      })
    ),
    step("the third has gone", gone("ord-2")),
    step("the third is back", ready("ord-2", "10.0.1.62")),
    step("scaled down: the last first", patch(Kinds.StatefulSet, "ord", replicas(1))),
    step("the last has gone", gone("ord-2")),
    step("the second has gone", gone("ord-1")),
    step("deleted without its pods", remove(Kinds.StatefulSet, "ord", { propagationPolicy: "Orphan" })),
    step("a set of that name takes them over", create(Kinds.StatefulSet, plainSet("ord", 1))),
    step("deleted after its pods", remove(Kinds.StatefulSet, "ord", { propagationPolicy: "Foreground" })),
    step("its pod has gone, and it too", gone("ord-0"))
  ]
}

const adoption: Script = {
  name: "adoption",
  steps: [
    step(
      "pods with the names and labels of a set to come, and one of another's labels",
      create(Kinds.Pod, pod("own-0", { app: "own" })),
      create(Kinds.Pod, pod("own-1", { app: "other" })),
      create(Kinds.Pod, pod("own-x", { app: "own" }))
    ),
    step("the set takes what fits", create(Kinds.StatefulSet, plainSet("own", 2, { podManagementPolicy: "Parallel" }))),
    step("the name is free", gone("own-1")),
    step("a pod leaves the set by its labels", patch(Kinds.Pod, "own-0", { metadata: { labels: { app: "gone" } } })),
    step("and comes back", patch(Kinds.Pod, "own-0", { metadata: { labels: { app: "own" } } })),
    step("deleted in the background", remove(Kinds.StatefulSet, "own", { propagationPolicy: "Background" }))
  ]
}

const takeover: Script = {
  name: "takeover",
  steps: [
    step("a set with claims", create(Kinds.StatefulSet, parallelSet("old", 2))),
    step("its pods are ready", ready("old-0", "10.0.7.10"), ready("old-1", "10.0.7.11")),
    step("deleted without its pods", remove(Kinds.StatefulSet, "old", { propagationPolicy: "Orphan" })),
    step(
      "one like it, larger, with claims of its own from now on",
      create(
        Kinds.StatefulSet,
        parallelSet("old", 3, { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } })
      )
    ),
    step("a claim is deleted while it is used", remove(Kinds.PersistentVolumeClaim, "data-old-0")),
    step("its pod has gone, and both are new", gone("old-0")),
    {
      ...step("the set is deleted", remove(Kinds.StatefulSet, "old", { propagationPolicy: "Foreground" })),
      // The real controller looks for its revision before it sees that the set is going: it makes the one that the
      // garbage collector has taken once more, if its turn comes between the two.
      open: [Kinds.ControllerRevision.kind]
    },
    step("nothing is left", gone("old-0"), gone("old-1"))
  ]
}

export const sets: ReadonlyArray<Script> = [parallel, ordered, adoption, takeover]
