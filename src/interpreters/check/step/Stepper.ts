/**
 * Runs an unmodified Effect program through a log of inputs, synchronously, and
 * says what it waits for then. The program is parked, never failed: nothing in
 * it can tell that it waits for a checker.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import type * as Stack from "../../wrap/Stack.ts"
import type { Seat } from "../../../models/closed/Model.ts"
import * as Globals from "./Globals.ts"
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

export class Stepper {
  /** What abandoned programs tried after their step, as sentences: empty, or no verdict counts. */
  readonly leaks: Array<string> = []
  replays = 0

  private queue: Array<() => void> = []
  private slots = new Map<number, Slot>()
  private counts: Array<number> = []
  private now = 0
  private isTimed = false
  private operations = 0
  private root = 0
  private live = false
  private breaks: string | undefined
  private readonly limit: number
  private readonly run: (program: Effect.Effect<unknown, unknown>) => Fiber.Fiber<unknown, unknown>

  constructor({ operations = 100_000, seats, wrappers = {} }: Options) {
    this.limit = operations
    const parks: Services.Parks = {
      call: (system, command, wire) =>
        this.park((slot) => ({ _tag: "Call", slot, system, access: command.access, command: command._tag, wire })),
      ask: (question: Question) => this.park((slot) => ({ _tag: "Ask", slot, question })),
      sleep: (deadline) => Effect.asVoid(this.park((slot) => ({ _tag: "Timer", slot, deadline }))),
      now: () => {
        this.isTimed = true
        return this.now
      }
    }
    this.run = Effect.runForkWith(Services.context(seats, parks, this.scheduler, wrappers))
  }

  /** One queue for all fibers of the program; each fiber asks for a dispatcher of its own. */
  private readonly scheduler: Scheduler.Scheduler = {
    executionMode: "sync",
    // To throw here would not unwind: it parks the fiber, and nothing runs it any more.
    shouldYield: () => {
      if (++this.operations <= this.limit) return false
      this.breaks ??= `an endless loop: ${this.limit} operations without waiting for anything`
      return true
    },
    makeDispatcher: () => ({
      scheduleTask: (task) => {
        if (this.live) this.queue.push(task)
        else this.leaks.push("a program went on outside of its step: it waited for something that is no command")
      },
      flush: () => this.flush()
    })
  }

  /** `program` from its start through `log`, until it ends or all of it is parked. */
  replay(program: Effect.Effect<unknown, unknown>, log: ReadonlyArray<Fed>): Step {
    this.replays++
    this.slots = new Map()
    this.counts = []
    this.now = this.operations = 0
    this.isTimed = false
    this.breaks = undefined
    this.queue = []
    const rooted = Effect.withFiber((fiber) => {
      this.root = fiber.id
      return program
    })
    const onUse = (sentence: string): void => void (this.breaks ??= sentence)
    this.live = true
    const stackTraceLimit = Error.stackTraceLimit
    // Nobody looks at the stacks of errors that are made in here, and to take them costs more than the step.
    Error.stackTraceLimit = 0
    try {
      const fiber = Globals.without(onUse, () => {
        const fiber = this.run(rooted)
        this.flush()
        for (const input of log) this.feed(input)
        return fiber
      })
      return this.seen(fiber.pollUnsafe())
    } finally {
      Error.stackTraceLimit = stackTraceLimit
      this.live = false
      this.queue = []
    }
  }

  private seen(exit: Exit.Exit<unknown, unknown> | undefined): Step {
    const inState = (state: Slot["state"]): ReadonlyArray<Open> =>
      [...this.slots.values()]
        .filter((slot) => slot.state === state)
        .map(({ open }) => open)
        .toSorted((one, other) => one.slot - other.slot)
    const open = inState("open")
    if (exit === undefined && open.length === 0) {
      this.breaks ??= "parked on something the checker cannot see: a promise, a foreign callback, or a deadlock"
    }
    return {
      open,
      cancelled: inState("cancelled").filter((one) => one._tag === "Call"),
      exit,
      now: this.now,
      isTimed: this.isTimed,
      breaks: this.breaks
    }
  }

  private feed(input: Fed): void {
    if (this.breaks !== undefined) return
    if (input._tag === "Elapsed") return this.elapse(input.millis)
    const slot = this.slots.get(input.slot)
    if (slot?.state !== "open") {
      this.breaks = "not deterministic: run again on the same answers, it does not ask what it asked before"
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
  private elapse(millis: number): void {
    const until = this.now + millis
    while (this.breaks === undefined) {
      let due: (Slot & { readonly open: { readonly _tag: "Timer" } }) | undefined
      for (const slot of this.slots.values()) {
        if (slot.state !== "open" || !isTimer(slot) || slot.open.deadline > until) continue
        if (due === undefined || slot.open.deadline < due.open.deadline) due = slot
      }
      if (due === undefined) break
      this.now = Math.max(this.now, due.open.deadline)
      this.answer(due, Exit.void)
    }
    this.now = until
  }

  private flush(): void {
    for (let next = 0; next < this.queue.length && this.breaks === undefined; next++) this.queue[next]!()
    this.queue.length = 0
  }

  private park(open: (slot: number) => Open): Effect.Effect<unknown> {
    return Effect.callback<unknown>((resume) => {
      const fiber = Fiber.getCurrent()
      if (!this.live || fiber === undefined) {
        const sentence = "a program ran outside of its step: it waited for something that is no command"
        this.leaks.push(sentence)
        throw new Error(sentence)
      }
      const nth = fiber.id - this.root
      const count = this.counts[nth] ?? 0
      this.counts[nth] = count + 1
      if (count >= slotsPerFiber) this.breaks ??= `one fiber asked ${slotsPerFiber} times in one pass`
      const name = nth * slotsPerFiber + count
      const slot: Slot = { open: open(name), resume, state: "open" }
      this.slots.set(name, slot)
      return Effect.sync(() => {
        if (slot.state === "open") slot.state = "cancelled"
      })
    })
  }
}

const isTimer = (slot: Slot): slot is Slot & { readonly open: { readonly _tag: "Timer"; readonly deadline: number } } =>
  slot.open._tag === "Timer"
