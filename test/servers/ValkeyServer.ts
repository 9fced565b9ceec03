/** Real valkey-server processes on loopback ports: started, killed, frozen and started again on the same data. */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import * as Processes from "./Processes.ts"
import { ServerError } from "./Processes.ts"

/** Directives of valkey.conf; one that may be repeated (`save`, `user`) takes a list. */
export type Config = Readonly<Record<string, string | number | ReadonlyArray<string>>>

export interface ValkeyServer {
  readonly host: "127.0.0.1"
  readonly port: number
  /** Where it keeps its data: stays until the scope closes. */
  readonly folder: string
  readonly pid: () => number
  /** SIGKILL; returns when the process is gone. */
  readonly kill: Effect.Effect<void>
  /** Starts it again at the same port, after `kill`; `empty` loses the data first. */
  readonly restart: (options?: {
    readonly empty?: boolean
    readonly config?: Config
  }) => Effect.Effect<void, ServerError>
  readonly freeze: Effect.Effect<void>
  readonly unfreeze: Effect.Effect<void>
}

const directives = (config: Config): string =>
  Object.entries(config)
    .flatMap(([name, value]) => (Array.isArray(value) ? value.map((one) => `${name} ${one}`) : [`${name} ${value}`]))
    .join("\n")

const accepts = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1")
    const answer = (open: boolean) => () => {
      socket.destroy()
      resume(Effect.succeed(open))
    }
    socket.once("connect", answer(true)).once("error", answer(false))
    return Effect.sync(() => socket.destroy())
  })

const listening = Effect.fnUntraced(function* (
  port: number,
  server: Processes.Running
): Effect.fn.Return<void, ServerError> {
  while (!(yield* accepts(port))) {
    if (server.hasEnded()) {
      return yield* new ServerError({
        server: "valkey-server",
        detail: `ended by itself: ${Processes.lastLine(server.log)}`
      })
    }
    yield* Effect.sleep("5 millis")
  }
})

/** Starts one on `port`, or on a free one. Returns when it accepts connections; it may still be loading its data. */
export const start = Effect.fnUntraced(function* (
  options: { readonly port?: number; readonly config?: Config } = {}
): Effect.fn.Return<ValkeyServer, ServerError, Scope.Scope> {
  const folder = yield* Processes.folder
  const data = join(folder, "data")
  const port = options.port ?? (yield* Processes.freePorts(1))[0]!
  const scope = yield* Effect.scope
  const launch = Effect.fnUntraced(
    function* (config: Config) {
      yield* Effect.sync(() => {
        mkdirSync(data, { recursive: true })
        const own = { port, bind: "127.0.0.1", dir: data, "set-proc-title": "no", save: '""', ...config }
        writeFileSync(join(folder, "valkey.conf"), `${directives(own)}\n`)
      })
      const process = yield* Processes.start("valkey-server", folder, [join(folder, "valkey.conf")])
      yield* listening(port, process)
      return process
    },
    Effect.provideService(Scope.Scope, scope)
  )
  let process = yield* launch(options.config ?? {})
  const current = (action: (process: Processes.Running) => Effect.Effect<void>) => Effect.suspend(() => action(process))
  return {
    host: "127.0.0.1",
    port,
    folder: data,
    pid: () => process.pid,
    kill: current((process) => process.kill),
    freeze: current((process) => process.freeze),
    unfreeze: current((process) => process.unfreeze),
    restart: Effect.fnUntraced(function* ({ config, empty = false } = {}) {
      yield* process.kill
      if (empty) yield* Effect.sync(() => rmSync(data, { recursive: true, force: true }))
      process = yield* launch(config ?? options.config ?? {})
    })
  }
})
