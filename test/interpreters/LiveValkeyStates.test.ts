import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { Fence, type Node, nowhere, Observe, Valkey } from "../../src/domain/valkey/Valkey.ts"
import { isError } from "../../src/domain/valkey/Wire.ts"
import { dialer as iovalkey } from "../../src/interpreters/live/ValkeyIovalkey.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import { dialer as codec } from "../../src/interpreters/live/ValkeySocket.ts"
import * as ValkeyServer from "../servers/ValkeyServer.ts"

const password = "password"
const addressOf = (server: ValkeyServer.ValkeyServer) => ({
  pod: "pod-0",
  address: server.host,
  port: server.port,
  credentials: { user: "default", password: Redacted.make(password) }
})

for (const { dialer, name } of [
  { name: "our codec", dialer: codec },
  { name: "iovalkey", dialer: iovalkey }
]) {
  describe(`${name} and real servers that cannot do what they are asked`, () => {
    it.live(
      "a server that loads says who it is, and refuses data and fence until it has loaded",
      Effect.fnUntraced(function* () {
        const config = { requirepass: password, "key-load-delay": 3000, "loading-process-events-interval-bytes": 1024 }
        const server = yield* ValkeyServer.start({ config })
        const send = yield* Pool.make(dialer, { commandTimeout: "1 second" })
        const nodes = Valkey.over(send)
        const address = addressOf(server)
        const keys = Array.from({ length: 400 }, (_, index) => ["SET", `key-${index}`, "x".repeat(500)])
        yield* send({ ...address, lines: [...keys, ["SAVE"]] })
        yield* server.restart({ config })
        const facts = yield* nodes.perform(new Observe({ node: address }))
        assert.isTrue(facts.loading)
        const [read] = (yield* send({ ...address, lines: [["GET", "key-0"]] })) as ReadonlyArray<never>
        assert.isTrue(isError(read) && (read as { readonly error: string }).error.startsWith("LOADING"))
        const node: Node = { ...address, uid: "uid-0", runId: facts.runId }
        const error = yield* Effect.flip(nodes.perform(new Fence({ node })))
        assert.isTrue(error._tag === "NodeError" && error.reason === "Loading", error.message)
      })
    )

    it.live(
      "a server that runs a script without end is busy, not dead, to old connections and new ones",
      Effect.fnUntraced(function* () {
        const server = yield* ValkeyServer.start({ config: { requirepass: password, "busy-reply-threshold": 10 } })
        const address = addressOf(server)
        const stranger = yield* Pool.make(codec, { commandTimeout: "30 seconds" })
        const known = Valkey.over(yield* Pool.make(dialer))
        const { runId } = yield* known.perform(new Observe({ node: address }))
        const endless = stranger({ ...address, lines: [["EVAL", "while true do end", "0"]] })
        const running = yield* Effect.forkChild(endless)
        const fresh = Valkey.over(yield* Pool.make(dialer))
        for (const nodes of [known, fresh]) {
          const busy = (): Effect.Effect<string> =>
            Effect.matchEffect(nodes.perform(new Observe({ node: address })), {
              onSuccess: () => busy(),
              onFailure: (error) => (error.reason === "TimedOut" ? busy() : Effect.succeed(error.reason))
            })
          assert.strictEqual(yield* busy(), "Busy")
        }
        const node: Node = { ...address, uid: "uid-0", runId }
        const error = yield* Effect.flip(known.perform(new Fence({ node })))
        assert.isTrue(error._tag === "NodeError" && error.reason === "Busy", error.message)
        yield* server.kill
        assert.strictEqual(yield* Fiber.join(running), "Closed")
      })
    )

    it.live(
      "a replica without its primary answers what decisions need, and MASTERDOWN to the rest",
      Effect.fnUntraced(function* () {
        const config = {
          requirepass: password,
          "replica-serve-stale-data": "no",
          replicaof: `${nowhere.host} ${nowhere.port}`
        }
        const server = yield* ValkeyServer.start({ config })
        const send = yield* Pool.make(dialer, { commandTimeout: "1 second" })
        const address = addressOf(server)
        const facts = yield* Valkey.over(send).perform(new Observe({ node: address }))
        assert.deepStrictEqual([facts.role, facts.following?.linkUp], ["replica", false])
        const replies = yield* send({ ...address, lines: [["GET", "a"], ["PING"]] })
        assert.include(JSON.stringify(replies), "MASTERDOWN")
      })
    )
  })
}
