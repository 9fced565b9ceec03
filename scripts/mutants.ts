/**
 * Breaks our programs in one place at a time, in a copy, and expects the
 * checker to notice: `npm run mutants -- [--only ID,...] [--jobs N] [--docs]
 * [--check-applies]`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { mutants as all } from "../test/mutants/All.ts"
import { type Check, checkText, type Mutant } from "../test/mutants/Mutant.ts"
import { page, row, rowsIn } from "../test/mutants/Table.ts"
import { answer, type Blame, type Caught, copied, misfit, removed, root, tried } from "../test/mutants/Trial.ts"

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    jobs: { type: "string", default: "2" },
    docs: { type: "boolean", default: false },
    "check-applies": { type: "boolean", default: false }
  }
})

const chosen = (): ReadonlyArray<Mutant> => {
  const ids = values.only?.split(",")
  const unknown = ids?.filter((id) => !all.some((mutant) => mutant.id === id)) ?? []
  if (unknown.length > 0) throw new Error(`there is no mutant ${unknown.join(", ")}`)
  return all.filter(({ id, isEquivalent }) => isEquivalent === undefined && (ids?.includes(id) ?? true))
}

/** What the tree without a mutant is blamed for, asked once for each check. */
const blameIn = (folder: string): Blame => {
  const known = new Map<string, Promise<ReadonlySet<string>>>()
  const ask = async (check: Check) => new Set((await answer(folder, check)).findings.map(({ name }) => name))
  return (check) => {
    const text = JSON.stringify(check)
    const before = known.get(text) ?? ask(check)
    known.set(text, before)
    return before
  }
}

type Results = Map<string, { readonly mutant: Mutant; readonly caught: Caught | undefined }>

const told = (mutant: Mutant, caught: Caught | undefined): string =>
  caught === undefined
    ? `SURVIVES ${mutant.id}: ${mutant.what}; ${mutant.checks.map(checkText).join("; ")}`
    : `caught ${mutant.id} (${caught.millis} ms, ${caught.trace ?? "a test"}): ${caught.name}; ${checkText(caught.by)}`

const work = async (queue: Array<Mutant>, blame: Blame, results: Results): Promise<void> => {
  const folder = copied()
  try {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      try {
        const caught = await tried(folder, mutant, blame)
        results.set(mutant.id, { mutant, caught })
        say(told(mutant, caught))
      } catch (error) {
        results.set(mutant.id, { mutant, caught: undefined })
        say(`NOT DECIDED ${mutant.id}: ${error instanceof Error ? error.message : String(error)}`)
      }
      if (values.docs) write(results)
    }
  } finally {
    removed(folder)
  }
}

const write = (results: Results): void => {
  const path = join(root, "docs/mutants.md")
  const rows = new Map(existsSync(path) ? rowsIn(readFileSync(path, "utf8")) : [])
  for (const { caught, mutant } of results.values()) {
    if (caught === undefined) rows.delete(mutant.id)
    else rows.set(mutant.id, row(mutant, caught))
  }
  writeFileSync(path, page(all, rows))
}

const main = async (): Promise<number> => {
  const misfits = all.flatMap((mutant) => misfit(mutant) ?? [])
  for (const problem of misfits) say(problem)
  if (misfits.length > 0 || values["check-applies"]) return misfits.length
  const queue = [...chosen()]
  const count = queue.length
  const clean = copied()
  const results: Results = new Map()
  try {
    const blame = blameIn(clean)
    await Promise.all(Array.from({ length: Number(values.jobs) }, () => work(queue, blame, results)))
  } finally {
    removed(clean)
  }
  const survivors = [...results.values()].filter(({ caught }) => caught === undefined)
  say(`${count - survivors.length} of ${count} mutants are caught`)
  return survivors.length
}

main().then(
  (problems) => {
    process.exitCode = problems === 0 ? 0 : 1
  },
  (error: unknown) => {
    process.stderr.write(`mutants: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
)
