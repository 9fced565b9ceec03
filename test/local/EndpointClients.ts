/** A bare world behind an endpoint, and clients that speak HTTP to it, well or badly. */
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { connect, type Socket } from "node:net"
import { Agent } from "undici"
import type { ApiReply, ApiRequest } from "../../src/domain/kube/Wire.ts"
import * as Http from "../../src/interpreters/live/KubernetesHttp.ts"
import * as Endpoint from "../../src/local/Endpoint.ts"
import { random } from "../../src/local/endpoint/Names.ts"
import { transport } from "../../src/local/endpoint/Waiting.ts"
import { boot } from "../../src/models/kube/api/Server.ts"

export const maps = "/api/v1/namespaces/default/configmaps"
export const table = "application/json;as=Table;v=v1;g=meta.k8s.io"

interface Given {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Event {
  readonly type: string
  readonly object: {
    readonly kind: string
    readonly code?: number
    readonly metadata: { readonly name?: string; readonly resourceVersion: string }
    readonly columnDefinitions?: ReadonlyArray<object> | null
    readonly rows?: ReadonlyArray<{ readonly cells: ReadonlyArray<unknown> }>
  }
}

/** A world without controllers, so that nothing happens in it but what a test does. */
export const makeWorld = Effect.gen(function* () {
  const world = yield* SubscriptionRef.make(boot(random(yield* Clock.currentTimeMillis)))
  const direct = yield* transport(world, random)
  const waiting = { now: 0 }
  const answered = { count: 0 }
  // Watches that are asked of the world and not answered yet, and those answered.
  const send = (request: ApiRequest): Effect.Effect<ApiReply> =>
    request.verb !== "watch"
      ? direct(request)
      : Effect.suspend(() => {
          waiting.now++
          return Effect.ensuring(
            Effect.tap(direct(request), () => Effect.sync(() => answered.count++)),
            Effect.sync(() => waiting.now--)
          )
        })
  const { port, url } = yield* Endpoint.make({ send, state: SubscriptionRef.get(world) })
  const agent = yield* Effect.acquireRelease(
    Effect.sync(() => new Agent({ connections: 400 })),
    (agent) => Effect.promise(() => agent.destroy())
  )

  const open = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, { body, headers }: Given = {}) =>
    Http.open(agent, {
      origin: url,
      path,
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(body === undefined ? {} : { body })
    })

  const fetch = Effect.fnUntraced(function* (...request: Parameters<typeof open>) {
    const reply = yield* open(...request)
    return { ...reply, text: yield* Http.text(reply.body) }
  }, Effect.scoped)

  const create = (name: string, data: Readonly<Record<string, string>> = {}) =>
    direct({
      verb: "create",
      group: "",
      version: "v1",
      resource: "configmaps",
      namespace: "default",
      body: { metadata: { name }, data }
    })

  const version = Effect.map(SubscriptionRef.get(world), (state) => String(state.version))

  /** The events of a watch as they come; the queue ends with the stream. */
  const watch = Effect.fnUntraced(function* (query: string, headers: Given["headers"] = {}) {
    const { body, status } = yield* open("GET", `${maps}?watch=true&${query}`, { headers })
    assert.strictEqual(status, 200)
    const events = yield* Queue.unbounded<Event, "ended">()
    const reading = Effect.gen(function* () {
      let rest = ""
      while (true) {
        const lines = (rest + Buffer.from(yield* Queue.take(body)).toString("utf8")).split("\n")
        rest = lines.pop()!
        for (const line of lines) Queue.offerUnsafe(events, JSON.parse(line) as Event)
      }
    })
    yield* Effect.forkScoped(Effect.ensuring(Effect.exit(reading), Queue.fail(events, "ended")))
    return events
  })

  return { world, direct, port, url, fetch, create, watch, version, waiting, answered }
})

/** Polls a fact about this very process, for which there is no event. */
export const until = (isTrue: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (isTrue() ? Effect.void : Effect.andThen(Effect.sleep("2 millis"), until(isTrue))))

export const connected = (port: number): Effect.Effect<Socket, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** All that a socket says until it is closed. */
export const closing = (socket: Socket): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    let text = ""
    socket.on("data", (chunk) => void (text += chunk.toString("latin1")))
    socket.on("close", () => resume(Effect.succeed(text)))
  })

export const nameOf = ({ object }: Event): string | undefined => object.metadata.name
