/** Real valkey-server processes as the fixture of the Valkey laws. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Transport } from "../../src/domain/Capability.ts"
import type { Exchange, Replies } from "../../src/domain/valkey/Wire.ts"
import type { Fixture, Server } from "../../src/laws/interpreter/ValkeyLaw.ts"
import * as ValkeyServer from "../servers/ValkeyServer.ts"

export const password = "pässword-of-the-fixture"

const config = {
  requirepass: password,
  primaryauth: password,
  appendonly: "yes",
  appendfsync: "always",
  "repl-diskless-sync-delay": 0
}

const start = Effect.fnUntraced(function* (pod: string) {
  const server = yield* Effect.orDie(ValkeyServer.start({ config }))
  return {
    address: {
      pod,
      address: server.host,
      port: server.port,
      credentials: { user: "default", password: Redacted.make(password) }
    },
    kill: server.kill,
    restart: ({ keepsData }) => Effect.orDie(server.restart({ empty: !keepsData })),
    freeze: server.freeze,
    unfreeze: server.unfreeze
  } satisfies Server
})

export const fixture = (send: Transport<Exchange, Replies>): Fixture => ({
  send,
  start: (count) =>
    Effect.forEach(
      Array.from({ length: count }, (_, index) => `pod-${index}`),
      start,
      { concurrency: "unbounded" }
    ),
  moment: Effect.sleep("20 millis")
})
