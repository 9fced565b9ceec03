import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import type { Socket as NodeSocket } from "node:net"
import { Fence, Observe, Valkey } from "../../src/domain/valkey/Valkey.ts"
import { dialer as iovalkey } from "../../src/interpreters/live/ValkeyIovalkey.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import { dialer as codec } from "../../src/interpreters/live/ValkeySocket.ts"
import * as Peer from "./Peer.ts"

const transports = [
  { name: "our codec", dialer: codec },
  { name: "iovalkey", dialer: iovalkey }
]

const nodeAt = (peer: Peer.Peer) => ({ pod: "pod-0", uid: "uid-0", ...peer, runId: Peer.runId })

/** Waits for what another process, or another tick, makes true. */
const until = Effect.fnUntraced(function* (isSo: () => boolean) {
  while (!isSo()) yield* Effect.sleep("2 millis")
})

const flood = (text: string) => (socket: NodeSocket) => {
  const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)))
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk)) continue // until the peer's buffer is full
    if (!socket.destroyed) socket.once("drain", more)
  }
  more()
}

for (const { dialer, name } of transports) {
  describe(`${name} and peers that are no good Valkey server`, () => {
    it.live(
      "names a foreign server as such, and leaves it",
      Effect.fnUntraced(function* () {
        const send = yield* Pool.make(dialer)
        const foreign = [
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<html>",
          "SSH-2.0-OpenSSH_9.2\r\n",
          "220 mail ESMTP\r\n",
          "\0\0\0\u0001"
        ]
        for (const text of foreign) {
          const peer = yield* Peer.listen((socket) => socket.once("data", () => socket.write(text)))
          assert.strictEqual(yield* send({ ...peer, lines: [["ROLE"]] }), "NotValkey")
          yield* until(() => peer.open() === 0)
        }
      })
    )

    it.live(
      "is not held up by one that says nothing, hangs up, or never stops",
      Effect.fnUntraced(function* () {
        const send = yield* Pool.make(dialer)
        const silent = yield* Peer.listen(() => undefined)
        const deaf = yield* Peer.listen((socket) => socket.destroy())
        assert.strictEqual(yield* send({ ...silent, lines: [["ROLE"]] }), "TimedOut")
        yield* until(() => silent.open() === 0)
        assert.strictEqual(yield* send({ ...deaf, lines: [["ROLE"]] }), "Closed")
        // redis-parser recurses into arrays without a bound: those would end the process.
        const nested = dialer.version === 3 ? ["*1\r\n"] : []
        for (const text of ["garbage", "+", "+OK\r\n", "$1000000000\r\nx", ":1\r\n-ERR\r\n", ...nested]) {
          const endless = yield* Peer.listen(flood(text))
          const reply = yield* send({ ...endless, lines: [["ROLE"]] })
          assert.isTrue(reply === "NotValkey" || reply === "TimedOut", `${text}: ${String(reply)}`)
          yield* until(() => endless.open() === 0)
        }
      })
    )

    it.live(
      "takes no reply for whole that is cut, wherever that is",
      Effect.fnUntraced(function* () {
        const role = "*3\r\n$6\r\nmaster\r\n:7\r\n*0\r\n"
        const whole = `${Peer.hello}${Peer.info}${role}`
        const send = yield* Pool.make(dialer)
        const cuts = dialer.version === 3 ? Array.from({ length: whole.length }, (_, cut) => cut) : [0]
        for (const cut of cuts) {
          const peer = yield* Peer.listen((socket) => {
            let said = 0
            socket.on("data", () => {
              // Three lines: two of the handshake, then one.
              const upTo = said === 0 ? Math.min(cut, Peer.hello.length + Peer.info.length) : cut
              socket.write(whole.slice(said, upTo))
              said = upTo
              if (upTo === cut) socket.end()
            })
          })
          assert.strictEqual(yield* send({ ...peer, lines: [["ROLE"]] }), "Closed", `cut at ${cut}`)
        }
      })
    )

    it.live(
      "tells loading, busy, cut off and unauthorized servers apart, from reads and from writes",
      Effect.fnUntraced(function* () {
        const nodes = Valkey.over(yield* Pool.make(dialer))
        const cases = [
          ["LOADING Valkey is loading the dataset in memory", "Loading"],
          ["BUSY Valkey is busy running a script.", "Busy"],
          ["MASTERDOWN Link with MASTER is down", "PrimaryDown"],
          ["NOPERM User x has no permissions to run the 'info' command", "Unauthorized"],
          ["ERR max number of clients reached", "Unexpected"]
        ] as const
        for (const [text, reason] of cases) {
          const peer = yield* Peer.valkey(([name]) => (name === "INFO" ? `-${text}\r\n` : undefined))
          const errors = yield* Effect.all([
            Effect.flip(nodes.perform(new Observe({ node: nodeAt(peer) }))),
            Effect.flip(nodes.perform(new Fence({ node: nodeAt(peer) })))
          ])
          for (const error of errors) {
            assert.isTrue(error._tag === "NodeError" && error.reason === reason, `${text}: ${error.message}`)
          }
          assert.isFalse(peer.lines.some(([name]) => name === "REPLICAOF"))
        }
      })
    )

    it.live(
      "asks a server without HELLO in the older way",
      Effect.fnUntraced(function* () {
        const peer = yield* Peer.valkey(([name, ...words]) => {
          if (name === "HELLO") return "-ERR unknown command 'HELLO'\r\n"
          return name === "AUTH" && words.join() !== "secret" ? "-ERR invalid password\r\n" : undefined
        })
        const send = yield* Pool.make(dialer)
        const credentials = { user: "default", password: Redacted.make("secret") }
        assert.deepStrictEqual(yield* send({ ...peer, credentials, runId: Peer.runId, lines: [["PING"]] }), ["OK"])
        const wrong = { user: "default", password: Redacted.make("wrong") }
        assert.strictEqual(yield* send({ ...peer, credentials: wrong, lines: [["PING"]] }), "Unauthorized")
      })
    )

    it.live(
      "sends reads again, once, when a kept connection turns out to be dead; writes never",
      Effect.fnUntraced(function* () {
        const peer: Peer.Peer = yield* Peer.valkey(([name, word], socket, connection) => {
          const isDead = word === "hang up" || (name === "ROLE" && connection === 1)
          if (isDead) socket.destroy()
          return isDead ? "" : undefined
        })
        const send = yield* Pool.make(dialer)
        assert.deepStrictEqual(yield* send({ ...peer, lines: [["PING"]] }), ["OK"])
        assert.deepStrictEqual(yield* send({ ...peer, lines: [["ROLE"], ["INFO"]] }), ["OK", Peer.infoText])
        assert.strictEqual(peer.connections(), 2)
        assert.strictEqual(yield* send({ ...peer, lines: [["SET", "hang up"]] }), "Closed")
        assert.lengthOf(
          peer.lines.filter(([, word]) => word === "hang up"),
          1
        )
      })
    )

    it.live(
      "does not take an answer that came too late for the next one",
      Effect.fnUntraced(function* () {
        const late: Array<NodeSocket> = []
        const peer: Peer.Peer = yield* Peer.valkey(([name, word], socket, connection) => {
          if (name === "SLOW") late.push(socket)
          // A server answers nothing of what is behind a slow command before that.
          if (late.length > 0 && connection === 1) return ""
          return name === "ECHO" ? Peer.bulk(word!) : undefined
        })
        const send = yield* Pool.make(dialer, { commandTimeout: "50 millis" })
        const slow = yield* Effect.forkChild(send({ ...peer, lines: [["SLOW"]] }))
        yield* until(() => late.length === 1)
        const behind = yield* Effect.forkChild(send({ ...peer, lines: [["ECHO", "behind"]] }))
        assert.strictEqual(yield* Fiber.join(slow), "TimedOut")
        late[0]!.write("+too late\r\n")
        assert.strictEqual(yield* Fiber.join(behind), "TimedOut")
        assert.deepStrictEqual(yield* send({ ...peer, lines: [["ECHO", "next"]] }), ["next"])
        assert.strictEqual(peer.connections(), 2)
      })
    )

    it.live(
      "keeps the order of replies when a sender gives up",
      Effect.fnUntraced(function* () {
        let release: (() => void) | undefined
        const peer: Peer.Peer = yield* Peer.valkey(([name, word], socket) => {
          if (name === "HOLD") release = () => socket.write("+held\r\n")
          return name === "HOLD" ? "" : name === "ECHO" ? Peer.bulk(word!) : undefined
        })
        const send = yield* Pool.make(dialer)
        const held = yield* Effect.forkChild(send({ ...peer, lines: [["HOLD"]] }))
        yield* until(() => release !== undefined)
        yield* Fiber.interrupt(held)
        release!()
        assert.deepStrictEqual(yield* send({ ...peer, lines: [["ECHO", "own"]] }), ["own"])
        assert.strictEqual(peer.connections(), 1)
      })
    )

    it.live(
      "looks again who is there before it says that it is another process",
      Effect.fnUntraced(function* () {
        const other = "f".repeat(40)
        const peer = yield* Peer.valkey(([name], _socket, connection) =>
          name === "INFO" && connection === 1 ? Peer.info.replace(Peer.runId, other) : undefined
        )
        const send = yield* Pool.make(dialer)
        assert.deepStrictEqual(yield* send({ ...peer, runId: other, lines: [["PING"]] }), ["OK"])
        assert.deepStrictEqual(yield* send({ ...peer, runId: Peer.runId, lines: [["PING"]] }), ["OK"])
        assert.strictEqual(yield* send({ ...peer, runId: other, lines: [["FENCE"]] }), "OtherProcess")
        assert.isFalse(peer.lines.some(([name]) => name === "FENCE"))
      })
    )

    it.live(
      "drops connections that nobody uses, and the oldest beyond its bound",
      Effect.fnUntraced(function* () {
        const peers = yield* Effect.forEach([1, 2, 3], () => Peer.valkey(() => undefined))
        const send = yield* Pool.make(dialer, { idleTimeout: "80 millis", maxConnections: 2 })
        for (const peer of peers) assert.deepStrictEqual(yield* send({ ...peer, lines: [["PING"]] }), ["OK"])
        yield* until(() => peers.every((peer) => peer.open() === 0))
        const [first] = peers
        assert.deepStrictEqual(yield* send({ ...first!, lines: [["PING"]] }), ["OK"])
        assert.strictEqual(first!.connections(), 2)
      })
    )

    it.live(
      "holds a connection without a word until it ends",
      Effect.fnUntraced(function* () {
        const peer = yield* Peer.valkey(() => undefined)
        const send = yield* Pool.make(dialer, { idleTimeout: "20 millis", commandTimeout: "20 millis" })
        const held = yield* Effect.forkChild(send({ ...peer, lines: [], awaitEnd: true }))
        yield* until(() => peer.open() === 1)
        yield* Effect.sleep("60 millis")
        assert.isUndefined(held.pollUnsafe())
        assert.deepStrictEqual(peer.lines, [])
        yield* Fiber.interrupt(held)
        yield* until(() => peer.open() === 0)
      })
    )
  })
}

it.live(
  "our codec never takes a push for a reply, and is told of a server that is full",
  Effect.fnUntraced(function* () {
    const push = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n"
    const chatty = yield* Peer.valkey(([name]) => (name === "PING" ? `${push}+PONG\r\n${push}` : undefined))
    const send = yield* Pool.make(codec)
    const lines = [["PING"], ["PING"]]
    assert.deepStrictEqual(yield* send({ ...chatty, lines }), ["PONG", "PONG"])
    assert.deepStrictEqual(yield* send({ ...chatty, lines }), ["PONG", "PONG"])
    const full = yield* Peer.listen((socket) => socket.end("-ERR max number of clients reached\r\n"))
    assert.deepStrictEqual(yield* send({ ...full, lines: [["ROLE"]] }), [
      { error: "ERR max number of clients reached" }
    ])
  })
)
