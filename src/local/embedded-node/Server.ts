/**
 * One embedded node as if it were a process: it listens, serves clients from
 * the model, and obeys signals. What other nodes do to it is in the network
 * that they share.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type Server } from "node:net"
import type { State } from "../../models/valkey/Node.ts"
import { type Command, lookUp } from "../../models/valkey/Commands.ts"
import * as Exchange from "../../models/valkey/Exchange.ts"
import * as Faults from "../../models/valkey/Faults.ts"
import { type Disk, endpoint, type Node, put, unborn } from "../../models/valkey/Node.ts"
import * as Process from "../../models/valkey/Process.ts"
import { type Connection, open } from "../../models/valkey/Session.ts"
import type { InProcess } from "../ContainerSpec.ts"
import * as Client from "./Client.ts"
import type { LiveNetwork } from "./LiveNetwork.ts"

export interface Options {
  readonly address: string
  readonly port: number
  /** As in `valkey.conf`. */
  readonly config: Readonly<Record<string, string>>
  /** What the process finds. */
  readonly disk: Disk
  /** What it leaves behind, when it ends. */
  readonly onEnd: (disk: Disk) => void
}

type Line = ReadonlyArray<string>

const isWrite = (line: Line): boolean => {
  const command: Command | { readonly error: string } = lookUp(line)
  return !("error" in command) && command.isWrite
}

/** Lines of a transaction wait at its end. */
const writes = ({ queue }: Connection, line: Line): boolean =>
  queue === undefined ? isWrite(line) : line[0]?.toLowerCase() === "exec" && queue.some(isWrite)

/** `undefined` once it listens, else why it cannot. */
const listening = (server: Server, port: number, address: string): Effect.Effect<Error | undefined> =>
  Effect.callback((resume) => {
    server.once("error", (error) => resume(Effect.succeed(error)))
    server.listen(port, address, () => resume(Effect.succeed(undefined)))
  })

/** A process that has ended already. */
export const ended = (code: number): InProcess => ({
  pid: 0,
  exit: Effect.succeed(code),
  signal: () => {},
  isReady: Effect.succeed(false),
  isAlive: Effect.succeed(false)
})

const launch = Effect.fnUntraced(function* (
  network: LiveNetwork,
  { address, config, disk, onEnd, port }: Options
): Effect.fn.Return<InProcess> {
  const id = endpoint(address, port)
  const exit = Deferred.makeUnsafe<number>()
  const clients = new Set<Client.Client>()
  let isFrozen = false
  let isAskedToEnd = false
  let hasEnded = false
  const node = (): Node | undefined => network.state().nodes[id]

  /** The state says so already, or `act` makes it. */
  const finish = (code: number, act: (state: State) => State = (state) => state): void => {
    if (hasEnded) return
    hasEnded = true
    network.change(act)
    onEnd(node()?.disk ?? disk)
    stopListening()
    server.close()
    for (const client of clients) client.end()
    Deferred.doneUnsafe(exit, Effect.succeed(code))
  }

  const perform: Client.Host["perform"] = (connection, line) => {
    let result: ReturnType<Client.Host["perform"]> = [connection, undefined]
    network.change((state, names) => {
      const [next, after, reply] = Exchange.line(state, id, connection, line, names)
      result = [after, reply]
      return next
    })
    if (node()?.phase === "ended") finish(0)
    return result
  }

  const server = createServer((socket) => {
    const client: Client.Client = Client.serve(socket, {
      open: () => open(node()!),
      perform,
      mustWait: (connection, line) =>
        isFrozen || (writes(connection, line) && (node()?.pausedUntil ?? 0) > network.nowMillis()),
      endOthers: (user) => {
        const others = [...clients].filter((one) => one !== client && (user === undefined || one.user() === user))
        for (const one of others) one.end()
        return others.length
      }
    })
    clients.add(client)
    socket.on("close", () => clients.delete(client))
    if (isFrozen) client.freeze()
  })
  const stopListening = network.onProgress(() => {
    for (const client of clients) client.proceed()
  })

  const failure = yield* listening(server, port, address)
  if (failure !== undefined) {
    stopListening()
    yield* Effect.logWarning(`the embedded node ${id} does not start: ${failure.message}`)
    return ended(1)
  }
  server.on("error", () => {})
  network.change((state, names) => {
    const before = put(state, { ...(state.nodes[id] ?? unborn(address, port)), disk })
    return Process.start(before, address, port, { options: config, dataset: "kept" }, names)
  })

  const terminate = () => {
    isAskedToEnd = true
    if (!isFrozen) finish(0, (state) => Process.stop(state, id))
  }
  const freeze = () => {
    isFrozen = true
    network.change((state) => Faults.freeze(state, id))
    for (const client of clients) client.freeze()
  }
  const thaw = () => {
    isFrozen = false
    network.change((state, names) => Faults.proceed(state, id, names))
    if (isAskedToEnd) return terminate()
    for (const client of clients) client.thaw()
  }
  const signal: InProcess["signal"] = (name) => {
    if (hasEnded) return
    switch (name) {
      case "SIGKILL":
        return finish(137, (state) => Process.kill(state, id))
      case "SIGTERM":
      case "SIGINT":
        return terminate()
      case "SIGSTOP":
        return freeze()
      case "SIGCONT":
        return thaw()
      default:
        return
    }
  }
  const isRunning = (is: (node: Node) => boolean) =>
    Effect.sync(() => {
      const now = node()
      return !hasEnded && now?.phase === "running" && is(now)
    })
  return {
    pid: 0,
    exit: Deferred.await(exit),
    signal,
    isReady: isRunning(({ loading }) => !loading),
    isAlive: isRunning(() => true)
  }
})

/** Runs until it is told to end, or its scope closes. One that cannot listen has ended with code 1. */
export const start = (network: LiveNetwork, options: Options): Effect.Effect<InProcess, never, Scope.Scope> =>
  Effect.acquireRelease(launch(network, options), ({ exit, signal }) =>
    Effect.andThen(
      Effect.sync(() => signal("SIGKILL")),
      exit
    )
  )
