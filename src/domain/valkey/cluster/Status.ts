/**
 * What the operator says of a Valkey cluster: the record of intent, and what
 * people read. Nothing in it changes every second (Kubernetes API conventions).
 */
import * as Schema from "effect/Schema"
import { int32, int64, listMap, whenAbsent } from "../../kube/Crd.ts"
import * as Condition from "../../kube/Condition.ts"
import type { Json } from "../../kube/Object.ts"

export const Phase = Schema.Literals(["Creating", "Running", "Updating", "Failing", "Failed"])
export type Phase = typeof Phase.Type

const FailoverKind = Schema.Literals(["Bootstrap", "Unplanned", "Planned"])

const Primary = Schema.Struct({
  pod: Schema.String,
  uid: Schema.String,
  runId: Schema.String,
  address: Schema.String,
  replid: Schema.String,
  parent: Schema.optionalKey(Schema.Struct({ replid: Schema.String, offset: int64() }))
})

const Failover = Schema.Struct({
  epoch: int64(),
  kind: FailoverKind,
  phase: Schema.Literals(["Fencing", "Promoting", "Routing"]),
  from: Schema.optionalKey(Primary),
  to: Schema.optionalKey(Schema.Struct({ pod: Schema.String, uid: Schema.String, runId: Schema.String })),
  finalOffset: Schema.optionalKey(int64())
})

const LastFailover = Schema.Struct({
  epoch: int64(),
  kind: FailoverKind,
  from: Schema.optionalKey(Schema.String),
  to: Schema.String,
  // -1: not bounded.
  lossBytes: int64(-1),
  lossMillis: int64(-1)
})

const NodeStatus = Schema.Struct({
  podName: Schema.String,
  role: Schema.Literals(["Master", "Replica", "Unknown"]),
  healthy: Schema.Boolean
})

/** All conditions of a cluster: what their status True says, and who says it. */
export type ConditionType =
  /** A primary serves, and clients are led to it. By `sentinel`, as are the next four. */
  | "Ready"
  /** Something is being changed still. */
  | "Progressing"
  /** It serves, but would not survive what it is meant to survive. */
  | "Degraded"
  | "FailoverInProgress"
  /** The dataset is gone, and nothing is done before somebody decides. */
  | "DataLoss"
  /** A field of the spec asks for what is not built. By `resources`, as is the next. */
  | "Unsupported"
  /** The sub-resources are as desired; False names what keeps them from it. */
  | "Reconciled"

export const Status = Schema.Struct({
  phase: whenAbsent(Phase, "Creating"),
  masterPod: Schema.optionalKey(Schema.String),
  readyReplicas: whenAbsent(int32(0), 0),
  replicas: whenAbsent(int32(0), 0),
  selector: whenAbsent(Schema.String.annotate({ description: "Label selector of the pods, for autoscalers" }), ""),
  observedGeneration: whenAbsent(int64(), 0),
  epoch: whenAbsent(int64().annotate({ description: "Grows with each failover" }), 0),
  untouched: Schema.optionalKey(
    int32(0).annotate({
      description:
        "Of so many pods all were empty when the first primary was chosen, and no client was led to one since"
    })
  ),
  primary: Schema.optionalKey(Primary.annotate({ description: "The recorded primary and the history it leads" })),
  failover: Schema.optionalKey(Failover.annotate({ description: "The failover under way" })),
  hadData: whenAbsent(
    Schema.Boolean.annotate({ description: "A dataset has existed: all nodes empty means that it is lost" }),
    false
  ),
  lastFailover: Schema.optionalKey(
    LastFailover.annotate({ description: "The last failover and what it may have cost" })
  ),
  nodeStatuses: whenAbsent(Schema.Array(NodeStatus).annotate(listMap("podName")), []),
  conditions: whenAbsent(Schema.Array(Condition.Condition).annotate(listMap("type")), [])
})
export interface Status extends Schema.Schema.Type<typeof Status> {}

type Fields = { readonly [field: string]: Json | undefined }

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The merge patch (RFC 7386) that makes `before` into `after`: what is gone is
 * null at every depth, so that nothing of a finished failover shines through.
 * What is the same is left out; undefined when all is.
 */
const mergePatch = (before: unknown, after: unknown): Json | undefined => {
  if (!isFields(after)) return JSON.stringify(before) === JSON.stringify(after) ? undefined : (after as Json)
  const old = isFields(before) ? before : {}
  const changes: Array<readonly [string, Json]> = []
  for (const name of new Set([...Object.keys(old), ...Object.keys(after)])) {
    const value =
      after[name] === undefined ? (old[name] === undefined ? undefined : null) : mergePatch(old[name], after[name])
    if (value !== undefined) changes.push([name, value])
  }
  return changes.length === 0 && isFields(before) ? undefined : Object.fromEntries(changes)
}

/**
 * The body for `PatchStatus`; undefined when there is nothing to write. The
 * first one names every field: until then some of `before` are defaults that nobody
 * stored. What is gone since is null in it as well.
 */
export const statusPatch = (before: Status, after: Status): { readonly [field: string]: unknown } | undefined => {
  // A status is an object, so its patch is.
  const patch = mergePatch(before, after) as Fields | undefined
  return before.observedGeneration === 0 && after.observedGeneration > 0 ? { ...after, ...patch } : patch
}
