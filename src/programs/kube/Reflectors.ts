/**
 * Runs the reflectors: one per scope, shared by all controllers that watch the
 * same. It performs what the reducer says, publishes the objects to the cache,
 * and tells subscribers what changed.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as EffectScope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Cache, type View } from "../../domain/kube/Cache.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { Kubernetes, List, Watch } from "../../domain/kube/Kubernetes.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import * as Reflector from "../../domain/kube/Reflector.ts"
import * as Monotonic from "./Monotonic.ts"

/** What happened to one object; it must not wait for anything slow. */
export type Subscriber = (before: KubeObject | undefined, after: KubeObject | undefined) => Effect.Effect<void>

export interface Reflectors {
  /** Watches this scope from now on, whoever listens. */
  readonly keep: (scope: Reflector.Scope) => Effect.Effect<void>
  /** Tells of the objects there are, then of every change, until the caller's scope ends. */
  readonly subscribe: (scope: Reflector.Scope, subscriber: Subscriber) => Effect.Effect<void, never, EffectScope.Scope>
  /** Whether every scope kept has been listed once. */
  readonly isSynced: Effect.Effect<boolean>
}

interface Shared {
  state: Reflector.State
  readonly subscribers: Set<Subscriber>
  /** Replays to a new subscriber and news do not overtake each other. */
  readonly inOrder: Semaphore.Semaphore
}

/** The cache of a process, empty at first. */
export const cacheLayer: Layer.Layer<Cache> = Layer.sync(Cache, () => {
  const views = new Map<string, View>()
  let all: ReadonlyArray<View> = []
  return {
    views: Effect.sync(() => all),
    publish: (view) =>
      Effect.sync(() => {
        views.set(Reflector.scopeText(view.scope), view)
        all = [...views.values()]
      })
  }
})

const perform = (
  scope: Reflector.Scope,
  action: Reflector.Action & { readonly _tag: "List" | "Watch" | "SetTimer" }
): Effect.Effect<Reflector.Event | undefined, KubeError, Kubernetes> => {
  switch (action._tag) {
    case "List":
      return Effect.map(Kubernetes.perform(new List(scope)), (listed) => ({ _tag: "Listed", listed }) as const)
    case "Watch":
      return Effect.map(
        Kubernetes.perform(new Watch({ ...scope, resourceVersion: action.from })),
        (events) => ({ _tag: "Delivered", events }) as const
      )
    case "SetTimer":
      return Effect.as(Effect.sleep(action.millis), undefined)
  }
}

const failedWith = (error: KubeError): Reflector.Event => ({
  _tag: "Failed",
  reason: error.reason,
  ...(error.retryAfterSeconds === undefined ? {} : { retryAfterMillis: error.retryAfterSeconds * 1000 })
})

const advice: Partial<Record<KubeError["reason"], string>> = {
  Forbidden: "grant list and watch on it to the operator's account",
  Unauthorized: "check the operator's credentials",
  NotFound: "install the CustomResourceDefinition, or check its version"
}

const complain = (scope: Reflector.Scope, reason: KubeError["reason"], detail: string): Effect.Effect<void> => {
  const what = scope.resource.group === "" ? scope.resource.plural : `${scope.resource.plural}.${scope.resource.group}`
  const where = scope.namespace === undefined ? "all namespaces" : `namespace ${scope.namespace}`
  const hint = advice[reason] === undefined ? "" : `; ${advice[reason]}`
  return Effect.logWarning(`cannot watch ${what} in ${where}: ${detail || reason}${hint}; it is tried again`)
}

const run = Effect.fnUntraced(function* (
  scope: Reflector.Scope,
  shared: Shared
): Effect.fn.Return<never, never, Kubernetes | Cache> {
  const cache = yield* Cache
  let detail = ""
  const tell = (action: Reflector.Action): Effect.Effect<void> => {
    switch (action._tag) {
      case "Notify":
        return Effect.forEach(shared.subscribers, (subscriber) => subscriber(action.before, action.after), {
          discard: true
        })
      case "Report":
        return action.problem === undefined
          ? Effect.logInfo(`watching ${scope.resource.plural} again`)
          : complain(scope, action.problem, detail)
      case "WentBack":
        return Effect.logWarning(
          `${scope.resource.plural} went back from version ${action.from} to ${action.to}: all are read anew`
        )
      default:
        return Effect.void
    }
  }
  let [state, actions] = Reflector.start
  while (true) {
    const pending = actions.at(-1)
    if (pending?._tag !== "List" && pending?._tag !== "Watch" && pending?._tag !== "SetTimer") {
      return yield* Effect.die(`a reflector stopped in ${state.phase._tag}: its last action must be one to wait for`)
    }
    const [event, took] = yield* perform(scope, pending).pipe(
      Effect.catch((error) => {
        detail = error.message
        return Effect.succeed(failedWith(error))
      }),
      Effect.catchCause((cause) =>
        Effect.as(Effect.logError(`watching ${scope.resource.plural} met a defect`, cause), {
          _tag: "Failed",
          reason: "InternalError"
        } as const)
      ),
      Monotonic.timed
    )
    const [aged, first] = Reflector.step(Reflector.defaults, state, { _tag: "Elapsed", millis: took })
    const [next, more] = event === undefined ? [aged, []] : Reflector.step(Reflector.defaults, aged, event)
    state = next
    actions = [...first, ...more]
    yield* Effect.gen(function* () {
      shared.state = next
      yield* cache.publish({ scope, state: next })
      yield* Effect.forEach(actions, tell, { discard: true })
    }).pipe(shared.inOrder.withPermits(1))
  }
})

/** A subscriber that throws must not end the watch of the others. */
const guarded =
  (subscriber: Subscriber): Subscriber =>
  (before, after) =>
    Effect.suspend(() => subscriber(before, after)).pipe(
      Effect.catchCauseIf(
        (cause) => !Cause.hasInterrupts(cause),
        (cause) => Effect.logError("a source could not map an object to keys", cause)
      )
    )

/** Reflectors that run until the scope ends. */
export const make = Effect.gen(function* () {
  const all = new Map<string, Shared>()
  const context = yield* Effect.context<Kubernetes | Cache>()
  const scopeOfAll = yield* Effect.scope

  const sharedOf = (scope: Reflector.Scope): Effect.Effect<Shared> =>
    Effect.suspend(() => {
      const text = Reflector.scopeText(scope)
      const known = all.get(text)
      if (known !== undefined) return Effect.succeed(known)
      const shared: Shared = {
        state: Reflector.start[0],
        subscribers: new Set(),
        inOrder: Semaphore.makeUnsafe(1)
      }
      all.set(text, shared)
      return Effect.as(Effect.forkIn(Effect.provideContext(run(scope, shared), context), scopeOfAll), shared)
    })

  const reflectors: Reflectors = {
    keep: (scope) => Effect.asVoid(sharedOf(scope)),
    subscribe: Effect.fnUntraced(function* (scope, subscriber) {
      const told = guarded(subscriber)
      const shared = yield* sharedOf(scope)
      yield* Effect.addFinalizer(() => Effect.sync(() => shared.subscribers.delete(told)))
      yield* Effect.gen(function* () {
        shared.subscribers.add(told)
        yield* Effect.forEach(shared.state.objects, (object) => told(undefined, object), { discard: true })
      }).pipe(shared.inOrder.withPermits(1))
    }),
    isSynced: Effect.sync(() => [...all.values()].every(({ state }) => state.isSynced))
  }
  return reflectors
})
