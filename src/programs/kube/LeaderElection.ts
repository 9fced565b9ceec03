/**
 * Leader election as a controller over one Lease: the reducer decides, the pass
 * reads and claims, `Leadership` is told.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { Controller, Key, Verdict } from "../../domain/Controller.ts"
import type { KubeError } from "../../domain/kube/KubeError.ts"
import { CachedGet, ClaimLease, Get, Kubernetes } from "../../domain/kube/Kubernetes.ts"
import { Leadership } from "../../domain/kube/Leadership.ts"
import * as Lease from "../../domain/kube/Lease.ts"
import * as Kinds from "../../domain/kube/Object.ts"
import * as Monotonic from "./Monotonic.ts"

export interface Options extends Lease.Policy {
  /** Of the Lease object. */
  readonly namespace: string
  readonly name: string
}

export const keyOf = ({ name, namespace }: Options): Key => ({ namespace, name })

/** The Lease, or that there is none. */
const read = (command: Get | CachedGet): Effect.Effect<Kinds.KubeObject | undefined, KubeError, Kubernetes> =>
  Effect.catchIf(
    Kubernetes.perform(command),
    (error) => error.reason === "NotFound",
    () => Effect.succeed(undefined)
  )

const claim = (options: Options, state: Lease.State, action: Lease.Action & { readonly _tag: "Claim" }) =>
  Kubernetes.perform(
    new ClaimLease({
      namespace: options.namespace,
      name: options.name,
      holder: options.identity,
      durationSeconds: options.duration / 1000,
      transitions: action.transitions,
      acquired: action.isTakeover,
      ...(state.lease === undefined ? {} : { observed: state.lease })
    })
  )

/** Another wrote, created or deleted the Lease. A create that finds nothing is no such case: its namespace is missing. */
const isOutrun =
  ({ lease }: Lease.State) =>
  ({ reason }: KubeError): boolean =>
    reason === "Conflict" || reason === "AlreadyExists" || (reason === "NotFound" && lease !== undefined)

/** Says what keeps a candidate from claiming, once until it changes or ends. Of what it remembers only the log depends. */
const makeComplaint = () => {
  let said: string | undefined
  return (complaint: string | undefined): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (complaint === said) return Effect.void
      said = complaint
      return complaint === undefined
        ? Effect.logInfo("the lease can be claimed again")
        : Effect.logWarning(`the lease could not be claimed: ${complaint}`)
    })
}

type Complain = ReturnType<typeof makeComplaint>

/** What came of one claim, and when; a claim that was accepted is all that prolongs anything. */
interface Tried {
  readonly state: Lease.State
  readonly at: number
  readonly isAccepted: boolean
}

/** Sends one claim and says what the Lease is after it; without an answer nothing is known, and time has passed. */
const attempt = Effect.fnUntraced(function* (
  options: Options,
  state: Lease.State,
  action: Lease.Action & { readonly _tag: "Claim" },
  complain: Complain
): Effect.fn.Return<Tried, never, Kubernetes> {
  const answer = claim(options, state, action).pipe(
    Effect.map((lease): Lease.Event | undefined => ({ _tag: "Accepted", lease })),
    Effect.catchIf(isOutrun(state), () =>
      Effect.map(read(new Get({ resource: Kinds.Lease, ...keyOf(options) })), (lease): Lease.Event | undefined => ({
        _tag: "Observed",
        lease
      }))
    ),
    Effect.tap(() => complain(undefined)),
    // A claim that hangs must leave time for another before the deadline.
    Effect.timeoutOption(Math.max(options.retry, options.margin)),
    Effect.map(Option.getOrUndefined),
    Effect.catch((error) => Effect.as(complain(error.message), undefined))
  )
  const sent = yield* Monotonic.millis
  const event = yield* answer
  const at = yield* Monotonic.millis
  const [later] = Lease.step(options, state, { _tag: "Elapsed", millis: at - sent })
  const known = event === undefined ? later : Lease.step(options, later, event)[0]
  return { state: known, at, isAccepted: event?._tag === "Accepted" }
})

