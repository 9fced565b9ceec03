/** What the set-up tells people: what it does, how long it takes, and that it is alive. */
import { spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs"
import { dirname } from "node:path"

const started = Date.now()

/** The one kind of failure that ends the script with a line and no stack. */
export class Stop extends Error {}

export const say = (text: string): void => {
  const seconds = Math.round((Date.now() - started) / 1000)
  process.stderr.write(`[${String(seconds).padStart(4)} s] ${text}\n`)
}

/** Says what runs, and every 20 s that it still does. */
export const step = async <A>(what: string, work: () => Promise<A>): Promise<A> => {
  say(`${what} ...`)
  const from = Date.now()
  const beat = setInterval(() => say(`${what}: still working, ${Math.round((Date.now() - from) / 1000)} s`), 20_000)
  try {
    const result = await work()
    say(`${what}: done in ${((Date.now() - from) / 1000).toFixed(1)} s`)
    return result
  } finally {
    clearInterval(beat)
  }
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Standard error goes here. */
  readonly log: string
}

/** Runs a program; resolves to what it printed, or fails with the last line of its log. */
export const run = (command: string, args: ReadonlyArray<string>, { cwd, env, log }: RunOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    mkdirSync(dirname(log), { recursive: true })
    const errors = openSync(log, "a")
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", errors],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd })
    })
    closeSync(errors)
    let printed = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (printed += text))
    child.once("error", (error) => reject(new Stop(`${command} does not start: ${error.message}`)))
    child.once("close", (code) => {
      if (code === 0) return resolve(printed)
      const last = readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? ""
      reject(new Stop(`${command} ${args[0]} ended with ${code}: ${last} (log: ${log})`))
    })
  })
