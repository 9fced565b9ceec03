/** `docs/mutants.md`: what each mutant is caught by. Rows of a run replace those of the run before. */
import { checkText, type Mutant } from "./Mutant.ts"
import type { Caught } from "./Trial.ts"

const head = `# Mutants

Each is a small wrong change of a program, reducer or builder of ours (\`test/mutants/data\`). \`npm run mutants\`
applies one at a time to a copy of the tree and runs its checks in order until one notices: first closed models,
which must show a run that violates a property that the tree without the mutant does not violate; a test only where
no closed model shows it. The trace is the run that was found, as steps to the violation + steps of the cycle
that never leaves it. A mutant that does not apply, and one that survives, fail the command. Models are explored up
to a bound, in every order; where it says so they were walked through at random instead, or from the end of a run that
is named (\`then\`).
This table is written by \`npm run mutants -- --docs\`.

| Id | What is wrong | Covers | Caught by | Property or test | Trace | Millis |
| --- | --- | --- | --- | --- | ---: | ---: |
`

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

export const row = ({ covers, id, what }: Mutant, { by, millis, name, trace = "" }: Caught): string =>
  `| ${[id, what, covers.join(", "), checkText(by), name, trace, String(millis)].map(cell).join(" | ")} |`

const idOf = (line: string): string => line.split(" | ")[0]!.slice(2)

/** By id. */
export const rowsIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split("\n")
      .filter((line) => line.startsWith("| ") && !line.startsWith("| Id ") && !line.startsWith("| ---"))
      .map((line) => [idOf(line), line])
  )

const by = (line: string): string => line.split(" | ")[3]!

/** By everything that a model may do within its bound, not by chance or by a test that was written for it. */
export const isExplored = (line: string): boolean => by(line).startsWith("model ") && !by(line).endsWith("random walks")

const scores = (mutants: ReadonlyArray<Mutant>, rows: ReadonlyMap<string, string>): string => {
  const caught = mutants.flatMap(({ id }) => rows.get(id) ?? [])
  const byModel = caught.filter((line) => by(line).startsWith("model ")).length
  const walked = byModel - caught.filter(isExplored).length
  const tested = caught.length - byModel
  return `${caught.length} mutants are caught: ${byModel} by closed models (${walked} of them by random walks only), ${tested} by tests.\n`
}

const order = new Intl.Collator("en", { numeric: true })

/** What each fact is covered by. */
const index = (mutants: ReadonlyArray<Mutant>, rows: ReadonlyMap<string, string>): string =>
  [...new Set(mutants.flatMap(({ covers }) => covers))]
    .toSorted(order.compare)
    .map((fact) => `- ${fact}: ${idsFor(mutants, fact, rows).join(", ")}\n`)
    .join("")

const idsFor = (
  mutants: ReadonlyArray<Mutant>,
  fact: string,
  rows: ReadonlyMap<string, string>
): ReadonlyArray<string> =>
  mutants
    .filter(({ covers }) => covers.includes(fact))
    .map(({ id }) => (isExplored(rows.get(id) ?? " |  |  | ") ? `**${id}**` : id))

export const page = (mutants: ReadonlyArray<Mutant>, rows: ReadonlyMap<string, string>): string => {
  const equivalent = mutants.filter(({ isEquivalent }) => isEquivalent !== undefined)
  const argued = equivalent.map(({ id, isEquivalent, what }) => `- **${id}**, ${what}: ${isEquivalent}\n`).join("")
  const table = mutants.flatMap(({ id }) => rows.get(id) ?? []).join("\n")
  const rest = equivalent.length === 0 ? "" : `\n## Equivalent\n\nNot run, since no run differs:\n\n${argued}`
  return `${head}${table}\n\n${scores(mutants, rows)}\n## By fact\n\nThose that an explored model catches are in bold; each fact has one.\n\n${index(mutants, rows)}${rest}`
}
