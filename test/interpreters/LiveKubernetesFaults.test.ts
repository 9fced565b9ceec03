import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type { ServerResponse } from "node:http"
import { CreatePassword, Get, Kubernetes, Watch } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Live from "../../src/interpreters/live/Kubernetes.ts"
import * as Processes from "../servers/Processes.ts"
import * as FaultyServer from "./FaultyServer.ts"
import { configMap, event, json } from "./FaultyServer.ts"

const get = Kubernetes.perform(new Get({ resource: Kinds.ConfigMap, namespace: "n", name: "a" }))
const write = Kubernetes.perform(
  new CreatePassword({
    object: { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "n" } },
    key: "password",
    manager: "test"
  })
)
const watch = (resourceVersion: string) =>
  Kubernetes.perform(new Watch({ resource: Kinds.ConfigMap, namespace: "n", resourceVersion }))

const quick: Live.Options = { timeout: "300 millis", watchSilence: "300 millis" }
const on = (server: FaultyServer.FaultyServer, options = quick) => Effect.provide(Live.layer(server.config, options))

const status = (code: number, reason: string) => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  reason,
  message: reason,
  code
})

const versions = (
  events: ReadonlyArray<{ readonly object: { readonly metadata: { readonly resourceVersion?: string } } }>
) => events.map(({ object }) => object.metadata.resourceVersion)

