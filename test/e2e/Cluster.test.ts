/**
 * The whole life of a cluster on a real kube-apiserver and controller manager,
 * with real valkey-server processes in network namespaces, operated by the
 * process that users start. Each step of the scenario is a test here.
 */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { steps } from "../scenario/StepNames.ts"

interface Line {
  readonly step: string
  readonly millis?: number
  readonly error?: string
}

const folder = mkdtempSync(join(tmpdir(), "gungnir-e2e-"))
const lines = new Map<string, Line>()
const waiting = new Map<string, (line: Line) => void>()
let child: ChildProcess
let ended: string | undefined

const unshare = process.getuid?.() === 0 ? ["unshare", "-nm"] : ["unshare", "-Urnm"]

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
  const script = join(import.meta.dirname, "Run.ts")
  const [program, ...words] = [...unshare, process.execPath, script]
  child = spawn(program!, words, {
    env: { ...process.env, GUNGNIR_E2E_LOG: join(folder, "scenario.log") },
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
  child.kill("SIGKILL")
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
