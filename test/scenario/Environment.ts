/**
 * What the scenario needs of a world: real servers, the embedded endpoint or
 * memory. The scenario cannot tell which.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Performs, Transport } from "../../src/domain/Capability.ts"
import type { Command } from "../../src/domain/kube/Kubernetes.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import type { ApiReply, ApiRequest } from "../../src/domain/kube/Wire.ts"
import type { Replies } from "../../src/domain/valkey/Wire.ts"

export interface Asked {
  readonly verb: string
  readonly resource: string
}

export type Signal = "SIGKILL" | "SIGSTOP" | "SIGCONT"

export interface World {
  readonly send: Transport<ApiRequest, ApiReply>
  readonly kubernetes: Performs<Command>
  /** Requests that our programs have sent to the API server so far. */
  readonly requests: Effect.Effect<ReadonlyArray<Asked>>
  /** Of the main process of a pod; false when there is none. */
  readonly signal: (namespace: string, pod: string, signal: Signal) => Effect.Effect<boolean>
  /** One exchange with a node, authenticated. */
  readonly ask: (pod: KubeObject, ...lines: ReadonlyArray<ReadonlyArray<string>>) => Effect.Effect<Replies>
  /** An operator, until the scope ends: then it is gone at once, and its Lease stays behind. */
  readonly operator: Effect.Effect<void, never, Scope.Scope>
}