describe("one request", () => {
  it.live("to nobody is Unreachable, whether read or write", () =>
    Effect.gen(function* () {
      const [port] = yield* Processes.freePorts(1)
      const nobody = Live.layer(FaultyServer.configOf(`http://127.0.0.1:${port}`), quick)
      for (const command of [get, write]) {
        const error = yield* Effect.flip(Effect.provide(command, nobody))
        assert.isTrue(error._tag === "KubeError" && error.reason === "Unreachable", error.message)
        assert.include(error.message, "ECONNREFUSED")
      }
    })
  )

  it.live("that is not answered in time has an unknown outcome, and a write is sent once", () =>
    Effect.gen(function* () {
      const server = yield* FaultyServer.start(() => undefined)
      const error = yield* Effect.flip(write.pipe(on(server)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "TimedOut", error.message)
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.live("that is cut off after it was sent: a write has an unknown outcome, a read is tried again", () =>
    Effect.gen(function* () {
      const server = yield* FaultyServer.start((request, response, count) =>
        request.method === "GET" && count > 1 ? json(response, 200, configMap("7")) : response.socket?.destroy()
      )
      assert.strictEqual((yield* get.pipe(on(server))).metadata.resourceVersion, "7")
      assert.strictEqual(server.requests.length, 2)
      const error = yield* Effect.flip(write.pipe(on(server)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "TimedOut", error.message)
      assert.strictEqual(server.requests.length, 3)
    })
  )

  it.live("waits as long as a 429 asks when it is a read; a write is refused at once", () =>
    Effect.gen(function* () {
      const server = yield* FaultyServer.start((request, response, count) =>
        request.method === "GET" && count === 2
          ? json(response, 200, configMap("7"))
          : json(response, 429, status(429, "TooManyRequests"), { "retry-after": "0.05" })
      )
      yield* get.pipe(on(server))
      assert.strictEqual(server.requests.length, 2)
      const error = yield* Effect.flip(write.pipe(on(server)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "TooManyRequests", error.message)
      assert.isTrue(error._tag === "KubeError" && error.retryAfterSeconds === 0.05)
      assert.strictEqual(server.requests.length, 3)
    })
  )

  it.live("fails with the reason of each status", () =>
    Effect.gen(function* () {
      const statuses = {
        400: "BadRequest",
        401: "Unauthorized",
        403: "Forbidden",
        409: "Conflict",
        410: "Expired"
      } as const
      const more = { 422: "Invalid", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout" } as const
      const all: Record<string, string> = { ...statuses, ...more }
      const server = yield* FaultyServer.start((_, response, count) => {
        const code = Number(Object.keys(all)[count - 1])
        json(response, code, status(code, all[code]!))
      })
      yield* Effect.gen(function* () {
        for (const reason of Object.values(all)) {
          const error = yield* Effect.flip(get)
          assert.strictEqual(error.reason, reason)
        }
      }).pipe(on(server))
    })
  )

  it.live("with an answer that is no JSON, cut or foreign, is a typed error", () =>
    Effect.gen(function* () {
      const bodies = ["<html>hello", '{"kind":"ConfigMap","metadata":{"na', "", "null", "[1,2]", '{"no":"object"}']
      for (const body of bodies) {
        const server = yield* FaultyServer.start((_, response) => response.writeHead(200).end(body))
        for (const command of [get, write]) {
          const error = yield* Effect.flip(command.pipe(on(server)))
          assert.strictEqual(error._tag, "KubeError", body)
        }
      }
      const server = yield* FaultyServer.start((_, response) => {
        response.writeHead(200, { "content-length": "1000" }).write("{")
        setImmediate(() => response.destroy())
      })
      const error = yield* Effect.flip(write.pipe(on(server)))
      assert.isTrue(error._tag === "KubeError" && error.reason === "TimedOut", error.message)
    })
  )

  it.live("reuses its connection, also after errors, and beside open watches", () =>
    Effect.gen(function* () {
      const server = yield* FaultyServer.start((request, response, count) => {
        if (request.url?.includes("watch=true")) return response.writeHead(200).flushHeaders()
        return count % 3 === 0 ? json(response, 409, status(409, "Conflict")) : json(response, 200, configMap("1"))
      })
      yield* Effect.gen(function* () {
        yield* Effect.forkChild(watch("1"))
        yield* Effect.forkChild(watch("2"))
        for (let count = 0; count < 20; count++) yield* Effect.exit(count % 2 === 0 ? get : write)
      }).pipe(on(server, { timeout: "5 seconds" }))
      // One for each watch; two for the rest, since one is free again only after its answer was taken.
      assert.isAtMost(server.connections(), 4)
    })
  )

  it.live("shows no credentials when it fails", () =>
    Effect.gen(function* () {
      const script = 'echo "{ \\"token\\": \\"s3cr3t\\""; echo s3cr3t >&2; exit 1'
      const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: ["-c", script] }
      const plugin = FaultyServer.configOf("http://127.0.0.1:9", { exec })
      const error = yield* Effect.flip(Effect.provide(get, Live.layer(plugin, quick)))
      assert.strictEqual(error.reason, "Unreachable")
      assert.include(error.message, "credential plugin sh")
      assert.notInclude(JSON.stringify(error) + error.message, "s3cr3t")
    })
  )

  it.live("asks a credential plugin for a token", () =>
    Effect.gen(function* () {
      const credential =
        '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'
      const seen: Array<string | undefined> = []
      const server = yield* FaultyServer.start((request, response) => {
        seen.push(request.headers.authorization)
        json(response, 200, configMap("1"))
      })
      const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "echo", args: [credential] }
      yield* Effect.provide(get, Live.layer(FaultyServer.configOf(server.url, { exec }), { timeout: "5 seconds" }))
      assert.deepStrictEqual(seen, ["Bearer t"])
    })
  )
})

describe("a watch", () => {
  /** Answers the n-th watch with the n-th of `turns`; the last one again and again. */
  const watching = (...turns: ReadonlyArray<(response: ServerResponse) => void>) =>
    FaultyServer.start((_, response, count) => {
      response.writeHead(200)
      turns[Math.min(count, turns.length) - 1]!(response)
    })

  it.live("goes on with the stream that it has", () =>
    Effect.gen(function* () {
      const server = yield* watching((response) => {
        response.write(event("ADDED", "2") + event("MODIFIED", "3") + event("MODIFIED", "4").slice(0, 20))
        setTimeout(() => response.write(event("MODIFIED", "4").slice(20)), 50)
      })
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(versions(yield* watch("1")), ["2", "3"])
        assert.deepStrictEqual(versions(yield* watch("3")), ["4"])
      }).pipe(on(server, {}))
      assert.deepStrictEqual(server.requests.length, 1)
    })
  )

  it.live("opens another stream for another version", () =>
    Effect.gen(function* () {
      const server = yield* watching((response) => response.write(event("ADDED", "5")))
      yield* Effect.gen(function* () {
        yield* watch("1")
        yield* watch("3")
      }).pipe(on(server))
      assert.strictEqual(server.requests.length, 2)
      assert.include(server.requests[1], "resourceVersion=3")
    })
  )

  it.live("that is closed is opened again where it was, and loses nothing", () =>
    Effect.gen(function* () {
      const server = yield* watching(
        (response) => response.end(event("ADDED", "2") + event("MODIFIED", "3").slice(0, 10)),
        (response) => void setImmediate(() => response.destroy()),
        (response) => response.write(event("MODIFIED", "3"))
      )
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(versions(yield* watch("1")), ["2"])
        assert.deepStrictEqual(versions(yield* watch("2")), ["3"])
      }).pipe(on(server))
      assert.isTrue(server.requests.slice(1).every((request) => request.includes("resourceVersion=2")))
    })
  )

  it.live("that has gone silent is opened again", () =>
    Effect.gen(function* () {
      const server = yield* watching(
        (response) => response.flushHeaders(),
        (response) => response.write(event("ADDED", "2"))
      )
      assert.deepStrictEqual(versions(yield* watch("1").pipe(on(server))), ["2"])
      assert.strictEqual(server.requests.length, 2)
    })
  )

  it.live("waits longer than any other request may take", () =>
    Effect.gen(function* () {
      const server = yield* watching((response) => {
        response.flushHeaders()
        setTimeout(() => response.write(event("ADDED", "2")), 400)
      })
      const options = { timeout: "100 millis", watchSilence: "10 seconds" } as const
      assert.deepStrictEqual(versions(yield* watch("1").pipe(on(server, options))), ["2"])
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.live("of a forgotten version is Expired, by status or by ERROR event", () =>
    Effect.gen(function* () {
      const byStatus = yield* FaultyServer.start((_, response) => json(response, 410, status(410, "Expired")))
      const byEvent = yield* watching((response) =>
        response.end(`${JSON.stringify({ type: "ERROR", object: status(410, "Expired") })}\n`)
      )
      for (const server of [byStatus, byEvent]) {
        assert.strictEqual((yield* Effect.flip(watch("1").pipe(on(server)))).reason, "Expired")
      }
    })
  )

  it.live("that is fed garbage is a typed error", () =>
    Effect.gen(function* () {
      for (const garbage of ["<html>\n", '{"type":"ADDED"}\n', "[]\n", '{"type":"ADDED","object":7}\n', "\u0000\n"]) {
        const server = yield* watching((response) => response.write(garbage))
        const error = yield* Effect.flip(watch("1").pipe(on(server)))
        assert.strictEqual(error.reason, "TimedOut", garbage)
        assert.include(error.detail, "no sequence of JSON events")
      }
    })
  )

  it.live("is left at once when nobody waits any more", () =>
    Effect.gen(function* () {
      const server = yield* watching((response) => response.flushHeaders())
      const waiting = yield* Effect.forkChild(watch("1").pipe(on(server, {})))
      while (server.requests.length === 0) yield* Effect.sleep("1 millis")
      yield* Fiber.interrupt(waiting)
    })
  )
})
