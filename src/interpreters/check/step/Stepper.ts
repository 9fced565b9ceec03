/**
 * Runs an unmodified Effect program through a log of inputs, synchronously, and
 * says what it waits for then. The program is parked, never failed: nothing in
 * it can tell that it waits for a checker.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import type * as Stack from "../../wrap/Stack.ts"
import type { Seat } from "../../../models/closed/Model.ts"
import * as Globals from "./Globals.ts"
import * as Place from "./Place.ts"
import * as Services from "./Services.ts"
import { type Call, type Open, type Question, slotsPerFiber } from "./Slot.ts"

/** As `Slot.Input`, with the answer as the exit that the program resumes with. */
export type Fed =
  | { readonly _tag: "Answered"; readonly slot: number; readonly exit: Exit.Exit<unknown> }
  | { readonly _tag: "Elapsed"; readonly millis: number }

export interface Step {
  /** By slot. */
  readonly open: ReadonlyArray<Open>
  /** Calls that the program stopped waiting for, over the whole log: they may still land. */
  readonly cancelled: ReadonlyArray<Call>
  readonly exit: Exit.Exit<unknown, unknown> | undefined
  /** Milliseconds since the program began. */
  readonly now: number
  /** Whether the program could tell if time went by: it read the clock, or set a timer. */
  readonly isTimed: boolean
  /** A rule of programs that was broken, as a sentence. */
  readonly breaks: string | undefined
}

interface Slot {
  readonly open: Open
  readonly resume: (effect: Effect.Effect<unknown>) => void
  state: "open" | "done" | "cancelled"
}

export interface Options {
  readonly seats: ReadonlyArray<Seat>
  /** Of the wrappers, as in `bin`. */
  readonly wrappers?: Stack.Options
  /** How much a program may do without waiting for anything. Default 100,000 operations. */
  readonly operations?: number
}

/** More commands, timers and looks into caches than that, by one fiber in one pass, have no end. */
const mostAsked = 1000

/** Numbers of fibers go up by one, whoever's they are; this is the last that was given. */
const lastFiber = (): number => Effect.runFork(Effect.void).id

/** A program that was begun: parked in its step, it can be told more. */
export class Run {
  readonly slots = new Map<number, Slot>()
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  now = 0
  isTimed = false
  breaks: string | undefined
  private readonly counts: Array<number> = []
  /** Each time it ran: the numbers of the last fiber before and the first one after, and how many it had forked by then. */
  private readonly stretches: Array<{ readonly from: number; until: number; readonly forked: number }> = []
  private forked = 0

  enter(): void {
    this.stretches.push({ from: lastFiber(), until: Infinity, forked: this.forked })
  }

  leave(): void {
    const stretch = this.stretches.at(-1)!
    stretch.until = lastFiber()
    this.forked += stretch.until - stretch.from - 1
  }

  /** The next slot of a fiber; `undefined`: the fiber is another run's. */
  name(fiber: number): number | undefined {
    const stretch = this.stretches.findLast(({ from, until }) => from < fiber && fiber < until)
    if (stretch === undefined) return undefined
    const nth = stretch.forked + fiber - stretch.from - 1
    const count = this.counts[nth] ?? 0
    this.counts[nth] = count + 1
    if (count >= mostAsked) this.breaks ??= `an endless loop: it asked ${mostAsked} times in one pass`
    return nth * slotsPerFiber + count
  }
}

export class Stepper {
  /** What abandoned programs tried after their step, as sentences: empty, or no verdict counts. */
  readonly leaks: Array<string> = []
  /** Programs that were begun. */
  replays = 0

  private queue: Array<() => void> = []
  /** Whose step it is. */
  private current: Run | undefined
  private operations = 0
  private hasStacks = false
  private readonly limit: number
  private readonly fork: (program: Effect.Effect<unknown, unknown>) => Fiber.Fiber<unknown, unknown>

  constructor({ operations = 100_000, seats, wrappers = {} }: Options) {
    this.limit = operations
    const parks: Services.Parks = {
      call: (system, command, wire) =>
        this.park((slot) => ({ _tag: "Call", slot, system, access: command.access, command: command._tag, wire })),
      ask: (question: Question) => this.park((slot) => ({ _tag: "Ask", slot, question })),
      sleep: (deadline) => Effect.asVoid(this.park((slot) => ({ _tag: "Timer", slot, deadline }))),
      now: () => {
        if (this.current === undefined) return 0
        this.current.isTimed = true
        return this.current.now
      }
    }
    this.fork = Effect.runForkWith(Services.context(seats, parks, this.scheduler, wrappers))
  }

  /** One queue for all fibers of the program; each fiber asks for a dispatcher of its own. */
  private readonly scheduler: Scheduler.Scheduler = {
    executionMode: "sync",
    // To throw here would not unwind: it parks the fiber, and nothing runs it any more.
    shouldYield: () => {
      if (++this.operations <= this.limit) return false
      if (this.current !== undefined) {
        this.current.breaks ??= `an endless loop: ${this.limit} operations without waiting for anything`
      }
      return true
    },
    makeDispatcher: () => ({
      scheduleTask: (task) => {
        if (this.current !== undefined) this.queue.push(task)
        else this.leaks.push("a program went on outside of its step: it waited for something that is no command")
      },
      flush: () => this.flush()
    })
  }

