/**
 * Who may lead, by one Lease object: a pure reducer after
 * `kubernetes/client-go:tools/leaderelection` (`failover:5.1`). No timestamp of
 * the record is trusted: a lease expires when its observer has seen no change
 * for its whole duration, by the observer's own clock.
 *
 * Two holders cannot both be leading while no clock runs faster than another by
 * `duration / renewDeadline` or more, and nobody deletes the Lease under a
 * candidate that never saw it held. It does not fence writes under way.
 */
import * as Schema from "effect/Schema"
import type { Standing } from "./Leadership.ts"
import type { KubeObject } from "./Object.ts"

/** Milliseconds. */
export interface Policy {
  /** Who this process is. No other process, past ones included, may have the same. */
  readonly identity: string
  /** How long the others wait after the last change they saw. */
  readonly duration: number
  /** How long a leader goes on without a renewal, from the start of the last good one. */
  readonly renewDeadline: number
  /** Between two attempts. */
  readonly retry: number
  /** Writes stop so long before the deadline: what a request may take. */
  readonly margin: number
}

/** Milliseconds. A dead operator should not cost more than a dead primary. */
export const defaults = { duration: 6000, renewDeadline: 4000, retry: 1000, margin: 1000 } as const

/** What is wrong with these timings, as sentences; none: nothing. */
export const validate = ({ duration, margin, renewDeadline, retry }: Omit<Policy, "identity">): ReadonlyArray<string> =>
  [
    retry > 0 ? "" : `retry ${retry} ms must be positive`,
    duration % 1000 === 0 ? "" : `lease duration ${duration} ms must be whole seconds: the Lease object holds no less`,
    duration > renewDeadline ? "" : `lease duration ${duration} ms must exceed the renew deadline ${renewDeadline} ms`,
    renewDeadline > 1.2 * retry ? "" : `renew deadline ${renewDeadline} ms must exceed 1.2 x retry ${retry} ms`,
    margin >= 0 && renewDeadline - margin > retry
      ? ""
      : `margin ${margin} ms must leave more than retry ${retry} ms of the renew deadline ${renewDeadline} ms`
  ].filter((sentence) => sentence !== "")

export interface State {
  /** The Lease as last read or written; undefined: there is none, or it was never read. */
  readonly lease: KubeObject | undefined
  /** Since that change of it was seen, its disappearance too; at most its duration. */
  readonly unchanged: number
  readonly isLeading: boolean
  /** Since the last good claim was sent; at most the renew deadline. */
  readonly renewed: number
  /** Since the last claim was sent, good or not; at most the renew deadline. */
  readonly tried: number
}

export type Event =
  | { readonly _tag: "Elapsed"; readonly millis: number }
  /** Read, or written by this process. */
  | { readonly _tag: "Observed"; readonly lease: KubeObject | undefined }
  /** Time to see whether there is something to do. */
  | { readonly _tag: "Asked" }
  /** The claim that `Asked` led to was accepted: this is the Lease now. When it was refused, observe what there is. */
  | { readonly _tag: "Accepted"; readonly lease: KubeObject }

export type Action =
  /** Write this, over `lease` of the state (or by absence), then feed the answer. */
  | { readonly _tag: "Claim"; readonly transitions: number; readonly isTakeover: boolean }
  /** Once per change. */
  | { readonly _tag: "Became"; readonly leader: boolean }

type Step = readonly [State, ReadonlyArray<Action>]

export const initial = (policy: Policy): State => ({
  lease: undefined,
  unchanged: policy.duration,
  isLeading: false,
  renewed: policy.renewDeadline,
  tried: policy.renewDeadline
})

const Spec = Schema.Struct({
  holderIdentity: Schema.optionalKey(Schema.NullOr(Schema.String)),
  leaseDurationSeconds: Schema.optionalKey(Schema.NullOr(Schema.Number)),
  leaseTransitions: Schema.optionalKey(Schema.NullOr(Schema.Number))
})
const isSpec = Schema.is(Spec)

/** What of a Lease counts. */
interface Term {
  /** "": nobody. */
  readonly holder: string
  readonly duration: number
  readonly transitions: number
}

