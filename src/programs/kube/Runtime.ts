/**
 * Runs controllers: watches what they name, wakes their passes, and while there
 * is an election, runs them only as long as this process leads.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Controller, Source } from "../../domain/Controller.ts"
import type { Cache } from "../../domain/kube/Cache.ts"
import type { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import { Leadership } from "../../domain/kube/Leadership.ts"
import * as Lease from "../../domain/kube/Lease.ts"
import * as Sources from "../../domain/kube/Sources.ts"
import * as WorkQueue from "../../domain/kube/WorkQueue.ts"
import * as Connections from "./Connections.ts"
import * as Dispatcher from "./Dispatcher.ts"
import * as LeaderElection from "./LeaderElection.ts"
import * as Reflectors from "./Reflectors.ts"

/** `any`: each controller has memory and errors of its own, which nobody outside looks at. */
export type AnyController<R> = Controller<any, any, R>

export interface Options<R, RNodes = never> {
  readonly controllers: ReadonlyArray<AnyController<R>>
  /** Watch this namespace only. */
  readonly namespace?: string
  /** A pass this long after the last one although nothing happened. Default 10 s. */
  readonly resyncEvery?: Duration.Duration
  /** How many keys of one controller may be in a pass at the same time. Default 64. */
  readonly concurrency?: number
  /**
   * How long a shutdown waits for passes under way, before it interrupts them
   * and leaves the lease to expire. Default 0: under a test clock nothing would end it.
   */
  readonly grace?: Duration.Duration
  /** How to hold a connection to a node; without it, `Nodes` sources wake nobody. */
  readonly awaitEnd?: Connections.AwaitEnd<RNodes>
  /** Without it, this process runs its controllers as if it were alone. */
  readonly leaderElection?: LeaderElection.Options
}

/** One controller from here to the end of the scope. */
const start = Effect.fnUntraced(function* <R, RNodes>(
  options: Options<R, RNodes>,
  reflectors: Reflectors.Reflectors,
  controller: AnyController<R>,
  namespace: string | undefined
): Effect.fn.Return<Dispatcher.Dispatcher<any>, never, R | RNodes | Scope.Scope> {
  const dispatcher = yield* Dispatcher.make(controller, {
    ...WorkQueue.defaults,
    ...(options.resyncEvery === undefined ? {} : { resync: Duration.toMillis(options.resyncEvery) }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency })
  })
  const wakeAll =
    (keysOf: Extract<Source, { _tag: "Objects" }>["keysOf"]): Reflectors.Subscriber =>
    (before, after) =>
      Effect.forEach(Sources.woken(keysOf, before, after), dispatcher.wake, { discard: true })
  // Before the sources: a woken pass must not get the memory of an object that is gone.
  yield* reflectors.subscribe(Sources.scopeOf(Sources.primaryOf(controller), namespace), (before, after) =>
    dispatcher.primary(Sources.keyOf((after ?? before)!), after?.metadata.uid)
  )
  for (const source of controller.sources) {
    const scope = Sources.scopeOf(source, namespace)
    if (source._tag === "Objects") yield* reflectors.subscribe(scope, wakeAll(source.keysOf))
    else if (options.awaitEnd !== undefined) {
      yield* reflectors.subscribe(scope, yield* Connections.make(source, options.awaitEnd, dispatcher.wake))
    }
  }
  return dispatcher
})

/** All controllers, to the end of the scope. Answers how to stop them: whether all passes ended by themselves. */
const startAll = Effect.fnUntraced(function* <R, RNodes>(
  options: Options<R, RNodes>,
  reflectors: Reflectors.Reflectors
) {
  const dispatchers = yield* Effect.forEach(options.controllers, (controller) =>
    start(options, reflectors, controller, options.namespace)
  )
  return (grace: number): Effect.Effect<boolean> =>
    Effect.map(
      Effect.forEach(dispatchers, (dispatcher) => dispatcher.stop(grace), { concurrency: "unbounded" }),
      (ended) => ended.every((alone) => alone)
    )
})

/** Elects, and runs the controllers while this process leads; on shutdown first they end, then the Lease is released. */
const runElected = Effect.fnUntraced(function* <R, RNodes>(
  options: Options<R, RNodes>,
  election: LeaderElection.Options,
  reflectors: Reflectors.Reflectors,
  grace: number
) {
  const leadership = yield* Leadership
  const context = yield* Effect.context<Kubernetes | Leadership>()
  const candidate = LeaderElection.controller(election)
  let mayRelease = true
  const dispatcher = yield* start<Kubernetes | Leadership, never>(
    { controllers: [] },
    reflectors,
    candidate,
    election.namespace
  )
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      yield* dispatcher.stop(grace)
      const memory: Lease.State = yield* dispatcher.memory(LeaderElection.keyOf(election))
      if (mayRelease) yield* LeaderElection.release(election, memory)
      else yield* Effect.logWarning("commands may still be under way: the lease is left to expire")
    }).pipe(Effect.provideContext(context))
  )
  yield* dispatcher.wake(LeaderElection.keyOf(election))
  // A process that waits to lead keeps its caches warm.
  for (const controller of options.controllers) {
    yield* Effect.forEach(Sources.scopesOf(controller, options.namespace), reflectors.keep, { discard: true })
  }
  const term = Effect.scoped(
    Effect.gen(function* () {
      const stopAll = yield* startAll(options, reflectors)
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          mayRelease = yield* stopAll((yield* leadership.isLeading) ? grace : 0)
        })
      )
      yield* leadership.lost
      yield* Effect.logWarning("the lease is lost: the controllers stop until it is held again")
    })
  )
  return yield* Effect.forever(Effect.andThen(leadership.acquired, term))
})

/**
 * Runs for ever; interrupt it to stop. Sources that cannot be watched are
 * complained of and tried again, while the others go on.
 */
export const run = Effect.fnUntraced(function* <R, RNodes = never>(
  options: Options<R, RNodes>
): Effect.fn.Return<never, never, R | RNodes | Kubernetes | Cache | Leadership> {
  const grace = Duration.toMillis(options.grace ?? Duration.zero)
  const election = options.leaderElection
  const wrong = election === undefined ? [] : Lease.validate(election)
  if (wrong.length > 0) return yield* Effect.die(`invalid lease timings: ${wrong.join("; ")}`)
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const reflectors = yield* Reflectors.make
      if (election !== undefined) return yield* runElected(options, election, reflectors, grace)
      const stopAll = yield* startAll(options, reflectors)
      yield* Effect.addFinalizer(() => stopAll(grace))
      return yield* Effect.never
    })
  )
})
