/** A real valkey-server that has lost its port to a program that speaks HTTP (`failover:H3`). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { createServer, type Socket } from "node:net"
import { join } from "node:path"
import * as LocalWorld from "../../src/bin/LocalWorld.ts"
import type { Status } from "../../src/domain/valkey/Cluster.ts"
import * as Embedded from "../../src/local/Embedded.ts"
import * as Example from "../../src/local/Example.ts"
import { find, missing } from "../../src/local/Servers.ts"
import * as Processes from "../servers/Processes.ts"

const example = join(import.meta.dirname, "../../examples/valkeycluster.yaml")

/** Answers all that is sent to it as a web server answers what is no HTTP, as soon as the port is free. */
const webServer = (host: string, port: number): Effect.Effect<void, never, Scope.Scope> => {
  const sockets = new Set<Socket>()
  return Effect.asVoid(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((socket) => {
          sockets.add(socket)
          socket.on("error", () => socket.destroy())
          socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
        })
        const listen = () => server.listen(port, host)
        server.on("error", () => setImmediate(listen))
        server.on("listening", () => resume(Effect.succeed(server)))
        listen()
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          // Who listens for the end of a connection would keep it open.
          for (const socket of sockets) socket.destroy()
        })
    )
  )
}

/** Fails when it takes longer than that. */
const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.andThen(Effect.sleep("10 millis"), until(holds)))).pipe(
    Effect.timeout("30 seconds"),
    Effect.orDie
  )

const says = (status: Status | undefined, type: string, truth: string, text = ""): boolean =>
  status?.conditions.some((one) => one.type === type && one.status === truth && one.message.includes(text)) === true

describe("a primary whose port a web server has", () => {
  it.live(
    "is replaced, the web server is named, and all is whole once it goes",
    () =>
      Effect.gen(function* () {
        assert.isDefined(find("valkey-server"), missing("valkey-server"))
        const folder = yield* Processes.folder
        const embedded = yield* Embedded.make({ kubeconfigPath: join(folder, "kubeconfig") })
        const cluster = yield* Example.read(example)
        const { runner, stage, writer } = yield* LocalWorld.make({ embedded, cluster, folder, embeddedNodes: false })
        const status = () => stage.cluster()?.status
        const isWhole = () => says(status(), "Ready", "True") && says(status(), "Progressing", "False")
        yield* until(() => isWhole() && writer.acknowledged() > 0)
        const primary = status()!.primary!
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* runner.signal("default", primary.pod, "SIGKILL")
            yield* webServer(primary.address, 6379)
            yield* until(() => says(status(), "Ready", "True") && status()!.masterPod !== primary.pod)
            const { from, kind } = status()!.lastFailover!
            assert.deepStrictEqual({ from, kind }, { from: primary.pod, kind: "Unplanned" })
            yield* until(() =>
              says(status(), "Degraded", "True", `${primary.pod} is no node of this cluster: NotValkey`)
            )
            const before = writer.acknowledged()
            yield* until(() => writer.acknowledged() > before)
          })
        )
        yield* until(isWhole)
        assert.notStrictEqual(status()!.masterPod, primary.pod)
      }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "None")),
    120_000
  )
})
