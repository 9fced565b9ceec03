/** What closed models leave out of the answers of nodes is read by no decision. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decide } from "../../../src/domain/valkey/Decide.ts"
import type { Facts } from "../../../src/domain/valkey/Facts.ts"
import * as Info from "../../../src/domain/valkey/Info.ts"
import { infoRead } from "../../../src/models/closed/Unread.ts"
import { info } from "../../../src/models/valkey/Report.ts"
import * as S from "../../domain/valkey/Situations.ts"
import * as Lab from "../../programs/valkey/Lab.ts"

const readable = (text: string): Facts => {
  const facts = Info.read(text)
  if ("missing" in facts) return assert.fail(`INFO without ${facts.missing}`)
  return facts
}

/** The facts as far as a decision may depend on them. */
const without = (facts: Facts): Facts => ({
  ...facts,
  replicas: [],
  following: facts.following === undefined ? undefined : { ...facts.following, linkDownSeconds: -1 }
})

describe("what is left out of INFO", () => {
  it.effect("is the list of replicas and the age of a link, of servers as they are", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      yield* Lab.operator().run(1500)
      for (const pod of ["demo-0", "demo-1", "demo-2"]) {
        const text = info((yield* Lab.nodeOf(pod))!, [])
        assert.notStrictEqual(infoRead(text), text)
        assert.deepStrictEqual(without(readable(infoRead(text))), without(readable(text)))
      }
    }).pipe(Effect.provide(Lab.layer()))
  )

  it("is read by no decision", () => {
    const replica = { address: "10.0.0.9", port: 6379, state: "online", offset: 7 }
    const noisy = (situation: ReturnType<typeof S.situation>) => ({
      ...situation,
      pods: situation.pods.map((view) => {
        if (view.answer._tag !== "Answered") return view
        const { facts } = view.answer
        const following = facts.following === undefined ? undefined : { ...facts.following, linkDownSeconds: 77 }
        return { ...view, answer: { ...view.answer, facts: { ...facts, following, replicas: [replica] } } }
      })
    })
    const base = { primary: S.primaryAt(0), memory: { synced: [1, 2], offset: 100 } }
    const nodes = [S.leads(), S.followsPod(0), S.empty(), S.gone, S.silent, S.foreign, S.busy]
    for (const first of nodes) {
      for (const second of nodes) {
        for (const given of [base, { ...base, failover: { phase: "Fencing" as const } }, {}]) {
          const situation = S.situation({ ...given, pods: S.pods(first, second, S.followsPod(0)) })
          assert.strictEqual(
            JSON.stringify(decide(noisy(situation)), leaveOut),
            JSON.stringify(decide(situation), leaveOut)
          )
        }
      }
    }
  })
})

/** Facts are passed on by some decisions; it is the decision that counts. */
const leaveOut = (name: string, value: unknown): unknown => (name === "facts" ? undefined : value)
