/**
 * The built-in kinds.
 */
import type { Kind } from "../Kind.ts"
import { event, namespace, node } from "./Cluster.ts"
import { configMap, secret, serviceAccount } from "./Config.ts"
import { endpointSlice, lease, podDisruptionBudget } from "./Coordination.ts"
import { definition } from "./Definition.ts"
import { pod } from "./Pod.ts"
import { service } from "./Service.ts"
import { controllerRevision, statefulSet } from "./StatefulSet.ts"
import { persistentVolume, persistentVolumeClaim, storageClass } from "./Storage.ts"

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
  ].map((kind) => [`${kind.resource.group}/${kind.resource.plural}`, kind])
)
