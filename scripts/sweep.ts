/**
 * What `gungnir check --deep` takes hours for, a part at a time, in one warm thread:
 * `npx node scripts/sweep.ts FILE [--seconds 40] [--shallow] [--out DIR] [NAME...]` checks models one after the other and
 * adds a line to FILE for each. What has a line is not checked again: a machine may end in between. NAME: a model or
 * a group; default: all deep ones. `--shallow`: what is undecided is not looked at further. Traces go to DIR as they
 * were found; `gungnir check NAME` makes them small. `--docs` writes `docs/deep.md` from FILE and checks
 * nothing; `--times` says there how times were taken.
 * Seconds are those of the processor: what else the machine does makes no difference.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as CheckFiles from "../src/bin/CheckFiles.ts"
import * as CheckRuns from "../src/bin/CheckRuns.ts"
import { standardPods } from "../src/bin/CheckWords.ts"
import * as Models from "../src/bin/Models.ts"
import type { Decision, Verdict } from "../src/domain/check/Trace.ts"
import { count, row, type Row, time, total } from "../src/interpreters/check/report/Verdicts.ts"
import { all, type Checked, groups } from "../src/laws/Models.ts"

/** One model as it was checked, in one line of the file. */
interface Found {
  readonly model: string
  /** Of this repository. */
  readonly commit: string
  readonly seconds: number
  /** With what was looked at further. */
  readonly millis: number
  readonly rows: ReadonlyArray<Row & Pick<Verdict, "because">>
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "40" },
    out: { type: "string" },
    shallow: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
    times: { type: "string", default: "of the processor" }
  }
})
const [file, ...names] = positionals
if (file === undefined) throw new Error("name the file that gets, or has, a line for each model")
const seconds = Number(values.seconds)

const deep = all.filter(({ isDeep }) => isDeep === true)

const found = (): ReadonlyArray<Found> =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        // This script has written it.
        .flatMap((text) => (text === "" ? [] : [JSON.parse(text) as Found]))
    : []

const commit = (): string => spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim()

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const spentMillis = (): number => {
  const { system, user } = process.cpuUsage()
  return (user + system) / 1000
}

const machine = Clock.Clock.defaultValue()

const spentNanos = (): bigint => BigInt(Math.round(spentMillis() * 1e6))

/** It goes as fast as this process may. */
const processor: Clock.Clock = {
  currentTimeMillisUnsafe: spentMillis,
  currentTimeMillis: Effect.sync(spentMillis),
  currentTimeNanosUnsafe: spentNanos,
  currentTimeNanos: Effect.sync(spentNanos),
  monotonicTimeNanosUnsafe: spentNanos,
  monotonicTimeNanos: Effect.sync(spentNanos),
  sleep: (duration) => machine.sleep(duration)
}

const check = Effect.fnUntraced(function* (checked: Checked) {
  const begin = spentMillis()
  const wanted = { pods: standardPods, faults: undefined }
  const { verdicts } = yield* CheckRuns.run(checked, Models.systemOf(checked, wanted), wanted, {
    told: () => () => {},
    isDeep: !values.shallow,
    isHere: true,
    maxMillis: seconds * 1000
  })
  for (const { trace } of verdicts) {
    if (trace !== undefined && values.out !== undefined) yield* CheckFiles.write(values.out, trace, undefined)
  }
  const rows = verdicts.map((verdict) => {
    const { because } = verdict
    return { ...row(verdict), ...(because === undefined ? {} : { because }) }
  })
  return { model: checked.name, commit: commit(), seconds, millis: spentMillis() - begin, rows } satisfies Found
})

const sweep = Effect.gen(function* () {
  const unknown = names.find((name) => !all.some((one) => Models.isIn(name, one)))
  if (unknown !== undefined) throw new Error(`there is no model ${unknown}`)
  const wanted = names.length === 0 ? deep : names.flatMap((name) => all.filter((one) => Models.isIn(name, one)))
  const done = new Set(found().map(({ model }) => model))
  const left = wanted.filter(({ name }) => !done.has(name))
  for (const [index, checked] of left.entries()) {
    const line = yield* check(checked)
    appendFileSync(file, `${JSON.stringify(line)}\n`)
    const cores = count(line.rows[0]?.cores ?? 0)
    say(`${index + 1} of ${left.length}: ${line.model}: ${total(line.rows)}, ${cores} cores, ${time(line.millis)}`)
  }
})

const verdictOf = ({ rows }: Found): Decision =>
  (["violated", "undecided"] as const).find((one) => rows.some(({ verdict }) => verdict === one)) ?? "holds"

const inWords = ({ rows }: Found): string => {
  const of = (decision: Decision) => rows.filter(({ verdict }) => verdict === decision)
  const violated = of("violated").map(({ because, property }) => `**violated**: ${property} (${because ?? ""})`)
  const undecided = of("undecided")
  const because = [...new Set(undecided.map(({ because }) => because))].join("; or ")
  const rest = undecided.length === 0 ? [] : [`${undecided.length} undecided: ${because}`]
  const holds = of("holds").length
  return [...violated, ...(holds === rows.length ? [`all ${holds} hold`] : rest)].join("; ").replaceAll("|", "\\|")
}

const line = (one: Found): string => {
  const [{ cores, states } = { cores: 0, states: 0 }] = one.rows
  const millis = Math.max(...one.rows.map((row) => row.millis))
  return `| ${one.model} | ${inWords(one)} | ${count(cores)} | ${count(states)} | ${time(millis)} | ${one.commit} |`
}

const docs = (): void => {
  const known = new Map(found().map((one) => [one.model, one]))
  const lines = deep.flatMap(({ name }) => known.get(name) ?? [])
  const sums = groups.flatMap(({ name: group }) => {
    const models = deep.filter((one) => Models.isIn(group, one)).map(({ name }) => name)
    const own = lines.filter(({ model }) => models.includes(model))
    const times = (["holds", "violated", "undecided"] as const).map(
      (verdict) => own.filter((one) => verdictOf(one) === verdict).length
    )
    return models.length === 0
      ? []
      : [`| ${[group, models.length, ...times, models.length - own.length].join(" | ")} |`]
  })
  const missing = deep.flatMap(({ name }) => (known.has(name) ? [] : [`\`${name}\``]))
  const text = [
    "# What `gungnir check --deep` has come to",
    "",
    "Written by `npx node scripts/sweep.ts FILE --docs` from what `npx node scripts/sweep.ts FILE` has found; do not edit. These are the models that `gungnir check` leaves out without `--deep`: each class of faults twice, each pair of classes, and the large sets ([faults.md](faults.md)). [checked.md](checked.md) has the others.",
    "",
    `All hold: explored to the end. Undecided: how far the exploration came, what was decided in smaller sizes, and how many random walks met nothing. Each model was checked as it was at its commit. Times: ${values.times}.`,
    "",
    "| group | models | all hold | violated | undecided | not run |",
    "| --- | --- | --- | --- | --- | --- |",
    ...sums,
    "",
    ...(missing.length === 0 ? [] : [`Not run: ${missing.join(", ")}.`, ""]),
    "| model | verdict | cores | states | time | commit |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines.map(line),
    ""
  ].join("\n")
  writeFileSync(new URL("../docs/deep.md", import.meta.url), text)
}

if (values.docs) docs()
else await Effect.runPromise(Effect.provideService(sweep, Clock.Clock, processor))