  /** `program` from its start through `log`, until it ends or all of it is parked. */
  begin(program: Effect.Effect<unknown, unknown>, log: ReadonlyArray<Fed> = []): Run {
    this.replays++
    const run = new Run()
    this.within(run, () => {
      run.fiber = this.fork(program)
      this.flush()
      for (const input of log) this.tell(run, input)
    })
    return run
  }

  /** A parked program goes on with one input more: as if it had been begun with all of them. */
  feed(run: Run, input: Fed): void {
    this.within(run, () => this.tell(run, input))
  }

  /** Once more, to be told where the error comes from that it ends with. */
  placeOf(program: Effect.Effect<unknown, unknown>, log: ReadonlyArray<Fed>): string {
    this.hasStacks = true
    const exit = this.replay(program, log).exit
    this.hasStacks = false
    const error = exit === undefined || Exit.isSuccess(exit) ? undefined : Cause.squash(exit.cause)
    return error instanceof Error ? Place.told(error.stack) : ""
  }

  replay(program: Effect.Effect<unknown, unknown>, log: ReadonlyArray<Fed>): Step {
    return this.seen(this.begin(program, log))
  }

  /** Where a run stands. */
  seen(run: Run): Step {
    const inState = (state: Slot["state"]): ReadonlyArray<Open> =>
      [...run.slots.values()]
        .filter((slot) => slot.state === state)
        .map(({ open }) => open)
        .toSorted((one, other) => one.slot - other.slot)
    const exit = run.fiber?.pollUnsafe()
    const open = inState("open")
    if (exit === undefined && open.length === 0) {
      run.breaks ??= "parked on something the checker cannot see: a promise, a foreign callback, or a deadlock"
    }
    const cancelled = inState("cancelled").filter((one) => one._tag === "Call")
    return { open, cancelled, exit, now: run.now, isTimed: run.isTimed, breaks: run.breaks }
  }

  private within(run: Run, body: () => void): void {
    const stackTraceLimit = Error.stackTraceLimit
    // Nobody looks at the stacks of errors that are made in here, and to take them costs more than the step.
    Error.stackTraceLimit = this.hasStacks ? 50 : 0
    this.operations = 0
    this.queue = []
    run.enter()
    this.current = run
    try {
      Globals.without((sentence) => void (run.breaks ??= sentence), body)
    } finally {
      this.current = undefined
      run.leave()
      this.queue = []
      Error.stackTraceLimit = stackTraceLimit
    }
  }

  private tell(run: Run, input: Fed): void {
    if (run.breaks !== undefined) return
    if (input._tag === "Elapsed") return this.elapse(run, input.millis)
    const slot = run.slots.get(input.slot)
    if (slot?.state !== "open") {
      run.breaks = "not deterministic: run again on the same answers, it does not ask what it asked before"
      return
    }
    this.answer(slot, input.exit)
  }

  private answer(slot: Slot, exit: Exit.Exit<unknown>): void {
    slot.state = "done"
    slot.resume(exit)
    this.flush()
  }

  /** Timers go off one by one, in the order of their deadlines. */
  private elapse(run: Run, millis: number): void {
    const until = run.now + millis
    while (run.breaks === undefined) {
      let due: (Slot & { readonly open: { readonly _tag: "Timer" } }) | undefined
      for (const slot of run.slots.values()) {
        if (slot.state !== "open" || !isTimer(slot) || slot.open.deadline > until) continue
        if (due === undefined || slot.open.deadline < due.open.deadline) due = slot
      }
      if (due === undefined) break
      run.now = Math.max(run.now, due.open.deadline)
      this.answer(due, Exit.void)
    }
    run.now = until
  }

  private flush(): void {
    for (let next = 0; next < this.queue.length && this.current?.breaks === undefined; next++) this.queue[next]!()
    this.queue.length = 0
  }

  private park(open: (slot: number) => Open): Effect.Effect<unknown> {
    return Effect.callback<unknown>((resume) => {
      const fiber = Fiber.getCurrent()
      const name = fiber === undefined ? undefined : this.current?.name(fiber.id)
      if (name === undefined) {
        const sentence = "a program ran outside of its step: it waited for something that is no command"
        this.leaks.push(sentence)
        throw new Error(sentence)
      }
      const slot: Slot = { open: open(name), resume, state: "open" }
      this.current!.slots.set(name, slot)
      return Effect.sync(() => {
        if (slot.state === "open") slot.state = "cancelled"
      })
    })
  }
}

const isTimer = (slot: Slot): slot is Slot & { readonly open: { readonly _tag: "Timer"; readonly deadline: number } } =>
  slot.open._tag === "Timer"
