/**
 * A trace as a test that stays: as long as the program can still take this run,
 * or a search with the same faults finds another, the test fails.
 */
import type { Trace } from "../../../domain/check/Trace.ts"
import * as Claim from "./Claim.ts"
import { spent } from "./Minimise.ts"

export interface Places {
  /** Module of `gungnir/check`, as the test imports it. */
  readonly check: string
  /** Module and name of a function from the name of a model to its system. */
  readonly system: { readonly module: string; readonly name: string }
  /** Module whose models are meant: the function takes them too. Default: those of this package. */
  readonly models?: string
  /** The file of the trace, beside the test. */
  readonly trace: string
}

const text = (words: string): string => JSON.stringify(words)

/** Nothing in it ends a comment. */
const comment = (words: string): string => words.replaceAll("*/", "* /").replaceAll(/\s+/g, " ")

const imports = (check: string, system: Places["system"], models: string | undefined): string => {
  const ours = ["check", ...(models === undefined ? [] : ["modelsOf"]), "Replay", "TraceFile"]
  if (system.module === check) return `import { ${[...ours, system.name].join(", ")} } from ${text(check)}\n`
  return `import { ${ours.join(", ")} } from ${text(check)}\nimport { ${system.name} } from ${text(system.module)}\n`
}

/** The text of a vitest file. It fails until the run is impossible or breaks nothing. */
export const print = (trace: Trace, { check, models, system, trace: file }: Places): string =>
  `/** Found by the checker in ${comment(trace.model)}. ${comment(Claim.sentence(trace))} */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
${imports(check, system, models)}${models === undefined ? "" : `import * as models from ${text(models)}\n`}
const system = ${system.name}(${text(trace.model)}${models === undefined ? "" : ", modelsOf(models)"})
const file = readFileSync(new URL(${text(file)}, import.meta.url), "utf8")

describe(${text(trace.model)}, () => {
  it.effect(${text(`${trace.property}: the run that was found is no longer possible, or breaks nothing`)}, () =>
    Effect.gen(function* () {
      const replayed = Effect.flatMap(TraceFile.parse(file), (trace) => Replay.replay(system, trace))
      const ended = yield* Effect.match(replayed, {
        onSuccess: () => "it happens, and breaks it",
        onFailure: (refusal) => "because" in refusal && refusal.because !== "foreign" ? "" : refusal.message
      })
      assert.strictEqual(ended, "")
    })
  )

  it.effect(${text(`${trace.property}: no other run with the same faults breaks it`)}, () =>
    Effect.gen(function* () {
      const budgets = { ...system.budgets }
      for (const name of Object.keys(budgets)) budgets[name] = 0
      Object.assign(budgets, ${JSON.stringify(spent(trace))})
      const { verdicts } = yield* check({ ...system, budgets }, { only: [${text(trace.property)}] })
      const wrong = verdicts.filter(({ verdict }) => verdict !== "holds")
      assert.deepStrictEqual(
        wrong.map(({ because = "", property, verdict }) => \`\${property} is \${verdict}: \${because}\`),
        []
      )
    }),
    600_000
  )
})
`
