/**
 * `gungnir/valkey`: the vocabulary of Valkey nodes, the decisions taken from
 * their facts, and the programs that act on them.
 */
export {
  type Address,
  AwaitEnd,
  type Command,
  Fence,
  KillClients,
  type Node,
  NodeError,
  NodeReason,
  Observe,
  Promote,
  ReplicaOf,
  SetDurability,
  Valkey
} from "./domain/valkey/Valkey.ts"
export type { Credentials, Exchange, Replies, Reply, Word } from "./domain/valkey/Wire.ts"
export type { AttachedReplica, Facts, Following } from "./domain/valkey/Facts.ts"
/** Reads facts from the text of INFO. */
export * as Info from "./domain/valkey/Info.ts"

/** ValkeyCluster: schemas, decoder, rules, `crd`, `crdYaml`. */
export * as Cluster from "./domain/valkey/Cluster.ts"

/** The one pure decision of the Sentinel program, and what it is taken from. */
export { decide } from "./domain/valkey/Decide.ts"
export type { Decision, Straggler } from "./domain/valkey/Decision.ts"
export type { Desire, Patience, Present, Situation } from "./domain/valkey/Situation.ts"
export type { Failover as FailoverRecord, Intent, LastFailover, Primary, Target } from "./domain/valkey/Intent.ts"
export * as Election from "./domain/valkey/Election.ts"
export * as Health from "./domain/valkey/Health.ts"

/** The controllers of the product, and the steps that a failover is made of. */
export { resources } from "./programs/valkey/Resources.ts"
export { sentinel } from "./programs/valkey/Sentinel.ts"
export * as Failover from "./programs/valkey/Failover.ts"
export type { Scene } from "./programs/valkey/Scene.ts"
export { defaults, type Settings } from "./domain/valkey/Settings.ts"

/** Nodes over RESP3 and TCP. */
export * as LiveValkey from "./interpreters/live/Valkey.ts"
/** The same through the client iovalkey. */
export * as LiveIovalkey from "./interpreters/live/ValkeyIovalkey.ts"

/** RESP2 and RESP3 values, encoder, and an incremental parser that is plain data. */
export * as Resp3 from "./domain/valkey/Resp3.ts"
export * as Resp3Parser from "./domain/valkey/resp3/Parser.ts"
