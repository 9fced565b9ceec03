/**
 * `gungnir/kube`: what controllers of any kind are written, run and embedded
 * with. What is not named here is private and free to change.
 */
export {
  Capability,
  type CapabilityClass,
  type Command as AnyCommand,
  type Handlers,
  NotLeader,
  type Outcome,
  type Performs,
  type Transport,
  type Wrap
} from "./domain/Capability.ts"
export { type Controller, type Key, keyText, type Source, type Verdict } from "./domain/Controller.ts"

/** Kinds of the API by name: `Kinds.ConfigMap`. */
export * as Kinds from "./domain/kube/Object.ts"
export type { Json, KubeObject, ObjectMeta, OwnerReference, Resource } from "./domain/kube/Object.ts"

export {
  Apply,
  BroadcastTopology,
  CachedGet,
  CachedList,
  type Claim,
  ClaimLease,
  type Command,
  Create,
  CreatePassword,
  Delete,
  EmitEvent,
  Get,
  Kubernetes,
  List,
  type Listed,
  OwnByApply,
  PatchService,
  PatchStatus,
  Update,
  Watch
} from "./domain/kube/Kubernetes.ts"
export { KubeError, Reason } from "./domain/kube/KubeError.ts"
export type { ApiReply, ApiRequest, Verb, WatchEvent } from "./domain/kube/Wire.ts"

/** Schemas to CustomResourceDefinitions: types, decoder and what the API server enforces from one source. */
export * as Crd from "./domain/kube/Crd.ts"
/** What no single field can say, as CEL and as a predicate. */
export * as Rule from "./domain/kube/Rule.ts"
export * as Condition from "./domain/kube/Condition.ts"
export * as Quantity from "./domain/kube/Quantity.ts"
export { drifted } from "./domain/kube/Drift.ts"

/** The loop as pure reducers: what a driver of one's own performs. */
export * as WorkQueue from "./domain/kube/WorkQueue.ts"
export * as Reflector from "./domain/kube/Reflector.ts"
export * as Lease from "./domain/kube/Lease.ts"

export * as Runtime from "./programs/kube/Runtime.ts"
export * as LeaderElection from "./programs/kube/LeaderElection.ts"
export { cacheLayer } from "./programs/kube/Reflectors.ts"
export { Cache, type View } from "./domain/kube/Cache.ts"
export { Leadership, type Standing } from "./domain/kube/Leadership.ts"

/** Kubernetes over HTTPS: `layerFromKubeconfig`, `layerInCluster`, `layer`. */
export * as LiveKubernetes from "./interpreters/live/Kubernetes.ts"
export { KubeconfigError } from "./interpreters/live/KubernetesConfig.ts"

/** What goes around a transport: cached reads, fencing, journal, dry run, spans, faults. */
export * as Stack from "./interpreters/wrap/Stack.ts"
export * as Journal from "./interpreters/wrap/Journal.ts"
