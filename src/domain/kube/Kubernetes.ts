/**
 * Everything a program may ask of the Kubernetes API.
 *
 * `Cached*` commands may be stale; they are the only reads at rest. The other
 * reads are quorum reads. Writes carry a precondition (ARCHITECTURE.md,
 * "What holds everywhere").
 */
import { Capability } from "../Capability.ts"
import type { ClaimLease } from "./commands/Claims.ts"
import type { BroadcastTopology, CreatePassword, EmitEvent, OwnByApply, PatchService } from "./commands/Particular.ts"
import type { CachedGet, CachedList, Get, List, Watch } from "./commands/Reads.ts"
import type { Apply, Create, Delete, PatchStatus, Update } from "./commands/Writes.ts"

export { type Claim, ClaimLease } from "./commands/Claims.ts"
export type { Listed } from "./commands/Meaning.ts"
export { BroadcastTopology, CreatePassword, EmitEvent, OwnByApply, PatchService } from "./commands/Particular.ts"
export { CachedGet, CachedList, Get, List, Watch } from "./commands/Reads.ts"
export { Apply, Create, Delete, PatchStatus, Update } from "./commands/Writes.ts"

export type Command =
  | Get
  | CachedGet
  | List
  | CachedList
  | Watch
  | Create
  | Apply
  | Update
  | PatchStatus
  | Delete
  | PatchService
  | BroadcastTopology
  | CreatePassword
  | OwnByApply
  | EmitEvent
  | ClaimLease

export class Kubernetes extends Capability<Kubernetes, Command>()("gungnir/domain/kube/Kubernetes") {}
