/** `gungnir check` and `gungnir replay` on models of the example controller, and the tests that they leave. */
import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { runCheck, runReplay } from "../../../src/bin/CheckCommand.ts"
import { always } from "../../../src/domain/check/Properties.ts"
import * as CheckWords from "../../../src/bin/CheckWords.ts"
import * as Models from "../../../src/bin/Models.ts"
import * as Regression from "../../../src/interpreters/check/report/Regression.ts"
import * as TraceFile from "../../../src/interpreters/check/report/TraceFile.ts"
import { models } from "./GreeterModels.ts"

const root = join(import.meta.dirname, "../../..")
const program = join(root, "src/bin/gungnir.ts")

const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "gungnir-report-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const ofModule = join(import.meta.dirname, "GreeterModels.ts")

const flags = (model: string, out: string | undefined, output: "text" | "json" = "text") => ({
  model: Option.some(model),
  models: Option.none<string>(),
  faults: Option.none<CheckWords.Faults>(),
  pods: 3,
  out: Option.fromUndefinedOr(out),
  deep: false,
  for: Option.none(),
  output
})

/** What the effect prints on stdout and stderr, and its error. */
const printed = Effect.fnUntraced(function* <E extends { readonly message: string }>(effect: Effect.Effect<void, E>) {
  const out: Array<string> = []
  const err: Array<string> = []
  const log = (...words: ReadonlyArray<unknown>) => void out.push(words.join(" "))
  const error = (...words: ReadonlyArray<unknown>) => void err.push(words.join(" "))
  const failure = yield* effect.pipe(
    Effect.provideService(Console.Console, { ...globalThis.console, log, error }),
    Effect.as(undefined),
    Effect.catch((failed) => Effect.succeed(failed.message))
  )
  return { out: out.join("\n"), err: err.join("\n"), failure }
})

