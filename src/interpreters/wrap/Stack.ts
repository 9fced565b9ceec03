/**
 * The one order in which wrappers are put around a capability: what is checked
 * and what runs are composed here.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Command, Performs, Wrap } from "../../domain/Capability.ts"
import * as Cache from "../../domain/kube/Cache.ts"
import { type Command as KubeCommand, Kubernetes } from "../../domain/kube/Kubernetes.ts"
import { Leadership } from "../../domain/kube/Leadership.ts"
import { Valkey } from "../../domain/valkey/Valkey.ts"
import { type Answer, cached } from "./Cached.ts"
import { dryRun } from "./DryRun.ts"
import * as Faults from "./Faults.ts"
import { fencing } from "./Fencing.ts"
import { journal, type Write } from "./Journal.ts"
import { spans } from "./Spans.ts"

export interface Options {
  readonly spans?: boolean
  readonly journal?: Write
  /** Given: no write is sent, each is reported. */
  readonly dryRun?: (command: Command) => Effect.Effect<void>
  /** Off only to show that safety does not rest on it. */
  readonly fencing?: boolean
  readonly faults?: Faults.Plan
}

/** The first of them is the outermost. */
const all =
  (wraps: ReadonlyArray<Wrap>): Wrap =>
  (inner) =>
    wraps.reduceRight((wrapped, wrap) => wrap(wrapped), inner)

/** From the program to the transport: spans, journal, dry run, fencing. */
const common = (system: string, options: Options, isAuthorised: Effect.Effect<boolean>): Wrap =>
  all([
    ...(options.spans === true ? [spans(system)] : []),
    ...(options.journal === undefined ? [] : [journal(options.journal)]),
    ...(options.dryRun === undefined ? [] : [dryRun(options.dryRun)]),
    ...(options.fencing === false ? [] : [fencing(isAuthorised)])
  ])

/** Around any capability. */
export const around =
  <Reply>(system: string, options: Options, isAuthorised: Effect.Effect<boolean>, broken: Faults.Broken<Reply>) =>
  <C extends Command>(inner: Performs<C>): Performs<C> =>
    common(
      system,
      options,
      isAuthorised
    )(options.faults === undefined ? inner : Faults.faults(options.faults, broken)(inner))

/** Around Kubernetes: the same, with cached reads answered inside the fence and outside the faults. */
export const aroundKubernetes =
  (options: Options, isAuthorised: Effect.Effect<boolean>, answer: Answer) =>
  (inner: Performs<KubeCommand>): Performs<KubeCommand> =>
    common(
      "kubernetes",
      options,
      isAuthorised
    )(cached(answer)(options.faults === undefined ? inner : Faults.faults(options.faults, Faults.kubernetes)(inner)))

/** `Kubernetes` for programs, over the one that a transport gives. */
export const kubernetes = (options: Options): Layer.Layer<Kubernetes, never, Kubernetes | Cache.Cache | Leadership> =>
  Layer.effect(
    Kubernetes,
    Effect.gen(function* () {
      const { isAuthorised } = yield* Leadership
      const { views } = yield* Cache.Cache
      const answer: Answer = (request) => Effect.map(views, (all) => Cache.answer(all, request))
      return aroundKubernetes(options, isAuthorised, answer)(yield* Kubernetes)
    })
  )

/** `Valkey` for programs, over the one that a transport gives. */
export const valkey = (options: Options): Layer.Layer<Valkey, never, Valkey | Leadership> =>
  Layer.effect(
    Valkey,
    Effect.gen(function* () {
      const { isAuthorised } = yield* Leadership
      return around("valkey", options, isAuthorised, Faults.valkey)(yield* Valkey)
    })
  )
