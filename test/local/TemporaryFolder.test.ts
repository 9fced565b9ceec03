/** Folders that a killed process leaves are removed by a later one; nothing else is. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import * as TemporaryFolder from "../../src/local/TemporaryFolder.ts"
import * as Processes from "../servers/Processes.ts"

const source = pathToFileURL(join(import.meta.dirname, "../../src/local/TemporaryFolder.ts")).href

/** Makes a folder, says where, and lives until it is killed. */
const program = (prefix: string) => `
  import { Effect } from "effect"
  import { make } from ${JSON.stringify(source)}
  await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
    console.log(yield* make(${JSON.stringify(prefix)}))
    yield* Effect.callback(() => { setInterval(() => {}, 1000) })
  })))`

interface Other {
  readonly folder: string
  readonly kill: Effect.Effect<void>
}

const other = (prefix: string): Effect.Effect<Other, never, Scope.Scope> =>
  Effect.gen(function* () {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program(prefix)], {
      cwd: join(import.meta.dirname, "../.."),
      stdio: ["ignore", "pipe", "inherit"]
    })
    const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()))
    const kill = Effect.suspend(() => {
      child.kill("SIGKILL")
      return Effect.promise(() => ended)
    })
    yield* Effect.addFinalizer(() => kill)
    const folder = yield* Effect.callback<string>((resume) => {
      child.stdout.setEncoding("utf8").once("data", (text: string) => resume(Effect.succeed(text.trim())))
    })
    return { folder, kill }
  })

/** A prefix that nobody else has, so that only folders of this test are looked at. */
const prefix = Effect.map(Processes.folder, (folder) => `gungnir-test-${basename(folder)}-`)

describe("a temporary folder", () => {
  it.live("is there while its process lives, and is removed by another one when that was killed", () =>
    Effect.gen(function* () {
      const own = yield* prefix
      const { folder, kill } = yield* other(own)
      writeFileSync(join(folder, "file"), "content")
      yield* TemporaryFolder.sweep(own)
      assert.isTrue(existsSync(join(folder, "file")))
      yield* kill
      assert.isTrue(existsSync(folder))
      yield* TemporaryFolder.sweep(own)
      assert.isFalse(existsSync(folder))
    }).pipe(Effect.scoped)
  )

  it.live("goes with its scope", () =>
    Effect.gen(function* () {
      const own = yield* prefix
      const folder = yield* Effect.scoped(TemporaryFolder.make(own))
      assert.isFalse(existsSync(folder))
    }).pipe(Effect.scoped)
  )

  it.live("is left where it is not certain whose it is, or that its process is gone", () =>
    Effect.gen(function* () {
      const own = yield* prefix
      const { folder, kill } = yield* other(own)
      const owner = readFileSync(join(folder, "owner"), "utf8").split("\n")
      yield* kill
      const [pid = "", began = "", where = ""] = owner
      const owners: ReadonlyArray<ReadonlyArray<string>> = [
        [],
        [pid, began],
        ["-1", began, where],
        ["", began, where],
        [pid, began, where.replace("pid:", "pid:1")],
        [pid, began, `another-boot ${where.split(" ")[1]}`]
      ]
      const folders = owners.map((lines, index) => {
        const made = join(tmpdir(), `${own}${index}`)
        mkdirSync(made)
        if (lines.length > 0) writeFileSync(join(made, "owner"), lines.join("\n"))
        return made
      })
      const link = join(tmpdir(), `${own}link`)
      symlinkSync(folder, link)
      yield* TemporaryFolder.sweep(own)
      assert.deepStrictEqual(
        folders.filter((one) => !existsSync(one)),
        []
      )
      assert.isFalse(existsSync(folder))
      for (const made of [...folders, link]) rmSync(made, { recursive: true })
    }).pipe(Effect.scoped)
  )
})
