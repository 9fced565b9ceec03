/**
 * What a program and what is said of it must not touch while they are checked:
 * clocks, chance, timers and promises that are not the checker's. Replaced by
 * functions that say so, only while others' code may run.
 */

import * as Place from "./Place.ts"

/** Where it is, its name there, and what to use instead. */
type Foreign = readonly [owner: object, name: string, instead: string]

const clock = "ask Effect's Clock"
const chance = "ask Effect's Random, or a command"
const command = "make it a command: the checker cannot answer a promise"
const waiting = "use Effect.sleep, or a command"

const foreign: ReadonlyArray<Foreign> = [
  [globalThis, "setTimeout", waiting],
  [globalThis, "setInterval", waiting],
  [globalThis, "setImmediate", waiting],
  [globalThis, "queueMicrotask", waiting],
  [process, "nextTick", waiting],
  [process, "hrtime", clock],
  [process, "uptime", clock],
  [performance, "now", clock],
  [Math, "random", chance],
  [crypto, "getRandomValues", chance],
  [crypto, "randomUUID", chance],
  [globalThis, "fetch", command],
  // What every wait for a promise from outside of an async function goes through.
  [Promise.prototype, "then", command]
]

const titleOf = (owner: object, name: string): string => {
  const owners: ReadonlyArray<readonly [object, string]> = [
    [Math, "Math."],
    [performance, "performance."],
    [crypto, "crypto."],
    [process, "process."],
    [Promise.prototype, "Promise.prototype."]
  ]
  return `${owners.find(([known]) => known === owner)?.[1] ?? ""}${name}`
}

/** As `Date`, but that it does not know what time it is. */
const timeless = (real: DateConstructor, refuse: (what: string, instead: string) => never): DateConstructor =>
  new Proxy(real, {
    construct: (target, values) =>
      values.length === 0 ? refuse("Date without an argument", clock) : Reflect.construct(target, values),
    apply: () => refuse("Date as a function", clock),
    get: (target, name) =>
      name === "now" ? () => refuse(`Date.${name}`, clock) : (Reflect.get(target, name) as unknown)
  })

const inHash = /[\\/]effect[\\/](?:dist|src)[\\/]Hash\.[cm]?[jt]s/

/**
 * Effect hashes what has no structure (a function that an annotation holds, say)
 * by a number of its own choice, asked for once and compared with itself only.
 * It gets one number for all: nothing depends on what was hashed before.
 */
const isEffectsHash = (): boolean => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 6
  const { stack = "" } = new Error("who asks")
  Error.stackTraceLimit = limit
  return inHash.test(stack)
}

/** Who is to hear that something was used; what it says is the error. */
type OnUse = (what: string, instead: string) => string

let onUse: OnUse | undefined
let undo = (): void => {}

/** Everything is as it was: for a `body` that was broken off. */
export const restore = (): void => {
  onUse = undefined
  undo()
}

const here = (): string => Place.told(Place.withStacks(() => new Error("who asks")).stack)

const refuse = (what: string, instead: string): never => {
  throw new Error(onUse?.(what, instead))
}

const replace = (): void => {
  const before = foreign.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name))
  const date = Object.getOwnPropertyDescriptor(globalThis, "Date")!
  for (const [owner, name, instead] of foreign) {
    const isChance = owner === Math
    const value = () => (isChance && isEffectsHash() ? 0.5 : refuse(titleOf(owner, name), instead))
    if (name === "hrtime") Object.assign(value, { bigint: value })
    Object.defineProperty(owner, name, { value, configurable: true, writable: true })
  }
  Object.defineProperty(globalThis, "Date", { ...date, value: timeless(Date, refuse) })
  undo = () => {
    undo = () => {}
    Object.defineProperty(globalThis, "Date", date)
    foreign.forEach(([owner, name], index) => {
      const descriptor = before[index]
      if (descriptor === undefined) Reflect.deleteProperty(owner, name)
      else Object.defineProperty(owner, name, descriptor)
    })
  }
}

/** What is replaced already stays so: only who hears of a use is another one while `body` runs. */
const heardBy = <A>(hearer: OnUse, body: () => A): A => {
  const outer = onUse
  if (outer === undefined) replace()
  onUse = hearer
  try {
    return body()
  } finally {
    onUse = outer
    if (outer === undefined) undo()
  }
}

/**
 * Runs `body`, a step of a program, with all of these refused. `onUse` hears of
 * each use, so that one whose error the program catches counts as well.
 */
export const without = <A>(onUse: (sentence: string) => void, body: () => A): A => {
  let first: string | undefined
  return heardBy((what, instead) => {
    // The first use is the one that is told.
    first ??= `a program used ${what}: ${instead}${here()}`
    onUse(first)
    return first
  }, body)
}

/**
 * The same around everything else that others wrote, many functions at a time.
 * `onUse` hears what was used and where, and says what the error is.
 */
export const guarded = <A>(onUse: (use: string) => string, body: () => A): A =>
  heardBy((what) => onUse(`${what}${here()}`), body)
