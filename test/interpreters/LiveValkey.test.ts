import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { Observe, ReplicaOf, Valkey } from "../../src/domain/valkey/Valkey.ts"
import * as Live from "../../src/interpreters/live/Valkey.ts"
import * as Iovalkey from "../../src/interpreters/live/ValkeyIovalkey.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import * as Socket from "../../src/interpreters/live/ValkeySocket.ts"
import { laws } from "../../src/laws/interpreter/Valkey.ts"
import { fixture, password } from "./LiveValkeyServers.ts"

const transports = [
  { name: "our codec", dialer: Socket.dialer, layerWith: Live.layerWith },
  { name: "iovalkey", dialer: Iovalkey.dialer, layerWith: Iovalkey.layerWith }
]

/** Machines that run tests are busy: no law is about how fast a server is. */
const patient: Pool.Options = { connectTimeout: "1 second", commandTimeout: "600 millis" }

for (const { dialer, layerWith, name } of transports) {
  describe(`Valkey through ${name}, on real servers`, () => {
    for (const law of laws) {
      it.live(
        law.name,
        Effect.fnUntraced(function* () {
          yield* law.check(fixture(yield* Pool.make(dialer, patient)))
        })
      )
    }

    it.live(
      "one connection carries all exchanges with a node, and ends with its scope",
      Effect.fnUntraced(function* () {
        const [server] = yield* fixture(yield* Pool.make(dialer, patient)).start(1)
        const watching = yield* Pool.make(Socket.dialer, patient)
        const clients = Effect.map(
          watching({ ...server!.address, lines: [["CLIENT", "LIST"]] }),
          (replies) =>
            String(replies[0])
              .split("\n")
              .filter((line) => line.includes("name=gungnir")).length
        )
        const during = yield* Effect.scoped(
          Effect.gen(function* () {
            const send = yield* Pool.make(dialer, patient)
            const roles = Array.from({ length: 30 }, () => send({ ...server!.address, lines: [["ROLE"]] }))
            yield* Effect.all(roles, { concurrency: "unbounded" })
            return yield* clients
          })
        )
        assert.strictEqual(during, 2)
        for (let now = yield* clients; now !== 1; now = yield* clients) yield* Effect.sleep("5 millis")
      })
    )

    it.live(
      "no error, reply or layer shows a password to whoever prints it",
      Effect.fnUntraced(function* () {
        const [server] = yield* fixture(yield* Pool.make(dialer, patient)).start(1)
        const wrong = { user: "default", password: Redacted.make("wr0ng-secret") }
        const shown = yield* Effect.gen(function* () {
          const valkey = yield* Valkey
          const { runId } = yield* valkey.perform(new Observe({ node: server!.address }))
          const node = { ...server!.address, uid: "u", runId }
          const stranger = { ...node, credentials: wrong }
          const command = new ReplicaOf({ node: stranger, primary: stranger })
          const errors = yield* Effect.all([
            Effect.flip(valkey.perform(new Observe({ node: stranger }))),
            Effect.flip(valkey.perform(command)),
            Effect.exit(valkey.perform(command))
          ])
          return [valkey, command, command.encode(), ...errors]
        }).pipe(Effect.provide(Layer.fresh(layerWith(patient))))
        const text = shown.map(
          (one) => inspect(one, { depth: 20, showHidden: true }) + JSON.stringify(one) + String(one)
        )
        assert.notInclude(text.join(), "wr0ng-secret")
        assert.notInclude(text.join(), password)
        assert.include(text.join(), "Unauthorized")
      })
    )
  })
}

it.live(
  "both transports give the same replies to the same exchange",
  Effect.fnUntraced(function* () {
    const [ours, theirs] = [yield* Pool.make(Socket.dialer, patient), yield* Pool.make(Iovalkey.dialer, patient)]
    const [server] = yield* fixture(ours).start(1)
    const role = { ...server!.address, lines: [["ROLE"], ["INFO", "replication"]] }
    assert.deepStrictEqual(yield* ours(role), yield* theirs(role))
    const lines = [
      ["CONFIG", "GET", "maxmemory*"],
      ["SET", "k", "v"],
      ["GET", "k"],
      ["GET", "none"],
      ["LPUSH", "list", "a", "b"],
      ["LRANGE", "list", "0", "-1"],
      ["INCR", "k"],
      ["NOSUCH", "a"],
      ["MULTI"],
      ["GET", "k"],
      ["LPUSH", "k", "x"],
      ["EXEC"],
      ["DEL", "k", "list"],
      ["CONFIG", "SET", "min-replicas-to-write", "x"]
    ]
    const exchange = { ...server!.address, lines }
    assert.deepStrictEqual(yield* ours(exchange), yield* theirs(exchange))
  })
)
