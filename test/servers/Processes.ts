/**
 * Server processes of the tests. Each run writes pid files into a folder of its
 * own, and every server has that folder in its command line: what a crashed run
 * left behind is found by both, never by a name.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { find, missing, type Program } from "../../src/local/Servers.ts"

/** A server that is missing, does not start or ends by itself. */
export class ServerError extends Data.TaggedError("ServerError")<{ readonly server: string; readonly detail: string }> {
  override get message(): string {
    return `${this.server}: ${this.detail}`
  }
}

/** Of this user. In a user namespace everybody is root: whoever starts a process in one says where. */
export const base = process.env["GUNGNIR_TEST_FOLDER"] ?? join(tmpdir(), `gungnir-servers-${userInfo().uid}`)

const commandLine = (pid: number): string =>
  existsSync("/proc/self/cmdline")
    ? existsSync(`/proc/${pid}/cmdline`)
      ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")
      : ""
    : spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).stdout

const pidsIn = (folder: string, file: string): ReadonlyArray<number> =>
  existsSync(join(folder, file))
    ? readFileSync(join(folder, file), "utf8")
        .split("\n")
        .map(Number)
        .filter((pid) => pid > 0)
    : []

/** Sends a signal to a process that may be gone already. */
const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // ESRCH: it ended before.
  }
}

/** Ends what still runs in a run's folder, and removes the folder. */
const clear = (folder: string): void => {
  for (const pid of pidsIn(folder, "pids")) if (commandLine(pid).includes(folder)) signal(pid, "SIGKILL")
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}

/** Ends the servers of runs whose owner is gone. */
export const sweep: Effect.Effect<void> = Effect.sync(() => {
  for (const name of existsSync(base) ? readdirSync(base) : []) {
    const folder = join(base, name)
    const [owner] = pidsIn(folder, "owner")
    if (owner === undefined || !commandLine(owner).includes("node")) clear(folder)
  }
})

/** Folders of this process: what is left of them goes when it exits. */
const own = new Set<string>()
process.once("exit", () => own.forEach(clear))

/** A folder for one server, removed with all that runs in it when the scope closes or this process ends. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(base, { recursive: true, mode: 0o700 })
    const path = mkdtempSync(join(base, "run-"))
    writeFileSync(join(path, "owner"), String(process.pid))
    own.add(path)
    return path
  }),
  (path) =>
    Effect.sync(() => {
      clear(path)
      own.delete(path)
    })
)

/** Ports of the loopback that were free a moment ago, all different. */
export const freePorts = (count: number): Effect.Effect<ReadonlyArray<number>, ServerError> =>
  Effect.forEach(
    Array.from({ length: count }),
    () =>
      Effect.acquireRelease(
        Effect.callback<ReturnType<typeof createServer>, ServerError>((resume) => {
          const server = createServer()
          server.once("error", (error) =>
            resume(Effect.fail(new ServerError({ server: "loopback", detail: `no free port: ${error.message}` })))
          )
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
      ),
    { concurrency: "unbounded" }
  ).pipe(
    Effect.map((servers) => servers.map((server) => (server.address() as { readonly port: number }).port)),
    Effect.scoped
  )

/** A running server: `ended` says how it ended, once it has. */
export interface Running {
  readonly pid: number
  readonly log: string
  readonly hasEnded: () => boolean
  /** Waits for the end of the process. */
  readonly ended: Effect.Effect<void>
  /** Power loss: nothing is flushed, nobody is told. Returns when it is gone. */
  readonly kill: Effect.Effect<void>
  /** Stops the process without ending it: its sockets stay open and silent. */
  readonly freeze: Effect.Effect<void>
  readonly unfreeze: Effect.Effect<void>
}

const running = (child: ChildProcess, log: string): Running => {
  const pid = child.pid!
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  const ended = Effect.callback<void>((resume) => {
    if (hasEnded()) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
  })
  const send = (name: NodeJS.Signals) => Effect.sync(() => (hasEnded() ? undefined : signal(pid, name)))
  return {
    pid,
    log,
    hasEnded,
    ended,
    kill: Effect.andThen(send("SIGKILL"), ended),
    freeze: send("SIGSTOP"),
    unfreeze: send("SIGCONT")
  }
}

/** Starts a program in `folder`, which must be part of its arguments; it is killed when the scope closes. */
export const start = Effect.fnUntraced(function* (
  program: Program,
  folder: string,
  args: ReadonlyArray<string>
): Effect.fn.Return<Running, ServerError, Scope.Scope> {
  const found = find(program)
  if (found === undefined) return yield* new ServerError({ server: program, detail: missing(program) })
  if (!args.some((word) => word.includes(folder))) {
    return yield* Effect.die(`the arguments of ${program} do not name ${folder}: a crashed run could not be cleaned up`)
  }
  const log = join(folder, `${program}.log`)
  return yield* Effect.acquireRelease(
    Effect.sync(() => {
      const output = openSync(log, "a")
      const env = { ...process.env, ...found.env }
      const child = spawn(found.command, args, { stdio: ["ignore", output, output], env, cwd: folder })
      closeSync(output)
      appendFileSync(join(folder, "pids"), `${child.pid}\n`)
      return running(child, log)
    }),
    (server) => server.kill
  )
})

/** The last line of a log that says something: for the one line of an error. */
export const lastLine = (log: string): string =>
  readFileSync(log, "utf8").trimEnd().split("\n").at(-1)?.slice(-300) ?? ""
