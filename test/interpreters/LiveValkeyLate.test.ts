import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Redacted from "effect/Redacted"
import { connect, type Socket } from "node:net"
import * as Handshake from "../../src/domain/valkey/Handshake.ts"
import * as Resp3 from "../../src/domain/valkey/Resp3.ts"
import { type Address, Fence, type Node, Observe, Promote, ReplicaOf, Valkey } from "../../src/domain/valkey/Valkey.ts"
import { dialer as iovalkey } from "../../src/interpreters/live/ValkeyIovalkey.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import { dialer as codec } from "../../src/interpreters/live/ValkeySocket.ts"
import * as ValkeyServer from "../servers/ValkeyServer.ts"

const password = "password"
const credentials = { user: "default", password: Redacted.make(password) }
const config = { requirepass: password, primaryauth: password, "repl-diskless-sync-delay": 0 }
const patient: Pool.Options = { connectTimeout: "1 second", commandTimeout: "2 seconds" }

const start = Effect.map(
  Effect.orDie(ValkeyServer.start({ config })),
  (server): ValkeyServer.ValkeyServer & Address => ({ ...server, pod: "pod", address: server.host, credentials })
)

/** A connection by its bytes. */
interface Raw {
  readonly write: (bytes: Uint8Array) => Effect.Effect<void>
  /** All that was heard so far, once it satisfies `isEnough` or the connection has ended. */
  readonly heard: (isEnough: (text: string) => boolean) => Effect.Effect<string>
  readonly hasEnded: () => boolean
}

const raw = ({ address, port }: Address): Effect.Effect<Raw, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Socket>((resume) => {
        const socket: Socket = connect({ host: address, port, noDelay: true }, () => resume(Effect.succeed(socket)))
      }),
      (socket) => Effect.sync(() => socket.destroy())
    ),
    (socket) => {
      let text = ""
      let hasEnded = false
      const end = () => void (hasEnded = true)
      socket.on("data", (chunk) => void (text += chunk.toString()))
      socket.on("error", end).on("close", end).on("end", end)
      const heard = (isEnough: (text: string) => boolean): Effect.Effect<string> =>
        Effect.suspend(() =>
          hasEnded || isEnough(text) ? Effect.succeed(text) : Effect.andThen(Effect.sleep("2 millis"), heard(isEnough))
        )
      // Until the kernel has them.
      const write = (bytes: Uint8Array): Effect.Effect<void> =>
        Effect.callback((resume) => {
          if (hasEnded) return resume(Effect.void)
          socket.write(bytes, () => resume(Effect.void))
        })
      return { write, heard, hasEnded: () => hasEnded }
    }
  )

const bytesOf = (...lines: ReadonlyArray<ReadonlyArray<string | Redacted.Redacted<string>>>) =>
  Resp3.encodeCommands(lines)

/** The connection of an operator, after its handshake. */
const operator = Effect.fnUntraced(function* (server: Address) {
  const connection = yield* raw(server)
  yield* connection.write(bytesOf(...Handshake.operatorLines(credentials)))
  yield* connection.heard((text) => text.includes("run_id:"))
  yield* connection.write(bytesOf(...Handshake.becoming(credentials, [[], "OK", ""]), ["PING"]))
  yield* connection.heard((text) => text.includes("PONG"))
  return connection
})

const late = bytesOf(["REPLICAOF", "127.0.0.1", "2"], ["ECHO", "carried out"])

/** Until the server has said what became of `late`. */
const isHeard = (text: string): boolean => text.includes("carried out")

const nodeOf = Effect.fnUntraced(function* (
  nodes: Valkey["Service"],
  server: Address
): Effect.fn.Return<Node, unknown> {
  const { address, pod, port } = server
  const node = { pod, address, port, credentials }
  const { runId } = yield* nodes.perform(new Observe({ node }))
  return { ...node, uid: "uid", runId }
})

const roleOf = (nodes: Valkey["Service"], node: Node) =>
  Effect.map(nodes.perform(new Observe({ node })), ({ role }) => role)

