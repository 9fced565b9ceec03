/**
 * A Kubernetes API server in memory, and its controllers at work on it: a
 * transport to the pure model, with the world exposed.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import { boot, handle, type State } from "../../models/kube/api/Server.ts"
import { type BuiltIn, viewOf } from "../../models/kube/controllers/BuiltIn.ts"
import { dueAt } from "../../models/kube/controllers/ControllerManager.ts"
import * as Settle from "../../models/kube/controllers/Settle.ts"
import * as Remembered from "../../models/kube/controllers/Remembered.ts"
import { counting, type Names } from "../../models/Names.ts"
import { transport } from "./World.ts"

/** The world itself, so that tests assert on it instead of on calls. */
export class ApiState extends Context.Service<ApiState, SubscriptionRef.SubscriptionRef<State>>()(
  "gungnir/interpreters/memory/Kubernetes/ApiState"
) {}

const kubernetes: Layer.Layer<Kubernetes, never, ApiState> = Layer.effect(
  Kubernetes,
  Effect.map(ApiState, (world) =>
    Kubernetes.over(transport(world, (state, request, nowMillis) => handle(state, request, counting(nowMillis))))
  )
)

const worldOf = (initial: Effect.Effect<State>): Layer.Layer<ApiState> =>
  Layer.effect(ApiState, Effect.flatMap(initial, SubscriptionRef.make))

/** A server with these objects in it. */
export const layerWith = (initial: State): Layer.Layer<Kubernetes | ApiState> =>
  Layer.provideMerge(kubernetes, worldOf(Effect.succeed(initial)))

/** A server that has just come up. */
export const layer: Layer.Layer<Kubernetes | ApiState> = Layer.provideMerge(
  kubernetes,
  worldOf(Effect.map(Clock.currentTimeMillis, (now) => boot(counting(now))))
)

/** Controllers that undo each other's work: this many moves, and no end. */
export class Livelock extends Schema.TaggedError<Livelock>()("Livelock", {
  moves: Schema.Number,
  /** Served last; those that go in circles are among them. */
  keys: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `the built-in controllers did not settle in ${this.moves} moves; they went on with ${this.keys.join(", ")}`
  }
}

/**
 * The controllers of a moment. An effect: the kubelet among them answers for
 * containers, whose state is read when it is asked.
 */
export type BuiltIns = Effect.Effect<ReadonlyArray<BuiltIn>>

export interface Bounds {
  /** Moves from one quiet moment to the next. */
  readonly limit?: number
  /** What the server chooses while it answers the controllers. Default: names that count. */
  readonly names?: (nowMillis: number) => Names
}

const stepOn = (
  builtIns: BuiltIns,
  work: Settle.Work,
  names: (nowMillis: number) => Names,
  memory: Remembered.Memory
) =>
  Effect.gen(function* () {
    const [world, all, now] = yield* Effect.all([ApiState, builtIns, Clock.currentTimeMillis])
    return yield* SubscriptionRef.modify(world, (state) => {
      const next = Settle.step(all, Settle.on(work, state), names(now), undefined, memory)
      return [next ?? { ...Settle.on(work, state), isSettled: true }, next?.state ?? state] as const
    })
  })

/** Makes moves until none is left that would change anything, and tells which were refused. Each move is one write. */
export const settle = (
  builtIns: BuiltIns,
  { limit = 10_000, names = counting }: Bounds = {},
  memory: Remembered.Memory = Remembered.empty()
): Effect.Effect<ReadonlyArray<Settle.Futile>, Livelock, ApiState> =>
  Effect.gen(function* () {
    let work = Settle.begin(yield* Effect.flatMap(ApiState, SubscriptionRef.get))
    while (work.count < limit) {
      const next = yield* stepOn(builtIns, work, names, memory)
      if ("isSettled" in next) return next.futile
      work = next
      yield* Effect.yieldNow
    }
    return yield* new Livelock({ moves: work.count, keys: [...Settle.latestKeys(work)] })
  })

const untilDue = (builtIns: BuiltIns) =>
  Effect.gen(function* () {
    const [world, all, now] = yield* Effect.all([ApiState, builtIns, Clock.currentTimeMillis])
    const due = dueAt(all, viewOf(yield* SubscriptionRef.get(world)), now)
    return yield* due === undefined ? Effect.never : Effect.sleep(Math.max(0, due - now))
  })

/**
 * Keeps the controllers at work: after every change of the store, whenever
 * `wakes` says that something else they read has changed, and when a time
 * comes that they wait for. Never ends by itself.
 */
export const drive = (
  builtIns: BuiltIns,
  wakes: Stream.Stream<unknown> = Stream.empty,
  bounds: Bounds = {}
): Effect.Effect<never, Livelock, ApiState> =>
  Effect.gen(function* () {
    const world = yield* ApiState
    // Holds one reason to look again; any number of changes is one reason.
    const reasons = yield* Queue.sliding<void>(1)
    const changed = Stream.changesWith(SubscriptionRef.changes(world), (before, after) => before === after)
    const note = () => Queue.offer(reasons, undefined)
    let memory = Remembered.empty()
    const forget = Effect.sync(() => {
      memory = Remembered.empty()
    })
    yield* Effect.forkScoped(Stream.runForEach(changed, note))
    yield* Effect.forkScoped(Stream.runForEach(wakes, () => Effect.andThen(forget, note())))
    const turn = Effect.andThen(
      Effect.suspend(() => settle(builtIns, bounds, memory)),
      Effect.raceFirst(Queue.take(reasons), untilDue(builtIns))
    )
    return yield* Effect.forever(turn)
  }).pipe(Effect.scoped)
