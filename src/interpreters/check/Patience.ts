/**
 * Work that others wrote, and that may never come to an end: a loop without a
 * way out can be left from outside only, which `node:vm` does.
 */
import { Script } from "node:vm"

const place = Symbol.for("gungnir/interpreters/check/Patience")
const script = new Script(`globalThis[Symbol.for("${place.description}")]()`)

const isLate = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"

/**
 * What `body` returns. After so many milliseconds it is broken off, wherever it
 * is: nothing of it goes on, its `finally` neither, and `late` says what then.
 */
export const within = <A>(millis: number, body: () => A, late: () => A): A => {
  const limit = Error.stackTraceLimit
  let result: { readonly value: A } | undefined
  Reflect.set(globalThis, place, () => void (result = { value: body() }))
  try {
    script.runInThisContext({ timeout: millis })
  } catch (error) {
    if (!isLate(error)) throw error
    Error.stackTraceLimit = limit
    return late()
  }
  // It has run to its end: a throw has gone past here.
  return result!.value
}