for (const { dialer, name } of [
  { name: "our codec", dialer: codec },
  { name: "iovalkey", dialer: iovalkey }
]) {
  describe(`${name}, real servers, and what an operator that crashed has under way`, () => {
    it.live(
      "half a command on an older connection is never carried out once the node was promoted",
      Effect.fnUntraced(function* () {
        const server = yield* start
        const nodes = Valkey.over(yield* Pool.make(dialer, patient))
        const node = yield* nodeOf(nodes, server)
        yield* nodes.perform(new Fence({ node }))
        const crashed = yield* operator(server)
        yield* crashed.write(late.slice(0, 20))
        yield* nodes.perform(new Promote({ node }))
        yield* crashed.write(late.slice(20))
        yield* crashed.heard(isHeard)
        assert.isTrue(crashed.hasEnded())
        assert.strictEqual(yield* roleOf(nodes, node), "primary")
      })
    )

    it.live(
      "every change of a role ends the other connections of operators, and no connection of anybody else",
      Effect.fnUntraced(function* () {
        const [server, primary] = [yield* start, yield* start]
        const send = yield* Pool.make(dialer, patient)
        const nodes = Valkey.over(send)
        const [node, followed] = [yield* nodeOf(nodes, server), yield* nodeOf(nodes, primary)]
        const client = yield* raw(server)
        yield* client.write(bytesOf(["AUTH", password], ["PING"]))
        yield* client.heard((text) => text.includes("PONG"))
        const waiting = yield* raw(server)
        const commands = [new ReplicaOf({ node, primary: followed }), new Fence({ node }), new Promote({ node })]
        for (const command of commands) {
          const crashed = yield* operator(server)
          yield* crashed.write(late.slice(0, 20))
          const before = yield* send({ ...server, lines: [["CLIENT", "ID"]] })
          yield* nodes.perform(command)
          yield* crashed.write(late.slice(20))
          yield* crashed.heard(isHeard)
          assert.isTrue(crashed.hasEnded(), command._tag)
          assert.deepStrictEqual(yield* send({ ...server, lines: [["CLIENT", "ID"]] }), before, command._tag)
        }
        yield* client.write(bytesOf(["ECHO", "still here"]))
        yield* client.heard((text) => text.includes("still here"))
        yield* waiting.write(bytesOf(["PING"]))
        yield* waiting.heard((text) => text.includes("NOAUTH"))
        assert.isFalse(client.hasEnded() || waiting.hasEnded())
      })
    )

    it.live(
      "a replica stays attached to a primary that another role command reaches",
      Effect.fnUntraced(function* () {
        const [primary, replica] = [yield* start, yield* start]
        const nodes = Valkey.over(yield* Pool.make(dialer, patient))
        const [led, node] = [yield* nodeOf(nodes, primary), yield* nodeOf(nodes, replica)]
        yield* nodes.perform(new ReplicaOf({ node, primary: led }))
        const attached = Effect.map(nodes.perform(new Observe({ node: led })), ({ replicas }) => replicas.length)
        while ((yield* attached) === 0) yield* Effect.sleep("5 millis")
        const info = Effect.map(nodes.perform(new Observe({ node })), ({ following }) => following?.linkUp)
        while ((yield* info) !== true) yield* Effect.sleep("5 millis")
        yield* nodes.perform(new Promote({ node: led }))
        assert.deepStrictEqual([yield* attached, yield* info], [1, true])
      })
    )
  })
}

describe("a frozen server that has both before it goes on", () => {
  for (const order of ["the promotion first", "the late command first"]) {
    it.live(
      `leads afterwards: ${order}`,
      Effect.fnUntraced(function* () {
        const server = yield* start
        const nodes = Valkey.over(yield* Pool.make(codec, patient))
        const node = yield* nodeOf(nodes, server)
        yield* nodes.perform(new Fence({ node }))
        const crashed = yield* operator(server)
        const next = yield* operator(server)
        const promotion = bytesOf(...new Promote({ node }).encode().lines)
        yield* server.freeze
        const [one, other] = order === "the promotion first" ? [next, crashed] : [crashed, next]
        yield* one.write(one === next ? promotion : late)
        yield* other.write(other === next ? promotion : late)
        yield* server.unfreeze
        yield* next.heard((text) => text.includes("role:master"))
        yield* crashed.heard(isHeard)
        assert.strictEqual(yield* roleOf(nodes, node), "primary")
      })
    )
  }
})
