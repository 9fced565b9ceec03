/**
 * Runs the passes of one controller: feeds events to the work queue and does
 * what it says. It decides nothing by itself.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { type Controller, type Key, keyText, type Verdict } from "../../domain/Controller.ts"
import * as WorkQueue from "../../domain/kube/WorkQueue.ts"
import * as Monotonic from "./Monotonic.ts"

export interface Dispatcher<Memory> {
  /** Look again at this key. */
  readonly wake: (key: Key) => Effect.Effect<void>
  /** The primary object of this key, or that it is gone. */
  readonly primary: (key: Key, uid: string | undefined) => Effect.Effect<void>
  /** What is remembered of this key as of now. */
  readonly memory: (key: Key) => Effect.Effect<Memory>
  /**
   * Starts no pass any more and waits for those under way; after `grace`
   * milliseconds it interrupts them and answers false: their last commands may
   * still take effect.
   */
  readonly stop: (grace: number) => Effect.Effect<boolean>
}

/** A key with what only the driver needs: when it was last stepped, its fibers, and what was last said of it. */
interface Entry<Memory> {
  readonly key: Key
  item: WorkQueue.Item<Memory>
  at: number
  timer: Fiber.Fiber<void> | undefined
  pass: Fiber.Fiber<void> | undefined
  complaint: string | undefined
}

/** Ends with its scope, without grace. */
export const make = Effect.fnUntraced(function* <Memory, E, R>(
  controller: Controller<Memory, E, R>,
  limits: Omit<WorkQueue.Policy<Memory>, "initialMemory" | "age">
): Effect.fn.Return<Dispatcher<Memory>, never, R | Scope.Scope> {
  const context = yield* Effect.context<R>()
  const policy = { ...limits, initialMemory: controller.initialMemory, age: controller.age }
  const entries = new Map<string, Entry<Memory>>()
  let slots = WorkQueue.noSlots
  let isStopping = false

  const entryOf = (key: Key, now: number): Entry<Memory> => {
    const text = keyText(key)
    const known = entries.get(text)
    if (known !== undefined) return known
    const entry = { key, item: WorkQueue.unknown, at: now, timer: undefined, pass: undefined, complaint: undefined }
    entries.set(text, entry)
    return entry
  }

  const advance = (key: Key, event: WorkQueue.Event<Memory>, now: number): WorkQueue.Change<Memory> => {
    entryOf(key, now)
    const read = (text: string): WorkQueue.Past<Memory> => {
      const entry = entries.get(text)
      return { item: entry?.item ?? WorkQueue.unknown, elapsed: entry === undefined ? 0 : now - entry.at }
    }
    const change = WorkQueue.dispatch(policy, read, slots, keyText(key), event)
    slots = change.slots
    for (const [text, item] of change.items) {
      const entry = entries.get(text)
      if (entry === undefined) continue
      entry.item = item
      entry.at = now
      if (WorkQueue.isForgettable(item)) entries.delete(text)
    }
    return change
  }

  const dispatch = (key: Key, event: WorkQueue.Event<Memory>): Effect.Effect<void> =>
    Effect.flatMap(Monotonic.millis, (now) => {
      const { starts, timers } = advance(key, event, now)
      if (isStopping || (starts.length === 0 && timers.length === 0)) return Effect.void
      return Effect.andThen(
        Effect.forEach(timers, ({ key }) => setTimer(key), { discard: true }),
        Effect.forEach(starts, ({ key, memory }) => startPass(key, memory), { discard: true })
      )
    }).pipe(Effect.uninterruptible)

  /** To what is due now: two fibers that set it may be interleaved, and the later one must not undo the timer. */
  const setTimer = (text: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      const entry = entries.get(text)
      entry?.timer?.interruptUnsafe()
      if (entry === undefined) return Effect.void
      entry.timer = undefined
      const millis = entry.item.dueIn
      if (millis === undefined) return Effect.void
      const ring = Effect.suspend(() => {
        // Or the new timer would interrupt this fiber, which sets it.
        entry.timer = undefined
        return dispatch(entry.key, { _tag: "Elapsed", millis: 0 })
      })
      return Effect.map(Effect.forkDetach(Effect.andThen(Effect.sleep(millis), ring)), (fiber) => {
        entry.timer = fiber
      })
    })

  const startPass = (text: string, memory: Memory): Effect.Effect<void> =>
    Effect.suspend(() => {
      const entry = entries.get(text)!
      const pass = Effect.suspend(() => controller.pass(entry.key, memory)).pipe(
        Effect.provideContext(context),
        Effect.exit,
        Effect.flatMap((exit) => Effect.andThen(comment(entry, exit), ended(entry, exit)))
      )
      return Effect.map(Effect.forkDetach(pass), (fiber) => {
        entry.pass = fiber
      })
    })

  const ended = (entry: Entry<Memory>, exit: Exit.Exit<Verdict<Memory>, E>): Effect.Effect<void> => {
    entry.pass = undefined
    if (exit._tag === "Failure") return dispatch(entry.key, { _tag: "Failed" })
    const { memory, requeueAfter } = exit.value
    const millis = requeueAfter === undefined ? undefined : Duration.toMillis(requeueAfter)
    return dispatch(entry.key, { _tag: "Succeeded", memory, requeueAfter: millis })
  }

  /** Says each failure once, until it changes or ends. A defect comes with where it happened. */
  const comment = (entry: Entry<Memory>, exit: Exit.Exit<Verdict<Memory>, E>): Effect.Effect<void> => {
    const said = entry.complaint
    entry.complaint = undefined
    if (exit._tag === "Success") {
      return said === undefined ? Effect.void : annotated(entry, Effect.logInfo("the pass succeeds again"))
    }
    const failure = Cause.squash(exit.cause)
    const complaint = String(failure)
    // A lost race is no news, and would only hide what is.
    if (Predicate.hasProperty(failure, "isRace") && failure.isRace === true) {
      return annotated(entry, Effect.logDebug(`the pass lost a race and is tried again: ${complaint}`))
    }
    entry.complaint = complaint
    if (complaint === said) return Effect.void
    return annotated(
      entry,
      Cause.hasDies(exit.cause)
        ? Effect.logError("a pass ended with a defect; it is tried again", exit.cause)
        : Effect.logWarning(`the pass failed and is tried again: ${complaint}`)
    )
  }

  const annotated = (entry: Entry<Memory>, effect: Effect.Effect<void>): Effect.Effect<void> =>
    Effect.annotateLogs(effect, { controller: controller.name, key: keyText(entry.key) })

  const stop = Effect.fnUntraced(function* (grace: number): Effect.fn.Return<boolean> {
    isStopping = true
    for (const entry of entries.values()) entry.timer?.interruptUnsafe()
    const running = [...entries.values()].flatMap(({ pass }) => (pass === undefined ? [] : [pass]))
    if (running.length === 0) return true
    const ended = grace > 0 ? yield* Effect.timeoutOption(Fiber.awaitAll(running), grace) : undefined
    if (ended?._tag === "Some") return true
    yield* Fiber.interruptAll(running)
    return false
  })

  yield* Effect.addFinalizer(() => stop(0))
  return {
    wake: (key) => dispatch(key, { _tag: "Triggered" }),
    primary: (key, uid) => dispatch(key, { _tag: "Primary", uid }),
    memory: (key) =>
      Effect.andThen(
        dispatch(key, { _tag: "Elapsed", millis: 0 }),
        Effect.sync(() => entries.get(keyText(key))?.item.memory ?? controller.initialMemory)
      ),
    stop
  }
})
