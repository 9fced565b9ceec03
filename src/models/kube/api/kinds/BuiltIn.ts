/**
 * The built-in kinds.
 */
import type { Kind } from "../Kind.ts"
import { event, namespace, node } from "./Cluster.ts"
import { configMap, secret, serviceAccount } from "./Config.ts"
import { endpointSlice, endpointSliceOnLoopback, lease, podDisruptionBudget } from "./Coordination.ts"
import { definition } from "./Definition.ts"
import { pod } from "./Pod.ts"
import { service } from "./Service.ts"
import { controllerRevision, statefulSet } from "./StatefulSet.ts"
import { persistentVolume, persistentVolumeClaim, storageClass } from "./Storage.ts"

const keyOf = ({ resource }: Kind): string => `${resource.group}/${resource.plural}`

/** Key: `group/plural`. */
export const builtIn: ReadonlyMap<string, Kind> = new Map(
  [
    namespace,
    node,
    pod,
    service,
    configMap,
    secret,
    serviceAccount,
    event,
    persistentVolumeClaim,
    persistentVolume,
    statefulSet,
    controllerRevision,
    podDisruptionBudget,
    lease,
    endpointSlice,
    storageClass,
    definition
  ].map((kind) => [keyOf(kind), kind])
)

/** The same where the addresses of pods are loopback addresses. */
export const builtInOnLoopback: ReadonlyMap<string, Kind> = new Map(builtIn).set(
  keyOf(endpointSliceOnLoopback),
  endpointSliceOnLoopback
)
