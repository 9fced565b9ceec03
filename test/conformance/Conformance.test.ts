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
        const answered = (pattern: RegExp) =>
          assert.isTrue(
            [...report.answers.keys()].some((outcome) => pattern.test(outcome)),
            String(pattern)
          )
        for (const { resource } of subjects) {
          if (options.kinds?.includes(resource.kind) === false) continue
          for (const what of ["(create|apply) 201", "(update|merge patch|JSON patch|apply) 200", "delete 200"]) {
            answered(new RegExp(`^${resource.kind} ${what}$`))
          }
        }
        if (options.kinds !== undefined) return
        answered(/list of the next page 200$/)
        answered(/list of the next page 400 BadRequest$/)
        answered(/^Pod eviction 201$/)
        answered(/^Pod eviction 429 TooManyRequests$/)
      }),
    600_000
  )
})