const pass = Effect.fnUntraced(function* (
  options: Options,
  memory: Lease.State,
  complain: Complain
): Effect.fn.Return<Verdict<Lease.State>, KubeError, Kubernetes | Leadership> {
  const leadership = yield* Leadership
  let state = memory
  if (!state.isLeading) {
    // The cache may lag behind what this process wrote itself: a leader does not look at it.
    const lease = yield* read(new CachedGet({ resource: Kinds.Lease, ...keyOf(options) }))
    state = Lease.step(options, state, { _tag: "Observed", lease })[0]
  }
  const [asked, actions] = Lease.step(options, state, { _tag: "Asked" })
  state = asked
  let grantedAt: number | undefined
  for (const action of actions) {
    if (action._tag !== "Claim") continue
    const tried = yield* attempt(options, state, action, complain)
    state = tried.state
    if (tried.isAccepted) grantedAt = tried.at
  }
  if (state.isLeading !== memory.isLeading) {
    yield* Effect.logInfo(`${options.identity} ${state.isLeading ? "leads" : "does not lead any more"}`)
  }
  // What is remembered may be older than it says: this process may have been paused before its pass began.
  if (grantedAt !== undefined || !state.isLeading) {
    yield* leadership.publish(Lease.standing(options, state), grantedAt ?? 0)
  }
  return { memory: state, requeueAfter: Duration.millis(Lease.nextAsk(options, state)) }
})

/** Claims and renews the Lease. At rest its holder sends renewals only, and the others nothing. */
export const controller = (options: Options): Controller<Lease.State, KubeError, Kubernetes | Leadership> => {
  const complain = makeComplaint()
  return {
    name: "leader-election",
    primary: Kinds.Lease,
    sources: [
      {
        _tag: "Objects",
        resource: Kinds.Lease,
        keysOf: ({ metadata }) =>
          metadata.name === options.name && metadata.namespace === options.namespace ? [keyOf(options)] : []
      }
    ],
    initialMemory: Lease.initial(options),
    age: (memory, millis) => Lease.step(options, memory, { _tag: "Elapsed", millis })[0],
    pass: (_key, memory) => pass(options, memory, complain)
  }
}

/**
 * Gives the Lease back, so that another process need not wait for it to expire.
 * Only once all that it guarded has ended. Says nothing when that fails: then
 * it expires.
 */
export const release = Effect.fnUntraced(function* (
  options: Options,
  memory: Lease.State
): Effect.fn.Return<void, never, Kubernetes | Leadership> {
  const leadership = yield* Leadership
  yield* leadership.publish({ authorisedMillis: 0, leadingMillis: 0 }, 0)
  if (!memory.isLeading || memory.lease === undefined) return
  const { transitions } = Lease.termOf(memory.lease, options.duration)
  yield* Kubernetes.perform(
    new ClaimLease({
      namespace: options.namespace,
      name: options.name,
      holder: "",
      durationSeconds: 1,
      transitions,
      acquired: false,
      observed: memory.lease
    })
  ).pipe(
    Effect.andThen(Effect.logInfo(`${options.identity} released the lease`)),
    Effect.timeoutOption(options.margin),
    Effect.ignore
  )
})

interface Until {
  readonly authorised: number
  readonly leading: number
}

/** Leads from the first claim on, as long as it is renewed. */
export const layer: Layer.Layer<Leadership> = Layer.effect(
  Leadership,
  Effect.gen(function* () {
    const until = yield* SubscriptionRef.make<Until>({ authorised: -Infinity, leading: -Infinity })
    const holds = (field: keyof Until) =>
      Effect.map(Effect.all([SubscriptionRef.get(until), Monotonic.millis]), ([standing, now]) => now < standing[field])
    /** Each change of standing starts the wait anew. */
    const rested = (settle: (standing: Until, now: number) => Effect.Effect<void>) =>
      SubscriptionRef.changes(until).pipe(
        Stream.switchMap((standing) =>
          Stream.fromEffect(Effect.flatMap(Monotonic.millis, (now) => settle(standing, now)))
        ),
        Stream.runHead,
        Effect.asVoid
      )
    return {
      isAuthorised: holds("authorised"),
      isLeading: holds("leading"),
      publish: ({ authorisedMillis, leadingMillis }, at) =>
        SubscriptionRef.set(until, {
          authorised: authorisedMillis > 0 ? at + authorisedMillis : -Infinity,
          leading: leadingMillis > 0 ? at + leadingMillis : -Infinity
        }),
      acquired: rested(({ leading }, now) => (now < leading ? Effect.void : Effect.never)),
      lost: rested(({ leading }, now) => (now < leading ? Effect.sleep(leading - now) : Effect.void))
    }
  })
)

/** Leads without a lease: for one process alone, and for tests. */
export const alone: Layer.Layer<Leadership> = Layer.succeed(Leadership, {
  isAuthorised: Effect.succeed(true),
  isLeading: Effect.succeed(true),
  publish: () => Effect.void,
  acquired: Effect.void,
  lost: Effect.never
})
