import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { Redis } from "iovalkey"
import { randomBytes } from "node:crypto"
import { connect } from "node:net"
import type { Transport } from "../../src/domain/Capability.ts"
import type { Exchange, Replies } from "../../src/domain/valkey/Wire.ts"
import * as Iovalkey from "../../src/interpreters/live/ValkeyIovalkey.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import * as Socket from "../../src/interpreters/live/ValkeySocket.ts"
import { laws } from "../../src/laws/interpreter/Valkey.ts"
import type { Fixture, Server } from "../../src/laws/interpreter/ValkeyLaw.ts"
import type { InProcess } from "../../src/local/ContainerSpec.ts"
import * as LiveNetwork from "../../src/local/embedded-node/LiveNetwork.ts"
import * as Node from "../../src/local/embedded-node/Server.ts"
import { type Disk, noDisk } from "../../src/models/valkey/Node.ts"
import * as Processes from "../servers/Processes.ts"

const password = "pässword-of-the-fixture"
const address = "127.0.0.1"
const config = { requirepass: password, masterauth: password, appendonly: "yes" }

interface Started extends Server {
  readonly signal: (name: NodeJS.Signals) => Effect.Effect<void>
  readonly exit: Effect.Effect<number>
}

const startNode = Effect.fnUntraced(function* (network: LiveNetwork.LiveNetwork, pod: string, port: number) {
  const scope = yield* Effect.scope
  let disk: Disk = noDisk
  const launch = () =>
    Scope.provide(
      Node.start(network, { address, port, config, disk, onEnd: (left) => void (disk = left) }),
      scope
    )
  let node: InProcess = yield* launch()
  const signal = (name: NodeJS.Signals) => Effect.sync(() => node.signal(name))
  return {
    address: { pod, address, port, credentials: { user: "default", password: Redacted.make(password) } },
    kill: Effect.andThen(
      signal("SIGKILL"),
      Effect.suspend(() => node.exit)
    ),
    restart: Effect.fnUntraced(function* ({ keepsData }) {
      if (!keepsData) disk = noDisk
      node = yield* launch()
    }),
    freeze: signal("SIGSTOP"),
    unfreeze: signal("SIGCONT"),
    signal,
    exit: Effect.suspend(() => node.exit)
  } satisfies Started
})

const nodes = Effect.fnUntraced(function* (count: number) {
  const network = yield* LiveNetwork.make
  const ports = yield* Processes.freePorts(count)
  return yield* Effect.forEach(ports, (port, index) => startNode(network, `pod-${index}`, port))
})

const fixture = (send: Transport<Exchange, Replies>): Fixture => ({
  send,
  start: (count) => Effect.orDie(nodes(count)),
  moment: Effect.sleep("5 millis")
})

for (const { dialer, name } of [
  { name: "our codec", dialer: Socket.dialer },
  { name: "iovalkey", dialer: Iovalkey.dialer }
]) {
  describe(`Valkey through ${name}, on embedded nodes`, () => {
    for (const law of laws) {
      it.live(
        law.name,
        Effect.fnUntraced(function* () {
          yield* law.check(fixture(yield* Pool.make(dialer)))
        })
      )
    }
  })
}
