/**
 * How generic laws run a controller: one key, pass after pass, in a world that
 * is made anew for each run, with something between the program and the world.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import type { Command, Wrap } from "../../domain/Capability.ts"
import { type Controller, type Key, keyText, type Verdict } from "../../domain/Controller.ts"
import * as WorkQueue from "../../domain/kube/WorkQueue.ts"

export interface World<R, A> {
  /** A fresh world, and every capability with `wrap` around it. */
  readonly layer: (wrap: Wrap) => Layer.Layer<R>
  /** Lets so many milliseconds pass, and the outside do what it does by itself in them. */
  readonly between: (millis: number) => Effect.Effect<void, never, R>
  /** What must come out the same, without names and times that servers chose. Plain data. */
  readonly observe: Effect.Effect<A, never, R>
  /** Passes in a row that change nothing before the world counts as settled. Default 3. */
  readonly quietPasses?: number
}

export interface Bounds {
  readonly passes: number
  readonly commandsInPass: number
  readonly millisInPass: number
}

export const bounds: Bounds = { passes: 200, commandsInPass: 500, millisInPass: 60_000 }

/** What a law found: how many runs it made, and each that broke it, as a sentence. */
export interface Finding {
  readonly runs: number
  readonly violations: ReadonlyArray<string>
}

/**
 * Which life of the process a fiber belongs to: what a dead one still asks is
 * never sent. 0 is nobody's: what the outside and observers ask.
 */
export const Life = Context.Reference<number>("gungnir/laws/generic/Run/Life", { defaultValue: () => 0 })

export interface PassRecord {
  readonly exit: Exit.Exit<Verdict<unknown>, unknown> | "TooLong" | "Crashed"
  readonly commands: ReadonlyArray<Command>
}

export interface Settled<A> {
  readonly isSettled: boolean
  readonly passes: ReadonlyArray<PassRecord>
  readonly observed: A
}

/** What passes have asked so far, kept by the innermost wrapper. */
export interface Journal {
  readonly commands: Array<Command>
}

export const recording =
  (journal: Journal): Wrap =>
  (inner) => ({
    perform: (command) =>
      Effect.flatMap(Life, (life) => {
        if (life > 0) journal.commands.push(command)
        return inner.perform(command)
      })
  })

const yields = Effect.repeat(Effect.yieldNow, { times: 50 })

const awaitPass = Effect.fnUntraced(function* <Memory, E, R>(
  between: (millis: number) => Effect.Effect<void, never, R>,
  pass: Effect.Effect<Verdict<Memory>, E, R>,
  isDead: () => boolean
): Effect.fn.Return<Exit.Exit<Verdict<Memory>, E> | "TooLong" | "Crashed", never, R> {
  // Detached: a crash runs no finalizer of what it ends.
  const fiber = yield* Effect.forkDetach(pass)
  for (let millis = 0; millis <= bounds.millisInPass; millis += 100) {
    yield* yields
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return exit
    if (isDead()) return "Crashed"
    yield* between(100)
  }
  yield* Fiber.interrupt(fiber)
  return "TooLong"
})

/** The shipped work queue with one key, whose primary object exists, as its driver performs it; a life begins with a trigger. */
const queueOf = <Memory, E, R>({ age, initialMemory }: Controller<Memory, E, R>, key: Key) => {
  const policy: WorkQueue.Policy<Memory> = { ...WorkQueue.defaults, initialMemory, age }
  let item: WorkQueue.Item<Memory> = WorkQueue.unknown
  let slots = WorkQueue.noSlots
  let elapsed = 0
  /** The memory of the pass that starts now, if one does. */
  const feed = (event: WorkQueue.Event<Memory>): { readonly memory: Memory } | undefined => {
    const change = WorkQueue.dispatch(policy, () => ({ item, elapsed }), slots, keyText(key), event)
    item = change.items.at(-1)?.[1] ?? item
    slots = change.slots
    elapsed = 0
    return change.starts[0]
  }
  feed({ _tag: "Primary", uid: "there" })
  return {
    feed,
    pass: (millis: number) => {
      elapsed += millis
    },
    /** Until the next pass by itself. While the primary object exists there always is one. */
    due: () => Math.max(1, (item.dueIn ?? policy.resync) - elapsed)
  }
}

const endOf = <Memory, E>(exit: Exit.Exit<Verdict<Memory>, E>): WorkQueue.Event<Memory> => {
  if (exit._tag === "Failure") return { _tag: "Failed" }
  const { memory, requeueAfter } = exit.value
  const millis = requeueAfter === undefined ? undefined : Duration.toMillis(requeueAfter)
  return { _tag: "Succeeded", memory, requeueAfter: millis }
}

/** Passes of one key, in one life, until the world rests or a bound is met or the life ends. */
export const settle = Effect.fnUntraced(function* <Memory, E, R, A>(
  controller: Controller<Memory, E, R>,
  key: Key,
  world: World<R, A>,
  journal: Journal,
  life = 1,
  isDead: () => boolean = () => false
): Effect.fn.Return<Settled<A>, never, R> {
  const passes: Array<PassRecord> = []
  const queue = queueOf(controller, key)
  const between = (millis: number) => Effect.tap(world.between(millis), () => Effect.sync(() => queue.pass(millis)))
  let observed = yield* world.observe
  let quiet = 0
  let start = queue.feed({ _tag: "Triggered" })
  while (passes.length < bounds.passes) {
    if (start === undefined) {
      yield* between(queue.due())
      start = queue.feed({ _tag: "Elapsed", millis: 0 })
      continue
    }
    const from = journal.commands.length
    const pass = Effect.provideService(controller.pass(key, start.memory), Life, life)
    const exit = yield* awaitPass(between, pass, isDead)
    const commands = journal.commands.slice(from)
    passes.push({ exit, commands })
    if (exit === "Crashed" || exit === "TooLong") break
    const hasWritten = commands.some(({ access }) => access === "write")
    // A controller watches every kind it writes.
    if (hasWritten) queue.feed({ _tag: "Triggered" })
    start = queue.feed(endOf(exit))
    // What the pass has set going goes on, even if the next one starts at once.
    yield* between(1)
    const now = yield* world.observe
    const changed = !Equal.equals(now, observed) || hasWritten
    observed = now
    quiet = changed || exit._tag === "Failure" ? 0 : quiet + 1
    if (quiet >= (world.quietPasses ?? 3)) return { isSettled: true, passes, observed }
  }
  return { isSettled: false, passes, observed }
})

/** One run in a world of its own. */
export const inFreshWorld = <R, A, B>(
  world: World<R, A>,
  wrap: Wrap,
  body: Effect.Effect<B, never, R>
): Effect.Effect<B> => Effect.provide(body, world.layer(wrap), { local: true })
