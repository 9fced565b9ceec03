/**
 * `gungnir operator`: the programs of `programs/valkey` over live transports.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import { hostname } from "node:os"
import { randomUUID } from "node:crypto"
import type { Cache } from "../domain/kube/Cache.ts"
import type { Kubernetes } from "../domain/kube/Kubernetes.ts"
import type { Leadership } from "../domain/kube/Leadership.ts"
import * as Lease from "../domain/kube/Lease.ts"
import type { Settings } from "../domain/valkey/Settings.ts"
import { AwaitEnd, Valkey } from "../domain/valkey/Valkey.ts"
import * as Stack from "../interpreters/wrap/Stack.ts"
import type * as LeaderElection from "../programs/kube/LeaderElection.ts"
import { cacheLayer } from "../programs/kube/Reflectors.ts"
import * as Runtime from "../programs/kube/Runtime.ts"
import { resources } from "../programs/valkey/Resources.ts"
import { sentinel } from "../programs/valkey/Sentinel.ts"

/** Ends when the connection held to `address` (`host:port`) does. */
export const awaitEnd = ({ address }: { readonly address: string }): Effect.Effect<void, never, Valkey> => {
  const colon = address.lastIndexOf(":")
  const node = { pod: address, address: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
  return Effect.ignore(Valkey.perform(new AwaitEnd({ node })))
}

export interface Options {
  readonly settings: Settings
  readonly namespace?: string
  /** Milliseconds that a shutdown waits for passes under way; 0 interrupts them. */
  readonly grace?: number
  /** Without it this process runs as if it were alone. */
  readonly election?: LeaderElection.Options
}

/** The controllers of the product, run for ever over whatever answers their commands. */
export const operate = ({ election, grace = 0, namespace, settings }: Options) =>
  Runtime.run({
    controllers: [resources, sentinel(settings)],
    resyncEvery: Duration.millis(settings.resyncMillis),
    awaitEnd,
    grace: Duration.millis(grace),
    ...(namespace === undefined ? {} : { namespace }),
    ...(election === undefined ? {} : { leaderElection: election })
  })

/** The wrapper stack over transports, with the services of one process: what `operate` runs in. */
export const stack = <E, R>(
  transports: Layer.Layer<Kubernetes | Valkey, E, R>,
  leadership: Layer.Layer<Leadership>,
  options: Stack.Options = {}
): Layer.Layer<Kubernetes | Valkey | Cache | Leadership, E, R> =>
  Layer.mergeAll(Stack.kubernetes(options), Stack.valkey(options)).pipe(
    Layer.provide(transports),
    Layer.provideMerge(Layer.mergeAll(cacheLayer, leadership))
  )

/** The pod's name, else the host's; with a suffix, since no two processes may ever share it. */
export const identity = (given: Option.Option<string>): string =>
  given._tag === "Some" ? given.value : `${process.env["POD_NAME"] ?? hostname()}_${randomUUID().slice(0, 8)}`

export const electionTimings = (duration: number, renewDeadline: number, retry: number) => ({
  duration,
  renewDeadline,
  retry,
  margin: Math.min(Lease.defaults.margin, Math.floor((renewDeadline - retry) / 2))
})
