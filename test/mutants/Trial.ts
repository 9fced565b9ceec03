/**
 * Runs checks on a copy of this tree that has a mutant, or none: what none is
 * blamed for does not count.
 */
import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { Outcome } from "./Explore.ts"
import { applied, type Check, type Explored, type Mutant, type Tested } from "./Mutant.ts"

export const root = resolve(import.meta.dirname, "../..")

const parts = ["src", "test", "examples", "scripts", "package.json", "tsconfig.json", "vitest.config.ts"]

/** The tree as it is, without what is installed. */
export const copied = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "gungnir-mutants-"))
  for (const part of parts) cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  return folder
}

export const removed = (folder: string): void => rmSync(folder, { recursive: true, force: true })

const fileOf = (folder: string, { file }: Mutant): string => join(folder, "src", file)

/** Undefined: it applies. */
export const misfit = (mutant: Mutant): string | undefined => {
  const path = fileOf(root, mutant)
  if (!existsSync(path)) return `${mutant.id}: there is no src/${mutant.file}`
  const result = applied(mutant, readFileSync(path, "utf8"))
  return "problem" in result ? result.problem : undefined
}

interface Finding {
  /** Of properties or tests. */
  readonly name: string
  /** Steps of the shortest trace; undefined: a test has none. */
  readonly trace?: string
}

interface Answer {
  readonly findings: ReadonlyArray<Finding>
  /** As far as it came: the tree without a mutant is asked no further. */
  readonly asFar: Check
  readonly millis: number
}

const limitMillis = 900_000

/** What a process printed, and with what it ended. */
const output = (folder: string, args: ReadonlyArray<string>): Promise<{ text: string; errors: string; code: number }> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitMillis
    })
    let text = ""
    let errors = ""
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()))
    child.on("error", failed)
    child.on("close", (code) => done({ text, errors, code: code ?? 1 }))
  })

/** As far as this came; 0: it did not begin, so nothing of the check counts. */
const narrowed = (check: Explored, { reach }: Outcome): Explored =>
  reach === 0 ? check : check.walks === undefined ? { ...check, maxCores: reach } : { ...check, walks: reach }

const explored = async (folder: string, check: Explored): Promise<Omit<Answer, "millis">> => {
  const { code, errors, text } = await output(folder, ["test/mutants/Explore.ts", JSON.stringify(check)])
  if (code !== 0) throw new Error(`${JSON.stringify(check)} ended with ${code}: ${errors.slice(-1000)}`)
  const outcome = JSON.parse(text) as Outcome
  const asFar = narrowed(check, outcome)
  const findings = outcome.violations.map(({ cycle, property, stem }) => ({
    name: property,
    trace: cycle === 0 ? `${stem}` : `${stem} + ${cycle}`
  }))
  const leaks = outcome.leaks.map((leak) => ({ name: `no program goes on outside of its steps: ${leak}` }))
  return { findings: [...leaks, ...findings], asFar }
}

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly message?: string
    readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly fullName: string }>
  }>
}

const tested = async (folder: string, asFar: Tested): Promise<Omit<Answer, "millis">> => {
  const { name, test } = asFar
  const only = name === undefined ? [] : ["-t", name]
  const file = join(folder, "report.json")
  rmSync(file, { force: true })
  const options = ["--reporter=json", `--outputFile=${file}`, "--retry=0", ...only]
  const { errors, text } = await output(folder, ["node_modules/vitest/vitest.mjs", "run", test, ...options])
  if (!existsSync(file)) throw new Error(`${test} wrote no report: ${text.slice(-500)}${errors.slice(-500)}`)
  const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const ran = results.filter(({ status }) => status === "passed" || status === "failed")
  if (ran.length === 0) throw new Error(`${test} ran no test${name === undefined ? "" : ` named ${name}`}`)
  const findings = ran.filter(({ status }) => status === "failed").map(({ fullName }) => ({ name: fullName }))
  return { findings, asFar }
}

export const answer = async (folder: string, check: Check): Promise<Answer> => {
  const begin = performance.now()
  const found = await ("test" in check ? tested(folder, check) : explored(folder, check))
  return { ...found, millis: Math.round(performance.now() - begin) }
}

export interface Caught extends Finding {
  readonly by: Check
  readonly millis: number
}

/** What the tree without any mutant is blamed for by this check. */
export type Blame = (check: Check) => Promise<ReadonlySet<string>>

/** `known`: the tree without a mutant is blamed for the same. */
const found = async (folder: string, check: Check, blame: Blame): Promise<Caught | "known" | undefined> => {
  const { asFar, findings, millis } = await answer(folder, check)
  if (findings.length === 0) return undefined
  const known = await blame(asFar)
  const finding = findings.find(({ name }) => !known.has(name))
  return finding === undefined ? "known" : { ...finding, by: check, millis }
}

/** In its order of checks; undefined: it survives. */
export const tried = async (folder: string, mutant: Mutant, blame: Blame): Promise<Caught | undefined> => {
  const path = fileOf(folder, mutant)
  const text = readFileSync(path, "utf8")
  const result = applied(mutant, text)
  if ("problem" in result) throw new Error(result.problem)
  writeFileSync(path, result.text)
  try {
    for (const check of mutant.checks) {
      const first = await found(folder, check, blame)
      // What is known stands before what is not: only all of it tells.
      const isHidden = first === "known" && "model" in check && check.walks === undefined
      const caught = isHidden ? await found(folder, { ...check, isDeep: true }, blame) : first
      if (caught !== undefined && caught !== "known") return { ...caught, by: check }
    }
    return undefined
  } finally {
    writeFileSync(path, text)
  }
}
