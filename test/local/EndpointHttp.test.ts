/** The endpoint as HTTP: forms of answers, watches that wait, clients that misbehave. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit, Fiber, Queue, Scope, SubscriptionRef } from "effect"
import { existsSync, statSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { Agent } from "undici"
import type { ApiReply, ApiRequest } from "../../src/domain/kube/Wire.ts"
import * as Http from "../../src/interpreters/live/KubernetesHttp.ts"
import * as Embedded from "../../src/local/Embedded.ts"
import * as Endpoint from "../../src/local/Endpoint.ts"
import { random } from "../../src/local/endpoint/Names.ts"
import { transport } from "../../src/local/endpoint/Waiting.ts"
import { boot } from "../../src/models/kube/api/Server.ts"
import * as Processes from "../servers/Processes.ts"

const maps = "/api/v1/namespaces/default/configmaps"
const table = "application/json;as=Table;v=v1;g=meta.k8s.io"

interface Given {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

interface Event {
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
const makeWorld = Effect.gen(function* () {
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
const until = (isTrue: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (isTrue() ? Effect.void : Effect.andThen(Effect.sleep("2 millis"), until(isTrue))))

const connected = (port: number): Effect.Effect<Socket, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** All that a socket says until it is closed. */
const closing = (socket: Socket): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    let text = ""
    socket.on("data", (chunk) => void (text += chunk.toString("latin1")))
    socket.on("close", () => resume(Effect.succeed(text)))
  })

const nameOf = ({ object }: Event): string | undefined => object.metadata.name

describe("the forms of answers", () => {
  it.live("objects come as JSON, as YAML, as metadata or as a table", () =>
    Effect.gen(function* () {
      const { create, fetch } = yield* makeWorld
      yield* create("a", { k: "v" })
      const as = (accept: string, path = maps) => fetch("GET", path, { headers: { accept } })
      assert.match((yield* as("application/yaml", `${maps}/a`)).text, /^data:\n {2}k: v$/m)
      const metadata = JSON.parse((yield* as("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")).text)
      assert.strictEqual(metadata.kind, "PartialObjectMetadataList")
      assert.deepStrictEqual(Object.keys(metadata.items[0]).sort(), ["apiVersion", "kind", "metadata"])
      const rows = JSON.parse((yield* as(`${table},application/json`)).text)
      assert.strictEqual(rows.kind, "Table")
      assert.deepStrictEqual(rows.rows[0].cells.slice(0, 2), ["a", 1])
      const binary = yield* as("application/vnd.kubernetes.protobuf", `${maps}/a`)
      assert.strictEqual(binary.headers["content-type"], "application/json")
      assert.strictEqual((yield* as("text/html")).status, 406)
    }).pipe(Effect.scoped)
  )

  it.live("a body of YAML is an object, and of an apply too", () =>
    Effect.gen(function* () {
      const { fetch } = yield* makeWorld
      const yaml = "metadata:\n  name: dated\ndata:\n  when: 2020-01-01\n  other: 'yes'\n"
      const created = yield* fetch("POST", maps, { headers: { "content-type": "application/yaml" }, body: yaml })
      assert.deepStrictEqual(JSON.parse(created.text).data, { when: "2020-01-01", other: "yes" })
      const applied = yield* fetch("PATCH", `${maps}/z?fieldManager=m`, {
        headers: { "content-type": "application/apply-patch+yaml" },
        body: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: z}\ndata: {a: b}\n"
      })
      assert.strictEqual(applied.status, 201)
    }).pipe(Effect.scoped)
  )

  it.live("a write without a field manager is that of the program that sent it", () =>
    Effect.gen(function* () {
      const { fetch } = yield* makeWorld
      const headers = { "user-agent": "program/v1 (linux)" }
      const { text } = yield* fetch("POST", maps, { headers, body: '{"metadata":{"name":"m"},"data":{"a":"b"}}' })
      assert.strictEqual(JSON.parse(text).metadata.managedFields[0].manager, "program")
    }).pipe(Effect.scoped)
  )

  it.live("requests by another name than a loopback address are turned away", () =>
    Effect.gen(function* () {
      const { fetch } = yield* makeWorld
      assert.strictEqual((yield* fetch("GET", "/api", { headers: { host: "attacker.example.org" } })).status, 403)
      assert.strictEqual((yield* fetch("GET", "/api", { headers: { host: "localhost:1" } })).status, 200)
    }).pipe(Effect.scoped)
  )
})

