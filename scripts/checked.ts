/**
 * `docs/checked.md`, from what `gungnir check` has found:
 * `npx node src/bin/gungnir.ts check --output json > found.json; npx node scripts/checked.ts found.json`.
 * Several files are one result: of parts of the set, one after the other. `--times` says how they were taken.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { count, type Row, time } from "../src/interpreters/check/report/Verdicts.ts"
import { all } from "../src/laws/Models.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { times: { type: "string", default: "two models at a time, beside whatever else ran on the machine" } }
})

// What `--output json` prints.
const rows = positionals.flatMap((path) => JSON.parse(readFileSync(path, "utf8")) as ReadonlyArray<Row>)
if (rows.length === 0) throw new Error("name the files that `gungnir check --output json` has printed")

const models = [...new Set(rows.map(({ model }) => model))]

const line = (model: string): string => {
  const own = rows.filter((row) => row.model === model)
  const wrong = own.filter(({ verdict }) => verdict !== "holds")
  const verdict =
    wrong.length === 0
      ? `all ${own.length} hold`
      : wrong.map((row) => `${row.verdict}: ${row.property.replaceAll("|", "\\|")}`).join("; ")
  const [{ cores = 0, states = 0 } = {}] = own
  const about = all.find(({ name }) => name === model)?.about ?? ""
  const millis = Math.max(...own.map((row) => row.millis))
  return `| ${model} | ${about} | ${verdict} | ${count(cores)} | ${count(states)} | ${time(millis)} |`
}

const times = (verdict: Row["verdict"]): number => rows.filter((row) => row.verdict === verdict).length

const text = [
  "# What has been checked",
  "",
  "Written by `npx node scripts/checked.ts found.json` from `npx node src/bin/gungnir.ts check --output json > found.json`; do not edit. Each model is explored to the end, or says that it is undecided. [faults.md](faults.md) tells what the classes of faults are.",
  "",
  `${models.length} models, ${times("holds")} properties hold, ${times("violated")} violated, ${times("undecided")} undecided. Times: ${values.times}.`,
  "",
  "| model | what runs, and what may go wrong | verdict | cores | states | time |",
  "| --- | --- | --- | --- | --- | --- |",
  ...models.map(line),
  ""
].join("\n")

writeFileSync(new URL("../docs/checked.md", import.meta.url), text)
