import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isKnown } from "./Known.ts"
import * as Run from "./Run.ts"
import { subjects } from "./Subjects.ts"
import { compare, options } from "./Table.ts"

describe("the API server model", () => {
  it.live(
    "answers generated requests as a real kube-apiserver does",
    () =>
      Effect.gen(function* () {
        const report = yield* compare(options)
        const rest = report.rows.filter((row) => !Run.isWording(row) && !isKnown(row))
        assert.deepStrictEqual(rest, [], Run.print({ ...report, rows: rest }))
        assert.isAtLeast(report.requests, options.requests)
        // The requests are not all refused: every kind was created, changed and deleted.
        for (const { resource } of subjects) {
          if (options.kinds?.includes(resource.kind) === false) continue
          for (const what of ["create", "apply", "update", "merge patch", "JSON patch", "delete"]) {
            const hit = [...report.answers.keys()].some((outcome) => outcome.startsWith(`${resource.kind} ${what} 20`))
            assert.isTrue(hit, `no ${what} of a ${resource.kind} succeeded`)
          }
        }
      }),
    600_000
  )
})
