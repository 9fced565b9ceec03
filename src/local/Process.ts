/**
 * Child processes that never outlive their scope.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"

export interface Running {
  readonly pid: number
  /** Exit code; 128 and the signal's number when a signal ended it. */
  readonly exit: Effect.Effect<number>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** Of all that run: they must not outlive this process, whatever ends it. */
const children = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL")
})

const guard: ReadonlyArray<string> = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "setpriv"))
  .filter((path) => process.platform === "linux" && existsSync(path))
  .slice(0, 1)
  .flatMap((setpriv) => [setpriv, "--pdeathsig", "KILL", "--"])

/** The same command, for what runs long: the kernel ends it with a process that is killed outright, where util-linux is. */
export const bound = (command: ReadonlyArray<string>): ReadonlyArray<string> => [...guard, ...command]

const signals: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

const start = (
  command: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv,
  onOutput: (text: string) => void
): ChildProcess => {
  const [program, ...words] = command
  const child = spawn(program!, words, { env, stdio: ["ignore", "pipe", "pipe"] })
  children.add(child)
  child.on("close", () => children.delete(child))
  child.stdout?.setEncoding("utf8").on("data", onOutput)
  child.stderr?.setEncoding("utf8").on("data", onOutput)
  return child
}

/** Runs a command until it ends by itself or its scope closes. A command that cannot be started exits with 127. */
export const run = (
  command: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv,
  onOutput: (text: string) => void = () => {}
): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = start(command, env, onOutput)
      let code: number | undefined
      const waiting = new Set<(code: number) => void>()
      const end = (result: number) => {
        if (code !== undefined) return
        code = result
        for (const resume of waiting) resume(result)
      }
      child.on("error", (error) => {
        onOutput(error.message)
        end(127)
      })
      child.on("exit", (result, signal) => end(result ?? 128 + (signals[signal ?? ""] ?? 0)))
      const exit = Effect.callback<number>((resume) => {
        if (code !== undefined) return resume(Effect.succeed(code))
        const listener = (result: number) => resume(Effect.succeed(result))
        waiting.add(listener)
        return Effect.sync(() => waiting.delete(listener))
      })
      return { pid: child.pid ?? 0, exit, signal: (signal) => void child.kill(signal) } satisfies Running
    }),
    // A frozen process dies of SIGKILL too.
    ({ exit, signal }) =>
      Effect.andThen(
        Effect.sync(() => signal("SIGKILL")),
        exit
      )
  )
