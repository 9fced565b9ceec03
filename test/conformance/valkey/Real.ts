/** The sequences on real servers. */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { connect, type Socket } from "node:net"
import * as Info from "../../../src/domain/valkey/Info.ts"
import { encodeCommands, toReply } from "../../../src/domain/valkey/Resp3.ts"
import * as Parser from "../../../src/domain/valkey/resp3/Parser.ts"
import type { Replies, Reply } from "../../../src/domain/valkey/Wire.ts"
import type { ServerError } from "../../servers/Processes.ts"
import * as ValkeyServer from "../../servers/ValkeyServer.ts"
import { keys, type Line, nowhere, type Step } from "./Script.ts"
import type { Seen } from "./View.ts"

const timeoutMillis = 3000

/** Lines on a connection of their own; `Closed` when it ends before the last reply. */
export const send = (port: number, lines: ReadonlyArray<Line>): Effect.Effect<Replies> =>
  Effect.callback((resume) => {
    const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true })
    let parser = Parser.make()
    const replies: Array<Reply> = []
    let isOpen = false
    const end = (outcome: Replies) => {
      socket.destroy()
      resume(Effect.succeed(outcome))
    }
    socket.setTimeout(timeoutMillis, () => end("TimedOut"))
    socket.once("connect", () => {
      isOpen = true
      socket.write(encodeCommands(lines))
    })
    socket.on("data", (chunk: Uint8Array) => {
      const [next, values] = Parser.feed(parser, chunk)
      parser = next
      for (const value of values) replies.push(toReply(value))
      if (replies.length >= lines.length) end(replies)
    })
    socket.once("error", () => end(isOpen ? "Closed" : "Refused"))
    socket.once("close", () => end("Closed"))
    return Effect.sync(() => socket.destroy())
  })

const login = (password: string): ReadonlyArray<Line> => (password === "" ? [] : [["AUTH", password]])

export interface Place {
  readonly port: number
  readonly server: ValkeyServer.ValkeyServer
}

export interface Servers {
  readonly ports: ReadonlyArray<number>
  readonly password: string
  readonly take: (step: Step) => Effect.Effect<Replies | undefined, ServerError>
  /** What each server that answers shows now; undefined while one is still busy. */
  readonly seen: Effect.Effect<ReadonlyArray<Seen> | undefined>
}

const asked: ReadonlyArray<Line> = [["HELLO", "3"], ["INFO"], ["ROLE"], ["MGET", ...keys]]

const isBusy = (info: string): boolean => {
  const fields = Info.fields(info)
  return ["aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress", "loading"].some(
    (name) => fields.get(name) === "1"
  )
}

const seenAt = (port: number, password: string): Effect.Effect<Seen | undefined> =>
  Effect.map(send(port, [...login(password), ...asked]), (replies) => {
    if (typeof replies === "string") return undefined
    const [info, role, values] = replies.slice(-3)
    if (typeof info !== "string" || isBusy(info) || !Array.isArray(values) || role === undefined) return undefined
    const held = keys.flatMap((key, index) =>
      typeof values[index] === "string" ? [[key, values[index]] as const] : []
    )
    return { port, info, role, data: Object.fromEntries(held) }
  })

const conf = (options: Readonly<Record<string, string>>, isReplica: boolean): ValkeyServer.Config => ({
  ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, value === "" ? '""' : value])),
  ...(isReplica ? { replicaof: nowhere } : {}),
  "repl-diskless-sync-delay": "0",
  "repl-ping-replica-period": "3600",
  loglevel: "warning"
})

/** Three places where servers run; the first start of each is a step too. */
export const servers = Effect.fnUntraced(function* (
  ports: ReadonlyArray<number>,
  options: Readonly<Record<string, string>>,
  password: string
): Effect.fn.Return<Servers, ServerError, Scope.Scope> {
  const scope = yield* Effect.scope
  const running = new Map<number, ValkeyServer.ValkeyServer>()
  const phases = new Map<number, "running" | "frozen" | "ended">()
  const start = Effect.fnUntraced(function* ({ dataset, isReplica, port }: Extract<Step, { _tag: "Start" }>) {
    const config = conf(options, isReplica)
    const before = running.get(port)
    if (before !== undefined) yield* before.restart({ empty: dataset === "empty", config })
    else running.set(port, yield* ValkeyServer.start({ port, config }).pipe(Effect.provideService(Scope.Scope, scope)))
    phases.set(port, "running")
    return undefined
  })
  const ended = (port: number) => Effect.sync(() => void phases.set(port, "ended"))
  const take = Effect.fnUntraced(function* (step: Step): Effect.fn.Return<Replies | undefined, ServerError> {
    switch (step._tag) {
      case "Start":
        return yield* start(step)
      case "Kill":
        yield* Effect.andThen(running.get(step.port)!.kill, ended(step.port))
        return undefined
      case "Freeze":
        yield* running.get(step.port)!.freeze
        phases.set(step.port, "frozen")
        return undefined
      case "Proceed":
        yield* running.get(step.port)!.unfreeze
        phases.set(step.port, "running")
        return undefined
      case "Send": {
        const replies = yield* send(step.port, [...login(password), ...step.lines])
        // Only SHUTDOWN ends a connection: wait until the process is gone too.
        if (replies === "Closed") yield* Effect.andThen(running.get(step.port)!.kill, ended(step.port))
        return typeof replies === "string" ? replies : replies.slice(login(password).length)
      }
    }
  })
  const seen = Effect.gen(function* () {
    const all = ports.filter((port) => phases.get(port) === "running")
    const views = yield* Effect.forEach(all, (port) => seenAt(port, password), { concurrency: "unbounded" })
    return views.includes(undefined) ? undefined : views.filter((view) => view !== undefined)
  })
  return { ports, password, take, seen }
})
