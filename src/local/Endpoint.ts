/**
 * A Kubernetes API over plain HTTP on 127.0.0.1, for stock clients such as
 * kubectl: it only translates between HTTP and the world's requests.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { ApiReply, ApiRequest } from "../domain/kube/Wire.ts"
import { kindAt } from "../models/kube/api/Catalog.ts"
import type { Kind } from "../models/kube/api/Kind.ts"
import { counting } from "../models/Names.ts"
import { handle } from "../models/kube/api/Server.ts"
import * as Status from "../models/kube/api/Status.ts"
import type { Reply } from "../models/kube/api/Status.ts"
import * as Body from "./endpoint/Body.ts"
import * as Documents from "./endpoint/Documents.ts"
import { type Form, formOf } from "./endpoint/Negotiation.ts"
import { type Encoding, includeOf, plain, shaped, type Shaping, write } from "./endpoint/Reply.ts"
import { isPretty, routeOf, type Target } from "./endpoint/Route.ts"
import * as WatchStream from "./endpoint/WatchStream.ts"

export type { Source } from "./endpoint/WatchStream.ts"

/** The endpoint cannot listen. */
export class EndpointError extends Schema.TaggedError<EndpointError>()("EndpointError", {
  port: Schema.Number,
  detail: Schema.String
}) {
  override get message(): string {
    return `the Kubernetes endpoint cannot listen on 127.0.0.1:${this.port}: ${this.detail}; name another port`
  }
}

export interface Endpoint {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
}

const notAcceptable = Status.failure(
  406,
  "NotAcceptable",
  "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"
)

const healthy = (isVerbose: boolean): Reply => ({
  status: 200,
  body: isVerbose ? "[+]ping ok\nhealthz check passed\n" : "ok"
})

/** A reply of the transport itself has no status of HTTP; over a world in this process there are none. */
const replyOf = (reply: ApiReply): Reply =>
  reply.status === 0 ? Status.failure(503, "ServiceUnavailable", `the world does not answer: ${reply.body}`) : reply

interface Exchange {
  readonly source: WatchStream.Source
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly target: Target
}

const watch = Effect.fnUntraced(function* (
  { response, source }: Exchange,
  request: ApiRequest,
  encoding: Encoding,
  shaping: Shaping
): Effect.fn.Return<void> {
  // A watch that is refused has an answer at once; that it has expired is told in the stream.
  const [, answer] = handle(yield* source.state, request, counting(shaping.nowMillis))
  const status = answer === undefined ? 200 : answer.status
  if (answer !== undefined && status !== 200 && status !== 410) return write(response, replyOf(answer), encoding)
  yield* WatchStream.serve(source, request, response, shaping)
})

/** What is wrong with the body of a patch matters only when there is something to patch. */
const refusedBody = Effect.fnUntraced(function* (
  { source }: Exchange,
  request: ApiRequest,
  refusal: Reply
): Effect.fn.Return<Reply> {
  if (request.verb !== "patch") return refusal
  const { contentType: _1, query: _2, ...place } = request
  const found = yield* source.send({ ...place, verb: "get" })
  return found.status === 200 ? refusal : replyOf(found)
})

/** The request with its body; from here on an object is an object, in whatever encoding it came. */
const withBody = (request: ApiRequest, body: unknown): ApiRequest => {
  const { contentType, ...rest } = request
  return {
    ...rest,
    ...(request.verb === "patch" && contentType !== undefined ? { contentType } : {}),
    ...(body === undefined ? {} : { body })
  }
}

const answerTo = Effect.fnUntraced(function* (
  exchange: Exchange,
  request: ApiRequest,
  kind: Kind | undefined
): Effect.fn.Return<Reply> {
  const read = yield* Effect.result(Body.read(exchange.incoming))
  if (Result.isFailure(read)) return read.failure
  // Of what is not served, nobody reads the body.
  if (kind === undefined) return replyOf(yield* exchange.source.send(withBody(request, {})))
  const body = Body.parse(request, kind.resource.kind, read.success)
  return Result.isFailure(body)
    ? yield* refusedBody(exchange, request, body.failure)
    : replyOf(yield* exchange.source.send(withBody(request, body.success)))
})

