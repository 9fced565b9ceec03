/**
 * One HTTP exchange on a long-lived dispatcher. It tells apart what a program
 * must tell apart: nothing was sent, or the outcome is unknown.
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Dispatcher } from "undici"

/** No (complete) answer came. `wasSent` is false only when no byte of the request can have reached the server. */
export class Lost extends Data.TaggedError("Lost")<{ readonly wasSent: boolean; readonly detail: string }> {}

export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Ends with `Done` after a complete body, with `Lost` after a cut one. */
  readonly body: Queue.Dequeue<Uint8Array, Lost | Cause.Done>
}

/** Name and words of a network error; those of undici, tls and the system calls hold no part of a request. */
const describe = (error: Error): string => {
  // Errors of the system have a code; of others the field reads as absent.
  const code = (error as NodeJS.ErrnoException).code
  return code === undefined || error.message.includes(code) ? error.message : `${code}: ${error.message}`
}

const textual = (headers: Readonly<Record<string, string | Array<string> | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), String(value)] as const]
    )
  )

const interrupted = new Error("the request was given up")

/** Sends the request and returns once headers have come. When the scope closes, what is still under way is aborted. */
export const open = (
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions
): Effect.Effect<Response, Lost, Scope.Scope> =>
  Effect.gen(function* () {
    const body = yield* Queue.unbounded<Uint8Array, Lost | Cause.Done>()
    let controller: Dispatcher.DispatchController | undefined
    let isOver = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (!isOver) controller?.abort(interrupted)
        isOver = true
      })
    )
    return yield* Effect.callback<Response, Lost>((resume) => {
      let hasHead = false
      const lose = (error: Error): void => {
        const lost = new Lost({ wasSent: controller !== undefined, detail: describe(error) })
        isOver = true
        if (hasHead) Queue.failCauseUnsafe(body, Cause.fail(lost))
        else resume(Effect.fail(lost))
      }
      const handler: Dispatcher.DispatchHandler = {
        // Called when a connection stands and before the first byte is written.
        onRequestStart: (started) => {
          if (isOver) return started.abort(interrupted)
          controller = started
        },
        onResponseStart: (_controller, status, headers) => {
          if (status < 200) return
          hasHead = true
          resume(Effect.succeed({ status, headers: textual(headers), body }))
        },
        onResponseData: (_controller, chunk) => void Queue.offerUnsafe(body, chunk),
        onResponseEnd: () => {
          isOver = true
          Queue.endUnsafe(body)
        },
        onResponseError: (_controller, error) => lose(error)
      }
      try {
        dispatcher.dispatch(options, handler)
      } catch (error) {
        lose(error instanceof Error ? error : new Error(String(error)))
      }
    })
  })

/** The whole body as text. */
export const text = (body: Response["body"]): Effect.Effect<string, Lost> =>
  Effect.map(Queue.collect(body), (chunks) => Buffer.concat(chunks).toString("utf8"))