describe("watches", () => {
  it.live("go on from event to event, in order, none twice", () =>
    Effect.gen(function* () {
      const { create, version, watch } = yield* makeWorld
      const events = yield* watch(`resourceVersion=${yield* version}`)
      for (let index = 0; index < 50; index++) yield* create(`m-${index}`)
      const seen = yield* Effect.forEach(Array.from({ length: 50 }), () => Queue.take(events))
      assert.deepStrictEqual(
        seen.map(nameOf),
        seen.map((_, index) => `m-${index}`)
      )
    }).pipe(Effect.scoped)
  )

  it.live("begin with what there is, and mark its end when asked to", () =>
    Effect.gen(function* () {
      const { create, watch } = yield* makeWorld
      yield* create("a")
      const plain = yield* watch("")
      const streaming = yield* watch(
        "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
      )
      assert.strictEqual(nameOf(yield* Queue.take(plain)), "a")
      assert.strictEqual(nameOf(yield* Queue.take(streaming)), "a")
      assert.strictEqual((yield* Queue.take(streaming)).type, "BOOKMARK")
      yield* create("b")
      assert.strictEqual(nameOf(yield* Queue.take(plain)), "b")
      assert.strictEqual(nameOf(yield* Queue.take(streaming)), "b")
    }).pipe(Effect.scoped)
  )

  it.live("as tables tell their columns once", () =>
    Effect.gen(function* () {
      const { create, watch } = yield* makeWorld
      yield* create("a")
      const events = yield* watch("", { accept: table })
      const first = yield* Queue.take(events)
      yield* create("b")
      const second = yield* Queue.take(events)
      assert.strictEqual(first.object.kind, "Table")
      assert.isAbove(first.object.columnDefinitions?.length ?? 0, 1)
      assert.isNull(second.object.columnDefinitions)
      assert.strictEqual(second.object.rows?.[0]?.cells[0], "b")
    }).pipe(Effect.scoped)
  )

  it.live("end when their time is up", () =>
    Effect.gen(function* () {
      const { version, watch } = yield* makeWorld
      const events = yield* watch(`timeoutSeconds=1&resourceVersion=${yield* version}`)
      assert.strictEqual(yield* Effect.flip(Queue.take(events)), "ended")
    }).pipe(Effect.scoped)
  )

  it.live("after a version that is forgotten get told so, and end", () =>
    Effect.gen(function* () {
      const { create, watch } = yield* makeWorld
      for (let index = 0; index < 2100; index++) yield* create(`m-${index}`)
      const events = yield* watch("resourceVersion=1")
      const { object, type } = yield* Queue.take(events)
      assert.deepStrictEqual([type, object.kind, object.code], ["ERROR", "Status", 410])
      assert.strictEqual(yield* Effect.flip(Queue.take(events)), "ended")
    }).pipe(Effect.scoped)
  )

  it.live("that take bookmarks never fall behind, however much happens elsewhere", () =>
    Effect.gen(function* () {
      const { direct, version, watch } = yield* makeWorld
      const from = Number(yield* version)
      const events = yield* watch(`resourceVersion=${from}&allowWatchBookmarks=true`)
      const lease = (name: string) =>
        direct({
          verb: "create",
          group: "coordination.k8s.io",
          version: "v1",
          resource: "leases",
          namespace: "default",
          body: { metadata: { name } }
        })
      for (const round of [1, 2, 3]) {
        for (let index = 0; index < 900; index++) yield* lease(`l-${round}-${index}`)
        // At most 625 writes are between what happened and what it was told.
        for (let told = 0; told < Number(yield* version) - 625;) {
          const { object, type } = yield* Queue.take(events)
          assert.strictEqual(type, "BOOKMARK")
          told = Number(object.metadata.resourceVersion)
        }
      }
    }).pipe(Effect.scoped)
  )

  it.live("of two hundred clients all see everything, and a change of another kind asks none of them", () =>
    Effect.gen(function* () {
      const { answered, create, direct, version, waiting, watch } = yield* makeWorld
      const from = yield* version
      const all = yield* Effect.forEach(Array.from({ length: 200 }), () => watch(`resourceVersion=${from}`), {
        concurrency: 50
      })
      yield* until(() => waiting.now === 200)
      yield* direct({
        verb: "create",
        group: "",
        version: "v1",
        resource: "secrets",
        namespace: "default",
        body: { metadata: { name: "s" } }
      })
      assert.strictEqual(answered.count, 0)
      for (const name of ["a", "b", "c"]) yield* create(name)
      for (const events of all) {
        const seen = yield* Effect.forEach(["a", "b", "c"], () => Queue.take(events))
        assert.deepStrictEqual(seen.map(nameOf), ["a", "b", "c"])
      }
    }).pipe(Effect.scoped)
  )

  it.live("end with their client, whether it says goodbye or not", () =>
    Effect.gen(function* () {
      const { port, waiting, watch } = yield* makeWorld
      const scope = yield* Scope.make()
      yield* Scope.provide(watch("resourceVersion=4"), scope)
      const socket = yield* connected(port)
      socket.write(`GET ${maps}?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      yield* until(() => waiting.now === 2)
      socket.resetAndDestroy()
      yield* until(() => waiting.now === 1)
      yield* Scope.close(scope, Exit.void)
      yield* until(() => waiting.now === 0)
    }).pipe(Effect.scoped)
  )

  it.live("of a half-open client end too", () =>
    Effect.gen(function* () {
      const { port, waiting } = yield* makeWorld
      const socket = yield* connected(port)
      socket.write(`GET ${maps}?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      yield* until(() => waiting.now === 1)
      socket.end()
      yield* until(() => waiting.now === 0)
    }).pipe(Effect.scoped)
  )

  it.live("of a client that never reads wait for it, and hold up nobody else", () =>
    Effect.gen(function* () {
      const { answered, create, port, version, waiting, watch } = yield* makeWorld
      const from = yield* version
      const socket = yield* connected(port)
      socket.pause()
      socket.write(`GET ${maps}?watch=true&resourceVersion=${from} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      yield* until(() => waiting.now === 1)
      const big = "x".repeat(200_000)
      for (let index = 0; index < 300; index++) {
        yield* create(`m-${index}`, { big })
        yield* Effect.yieldNow
      }
      yield* until(() => waiting.now === 0)
      const stalled = answered.count
      assert.isBelow(stalled, 300)
      const other = yield* watch(`resourceVersion=${from}`)
      const seen = yield* Effect.forEach(Array.from({ length: 300 }), () => Queue.take(other))
      assert.strictEqual(nameOf(seen.at(-1)!), "m-299")
      // It reads at last, and has missed nothing.
      let text = ""
      const last = yield* Deferred.make<void>()
      socket.on("data", (chunk) => {
        text = text.slice(-1000) + chunk.toString("latin1")
        if (text.includes('"name":"m-299"')) Deferred.doneUnsafe(last, Exit.void)
      })
      socket.resume()
      yield* Deferred.await(last)
    }).pipe(Effect.scoped)
  )
})

describe("clients that misbehave", () => {
  it.live("bytes that are not HTTP are refused, and the next client is served", () =>
    Effect.gen(function* () {
      const { fetch, port } = yield* makeWorld
      for (const bytes of ["\0\x01\x02\xff\r\n\r\n", "GET\r\n\r\n", "*3\r\n$3\r\nSET\r\n", "\x16\x03\x01\x02\0\x01"]) {
        const socket = yield* connected(port)
        const answer = yield* Effect.forkChild(closing(socket))
        yield* Effect.yieldNow
        socket.write(Buffer.from(bytes, "latin1"))
        assert.match(yield* Fiber.join(answer), /^HTTP\/1\.1 400 /)
      }
      assert.strictEqual((yield* fetch("GET", "/healthz")).text, "ok")
    }).pipe(Effect.scoped)
  )

  it.live("a body that is cut writes nothing", () =>
    Effect.gen(function* () {
      const { fetch, port, world } = yield* makeWorld
      const before = yield* SubscriptionRef.get(world)
      const socket = yield* connected(port)
      const head = `POST ${maps} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`
      socket.write(`${head}{"metadata":{"name":"cut"}}`)
      socket.end()
      yield* closing(socket)
      assert.strictEqual((yield* fetch("GET", `${maps}/cut`)).status, 404)
      assert.strictEqual(yield* SubscriptionRef.get(world), before)
    }).pipe(Effect.scoped)
  )

  it.live("a path that is none is refused, whatever is in it", () =>
    Effect.gen(function* () {
      const { fetch } = yield* makeWorld
      for (const path of ["/api/v1/namespaces/%zz/pods", "/%", "/api/v1/namespaces/a/pods/%2e%2e%2f"]) {
        assert.isAtLeast((yield* fetch("GET", path)).status, 400)
      }
      assert.strictEqual((yield* fetch("GET", `${maps}?limit=%zz&&=&labelSelector`)).status, 400)
      assert.strictEqual((yield* fetch("GET", "/healthz")).text, "ok")
    }).pipe(Effect.scoped)
  )
})

describe("an embedded world", () => {
  it.live("writes a kubeconfig for its owner alone, and is gone with its scope", () =>
    Effect.gen(function* () {
      const kubeconfigPath = join(yield* Processes.folder, "sub", "kubeconfig")
      const scope = yield* Scope.make()
      const { url } = yield* Scope.provide(Embedded.make({ kubeconfigPath }), scope)
      assert.strictEqual(statSync(kubeconfigPath).mode & 0o777, 0o600)
      const port = Number(new URL(url).port)
      const taken = yield* Effect.flip(Embedded.make({ kubeconfigPath: `${kubeconfigPath}-2`, port }))
      assert.match(taken.message, /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*; name another port/)
      assert.isFalse(existsSync(`${kubeconfigPath}-2`))
      const socket = yield* connected(port)
      socket.write("GET /api/v1/pods?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
      const ended = yield* Effect.forkChild(closing(socket))
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.join(ended)
      const again = connect(port, "127.0.0.1")
      const refusal = yield* Effect.callback<NodeJS.ErrnoException>((resume) => {
        again.once("error", (error) => resume(Effect.succeed(error)))
      })
      assert.strictEqual(refusal.code, "ECONNREFUSED")
    }).pipe(Effect.scoped)
  )
})