/**
 * Without a holder it is free; without a positive duration, or with a spec that
 * cannot be read, it is held for as long as this process would hold it; without
 * a count it counts from 0.
 */
export const termOf = (lease: KubeObject, ownDuration: number): Term => {
  const spec = lease["spec"] ?? {}
  if (!isSpec(spec)) return { holder: "unreadable", duration: ownDuration, transitions: 0 }
  const seconds = spec.leaseDurationSeconds ?? 0
  const count = spec.leaseTransitions ?? 0
  return {
    holder: spec.holderIdentity ?? "",
    duration: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : ownDuration,
    transitions: Number.isInteger(count) && count >= 0 ? count : 0
  }
}

const isSame = (left: KubeObject | undefined, right: KubeObject | undefined): boolean =>
  left?.metadata.uid === right?.metadata.uid && left?.metadata.resourceVersion === right?.metadata.resourceVersion

const stop = (state: State): Step =>
  state.isLeading ? [{ ...state, isLeading: false }, [{ _tag: "Became", leader: false }]] : [state, []]

const durationOf = (policy: Policy, { lease }: State): number =>
  lease === undefined ? policy.duration : termOf(lease, policy.duration).duration

const elapse = (policy: Policy, state: State, millis: number): Step => {
  const renewed = Math.min(state.renewed + millis, policy.renewDeadline)
  const next: State = {
    ...state,
    unchanged: Math.min(state.unchanged + millis, durationOf(policy, state)),
    renewed,
    tried: Math.min(state.tried + millis, policy.renewDeadline)
  }
  return renewed >= policy.renewDeadline ? stop(next) : [next, []]
}

const observe = (policy: Policy, state: State, lease: KubeObject | undefined): Step => {
  const next: State = isSame(state.lease, lease) ? state : { ...state, lease, unchanged: 0 }
  const isMine = lease !== undefined && termOf(lease, policy.duration).holder === policy.identity
  return isMine ? [next, []] : stop(next)
}

/** A Lease that somebody deleted under its holder binds like one that is held: the holder learns of it last. */
const isFree = (policy: Policy, state: State): boolean => {
  const holder = state.lease === undefined ? undefined : termOf(state.lease, policy.duration).holder
  return holder === "" || holder === policy.identity || state.unchanged >= durationOf(policy, state)
}

const ask = (policy: Policy, state: State): Step => {
  if (state.tried < policy.retry || !isFree(policy, state)) return [state, []]
  const term = state.lease === undefined ? undefined : termOf(state.lease, policy.duration)
  const isTakeover = term?.holder !== policy.identity
  const transitions = term === undefined ? 0 : term.transitions + (isTakeover ? 1 : 0)
  return [{ ...state, tried: 0 }, [{ _tag: "Claim", transitions, isTakeover }]]
}

/** Counted from when it was sent: the record may be that old already, and the others saw it no earlier. */
const accept = (policy: Policy, state: State, lease: KubeObject): Step => {
  const next: State = { ...state, lease, unchanged: 0, renewed: state.tried }
  if (state.tried >= policy.renewDeadline) return stop(next)
  return [{ ...next, isLeading: true }, state.isLeading ? [] : [{ _tag: "Became", leader: true }]]
}

/** One event. Of `Accepted`, only the answer to the last claim may be fed. */
export const step = (policy: Policy, state: State, event: Event): Step => {
  switch (event._tag) {
    case "Elapsed":
      return elapse(policy, state, event.millis)
    case "Observed":
      return observe(policy, state, event.lease)
    case "Asked":
      return ask(policy, state)
    case "Accepted":
      return accept(policy, state, event.lease)
  }
}

export const standing = (policy: Policy, state: State): Standing =>
  state.isLeading
    ? {
        authorisedMillis: Math.max(0, policy.renewDeadline - policy.margin - state.renewed),
        leadingMillis: policy.renewDeadline - state.renewed
      }
    : { authorisedMillis: 0, leadingMillis: 0 }

/** When to ask again although nothing is seen to change. */
export const nextAsk = (policy: Policy, state: State): number =>
  Math.max(1, policy.retry - state.tried, isFree(policy, state) ? 0 : durationOf(policy, state) - state.unchanged)