const api = Effect.fnUntraced(function* (
  exchange: Exchange,
  request: ApiRequest,
  form: Form,
  encoding: Encoding
): Effect.fn.Return<void> {
  const { response, source } = exchange
  const kind = kindAt(yield* source.state, request.group, request.version, request.resource)
  const isScale = request.subresource === "scale"
  const shapingAt = (nowMillis: number, kind: Kind): Shaping => ({
    shape: isScale ? "Object" : form.shape,
    kind,
    include: includeOf(request.query?.["includeObject"]),
    nowMillis,
    columns: true
  })
  if (request.verb === "watch" && kind !== undefined) {
    return yield* watch(exchange, request, encoding, shapingAt(yield* Clock.currentTimeMillis, kind))
  }
  const reply = yield* answerTo(exchange, request, kind)
  const shaping = kind === undefined ? undefined : shapingAt(yield* Clock.currentTimeMillis, kind)
  write(response, shaping === undefined ? reply : { ...reply, body: shaped(reply.body, shaping) }, encoding)
})

const serve = Effect.fnUntraced(function* (exchange: Exchange): Effect.fn.Return<void> {
  const { incoming, response, source, target } = exchange
  const route = routeOf(target)
  const { accept } = incoming.headers
  const form = formOf(accept)
  const encoding: Encoding = { encoding: form?.encoding ?? "json", isPretty: isPretty(target) }
  switch (route._tag) {
    case "Malformed":
      return write(response, { status: 400, body: "400 Bad Request" }, plain)
    case "Nowhere":
      return write(response, Status.noSuchPath, plain)
    case "NoResource":
      return write(response, Status.noSuchResource, encoding)
    case "BadMethod":
      return write(response, Status.methodNotAllowed, encoding)
    case "Health":
      return write(response, healthy(route.isVerbose), plain)
    case "Document":
      return write(response, Documents.reply(yield* source.state, route.path, incoming.headers), encoding)
    case "Api":
      if (form === undefined) return write(response, notAcceptable, encoding)
      return yield* api(exchange, route.request, form, encoding)
  }
})

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** A page in a browser can be made to ask a name that leads here; it cannot ask by these. */
const isForeign = ({ headers }: IncomingMessage): boolean => headers.host !== undefined && !loopback.test(headers.host)

const foreign = Status.failure(403, "Forbidden", "this endpoint answers only to requests for a loopback address")

const exchangeOf = (source: WatchStream.Source, incoming: IncomingMessage, response: ServerResponse): Exchange => ({
  source,
  incoming,
  response,
  target: {
    method: incoming.method ?? "GET",
    url: incoming.url ?? "/",
    contentType: incoming.headers["content-type"],
    userAgent: incoming.headers["user-agent"]
  }
})

const failed = ({ response, target }: Exchange, cause: Cause.Cause<never>): Effect.Effect<void> =>
  Cause.hasInterruptsOnly(cause)
    ? Effect.interrupt
    : Effect.andThen(
        Effect.logError("the Kubernetes endpoint failed to answer", target.method, target.url, cause),
        Effect.sync(() => {
          if (response.headersSent) response.destroy()
          else write(response, Status.internalError("see the log of the server"), plain)
        })
      )

/** Whatever goes wrong in one exchange is an answer to it, and ends with it. */
const guarded = (exchange: Exchange): Effect.Effect<void> =>
  Effect.suspend(() =>
    isForeign(exchange.incoming) ? Effect.sync(() => write(exchange.response, foreign, plain)) : serve(exchange)
  ).pipe(Effect.catchCause((cause) => failed(exchange, cause)))

const listening = (server: Server, port: number): Effect.Effect<Endpoint, EndpointError> =>
  Effect.callback((resume) => {
    const refused = (error: Error): void => resume(Effect.fail(new EndpointError({ port, detail: error.message })))
    server.once("error", refused)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", refused)
      // A text is the address of a pipe only, and this listens on a port.
      const { port: actual } = server.address() as AddressInfo
      resume(Effect.succeed({ url: `http://127.0.0.1:${actual}`, port: actual }))
    })
  })

/** Answers until the scope closes; then every connection is closed too. Port 0, the default, is any free one. */
export const make = Effect.fnUntraced(function* (
  source: WatchStream.Source,
  { port = 0 }: { readonly port?: number } = {}
): Effect.fn.Return<Endpoint, EndpointError, Scope.Scope> {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => createServer({ keepAlive: true, keepAliveInitialDelay: 30_000 })),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  const run = yield* FiberSet.makeRuntime<never>()
  server.on("request", (incoming, response) => {
    const fiber = run(guarded(exchangeOf(source, incoming, response)))
    // The client has gone, or the answer is complete.
    response.on("close", () => fiber.interruptUnsafe())
    response.on("error", () => {})
  })
  return yield* listening(server, port)
})
