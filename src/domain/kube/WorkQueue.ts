/**
 * What stands between a trigger and a pass, and between a pass and the next:
 * one item per key, and the slots that bound how many passes run at a time.
 * Pure reducers; the live loop and the checker both step them.
 */

/** Times are milliseconds. */
export interface Policy<Memory> {
  /** The first wait after a failure; each further failure in a row doubles it. */
  readonly backoffBase: number
  readonly backoffCap: number
  /** A pass this long after the last good one although nothing happened, while the primary object exists. */
  readonly resync: number
  /** How many keys may be in a pass at the same time. */
  readonly concurrency: number
  readonly initialMemory: Memory
  readonly age?: ((memory: Memory, millis: number) => Memory) | undefined
}

export const defaults = { backoffBase: 5, backoffCap: 10_000, resync: 10_000, concurrency: 64 } as const

/** `Asking`: due, and waits for a slot. */
export type Phase = "Idle" | "Asking" | "Running"

/** One key; its fields are always all there, in this order. A key that nobody knows anything of is `unknown`. */
export interface Item<Memory> {
  readonly phase: Phase
  /** Only while running: something happened that the pass under way may have missed. */
  readonly again: boolean
  /** Only while running: the memory that the pass began with is no longer that of the primary object. */
  readonly stale: boolean
  /** Of the primary object as last seen; undefined while none was seen. */
  readonly uid: string | undefined
  /** Undefined: the controller's initial one. */
  readonly memory: Memory | undefined
  /** In a row; stops counting where the backoff stops growing. */
  readonly failures: number
  /** Milliseconds until a pass although nothing happens; undefined: never. */
  readonly dueIn: number | undefined
}

export const unknown: Item<never> = {
  phase: "Idle",
  again: false,
  stale: false,
  uid: undefined,
  memory: undefined,
  failures: 0,
  dueIn: undefined
}

export type Event<Memory> =
  | { readonly _tag: "Triggered" }
  | { readonly _tag: "Elapsed"; readonly millis: number }
  /** The primary object, or that there is none, as the watch tells. */
  | { readonly _tag: "Primary"; readonly uid: string | undefined }
  | { readonly _tag: "Granted" }
  | { readonly _tag: "Succeeded"; readonly memory: Memory; readonly requeueAfter?: number | undefined }
  | { readonly _tag: "Failed" }

export type Action<Memory> =
  /** For a slot. */
  | { readonly _tag: "Ask" }
  | { readonly _tag: "StartPass"; readonly memory: Memory }
  | { readonly _tag: "FreeSlot" }
  /** Feed `Elapsed` after so many milliseconds at the latest; it replaces the timer set before. */
  | { readonly _tag: "SetTimer"; readonly millis: number | undefined }

type Step<Memory> = readonly [Item<Memory>, ReadonlyArray<Action<Memory>>]

/** How long the next attempt waits after so many failures in a row. */
export const backoff = (failures: number, base: number, cap: number): number =>
  failures === 0 ? 0 : Math.min(base * 2 ** (failures - 1), cap)

/** One failure more, but never more than are needed to reach the cap. */
export const countFailure = (failures: number, base: number, cap: number): number =>
  backoff(failures, base, cap) >= cap && failures > 0 ? failures : failures + 1

const ask = <Memory>(item: Item<Memory>): Step<Memory> => [
  { ...item, phase: "Asking", dueIn: undefined },
  [{ _tag: "SetTimer", millis: undefined }, { _tag: "Ask" }]
]

const trigger = <Memory>(item: Item<Memory>): Step<Memory> => {
  switch (item.phase) {
    case "Idle":
      return ask(item)
    case "Asking":
      return [item, []]
    case "Running":
      return [item.again ? item : { ...item, again: true }, []]
  }
}

const elapse = <Memory>(policy: Policy<Memory>, item: Item<Memory>, millis: number): Step<Memory> => {
  const aged =
    policy.age === undefined || item.memory === undefined ? item : { ...item, memory: policy.age(item.memory, millis) }
  if (aged.dueIn === undefined) return [aged, []]
  if (millis >= aged.dueIn) return ask(aged)
  const dueIn = aged.dueIn - millis
  return [{ ...aged, dueIn }, [{ _tag: "SetTimer", millis: dueIn }]]
}

/** Another object under the same name, or none, has nothing to do with what was remembered. */
const primary = <Memory>(item: Item<Memory>, uid: string | undefined): Step<Memory> => {
  if (uid === item.uid) return [item, []]
  if (item.uid === undefined) return [{ ...item, uid }, []]
  return [{ ...item, uid, memory: undefined, failures: 0, stale: item.phase === "Running" }, []]
}

/** What follows a pass: at once the next one when it may have missed something, else a timer. */
const rest = <Memory>(item: Item<Memory>, dueIn: number | undefined): Step<Memory> => {
  const free: Action<Memory> = { _tag: "FreeSlot" }
  const idle: Item<Memory> = { ...item, phase: "Idle", again: false, stale: false }
  if (item.again) {
    const [next, actions] = ask(idle)
    return [next, [free, ...actions]]
  }
  if (dueIn === undefined) return [idle, [free]]
  return [{ ...idle, dueIn }, [free, { _tag: "SetTimer", millis: dueIn }]]
}

