/**
 * What a program finds in its context while it is checked: capabilities whose
 * commands park it, and services that know no machine.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import type { Command, Performs } from "../../../domain/Capability.ts"
import { Cache } from "../../../domain/kube/Cache.ts"
import { Kubernetes } from "../../../domain/kube/Kubernetes.ts"
import { aged, Leadership } from "../../../domain/kube/Leadership.ts"
import type { ApiReply } from "../../../domain/kube/Wire.ts"
import type { Seat } from "../../../models/closed/Model.ts"
import * as Stack from "../../wrap/Stack.ts"
import type { Question } from "./Slot.ts"

/** What the stepper does for a program that asks; each parks the fiber until it is answered. */
export interface Parks {
  readonly call: (system: string, command: Command, wire: unknown) => Effect.Effect<unknown>
  readonly ask: (question: Question) => Effect.Effect<unknown>
  readonly sleep: (deadline: number) => Effect.Effect<void>
  /** Milliseconds since the program began. */
  readonly now: () => number
}

/** What is answered to `ask` has the type that the question asks for: `Process` answers all of them in one place. */
const asked = <A>(answer: Effect.Effect<unknown>) => answer as Effect.Effect<A>

const refused = (what: string) => Effect.die(new Error(`a pass may not ${what}: the runtime does`))

const leadership = ({ ask, now }: Parks): (typeof Leadership)["Service"] => ({
  isAuthorised: asked(ask({ _tag: "Authorised" })),
  isLeading: asked(ask({ _tag: "Leading" })),
  publish: (standing, at) =>
    Effect.suspend(() => asked<void>(ask({ _tag: "Publish", standing: aged(standing, now() - at) }))),
  acquired: refused("wait for leadership"),
  lost: refused("wait for the end of leadership")
})

const cache: (typeof Cache)["Service"] = {
  views: refused("read the whole cache: it uses CachedGet and CachedList"),
  publish: () => refused("write the cache")
}

/** Wire forms cross, and `decode` runs inside the program. */
const transport = ({ capability, system }: Seat, { call }: Parks): Performs<Command> => ({
  perform: (command) => capability.over((wire) => call(system, command, wire)).perform(command)
})

/** Each capability within the wrappers that `bin` puts around it. */
const seated = (seat: Seat, parks: Parks, options: Stack.Options): Performs<Command> => {
  const { isAuthorised } = leadership(parks)
  const inner = transport(seat, parks)
  if (seat.capability !== Kubernetes) return Stack.around(seat.system, options, isAuthorised, seat.broken)(inner)
  return Stack.aroundKubernetes(options, isAuthorised, (request) =>
    asked<ApiReply | undefined>(parks.ask({ _tag: "Cached", request }))
  )(inner) as Performs<Command>
}

const clock = ({ now, sleep }: Parks): Clock.Clock => {
  const nanos = () => BigInt(now()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: now,
    currentTimeNanosUnsafe: nanos,
    monotonicTimeNanosUnsafe: nanos,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => {
      const millis = Duration.toMillis(duration)
      if (millis <= 0) return Effect.yieldNow
      return Number.isFinite(millis) ? Effect.suspend(() => sleep(now() + millis)) : Effect.never
    }
  }
}

export const context = (
  seats: ReadonlyArray<Seat>,
  parks: Parks,
  scheduler: Scheduler.Scheduler,
  options: Stack.Options
): Context.Context<never> => {
  const base = Context.make(Leadership, leadership(parks)).pipe(
    Context.add(Cache, cache),
    Context.add(Scheduler.Scheduler, scheduler),
    Context.add(Clock.Clock, clock(parks)),
    Context.add(Random.Random, { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }),
    Context.add(References.TracerEnabled, false),
    Context.add(References.TracerTimingEnabled, false),
    Context.add(References.MinimumLogLevel, "None"),
    Context.add(Logger.CurrentLoggers, new Set())
  )
  return seats.reduce<Context.Context<never>>(
    (all, seat) => Context.add(all, seat.capability, seated(seat, parks, options)),
    base
  )
}
