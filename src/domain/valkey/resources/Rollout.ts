/**
 * Changes that only new pods follow. Until rolling updates are built they are
 * told to people and nothing is restarted.
 */
import { differsAt } from "../../kube/Drift.ts"
import { field, type KubeObject } from "../../kube/Object.ts"
import type { Violation } from "../../kube/Rule.ts"
import type { Cluster } from "../Cluster.ts"
import { type StatefulSet, statefulSet } from "./StatefulSet.ts"

/** Pods of the live StatefulSet are not made as the desired one says. */
export const templateDiffers = (live: KubeObject, desired: KubeObject): boolean =>
  differsAt(["spec", "template"], live, desired)

/** Volumes of a StatefulSet cannot be changed by an apply (`failover:5.3`): the API would refuse it. */
export const unsupportedChange = (cluster: Cluster, live: KubeObject | undefined): ReadonlyArray<Violation> =>
  live !== undefined && differsAt(["spec", "volumeClaimTemplates"], live, statefulSet(cluster))
    ? [
        {
          field: "spec.persistence.storageSize",
          message: "spec.persistence.storageSize cannot be changed yet: set it back to what the volumes have"
        }
      ]
    : []

/** What of the spec running pods do not follow, as people read it. */
export const pendingChanges = (cluster: Cluster, live: KubeObject | undefined): ReadonlyArray<Violation> => [
  ...unsupportedChange(cluster, live),
  ...(live !== undefined && templateDiffers(live, statefulSet(cluster))
    ? [
        {
          field: "spec",
          message:
            "the pods were made for another spec (image, resources, labels, annotations or nodeSelector), and rolling updates are not built yet: set it back"
        }
      ]
    : [])
]

/** The desired StatefulSet with the pods and volumes of the live one: what may be applied while nothing rolls. */
export const asRunning = (live: KubeObject | undefined, cluster: Cluster): StatefulSet => {
  const desired = statefulSet(cluster)
  if (live === undefined) return desired
  const { template, volumeClaimTemplates, ...spec } = desired.spec
  const isOther = (path: string) => differsAt(["spec", path], live, desired)
  const claims = isOther("volumeClaimTemplates") ? field(live, "spec", "volumeClaimTemplates") : volumeClaimTemplates
  return {
    ...desired,
    spec: {
      ...spec,
      template: isOther("template") ? field(live, "spec", "template") : template,
      ...(claims === undefined ? {} : { volumeClaimTemplates: claims })
    }
  }
}
