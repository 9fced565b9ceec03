/**
 * Two-phase commit for SPIN: the model that `test/check/external/TwoPhase.ts`
 * is, written in Promela, compiled and run in a folder that is removed again.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface SpinRun {
  readonly states: number
  /** Of the processor. */
  readonly seconds: number
}

const promela = (managers: number): string => {
  const all = Array.from({ length: managers }, (_, index) => index)
  const everybody = all.map((index) => `counted[${index}]`).join(" && ")
  const options = [
    `tm == 0 && ${everybody} -> tm = 1; toCommit = 1`,
    "tm == 0 -> tm = 2; toAbort = 1",
    ...all.flatMap((index) => [
      `rm[${index}] == 0 -> rm[${index}] = 1; sent[${index}] = 1`,
      `rm[${index}] == 0 -> rm[${index}] = 3`,
      `toCommit && rm[${index}] != 2 -> rm[${index}] = 2`,
      `toAbort && rm[${index}] != 3 -> rm[${index}] = 3`,
      `tm == 0 && sent[${index}] && !counted[${index}] -> counted[${index}] = 1`
    ])
  ]
  return [
    `byte rm[${managers}]; bit sent[${managers}]; bit counted[${managers}]; byte tm; bit toCommit; bit toAbort;`,
    "active proctype system() {",
    "  do",
    ...options.map((option) => `  :: atomic { ${option} }`),
    "  od",
    "}"
  ].join("\n")
}

const numberIn = (report: string, pattern: RegExp): number => {
  const found = pattern.exec(report)?.[1]
  if (found === undefined) throw new Error(`SPIN printed no ${pattern}:\n${report}`)
  return Number(found)
}

/** Undefined when SPIN or a C compiler is not installed: a package manager has both (`spin`, `gcc`). */
export const spinTwoPhase = (managers: number): SpinRun | undefined => {
  const folder = mkdtempSync(join(tmpdir(), "gungnir-spin-"))
  const run = (command: string, ...options: ReadonlyArray<string>): string =>
    execFileSync(command, options, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
  try {
    writeFileSync(join(folder, "model.pml"), promela(managers))
    run("spin", "-a", "model.pml")
    // Safety only, without partial-order reduction: every state, as the others count them.
    run("gcc", "-O2", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c")
    // The shell says what its children used: minutes and seconds of theirs and of the system's.
    const report = run("sh", "-c", "./pan -m100000 -w24 -E -n; times")
    const [user = 0, system = 0] = report
      .trim()
      .split("\n")
      .at(-1)!
      .split(" ")
      .map((time) => Number(/^(\d+)m/.exec(time)?.[1]) * 60 + Number(/m([\d.]+)s/.exec(time)?.[1]))
    return { states: numberIn(report, /(\d+) states, stored/), seconds: user + system }
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined
    throw cause
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