describe("gungnir check", () => {
  it.effect("prints verdicts with what they rest on, and succeeds when all hold", () =>
    Effect.gen(function* () {
      const { failure, out } = yield* printed(runCheck(flags("greeter/crash", undefined), models))
      assert.isUndefined(failure)
      assert.match(out, /^greeter\/crash\n {2}✓ holds {6}is greeted /)
      assert.include(out, "faults and outside events at most: crash 1, edit 0")
      assert.include(out, "witnesses reached: 1 of 1")
      assert.include(out, `warning: the budget of "edit" is 0`)
      assert.include(out, "2 hold, 0 violated, 0 undecided")
    })
  )

  it.effect("leaves of each violation a trace, a test, a chart and a page, made small, and fails", () =>
    Effect.gen(function* () {
      const base = yield* folder
      const { err, failure, out } = yield* printed(runCheck(flags("greeter/edit", base), models))
      assert.strictEqual(failure, "not everything holds: 1 hold, 2 violated, 0 undecided")
      assert.include(out, `(faults and outside events: edit 1), "is never greeted thrice" is broken.`)
      assert.include(out, "the run stops: nothing fair is enabled")
      assert.deepStrictEqual(readdirSync(base).toSorted(), [
        "greeter-edit--is-greeted-thrice-in-the-end",
        "greeter-edit--is-never-greeted-thrice"
      ])
      for (const own of readdirSync(base)) {
        assert.deepStrictEqual(readdirSync(join(base, own)).toSorted(), [
          "trace.html",
          "trace.json",
          "trace.mmd",
          "trace.test.ts"
        ])
        assert.include(err, join(base, own))
        const replayed = yield* printed(
          runReplay({ trace: join(base, own, "trace.json"), models: Option.none() }, models)
        )
        assert.isUndefined(replayed.failure)
        assert.include(replayed.out, "Replayed: every step happens as told")
      }
    })
  )

  it.effect("prints one JSON array for scripts, and takes other faults than the model's", () =>
    Effect.gen(function* () {
      const base = yield* folder
      const wanted = { ...flags("greeter/edit", base, "json"), faults: Option.some({ crash: 1 }) }
      const { out } = yield* printed(runCheck(wanted, models))
      const rows: ReadonlyArray<Record<string, unknown>> = JSON.parse(out)
      assert.deepStrictEqual(
        rows.map(({ model, property, verdict }) => [model, property, verdict]),
        [
          ["greeter/edit --faults crash=1", "is greeted", "holds"],
          ["greeter/edit --faults crash=1", "is never greeted thrice", "holds"],
          ["greeter/edit --faults crash=1", "is greeted thrice in the end", "violated"]
        ]
      )
      assert.deepStrictEqual(Object.keys(rows[0]!), ["model", "property", "verdict", "cores", "states", "millis"])
      const own = join(base, readdirSync(base)[0]!)
      assert.isUndefined(
        (yield* printed(runReplay({ trace: join(own, "trace.json"), models: Option.none() }, models))).failure
      )
    })
  )

  it.effect("takes models of one's own from a module, and leaves traces and tests that name it", () =>
    Effect.gen(function* () {
      const base = yield* folder
      const own = { ...flags("greeter/edit", base), models: Option.some(ofModule) }
      const { failure } = yield* printed(runCheck(own))
      assert.strictEqual(failure, "not everything holds: 1 hold, 2 violated, 0 undecided")
      for (const left of readdirSync(base)) {
        const trace = join(base, left, "trace.json")
        const again = yield* printed(runReplay({ trace, models: Option.some(ofModule) }))
        assert.isUndefined(again.failure)
        const test = readFileSync(join(base, left, "trace.test.ts"), "utf8")
        assert.include(test, `import { check, modelsOf, Replay, TraceFile, systemNamed } from "gungnir/check"`)
        assert.include(test, `import * as models from "${relative(join(base, left), ofModule)}"`)
        assert.include(test, `systemNamed("greeter/edit", modelsOf(models))`)
        const lost = yield* printed(runReplay({ trace, models: Option.none() }))
        assert.strictEqual(lost.failure, "there is no model greeter/edit here: --models FILE says where it is")
      }
    })
  )

  it.effect("says what is wrong with a module of models", () =>
    Effect.gen(function* () {
      const base = yield* folder
      const file = join(base, "models.mjs")
      const refusal = Effect.fnUntraced(function* (text: string | undefined) {
        if (text !== undefined) writeFileSync(file, text)
        const path = text === undefined ? join(base, "none.mjs") : `${pathToFileURL(file).href}?${text.length}`
        return (yield* printed(runCheck({ ...flags("any", undefined), models: Option.some(path) }))).failure ?? ""
      })
      assert.match(yield* refusal(undefined), /none\.mjs cannot be loaded: /)
      assert.match(yield* refusal("export const a = 1 +"), /models\.mjs.* cannot be loaded: /)
      assert.match(yield* refusal(`throw new Error("not today")`), /cannot be loaded: not today$/)
      assert.match(yield* refusal("export const model = { name: 'm' }"), /nothing that is exported is a model: \{ name/)
      const empty = "export const m = { name: 'm', about: '', budgets: {}, model: () => ({ properties: [] }) }"
      assert.match(yield* refusal(empty), /^there is no model any; there are:\n {2}m /)
      const twice = "const of = () => ({ name: 'm', controllers: [], properties: [], world: {}, budgets: {} })"
      assert.match(
        yield* refusal(`${twice}\nexport const one = of(), all = [of()]`),
        /two models are named m: give one of them another name/
      )
    })
  )

  it.effect("refuses a folder that cannot be written before it looks at anything", () =>
    Effect.gen(function* () {
      const base = yield* folder
      writeFileSync(join(base, "file"), "")
      const { failure, out } = yield* printed(runCheck(flags("greeter/crash", join(base, "file")), models))
      assert.match(failure ?? "", /^the traces cannot be written: E/)
      assert.strictEqual(out, "")
    })
  )

  it.effect("says what is wrong with a model, and what is so of the others", () =>
    Effect.gen(function* () {
      const [sound] = models
      const wrong: typeof sound = {
        ...sound!,
        name: "greeter/wrong",
        model: (name, budgets, size) => ({
          ...sound!.model(name, budgets, size),
          properties: [always("all is well", (read) => read("nothing") === 1)]
        })
      }
      const { err, failure, out } = yield* printed(runCheck(flags("greeter", undefined, "json"), [wrong, sound!]))
      assert.match(err, /^gungnir: greeter\/wrong: property "all is well": reads the component "nothing"/m)
      const rows: ReadonlyArray<Record<string, unknown>> = JSON.parse(out)
      assert.deepStrictEqual(
        rows.map(({ model, verdict }) => [model, verdict]),
        [
          ["greeter/wrong", "undecided"],
          ["greeter/crash", "holds"],
          ["greeter/crash", "holds"]
        ]
      )
      assert.strictEqual(failure, "not everything holds: 2 hold, 0 violated, 1 undecided")
    })
  )

  it.effect("tells scripts on stderr what a verdict is worth", () =>
    Effect.gen(function* () {
      const { err, out } = yield* printed(runCheck(flags("greeter/crash", undefined, "json"), models))
      assert.strictEqual(err, `greeter/crash: warning: the budget of "edit" is 0: it never happens`)
      assert.lengthOf(JSON.parse(out), 2)
    })
  )

  it.effect("names the models when there is none of the name, and the fault that a model does not know", () =>
    Effect.gen(function* () {
      const missing = yield* printed(runCheck(flags("greet", undefined), models))
      assert.include(missing.failure, "no model greet (--models FILE takes your own); there are:\n  greeter/crash ")
      const unknown = { ...flags("greeter/edit", undefined), faults: Option.some({ flood: 1 }) }
      const { failure } = yield* printed(runCheck(unknown, models))
      assert.strictEqual(failure, "in greeter/edit nothing can happen that is called flood")
    })
  )

  it("refuses in one line what is no fault, no number of pods, no trace", () => {
    const run = (...words: ReadonlyArray<string>) =>
      spawnSync(process.execPath, [program, ...words], { encoding: "utf8", timeout: 60_000 })
    for (const [words, why] of [
      [["check", "--faults", "crash=often"], "faults and how often, such as crash,lose=2"],
      [["check", "--pods", "0"], "--pods must be from 1 to 9, not 0"],
      [["replay", "/does/not/exist"], "this is no trace that can be replayed: ENOENT"]
    ] as const) {
      const { status, stderr, stdout } = run(...words)
      assert.strictEqual(status, 1)
      assert.include(stderr, why)
      assert.strictEqual(stderr.trimEnd().split("\n").length, 1)
      assert.strictEqual(stdout, "")
    }
  })
})

describe("the test that a violation leaves", () => {
  const name = "greeter/edit"

  /** A folder with the trace, its test, and a module that says which system is meant. */
  const left = Effect.fnUntraced(function* (property: string) {
    const base = yield* folder
    yield* printed(runCheck(flags(name, base), models))
    const own = readdirSync(base).find((one) => one.endsWith(property))!
    const trace = yield* TraceFile.parse(readFileSync(join(base, own, "trace.json"), "utf8"))
    symlinkSync(join(root, "node_modules"), join(base, "node_modules"))
    const test = join(base, own, "trace.test.ts")
    const check = join(root, "src/check.ts")
    writeFileSync(
      test,
      Regression.print(trace, { check, system: { module: "./System.ts", name: "of" }, trace: "./trace.json" })
    )
    const written = (fix: string) =>
      writeFileSync(
        join(base, own, "System.ts"),
        `import { models } from ${JSON.stringify(join(import.meta.dirname, "GreeterModels.ts"))}
import { systemNamed } from ${JSON.stringify(join(root, "src/bin/Models.ts"))}
export const of = (name) => { const system = systemNamed(name, models); return ${fix} }`
      )
    const run = (): string => {
      const vitest = join(root, "node_modules/vitest/vitest.mjs")
      const { stdout } = spawnSync(process.execPath, [vitest, "run", "--root", base], {
        encoding: "utf8",
        timeout: 60_000,
        env: { ...process.env, NO_COLOR: "1" }
      })
      return /Tests +(.*)$/m.exec(stdout)?.[1] ?? stdout
    }
    return { run, written }
  })

  it.effect("fails as long as the program can take the run, and passes once it cannot", () =>
    Effect.gen(function* () {
      const { run, written } = yield* left("is-never-greeted-thrice")
      written("system")
      assert.match(run(), /^2 failed \(2\)/)
      written(
        `{ ...system, actions: system.actions.map((action) => action.name === "user: edit" ? { ...action, outcomes: () => [] } : action) }`
      )
      assert.match(run(), /^2 passed \(2\)/)
    })
  )
})

describe("the words of a model", () => {
  it("are its name, and lead back to it", () => {
    const [, edit] = models
    const { budgets, name } = Models.systemOf(edit!, { pods: 2, faults: { crash: 2, lose: 1 } })
    assert.strictEqual(name, "greeter/edit --pods 2 --faults crash=2,lose=1")
    assert.deepStrictEqual(Models.systemNamed(name, models).budgets, budgets)
    assert.deepStrictEqual(CheckWords.faultsOf("crash, lose=2"), { crash: 1, lose: 2 })
    assert.isUndefined(CheckWords.faultsOf("crash=,"))
    const alone = { ...edit!, hasOwnSize: true }
    assert.throws(() => Models.systemOf(alone, { pods: 2, faults: undefined }), "greeter/edit has a size of its own")
    assert.throws(() => Models.systemNamed("greeter/none", models), "there is no model greeter/none here")
  })
})
