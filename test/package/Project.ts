/**
 * The package as its users get it: packed, and installed in an empty project
 * that also holds a copy of the examples.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")

export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  line: Schema.String,
  output: Schema.String
}) {
  override get message(): string {
    return `${this.line}\n${this.output}`
  }
}

/** What `npm test` says of itself to its scripts must not reach another npm. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix)/.test(name))
)

export interface Ran {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; fails with all it said when that is not with 0. */
export const run = (
  cwd: string,
  [program, ...words]: readonly [string, ...ReadonlyArray<string>],
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<Ran, CommandFailed> =>
  Effect.callback((resume) => {
    const child = execFile(program, words, { cwd, env: { ...environment, ...env } }, (error, stdout, stderr) =>
      resume(
        error === null
          ? Effect.succeed({ stdout, stderr })
          : new CommandFailed({ line: [program, ...words].join(" "), output: `${error.message}\n${stdout}${stderr}` })
      )
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** As a careful user has it; libraries are checked too. */
const tsconfig = {
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    noEmit: true
  },
  include: ["examples"]
}

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }

const make = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "gungnir-package-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  yield* run(root, ["npm", "pack", "--pack-destination", folder])
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }))
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig))
  const installed = yield* run(folder, [
    "npm",
    "install",
    "--prefix",
    folder,
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    `./gungnir-${version}.tgz`
  ])
  const packed = join(folder, "node_modules/gungnir")
  cpSync(join(packed, "examples"), join(folder, "examples"), { recursive: true })
  const files = readdirSync(packed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name).slice(packed.length + 1))
  return { folder, files, installed }
})

export class Project extends Context.Service<Project, Effect.Success<typeof make>>()("test/package/Project") {
  static readonly layer = Layer.effect(Project, make)
}
