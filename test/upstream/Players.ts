/**
 * Who operates in a scenario: the port of upstream, or the shipped operator as
 * `bin` puts it together.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { operate, stack } from "../../src/bin/Operator.ts"
import type { Key } from "../../src/domain/Controller.ts"
import type { Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import * as Lease from "../../src/domain/kube/Lease.ts"
import * as Settings from "../../src/domain/valkey/Settings.ts"
import type { Valkey } from "../../src/domain/valkey/Valkey.ts"
import * as LeaderElection from "../../src/programs/kube/LeaderElection.ts"
import * as Loop from "./port/Loop.ts"
import * as Reconcile from "./port/Reconcile.ts"

export const lease: Key = { namespace: "default", name: "operator" }

export interface Player {
  readonly name: "upstream" | "ours"
  /** From one look at a node to the next. */
  readonly lookMillis: number
  /** Until a cluster that was asked for is at work. */
  readonly settleMillis: number
  /** Time enough to replace a primary, should it ever be: upstream's own tests give it 60 s. */
  readonly failoverMillis: number
  /** Nodes are asked by `kubectl exec`: through the API server and the kubelet. */
  readonly execs: boolean
  readonly operate: (identity: string) => Effect.Effect<never, never, Kubernetes | Valkey>
}

export const upstream: Player = {
  name: "upstream",
  lookMillis: Reconcile.defaults.reconcileIntervalMillis,
  settleMillis: 25_000,
  failoverMillis: 75_000,
  execs: true,
  operate: (identity) => {
    const { initialMemory, pass } = Loop.upstream({ identity, lease, settings: Reconcile.defaults })
    const turns = (memory: Loop.Memory): Effect.Effect<never, never, Kubernetes | Valkey> =>
      Effect.flatMap(pass(lease, memory), (verdict) =>
        Effect.andThen(
          Effect.sleep(verdict.requeueAfter!),
          Effect.suspend(() => turns(verdict.memory))
        )
      )
    return turns(initialMemory)
  }
}

export const ours: Player = {
  name: "ours",
  lookMillis: Settings.defaults.pingIntervalMillis,
  settleMillis: 5000,
  failoverMillis: 5000,
  execs: false,
  operate: (identity) => {
    const run = operate({ settings: Settings.defaults, election: { ...lease, identity, ...Lease.defaults } })
    return Effect.flatMap(Effect.context<Kubernetes | Valkey>(), (context) =>
      Effect.provide(run, stack(Layer.succeedContext(context), LeaderElection.layer))
    )
  }
}
