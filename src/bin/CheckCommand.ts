/**
 * `gungnir check`: explores closed models of the programs that ship, says what
 * holds, and leaves a trace of what does not. `gungnir replay` takes such a
 * trace again.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Argument, Flag } from "effect/cli"
import { readFileSync } from "node:fs"
import type { Coverage, Trace, Verdict } from "../domain/check/Trace.ts"
import { check } from "../interpreters/check/Check.ts"
import * as Minimise from "../interpreters/check/report/Minimise.ts"
import * as Replay from "../interpreters/check/report/Replay.ts"
import * as Text from "../interpreters/check/report/Text.ts"
import * as TraceFile from "../interpreters/check/report/TraceFile.ts"
import * as Verdicts from "../interpreters/check/report/Verdicts.ts"
import { all, type Checked } from "../laws/Models.ts"
import * as CheckFiles from "./CheckFiles.ts"
import * as CheckProgress from "./CheckProgress.ts"
import * as CheckRuns from "./CheckRuns.ts"
import type * as Flags from "./Flags.ts"
import { standardPods, type Wanted } from "./CheckWords.ts"
import * as Models from "./Models.ts"

type ValueOf<P> = P extends Flag.Flag<infer A> ? A : P extends Argument.Argument<infer A> ? A : never
type Given<P> = { readonly [Name in keyof P]: ValueOf<P[Name]> }

/** Something is violated or undecided: the table says what. */
export class NotShown extends Schema.TaggedError<NotShown>()("NotShown", { detail: Schema.String }) {
  override get message(): string {
    return `not everything holds: ${this.detail}`
  }
}

/** Models that are explored side by side. */
const threads = 2

/** So long a violation is made smaller; then it is shown as it is. */
const smallerMillis = 60_000

const chosen = (
  flags: Given<typeof Flags.check>,
  models: ReadonlyArray<Checked>
): Effect.Effect<ReadonlyArray<Checked>, Models.NoModel> => {
  const { deep, model, pods } = flags
  const standard = models.filter(({ isDeep }) => deep || isDeep !== true)
  const found = Option.match(model, {
    onNone: () => standard,
    onSome: (name) => models.filter((one) => one.name === name || (standard.includes(one) && Models.isIn(name, one)))
  })
  const some = found.filter(({ hasOwnSize }) => pods === standardPods || hasOwnSize !== true)
  const shown = models.filter(({ isDeep }) => isDeep !== true)
  const more = models.length > shown.length ? [`\n  and ${models.length - shown.length} with --deep`] : []
  const names = [...shown.map(({ about, name }) => `\n  ${name.padEnd(28)} ${about}`), ...more].join("")
  const elsewhere = Option.isNone(flags.models) ? " (--models FILE takes your own)" : ""
  return found.length > 0
    ? Effect.succeed(some.length > 0 ? some : found)
    : Effect.fail(
        new Models.NoModel({
          detail: `there is no model ${Option.getOrElse(model, () => "to check")}${elsewhere}; there are:${names || " none"}`
        })
      )
}

const libraryOf = (
  file: Option.Option<string>,
  models: ReadonlyArray<Checked>
): Effect.Effect<Models.Library, Models.NoModel> =>
  Option.match(file, { onNone: () => Effect.succeed({ models }), onSome: Models.load })

/** The smallest violation that was found in time. */
const smallest = Effect.fnUntraced(function* (system: Models.Checkable, trace: Trace, cores: number) {
  const end = (yield* Clock.currentTimeMillis) + smallerMillis
  return yield* Minimise.minimise(system, trace, (narrowed) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      now > end
        ? Effect.succeed([])
        : Effect.map(check(narrowed, { maxCores: cores + 10_000, stopAtFirst: true }), ({ verdicts }) => verdicts)
    )
  )
})

/** A violation counts once it has happened outside the engine too. */
const confirmed = Effect.fnUntraced(function* (system: Models.Checkable, verdict: Verdict, cores: number) {
  const { trace, ...rest } = verdict
  if (trace === undefined) return verdict
  return yield* smallest(system, trace, cores).pipe(
    Effect.map((small): Verdict => ({ ...rest, trace: small })),
    Effect.catchTag("NotReplayed", ({ message }) =>
      Effect.as(
        Console.error(`gungnir: INTERNAL ERROR, a trace does not replay: ${message}`),
        CheckRuns.undecided(verdict, `its trace does not replay, which is a fault of the checker: ${message}`)
      )
    )
  )
})

/** Whether it can be written or not, a violation is told. */
const shown = Effect.fnUntraced(function* (
  trace: Trace,
  folder: Effect.Effect<string, CheckFiles.NotWritten>,
  from: string | undefined,
  isText: boolean
) {
  if (isText) yield* Console.log(`${Text.print(trace)}\n`)
  const written = Effect.flatMap(folder, (base) => CheckFiles.write(base, trace, from))
  yield* written.pipe(
    Effect.flatMap((own) => Console.error(`trace.json, trace.test.ts, trace.mmd, trace.html: ${own}`)),
    Effect.catchTag("NotWritten", ({ message }) => Console.error(`gungnir: ${message}`))
  )
})

