/** Watches over HTTP: what each client sees, whatever it does. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Queue, Scope } from "effect"
import { TestClock } from "effect/testing"
import { connected, makeWorld, maps, nameOf, table, until } from "./EndpointClients.ts"

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

  it.effect("that take bookmarks get one a minute when nothing happens", () =>
    Effect.gen(function* () {
      const { create, version, waiting, watch } = yield* makeWorld
      const events = yield* watch(`resourceVersion=${yield* version}&allowWatchBookmarks=true`)
      for (const name of ["a", "b"]) {
        yield* TestClock.withLive(until(() => waiting.now === 1))
        yield* TestClock.adjust("60 seconds")
        const { object, type } = yield* Queue.take(events)
        assert.deepStrictEqual([type, object.metadata.resourceVersion], ["BOOKMARK", yield* version])
        yield* create(name)
        assert.strictEqual(nameOf(yield* Queue.take(events)), name)
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
