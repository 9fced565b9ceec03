/** What is left of a violation: a trace to replay, a test that stays, a chart, and a page to step through. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Trace } from "../domain/check/Trace.ts"
import * as Mermaid from "../interpreters/check/report/Mermaid.ts"
import * as Page from "../interpreters/check/report/Page.ts"
import * as Regression from "../interpreters/check/report/Regression.ts"
import * as TraceFile from "../interpreters/check/report/TraceFile.ts"
import { sentenceOf } from "./Models.ts"

/** The folder cannot be written. */
export class NotWritten extends Schema.TaggedError<NotWritten>()("NotWritten", { detail: Schema.String }) {
  override get message(): string {
    return `the traces cannot be written: ${this.detail}`
  }
}

/** As a module in this folder imports that file. */
const imported = (folder: string, file: string): string => {
  const path = relative(resolve(folder), file)
  return path.startsWith(".") ? path : `./${path}`
}

/** Tests of our own models import the sources, or the package that they are; those of other models the package. */
const entryPoint = (folder: string, from: string | undefined): string => {
  const here = fileURLToPath(import.meta.url)
  const isPackage = from !== undefined || !here.endsWith(".ts")
  return isPackage ? "gungnir/check" : imported(folder, resolve(here, "../../check.ts"))
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60)

/** Where traces go: the folder that was named, or a new one. Nothing is made before it is needed. */
export const folder = (out: string | undefined): Effect.Effect<string, NotWritten> =>
  Effect.try({
    try: () => {
      if (out === undefined) return mkdtempSync(join(tmpdir(), "gungnir-check-"))
      mkdirSync(out, { recursive: true })
      return out
    },
    catch: (error) => new NotWritten({ detail: sentenceOf(error) })
  })

/** Writes the files of one violation into a folder of its own, and tells which; `from`: the module that has the model. */
export const write = (base: string, trace: Trace, from: string | undefined): Effect.Effect<string, NotWritten> =>
  Effect.try({
    try: () => {
      const own = join(base, `${slug(trace.model)}--${slug(trace.property)}`)
      mkdirSync(own, { recursive: true })
      const check = entryPoint(own, from)
      const models = from === undefined ? {} : { models: imported(own, fileURLToPath(from)) }
      const files = {
        "trace.json": TraceFile.print(trace),
        "trace.test.ts": Regression.print(trace, {
          check,
          system: { module: check, name: "systemNamed" },
          ...models,
          trace: "./trace.json"
        }),
        "trace.mmd": Mermaid.print(trace),
        "trace.html": Page.print(trace)
      }
      for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text)
      return own
    },
    catch: (error) => new NotWritten({ detail: sentenceOf(error) })
  })