/** What a script is not told by rows: why something is undecided, and what a verdict is worth. */
const aside = (verdicts: ReadonlyArray<Verdict>, coverage: Coverage | undefined): ReadonlyArray<string> => [
  ...verdicts.flatMap(({ because, model, property, verdict }) =>
    verdict === "undecided" && because !== undefined ? [`${model}: "${property}" is undecided: ${because}`] : []
  ),
  ...(coverage?.warnings ?? []).map((warning) => `${verdicts[0]?.model ?? ""}: warning: ${warning}`)
]

const wantedOf = (flags: Given<typeof Flags.check>): Wanted => ({
  pods: flags.pods,
  faults: Option.getOrUndefined(flags.faults)
})

/** A system of which something is asked. */
const systemFor = Effect.fnUntraced(function* (checked: Checked, wanted: Wanted) {
  const system = yield* Models.attempt(checked.name, () => Models.systemOf(checked, wanted))
  if (system.properties.length > 0) return system
  return yield* new Models.NoModel({ detail: `${checked.name} has no properties: nothing is asked of it` })
})

/** One model from its exploration to what is printed of it. */
const one = Effect.fnUntraced(function* (
  checked: Checked,
  flags: Given<typeof Flags.check>,
  progress: CheckProgress.Teller,
  folder: Effect.Effect<string, CheckFiles.NotWritten>,
  from: string | undefined
) {
  const wanted = wantedOf(flags)
  const system = yield* systemFor(checked, wanted)
  const how = {
    told: progress.told,
    noted: progress.noted,
    isDeep: flags.deep,
    from,
    ...Option.match(flags.for, { onNone: () => ({}), onSome: (given) => ({ maxMillis: Duration.toMillis(given) }) })
  }
  const ran = yield* CheckRuns.run(checked, system, wanted, how).pipe(
    Effect.ensuring(Effect.sync(progress.done)),
    Effect.catchTag("Problem", ({ message }) => Effect.succeed(message))
  )
  if (typeof ran === "string") {
    // What is wrong with one model is no reason to say nothing of the others.
    yield* Console.error(`gungnir: ${system.name}: ${ran}`)
    return CheckRuns.nothingOf(system, ran).verdicts
  }
  const { coverage, verdicts } = ran
  const decided = yield* Effect.forEach(verdicts, (verdict) => confirmed(system, verdict, coverage?.cores ?? 0))
  const isText = flags.output === "text"
  if (isText) yield* Console.log(`${Verdicts.table(system.name, decided, coverage)}\n`)
  else for (const line of aside(decided, coverage)) yield* Console.error(line)
  for (const { trace } of decided) if (trace !== undefined) yield* shown(trace, folder, from, isText)
  return decided
})

/** Fails when anything is violated or undecided; the table and the traces are out by then. */
export const runCheck = (flags: Given<typeof Flags.check>, ours: ReadonlyArray<Checked> = all) =>
  Effect.gen(function* () {
    const { from, models: known } = yield* libraryOf(flags.models, ours)
    const models = yield* chosen(flags, known)
    // What cannot be explored at all is told before anything is.
    if (from !== undefined) yield* Effect.forEach(models, (checked) => systemFor(checked, wantedOf(flags)))
    const progress = CheckProgress.teller(process.stderr, models.length)
    const folder = yield* Effect.cached(CheckFiles.folder(Option.getOrUndefined(flags.out)))
    // Before hours of work, not after them.
    if (Option.isSome(flags.out)) yield* folder
    const decided = (yield* Effect.forEach(models, (checked) => one(checked, flags, progress, folder, from), {
      concurrency: threads
    })).flat()
    const isText = flags.output === "text"
    yield* Console.log(isText ? Verdicts.total(decided) : JSON.stringify(decided.map(Verdicts.row), undefined, 2))
    if (decided.every(({ verdict }) => verdict === "holds")) return
    return yield* new NotShown({ detail: Verdicts.total(decided) })
  })

const read = (path: string): Effect.Effect<string, TraceFile.BadTrace> =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) => new TraceFile.BadTrace({ detail: Models.sentenceOf(error) })
  })

/** Succeeds when the run happens as it is told, and breaks what it is said to break. */
export const runReplay = (
  { models: file, trace: path }: Given<typeof Flags.replay>,
  ours: ReadonlyArray<Checked> = all
) =>
  Effect.gen(function* () {
    const { models } = yield* libraryOf(file, ours)
    const trace = yield* TraceFile.parse(yield* read(path))
    const system = yield* Models.attempt(trace.model, () => Models.systemNamed(trace.model, models))
    yield* Replay.replay(system, trace)
    yield* Console.log(Text.print(trace))
    yield* Console.log(`\nReplayed: every step happens as told, and "${trace.property}" is broken.`)
  })
