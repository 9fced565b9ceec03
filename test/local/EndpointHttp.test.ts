/** The endpoint as HTTP: forms of answers, clients that misbehave, its beginning and its end. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope, SubscriptionRef } from "effect"
import { existsSync, statSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import * as Embedded from "../../src/local/Embedded.ts"
import * as Processes from "../servers/Processes.ts"
import { closing, connected, makeWorld, maps, table } from "./EndpointClients.ts"

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
