/**
 * The whole life of a cluster on a real kube-apiserver and controller manager,
 * with real valkey-server processes in network namespaces, operated by the
 * process that users start. Each step of the scenario is a test here.
 */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { steps } from "../scenario/StepNames.ts"
import { base } from "../servers/Processes.ts"

interface Line {
  readonly step: string
  readonly millis?: number
  readonly error?: string
}

const folder = mkdtempSync(join(tmpdir(), "gungnir-e2e-"))
const lines = new Map<string, Line>()
const waiting = new Map<string, (line: Line) => void>()
let child: ChildProcess | undefined
let ended: string | undefined

/** In a network of its own, with a `/run` that it may write: `ip` keeps the namespaces of pods there. */
const apart = (...line: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] => [
  "unshare",
  [process.getuid?.() === 0 ? "-nm" : "-Urnm", "sh", "-c", `mount -t tmpfs tmpfs /run && exec "$@"`, "sh", ...line]
]

/** Why this machine cannot have pods with networks of their own; one line. */
const obstacle = (): string | undefined => {
  const { error, status, stderr } = spawnSync(...apart("ip", "netns", "add", "probe"), { encoding: "utf8" })
  return status === 0
    ? undefined
    : `pods need network namespaces: run as root or allow user namespaces, and install iproute2 (${error?.message ?? stderr.trim()})`
}

const deliver = (line: Line): void => {
  lines.set(line.step, line)
  waiting.get(line.step)?.(line)
}

const lineOf = (step: string): Promise<Line> =>
  new Promise((resolve) => {
    const known = lines.get(step)
    if (known !== undefined) return resolve(known)
    if (ended !== undefined) return resolve({ step, error: ended })
    waiting.set(step, resolve)
  })

beforeAll(() => {
  ended = obstacle()
  if (ended !== undefined) return
  child = spawn(...apart(process.execPath, join(import.meta.dirname, "Run.ts")), {
    env: { ...process.env, GUNGNIR_E2E_LOG: join(folder, "scenario.log"), GUNGNIR_TEST_FOLDER: base },
    stdio: ["ignore", "pipe", "inherit"]
  })
  createInterface({ input: child.stdout! }).on("line", (text) => {
    if (text.startsWith("{")) deliver(JSON.parse(text) as Line)
  })
  child.on("close", (code) => {
    ended = `the scenario ended with exit code ${code} before this step (log: ${folder}/scenario.log)`
    for (const [step, resolve] of waiting) resolve({ step, error: ended })
  })
})

afterAll(() => {
  child?.kill("SIGKILL")
  if ([...lines.values()].every(({ error }) => error === undefined)) rmSync(folder, { recursive: true })
})

describe("one cluster on real servers", { timeout: 240_000 }, () => {
  for (const step of steps) {
    it(step, async () => {
      const { error } = await lineOf(step)
      assert.isUndefined(error)
    })
  }
})
