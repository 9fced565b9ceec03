/**
 * One watch as a stream of lines: question after question to the world, each
 * where the last answer led, until the client leaves or its time is up.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { ServerResponse } from "node:http"
import type { Transport } from "../../domain/Capability.ts"
import { apiVersionOf } from "../../domain/kube/Object.ts"
import type { ApiReply, ApiRequest, WatchBody, WatchEvent } from "../../domain/kube/Wire.ts"
import { counting } from "../../models/Names.ts"
import { handle, type State } from "../../models/kube/api/Server.ts"
import { shaped, type Shaping } from "./Reply.ts"
import { after, takesBookmarks } from "./Waiting.ts"

export interface Source {
  readonly send: Transport<ApiRequest, ApiReply>
  readonly state: Effect.Effect<State>
}

/** Without a parameter the real server ends a watch after 30 to 60 minutes. */
const shortestSeconds = 1800

/** How long a watch that takes bookmarks is left without a line. */
const bookmarkEvery = Duration.seconds(60)

/** Characters that are written at a time; what a client does not read waits in the store, not here. */
const chunkSize = 64 * 1024

const isWatchBody = (body: unknown): body is WatchBody =>
  typeof body === "object" && body !== null && "events" in body && Array.isArray(body.events)

const drained = (response: ServerResponse): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const listener = (): void => resume(Effect.void)
    response.once("drain", listener)
    return Effect.sync(() => response.off("drain", listener))
  })

const send = (response: ServerResponse, text: string): Effect.Effect<void> =>
  Effect.suspend(() => (response.write(text) ? Effect.void : drained(response)))

const versionAfter = ({ events, resourceVersion }: WatchBody): string =>
  resourceVersion ?? events.at(-1)?.object.metadata.resourceVersion ?? ""

const bookmarkOf = ({ kind }: Shaping, version: number): WatchEvent => ({
  type: "BOOKMARK",
  object: {
    kind: kind.resource.kind,
    apiVersion: apiVersionOf(kind.resource),
    metadata: { resourceVersion: String(version) }
  }
})

/** What there is to say now about a watch that has been silent: the answer that it waits for, or how far it has come. */
const overdue = Effect.fnUntraced(function* (
  { state }: Source,
  request: ApiRequest,
  shaping: Shaping
): Effect.fn.Return<ApiReply> {
  const [now, nowMillis] = [yield* state, yield* Clock.currentTimeMillis]
  const [, reply] = handle(now, request, counting(nowMillis))
  const body: WatchBody = {
    kind: "WatchEvents",
    events: [bookmarkOf(shaping, now.version)],
    resourceVersion: String(now.version)
  }
  return reply ?? { status: 200, body }
})

const next = (source: Source, request: ApiRequest, shaping: Shaping): Effect.Effect<ApiReply> =>
  takesBookmarks(request)
    ? Effect.timeoutOrElse(source.send(request), {
        duration: bookmarkEvery,
        orElse: () => overdue(source, request, shaping)
      })
    : source.send(request)

/** Each event a line; as tables, the columns are told once. */
const writeEvents = Effect.fnUntraced(function* (
  response: ServerResponse,
  events: ReadonlyArray<WatchEvent>,
  shaping: Shaping
): Effect.fn.Return<void> {
  const nowMillis = yield* Clock.currentTimeMillis
  let text = ""
  for (const [index, { object, type }] of events.entries()) {
    const columns = shaping.columns && index === 0
    text += `${JSON.stringify({ type, object: shaped(object, { ...shaping, nowMillis, columns }) })}\n`
    if (text.length < chunkSize) continue
    yield* send(response, text)
    text = ""
  }
  if (text !== "") yield* send(response, text)
})

const run = Effect.fnUntraced(function* (
  source: Source,
  first: ApiRequest,
  response: ServerResponse,
  given: Shaping
): Effect.fn.Return<void> {
  let request = first
  let shaping = given
  while (true) {
    const reply = yield* next(source, request, shaping)
    if (reply.status !== 200 || !isWatchBody(reply.body)) {
      return yield* send(response, `${JSON.stringify({ type: "ERROR", object: reply.body })}\n`)
    }
    yield* writeEvents(response, reply.body.events, shaping)
    if (reply.body.events.length > 0) shaping = { ...shaping, columns: false }
    request = after(request, versionAfter(reply.body))
  }
})

const lasting = Effect.fnUntraced(function* ({ query }: ApiRequest): Effect.fn.Return<Duration.Duration> {
  const asked = Number(query?.["timeoutSeconds"] || 0)
  return Duration.seconds(asked > 0 ? asked : shortestSeconds * (1 + (yield* Random.next)))
})

/** Writes until the time of the watch is up; ends the response. Interrupted, it leaves the response to its owner. */
export const serve = Effect.fnUntraced(function* (
  source: Source,
  request: ApiRequest,
  response: ServerResponse,
  shaping: Shaping
): Effect.fn.Return<void> {
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" })
  response.flushHeaders()
  const time = yield* lasting(request)
  yield* Effect.timeoutOption(run(source, request, response, shaping), time)
  // Who has not read what is there by now does not get more time for it.
  if (response.writableNeedDrain) response.destroy()
  else response.end()
})