const succeed = <Memory>(policy: Policy<Memory>, item: Item<Memory>, memory: Memory, requeueAfter?: number) => {
  const resync = item.uid === undefined ? undefined : policy.resync
  const dueIn =
    requeueAfter === undefined ? resync : Math.max(1, Math.min(requeueAfter, resync ?? Number.POSITIVE_INFINITY))
  const isKept = !item.stale && (item.uid !== undefined || dueIn !== undefined || item.again)
  return rest({ ...item, memory: isKept ? memory : undefined, failures: 0 }, dueIn)
}

const fail = <Memory>(policy: Policy<Memory>, item: Item<Memory>) => {
  const failures = countFailure(item.failures, policy.backoffBase, policy.backoffCap)
  return rest({ ...item, failures }, backoff(failures, policy.backoffBase, policy.backoffCap))
}

/**
 * One key, one event. A trigger is never lost: after it, a pass starts that
 * began later. At most one pass of a key runs. Events that the phase does not
 * know (a pass that ends while none runs) change nothing.
 */
export const step = <Memory>(policy: Policy<Memory>, item: Item<Memory>, event: Event<Memory>): Step<Memory> => {
  switch (event._tag) {
    case "Triggered":
      return trigger(item)
    case "Elapsed":
      return elapse(policy, item, event.millis)
    case "Primary":
      return primary(item, event.uid)
    case "Granted":
      return item.phase === "Asking"
        ? [{ ...item, phase: "Running" }, [{ _tag: "StartPass", memory: item.memory ?? policy.initialMemory }]]
        : [item, [{ _tag: "FreeSlot" }]]
    case "Succeeded":
      return item.phase === "Running" ? succeed(policy, item, event.memory, event.requeueAfter) : [item, []]
    case "Failed":
      return item.phase === "Running" ? fail(policy, item) : [item, []]
  }
}

/** Nothing is known of this key, and nothing will happen by itself. */
export const isForgettable = <Memory>(item: Item<Memory>): boolean =>
  item.phase === "Idle" && item.uid === undefined && item.dueIn === undefined && item.memory === undefined

/** The passes under way, and the keys that wait for one to end, in order. */
export interface Slots {
  readonly taken: number
  readonly waiting: ReadonlyArray<string>
}

export const noSlots: Slots = { taken: 0, waiting: [] }

/** What one event did: the items that changed, the slots, and per key what is to be done. */
export interface Change<Memory> {
  readonly items: ReadonlyArray<readonly [key: string, item: Item<Memory>]>
  readonly slots: Slots
  readonly starts: ReadonlyArray<{ readonly key: string; readonly memory: Memory }>
  readonly timers: ReadonlyArray<{ readonly key: string; readonly millis: number | undefined }>
}

/** A key as it was when it was last stepped, and how many milliseconds ago that was. */
export interface Past<Memory> {
  readonly item: Item<Memory>
  readonly elapsed: number
}

/**
 * One event of one key, with the slots: asks for one, frees one, and starts
 * whoever waits longest. Whatever key it touches first gets the time since it
 * was last touched. `read` gives what is known of a key, `unknown` if nothing.
 */
export const dispatch = <Memory>(
  policy: Policy<Memory>,
  read: (key: string) => Past<Memory>,
  before: Slots,
  key: string,
  event: Event<Memory>
): Change<Memory> => {
  const items = new Map<string, Item<Memory>>()
  const starts: Array<{ key: string; memory: Memory }> = []
  const timers = new Map<string, number | undefined>()
  let slots = before
  const run = (key: string, event: Event<Memory>): void => {
    let known = items.get(key)
    if (known === undefined) {
      const { elapsed, item } = read(key)
      items.set(key, (known = item))
      if (elapsed > 0) {
        run(key, { _tag: "Elapsed", millis: elapsed })
        known = items.get(key)!
      }
    }
    const [item, actions] = step(policy, known, event)
    items.set(key, item)
    for (const action of actions) {
      switch (action._tag) {
        case "Ask":
          slots = { ...slots, waiting: [...slots.waiting, key] }
          break
        case "FreeSlot":
          slots = { ...slots, taken: slots.taken - 1 }
          break
        case "StartPass":
          starts.push({ key, memory: action.memory })
          break
        case "SetTimer":
          timers.set(key, action.millis)
          break
      }
    }
  }
  run(key, event)
  while (slots.waiting.length > 0 && slots.taken < policy.concurrency) {
    const [next, ...waiting] = slots.waiting
    slots = { taken: slots.taken + 1, waiting }
    run(next!, { _tag: "Granted" })
  }
  return { items: [...items], slots, starts, timers: [...timers].map(([key, millis]) => ({ key, millis })) }
}
