/**
 * Watches as reads that wait. Each open HTTP stream is kept between two
 * requests, at the version it has delivered; the request that asks for what
 * comes after that version continues it, any other opens a new one.
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import type { ApiReply, WatchEvent } from "../../domain/kube/Wire.ts"
import type { Lost, Response } from "./KubernetesHttp.ts"

/** `Closed`: what any watch does sooner or later, to be opened again. `Garbage`: the server does not speak the protocol. */
class Ended extends Data.TaggedError("Ended")<{ readonly why: "Closed" | "Garbage" }> {}

interface Stream {
  readonly events: Queue.Dequeue<WatchEvent, Ended>
  readonly scope: Scope.Closeable
  /** What has been delivered; changed by the request that holds the stream. */
  version: string
}

export interface Options {
  /** Longest silence of a stream that is believed to live: the server sends a bookmark about once a minute. */
  readonly silence: Duration.Duration
}

/** One request that waits. `open` sends it, with the version at which to begin. */
export interface Waiting {
  /** Path, selectors and whatever else makes two watches the same but for their version. */
  readonly key: string
  readonly version: string
  readonly open: (version: string) => Effect.Effect<Response | ApiReply, never, Scope.Scope>
}

/** Streams without a reader: beyond this many of one key, or events of one stream, they are not worth keeping. */
const keptStreams = 4
const keptEvents = 10_000
const longestLine = 64 * 1024 * 1024

const isEvent = (value: unknown): value is WatchEvent =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  typeof value.type === "string" &&
  "object" in value &&
  typeof value.object === "object" &&
  value.object !== null

const parseLine = (line: string): WatchEvent | undefined => {
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Moves events from the body into the queue until either ends. A line cut by the end of the body is dropped. */
const pump = Effect.fnUntraced(function* (
  body: Response["body"],
  events: Queue.Queue<WatchEvent, Ended>,
  silence: Duration.Duration
): Effect.fn.Return<void, Ended | Lost | Cause.Done> {
  const decoder = new TextDecoder()
  let rest = ""
  while (true) {
    const chunks = yield* Effect.timeoutOrElse(Queue.takeAll(body), {
      duration: silence,
      orElse: () => Effect.fail(new Ended({ why: "Closed" }))
    })
    const lines = (rest + chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("")).split("\n")
    rest = lines.pop()!
    for (const line of lines) {
      if (line.trim() === "") continue
      const event = parseLine(line)
      if (event === undefined) return yield* new Ended({ why: "Garbage" })
      Queue.offerUnsafe(events, event)
      // The server sends nothing after an ERROR.
      if (event.type === "ERROR") return yield* new Ended({ why: "Closed" })
    }
    if (rest.length > longestLine) return yield* new Ended({ why: "Garbage" })
    if (Queue.sizeUnsafe(events) > keptEvents) return yield* new Ended({ why: "Closed" })
  }
})

const versionOf = (event: WatchEvent): string | undefined => event.object.metadata?.resourceVersion

/** Streams between two requests, and the one operation on them. */
export const make = Effect.fnUntraced(function* (options: Options) {
  const parent = yield* Effect.scope
  const idle = new Map<string, ReadonlyArray<Stream>>()

  const close = (stream: Stream) => Scope.close(stream.scope, Exit.void)

  /** Gives a stream back for the next request, and closes the oldest ones that nobody came for. */
  const keep = (key: string, stream: Stream) =>
    Effect.suspend(() => {
      const all = [...(idle.get(key) ?? []), stream]
      idle.set(key, all.slice(-keptStreams))
      return Effect.forEach(all.slice(0, -keptStreams), close, { discard: true })
    })

  const kept = (key: string, version: string): Stream | undefined => {
    const all = idle.get(key) ?? []
    const stream = all.find((one) => one.version === version)
    if (stream !== undefined)
      idle.set(
        key,
        all.filter((one) => one !== stream)
      )
    return stream
  }

  const opened = (request: Waiting, version: string): Effect.Effect<Stream | ApiReply> =>
    Effect.uninterruptibleMask(
      Effect.fnUntraced(function* (restore) {
        const scope = yield* Scope.fork(parent)
        const answer = yield* restore(request.open(version)).pipe(
          Scope.provide(scope),
          Effect.onExit((exit) =>
            Exit.isSuccess(exit) && isResponse(exit.value) ? Effect.void : Scope.close(scope, Exit.void)
          )
        )
        if (!isResponse(answer)) return answer
        const events = yield* Queue.unbounded<WatchEvent, Ended>()
        yield* pump(answer.body, events, options.silence).pipe(
          Effect.catch((end) => Effect.succeed(end instanceof Ended ? end : new Ended({ why: "Closed" }))),
          Effect.flatMap((end) => (end instanceof Ended ? Queue.fail(events, end) : Effect.void)),
          Effect.forkIn(scope)
        )
        return { events, scope, version }
      })
    )

  /** Events that have come, at least one; the stream stays usable when the wait is interrupted. */
  const taken = (key: string, stream: Stream): Effect.Effect<ApiReply, Ended> =>
    Effect.uninterruptibleMask((restore) =>
      restore(Queue.takeAll(stream.events)).pipe(
        Effect.tap((events) => {
          stream.version = events.map(versionOf).findLast((version) => version !== undefined) ?? stream.version
          return events.at(-1)?.type === "ERROR" ? close(stream) : keep(key, stream)
        }),
        Effect.onError((cause) => (Cause.hasInterruptsOnly(cause) ? keep(key, stream) : close(stream))),
        Effect.map((events) => ({ status: 200, body: { kind: "WatchEvents", events } }))
      )
    )

  /** Never fails: a stream that ended is opened again at the same version, at most every 5 s while nothing comes. */
  const next = Effect.fnUntraced(function* (request: Waiting): Effect.fn.Return<ApiReply> {
    for (let reopened = 0; ; reopened++) {
      if (reopened > 1) yield* Effect.sleep(Duration.millis(Math.min(5_000, 50 * 2 ** reopened)))
      const stream = kept(request.key, request.version) ?? (yield* opened(request, request.version))
      if (!("events" in stream)) return stream
      const exit = yield* Effect.exit(taken(request.key, stream))
      if (Exit.isSuccess(exit)) return exit.value
      const end = Cause.squash(exit.cause)
      // A stream fails with `Ended` only: what is left are defects and interruption.
      if (!(end instanceof Ended)) return yield* Effect.failCause(exit.cause as Cause.Cause<never>)
      if (end.why === "Garbage") {
        return { status: 0, body: "TimedOut", detail: "the watch stream is no sequence of JSON events" }
      }
    }
  })

  return { next }
})

const isResponse = (answer: Response | ApiReply): answer is Response =>
  typeof answer.body === "object" && answer.body !== null && Queue.isDequeue(answer.body)
