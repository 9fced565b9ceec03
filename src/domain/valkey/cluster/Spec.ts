/**
 * What a user may ask of a Valkey cluster (`gungnir:1.2`).
 */
import * as Schema from "effect/Schema"
import { int32, int64, Quantity, whenAbsent, withDefault } from "../../kube/Crd.ts"

const Text = Schema.String.check(Schema.isMinLength(1))
const TextMap = Schema.Record(Schema.String, Schema.String)
const Quantities = Schema.Record(Schema.String, Quantity)

const described = (description: string) => ({ description })

/** Kubernetes API reference, ResourceRequirements, without claims. */
const Resources = Schema.Struct({
  requests: Schema.optionalKey(Quantities),
  limits: Schema.optionalKey(Quantities)
})

const Persistence = Schema.Struct({
  enabled: withDefault(Schema.Boolean.annotate(described("Keep data on volumes, with an append-only file")), true),
  storageSize: withDefault(Quantity.annotate(described("Size of the volume of each pod")), "1Gi"),
  storageClassName: Schema.optionalKey(Text.annotate(described("The cluster's default class when absent")))
})

const Tls = Schema.Struct({
  enabled: withDefault(Schema.Boolean, false),
  certSecretName: Schema.optionalKey(Text.annotate(described("A Secret with tls.crt, tls.key and ca.crt")))
})

const Metrics = Schema.Struct({
  enabled: withDefault(Schema.Boolean, false),
  resources: Schema.optionalKey(Resources)
})

/** Milliseconds; each overrides the operator's flag for this cluster, and has no default of its own. */
const Sentinel = Schema.Struct({
  pingIntervalMs: Schema.optionalKey(int32(10).annotate(described("Time between two probes of a node"))),
  downAfterMs: Schema.optionalKey(int32(10).annotate(described("Silence after which a node counts as down"))),
  failoverTimeoutMs: Schema.optionalKey(int32(100).annotate(described("Time after which a failover is given up")))
})

const Failover = Schema.Struct({
  policy: withDefault(
    Schema.Literals(["safe", "fast"]).annotate(
      described("safe: wait until the old primary can acknowledge nothing more; fast: promote at once")
    ),
    "safe"
  ),
  maxOffsetGap: withDefault(
    int64().annotate(described("Bytes a candidate may be behind the best one before priority counts")),
    0
  )
})

/** `available`: never refuse a write; `balanced`: one replica from 3 pods on; `strict`: half of all pods. */
export const Durability = Schema.Literals(["available", "balanced", "strict"])
export type Durability = typeof Durability.Type

export const Spec = Schema.Struct({
  replicas: withDefault(
    int32(1).annotate(described("Pods in all, the primary included; from 3 on it is highly available")),
    3
  ),
  image: withDefault(Text, "valkey/valkey:8"),
  port: withDefault(int32(1, 65_535), 6379),
  persistence: withDefault(Persistence, {}),
  resources: Schema.optionalKey(Resources),
  tls: Schema.optionalKey(Tls),
  metrics: Schema.optionalKey(Metrics),
  sentinel: whenAbsent(Sentinel, {}),
  failover: withDefault(Failover, {}),
  durability: withDefault(
    Durability.annotate(
      described(
        "How many attached replicas a primary needs to accept writes. available: none; balanced: one when there are 3 pods or more; strict: half of all pods, rounded down"
      )
    ),
    "balanced"
  ),
  labels: whenAbsent(TextMap.annotate(described("Added to the pods")), {}),
  annotations: whenAbsent(TextMap.annotate(described("Added to the pods")), {}),
  nodeSelector: whenAbsent(TextMap.annotate(described("Labels of the nodes that pods may run on")), {}),
  restoreFrom: Schema.optionalKey(
    Schema.Struct({ backupName: Text }).annotate(described("A ValkeyBackup to start from"))
  )
})
export interface Spec extends Schema.Schema.Type<typeof Spec> {}
