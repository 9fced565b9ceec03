import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { Redis } from "iovalkey"
import { randomBytes } from "node:crypto"
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import type { Transport } from "../../src/domain/Capability.ts"
import { dismissal } from "../../src/domain/valkey/Valkey.ts"
import type { Exchange, Replies } from "../../src/domain/valkey/Wire.ts"
import * as Iovalkey from "../../src/interpreters/live/ValkeyIovalkey.ts"
import * as Pool from "../../src/interpreters/live/ValkeyPool.ts"
import * as Socket from "../../src/interpreters/live/ValkeySocket.ts"
import { laws } from "../../src/laws/interpreter/Valkey.ts"
import type { Fixture, Server } from "../../src/laws/interpreter/ValkeyLaw.ts"
import type { InProcess } from "../../src/local/ContainerSpec.ts"
import * as EmbeddedNode from "../../src/local/EmbeddedNode.ts"
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
    Scope.provide(Node.start(network, { address, port, config, disk, onEnd: (left) => void (disk = left) }), scope)
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

const client = (port: number) =>
  new Redis({ host: address, port, password, lazyConnect: true, retryStrategy: () => null })

/** What a raw connection gets for these bytes, up to its end. */
const answerTo = (port: number, bytes: Uint8Array): Effect.Effect<string> =>
  Effect.callback((resume) => {
    let text = ""
    const socket = connect(port, address, () => socket.end(bytes))
    socket.setEncoding("utf8").on("data", (more: string) => void (text += more))
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(text)))
    return Effect.sync(() => socket.destroy())
  })

const words = ["PING", "GET", "SET", "INFO", "HELLO", "AUTH", "CLIENT", "CONFIG", "MULTI", "EXEC", "REPLICAOF", "WAIT"]
const arguments_ = ["k", "", "3", "NO", "ONE", "KILL", "TYPE", "normal", "PAUSE", "*", "default", password, "-1", "GET"]

const line = (all: ReadonlyArray<string>): string =>
  `*${all.length}\r\n${all.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`

