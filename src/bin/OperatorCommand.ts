/**
 * From flags to a running operator: transports, wrappers, endpoints, logs.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Flag } from "effect/cli"
import * as LiveKubernetes from "../interpreters/live/Kubernetes.ts"
import * as LiveValkey from "../interpreters/live/Valkey.ts"
import * as Lease from "../domain/kube/Lease.ts"
import * as LeaderElection from "../programs/kube/LeaderElection.ts"
import type * as Flags from "./Flags.ts"
import * as HealthEndpoints from "./HealthEndpoints.ts"
import * as Logs from "./Logs.ts"
import { electionTimings, identity, operate, stack } from "./Operator.ts"

/** Flags that are each valid and do not fit together. */
export class InvalidFlags extends Schema.TaggedError<InvalidFlags>()("InvalidFlags", { detail: Schema.String }) {
  override get message(): string {
    return `these flags do not fit together: ${this.detail}`
  }
}

type Given = {
  readonly [Name in keyof typeof Flags.operator]: (typeof Flags.operator)[Name] extends Flag.Flag<infer A> ? A : never
}

const electionOf = (flags: Given): LeaderElection.Options => ({
  namespace: flags.leaseNamespace,
  name: flags.leaseName,
  identity: identity(flags.identity),
  ...electionTimings(flags.leaseDuration, flags.renewDeadline, flags.retryPeriod)
})

/** Runs until interrupted; then controllers end, the Lease is released, and connections close, in this order. */
export const runOperator = Effect.fnUntraced(function* (flags: Given) {
  const election = electionOf(flags)
  const wrong = Lease.validate(election)
  if (wrong.length > 0) return yield* new InvalidFlags({ detail: wrong.join("; ") })
  const transports = Layer.mergeAll(
    LiveKubernetes.layerFromKubeconfig(Option.getOrUndefined(flags.kubeconfig)),
    LiveValkey.layer
  )
  const services = stack(transports, LeaderElection.layer)
  const settings = {
    pingIntervalMillis: flags.pingInterval,
    downAfterMillis: flags.downAfter,
    downAfterAloneMillis: flags.downAfterAlone,
    resyncMillis: flags.reconcileInterval
  }
  return yield* Effect.logInfo("gungnir operator starts").pipe(
    Effect.annotateLogs({ identity: election.identity }),
    Effect.andThen(
      operate({
        settings,
        election,
        grace: 2000,
        ...(Option.isSome(flags.namespace) ? { namespace: flags.namespace.value } : {})
      })
    ),
    Effect.provide(Layer.provideMerge(HealthEndpoints.layer(flags.healthPort), services)),
    Effect.provide(Logs.layer(flags))
  )
})
