import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { Agent, request } from "undici"
import { versions } from "../../src/local/Servers.ts"
import { ControlPlane } from "./ControlPlane.ts"
import * as Processes from "./Processes.ts"
import * as Shared from "./Shared.ts"
import * as ValkeyServer from "./ValkeyServer.ts"

describe("servers", () => {
  it("looks for the versions that the Go modules pin", () => {
    const pinned = (folder: string, module: string) =>
      new RegExp(`^(?:require)?\\s*${module} v(\\S+)`, "m").exec(
        readFileSync(new URL(`../../scripts/servers/${folder}/go.mod`, import.meta.url), "utf8")
      )?.[1]
    assert.strictEqual(pinned("kubernetes", "k8s.io/kubernetes"), versions.kubernetes)
    assert.strictEqual(pinned("etcd", "go.etcd.io/etcd/server/v3"), versions.etcd)
  })
})

layer(Shared.controlPlane)((it) => {
  it.effect("share one control plane of the pinned version", () =>
    Effect.gen(function* () {
      const { authority, server } = yield* ControlPlane
      const agent = new Agent({ connect: { ca: authority } })
      const version = yield* Effect.promise(() =>
        request(`${server}/version`, { dispatcher: agent }).then((reply) => reply.body.json())
      )
      yield* Effect.promise(() => agent.close())
      assert.include(version, { gitVersion: `v${versions.kubernetes}` })
    })
  )
})

/** One command, one line of answer. */
const once = (port: number, line: string) =>
  Effect.callback<string>((resume) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${line}\r\n`))
    socket.setEncoding("utf8").once("data", (text: string) => {
      socket.destroy()
      resume(Effect.succeed(text.trim()))
    })
    socket.once("error", () => resume(Effect.succeed("refused")))
  })

/** As a client does that meets a server which still loads its data: it accepts connections, and asks to come again. */
const ask = (port: number, line: string) =>
  Effect.gen(function* () {
    let answer = yield* once(port, line)
    while (answer.startsWith("-LOADING")) {
      yield* Effect.sleep("5 millis")
      answer = yield* once(port, line)
    }
    return answer
  })

describe("valkey-server", () => {
  it.live("keeps its data over a power loss, and loses it when asked to", () =>
    Effect.gen(function* () {
      const server = yield* ValkeyServer.start({ config: { appendonly: "yes", appendfsync: "always" } })
      assert.strictEqual(yield* ask(server.port, "SET k v"), "+OK")
      yield* server.kill
      assert.strictEqual(yield* ask(server.port, "PING"), "refused")
      yield* server.restart()
      assert.strictEqual(yield* ask(server.port, "EXISTS k"), ":1")
      yield* server.restart({ empty: true })
      assert.strictEqual(yield* ask(server.port, "EXISTS k"), ":0")
    })
  )

  it.live("is silent while frozen", () =>
    Effect.gen(function* () {
      const server = yield* ValkeyServer.start()
      yield* server.freeze
      const silent = yield* Effect.timeoutOption(ask(server.port, "PING"), "200 millis")
      yield* server.unfreeze
      assert.strictEqual(silent._tag, "None")
      assert.strictEqual(yield* ask(server.port, "PING"), "+PONG")
    })
  )

  it.live("says in one line why it does not start", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ValkeyServer.start({ config: { "no-such-directive": 1 } }))
      assert.include(error.message, "ended by itself")
    })
  )

  it.live("of a crashed run are ended by the next one", () =>
    Effect.gen(function* () {
      // The owner in the pid file is a process that has ended.
      const owner = spawnSync("true")
      const server = yield* ValkeyServer.start()
      writeFileSync(join(server.folder, "../owner"), String(owner.pid))
      yield* Processes.sweep
      assert.strictEqual(yield* ask(server.port, "PING"), "refused")
    })
  )
})