describe("an embedded node", () => {
  it.live("serves a stock client", () =>
    Effect.gen(function* () {
      const [node] = yield* nodes(1)
      const redis = yield* Effect.acquireRelease(
        Effect.sync(() => client(node!.address.port)),
        (redis) => Effect.sync(() => redis.disconnect())
      )
      const answers = yield* Effect.promise(async () => {
        await redis.connect()
        return [
          await redis.ping(),
          await redis.set("k", "OK"),
          await redis.get("k"),
          await redis.get("none"),
          await redis.incr("n"),
          await redis.multi().set("a", "1").get("a").exec(),
          await redis.config("GET", "appendonly"),
          await redis.get("a")
        ]
      })
      assert.deepStrictEqual(answers, [
        "PONG",
        "OK",
        "OK",
        null,
        1,
        [
          [null, "OK"],
          [null, "1"]
        ],
        ["appendonly", "yes"],
        "1"
      ])
      const wrong = new Redis({ host: address, port: node!.address.port, password: "wrong", retryStrategy: () => null })
      wrong.on("error", () => {})
      const refusal = yield* Effect.promise(() => wrong.ping().catch((error: Error) => error.message))
      assert.match(String(refusal), /WRONGPASS|NOAUTH|closed/)
      wrong.disconnect()
    }).pipe(Effect.scoped)
  )

  it.live("closes connections that speak no RESP, and serves the others", () =>
    Effect.gen(function* () {
      const [node] = yield* nodes(1)
      const { port } = node!.address
      for (const bytes of [
        "GET / HTTP/1.1\r\n\r\n",
        "*1\r\n:1\r\n",
        "$5\r\nhello\r\n",
        "*1\r\n$-5\r\n",
        "*9999999999999\r\n"
      ]) {
        assert.match(yield* answerTo(port, Buffer.from(bytes)), /^-ERR Protocol error/, bytes)
      }
      assert.strictEqual(yield* answerTo(port, Buffer.from("*0\r\n*-1\r\n*1\r\n$4\r\nQUIT\r\n")), "+OK\r\n")
      for (let round = 0; round < 200; round++) yield* answerTo(port, randomBytes(1 + round))
      for (let round = 0; round < 200; round++)
        yield* answerTo(port, Buffer.concat([Buffer.from("*2\r\n$3\r\n"), randomBytes(round)]))
      const replies = yield* (yield* Pool.make(Socket.dialer))({ ...node!.address, lines: [["PING"]] })
      assert.deepStrictEqual(replies, ["PONG"])
    }).pipe(Effect.scoped)
  )

  it.live.prop(
    "answers any command line with one reply, or ends",
    { lines: Schema.Array(Schema.Array(Schema.Literals([...words, ...arguments_])).check(Schema.isMinLength(1))) },
    ({ lines }) =>
      Effect.gen(function* () {
        const [node] = yield* nodes(1)
        const text = yield* answerTo(
          node!.address.port,
          Buffer.from([["AUTH", password], ...lines, ["QUIT"]].map(line).join(""))
        )
        assert.match(text, /^\+OK\r\n/)
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 60 } }
  )

  it.live("ends with 0 when it is asked to, also when it was frozen meanwhile, and with 137 when it is killed", () =>
    Effect.gen(function* () {
      const [polite, frozen, killed] = yield* nodes(3)
      yield* polite!.signal("SIGTERM")
      assert.strictEqual(yield* polite!.exit, 0)
      yield* frozen!.freeze
      yield* frozen!.signal("SIGTERM")
      yield* frozen!.unfreeze
      assert.strictEqual(yield* frozen!.exit, 0)
      yield* killed!.freeze
      yield* killed!.signal("SIGKILL")
      assert.strictEqual(yield* killed!.exit, 137)
    }).pipe(Effect.scoped)
  )

  it.live("carries out after a freeze what clients had sent that gave up", () =>
    Effect.gen(function* () {
      const [node] = yield* nodes(1)
      const send = yield* Pool.make(Socket.dialer, { commandTimeout: "30 millis" })
      assert.deepStrictEqual(yield* send({ ...node!.address, lines: [["PING"]] }), ["PONG"])
      yield* node!.freeze
      assert.strictEqual(yield* send({ ...node!.address, lines: [["SET", "late", "1"]] }), "TimedOut")
      yield* node!.unfreeze
      const isThere = Effect.map(send({ ...node!.address, lines: [["GET", "late"]] }), (replies) => replies[0] === "1")
      while (!(yield* isThere)) yield* Effect.sleep("2 millis")
    }).pipe(Effect.scoped)
  )

  it.live("lets writes wait during CLIENT PAUSE, and ends other clients when told to", () =>
    Effect.gen(function* () {
      const [node] = yield* nodes(1)
      const [one, other] = [yield* Pool.make(Socket.dialer), yield* Pool.make(Socket.dialer)]
      const from = (send: typeof one, ...lines: ReadonlyArray<ReadonlyArray<string>>) =>
        send({ ...node!.address, lines })
      yield* from(one, ["CLIENT", "PAUSE", "60000", "WRITE"])
      const write = yield* Effect.forkChild(from(other, ["SET", "k", "1"]))
      assert.deepStrictEqual(yield* from(one, ["GET", "k"]), [null])
      yield* from(one, ["CLIENT", "UNPAUSE"])
      assert.deepStrictEqual(yield* Fiber.join(write), ["OK"])
      const killed = yield* from(one, ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
      assert.deepStrictEqual(killed, [1])
      assert.deepStrictEqual(yield* from(one, ["GET", "k"]), ["1"])
    }).pipe(Effect.scoped)
  )

  it.live("ends the other connections of operators, and of nobody else, when one of them gives it a role", () =>
    Effect.gen(function* () {
      const [node] = yield* nodes(1)
      const [one, other] = [yield* Pool.make(Socket.dialer), yield* Pool.make(Socket.dialer)]
      const client = Socket.dialer.dial(node!.address)
      yield* Effect.addFinalizer(() => Effect.sync(() => client.end("Closed")))
      const word = Redacted.make(password)
      assert.deepStrictEqual((yield* client.send([["AUTH", word], ["PING"]])).replies, ["OK", "PONG"])
      for (const send of [one, other]) {
        assert.deepStrictEqual(yield* send({ ...node!.address, lines: [["ACL", "WHOAMI"]] }), ["gungnir"])
      }
      assert.deepStrictEqual(yield* one({ ...node!.address, lines: [dismissal] }), [1])
      assert.deepStrictEqual(yield* one({ ...node!.address, lines: [dismissal] }), [0])
      assert.deepStrictEqual((yield* client.send([["PING"]])).replies, ["PONG"])
      assert.deepStrictEqual(yield* other({ ...node!.address, lines: [["ACL", "WHOAMI"]] }), ["gungnir"])
    }).pipe(Effect.scoped)
  )
})

describe("the image of embedded nodes", () => {
  const port = 7003
  const setUp = Effect.gen(function* () {
    const folder = yield* Processes.folder
    const image = yield* EmbeddedNode.make
    for (const name of ["config", "auth", "data"]) mkdirSync(join(folder, name))
    writeFileSync(join(folder, "auth", "password"), "word")
    writeFileSync(join(folder, "config", "valkey.conf"), 'appendonly yes\nsave ""\nmin-replicas-to-write 1\n')
    const env = {
      VALKEY_PORT: String(port),
      CONFIG_DIR: join(folder, "config"),
      AUTH_DIR: join(folder, "auth"),
      DATA_DIR: join(folder, "data")
    }
    const run = image.inProcess!({ env, command: (line) => line }, "127.65.0.1")
    const credentials = { user: "default", password: Redacted.make("word") }
    /** On a connection of its own. */
    const ask = (...lines: ReadonlyArray<ReadonlyArray<string>>) =>
      Effect.scoped(
        Effect.flatMap(Pool.make(Socket.dialer), (send) => send({ address: "127.65.0.1", port, credentials, lines }))
      )
    return { folder, run, ask }
  })

  it.live("starts them as replicas of nobody, with the password and the options of their files", () =>
    Effect.gen(function* () {
      const { ask, run } = yield* setUp
      const node = yield* run
      assert.isTrue(yield* node.isReady)
      const [role, config] = yield* ask(["ROLE"], ["CONFIG", "GET", "min-replicas-to-write"])
      assert.deepStrictEqual(role, ["slave", "127.0.0.1", 1, "connect", -1])
      assert.deepStrictEqual(config, ["min-replicas-to-write", "1"])
      node.signal("SIGSTOP")
      assert.deepStrictEqual([yield* node.isReady, yield* node.isAlive], [false, false])
    }).pipe(Effect.scoped)
  )

  it.live("keeps their data by the folder of the claim, and loses it with what the folder holds", () =>
    Effect.gen(function* () {
      const { ask, folder, run } = yield* setUp
      const keysOf = (writes: ReadonlyArray<ReadonlyArray<string>>) =>
        Effect.scoped(
          Effect.gen(function* () {
            yield* run
            const lead = [
              ["REPLICAOF", "NO", "ONE"],
              ["CONFIG", "SET", "min-replicas-to-write", "0"]
            ]
            return (yield* ask(...lead, ...writes, ["DBSIZE"])).at(-1)
          })
        )
      assert.strictEqual(yield* keysOf([["SET", "k", "1"]]), 1)
      assert.strictEqual(yield* keysOf([]), 1)
      for (const name of readdirSync(join(folder, "data"))) rmSync(join(folder, "data", name))
      assert.strictEqual(yield* keysOf([]), 0)
    }).pipe(Effect.scoped)
  )

  it.live("do not start without their files, nor where somebody listens", () =>
    Effect.gen(function* () {
      const { folder, run } = yield* setUp
      yield* run
      const second = yield* run
      assert.strictEqual(yield* second.exit, 1)
      rmSync(join(folder, "auth", "password"))
      assert.strictEqual(yield* (yield* run).exit, 1)
    }).pipe(Effect.scoped)
  )
})
