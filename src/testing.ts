/**
 * `gungnir/testing`: worlds to run programs in without a cluster, what can go
 * wrong in them, and the laws that programs and interpreters are held to.
 */
/** An API server in memory, with or without controllers at work on it. */
export * as MemoryKubernetes from "./interpreters/memory/Kubernetes.ts"
export * as MemoryCluster from "./interpreters/memory/Cluster.ts"
/** A whole cluster in memory: both capabilities over one world, pods that run Valkey servers included. */
export * as MemoryWorld from "./interpreters/memory/WorldCluster.ts"
export * as World from "./models/World.ts"
export { counting, type Names } from "./models/Names.ts"

/** Valkey servers in memory: how they begin and end, and what is done to them. */
export * as MemoryValkey from "./interpreters/memory/Valkey.ts"
export * as ValkeyNetwork from "./models/valkey/Network.ts"
export * as ValkeyNode from "./models/valkey/Node.ts"
export * as ValkeyProcess from "./models/valkey/Process.ts"
export * as ValkeyFaults from "./models/valkey/Faults.ts"

/** Faults by plan around a transport; the plan is data. */
export * as Faults from "./interpreters/wrap/Faults.ts"
export * as Journal from "./interpreters/wrap/Journal.ts"

/** Laws of any controller. */
export * as Run from "./laws/generic/Run.ts"
export { survivesCrashes } from "./laws/generic/Crash.ts"
export { passesEnd, restsQuietly } from "./laws/generic/Rest.ts"
export { toleratesTwice } from "./laws/generic/Twice.ts"

/** Laws of any transport of a capability. */
export * as KubernetesLaws from "./laws/interpreter/Kubernetes.ts"
export * as ValkeyLaws from "./laws/interpreter/Valkey.ts"
export type { Fixture as ValkeyFixture, Server as ValkeyServer } from "./laws/interpreter/ValkeyLaw.ts"

/** What holds of a cluster in every state, in every step, of every write, and of what a failover declares lost. */
export { clusterView, type ClusterView } from "./laws/valkey/ClusterView.ts"
export { brokenIn, type Invariant, invariants } from "./laws/valkey/Invariants.ts"
export { brokenBetween, type StepLaw, stepLaws } from "./laws/valkey/Steps.ts"
export { unconditional } from "./laws/valkey/Preconditions.ts"
export { undeclared } from "./laws/valkey/Loss.ts"

/** A Kubernetes in this process behind an HTTP endpoint, and pods as processes of this machine. */
export * as Embedded from "./local/Embedded.ts"
export * as PodRunner from "./local/PodRunner.ts"
export * as Sandbox from "./local/Sandbox.ts"
export * as Images from "./local/Images.ts"
