/** What the Sentinel program remembers of each pod, and what counts as evidence against a primary. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  aged,
  asLastSeen,
  evidenceAgainst,
  type Health,
  isCertain,
  isSilentFor,
  look,
  maxAgeMillis,
  millisSince,
  minSilentProbes,
  plightOf,
  type PodView,
  unknown
} from "../../../src/domain/valkey/Health.ts"
import { Drawn, situation as drawnSituation } from "./Drawn.ts"
import * as S from "./Situations.ts"

const primary = S.primaryAt(0)
const thresholds = { withWitness: 500, alone: 2000 }
const looks = (...each: ReadonlyArray<ReadonlyArray<PodView>>): Health =>
  each.reduce((health, views, index) => look(index === 0 ? health : aged(health, 100), views, primary), unknown)
const pair = (leader: S.Node, replica: S.Node) => S.pods(leader, replica)
const [leads, follows] = [S.leads(), S.followsPod(0)]

describe("what is no word of a server", () => {
  it("counts as silence does, whatever it is, and a word begins anew", () => {
    const mute = [S.silent, S.notValkey, S.silent].map((node) => pair(node, S.lost(0)))
    assert.deepInclude(looks(...mute).pods["v-0"], { silentMillis: 200, silentProbes: 3 })
    for (const node of [S.foreign, S.busy, S.gone]) {
      assert.deepInclude(looks(...mute, pair(node, S.lost(0))).pods["v-0"], {
        silentMillis: undefined,
        silentProbes: 0
      })
    }
  })
})

describe("a replica counts as in sync", () => {
  const syncedWith = (...each: ReadonlyArray<ReadonlyArray<PodView>>) => looks(...each).pods["v-1"]?.syncedWith

  it("once it has all that the primary had a look before (M19)", () => {
    assert.isUndefined(syncedWith(pair(leads, follows)))
    assert.strictEqual(syncedWith(pair(leads, follows), pair(leads, follows)), "now")
    const behind = S.followsPod(0, { offset: 99 })
    assert.isUndefined(syncedWith(pair(leads, behind), pair(leads, behind)))
    assert.strictEqual(
      syncedWith(pair(leads, behind), pair(S.leads({ offset: 130 }), S.followsPod(0, { offset: 110 }))),
      "now"
    )
  })

  it("on a link that is up, with a whole dataset, of the same history", () => {
    const others = [
      S.lost(0),
      S.followsPod(0, {}, { syncing: true }),
      S.followsPod(0, { replid: "other" }),
      S.leads({ offset: 200 }),
      S.silent
    ]
    for (const other of others) assert.isUndefined(syncedWith(pair(leads, other), pair(leads, other)))
  })

  it("for as long as its process lives, also when the primary is gone", () => {
    const seen = [pair(leads, follows), pair(leads, follows)] as const
    assert.strictEqual(syncedWith(...seen, pair(S.gone, S.lost(0))), "now")
    assert.strictEqual(syncedWith(...seen, pair(S.gone, S.silent)), "now")
    assert.isUndefined(syncedWith(...seen, pair(leads, S.restarted())))
    const replaced = [S.view(0, leads), S.view(1, S.lost(0), { uid: "another" })]
    assert.isUndefined(syncedWith(...seen, replaced))
    assert.isUndefined(syncedWith(...seen, [S.view(0, leads)]))
  })
})

describe("silence", () => {
  const quiet = pair(S.silent, follows)
  it("is time and several probes", () => {
    const twice = looks(pair(leads, follows), quiet, quiet)
    assert.isFalse(isSilentFor(aged(twice, 60_000), "v-0", 500))
    const thrice = looks(pair(leads, follows), quiet, quiet, quiet)
    assert.isTrue(isSilentFor(thrice, "v-0", 200))
    assert.isFalse(isSilentFor(thrice, "v-0", 201))
    assert.isTrue(isSilentFor(aged(thrice, 300), "v-0", 500))
  })

  it("ends with any answer, and is that of one pod", () => {
    for (const node of [leads, S.gone, S.busy, S.foreign]) {
      const health = looks(quiet, quiet, quiet, pair(node, follows))
      assert.isFalse(isSilentFor(health, "v-0", 0))
    }
    const replaced = [S.view(0, S.silent, { uid: "another" }), S.view(1, follows)]
    assert.isFalse(isSilentFor(looks(quiet, quiet, quiet, replaced), "v-0", 0))
    assert.isFalse(isSilentFor(unknown, "v-0", 0))
  })
})

describe("the offsets of the primary", () => {
  it("are remembered with their age, the newest four", () => {
    const at = (offset: number) => pair(S.leads({ offset }), follows)
    const health = looks(at(10), at(20), at(30), at(40), at(50))
    assert.deepStrictEqual(
      health.samples.map(({ offset }) => offset),
      [50, 40, 30, 20]
    )
    assert.deepStrictEqual(
      health.samples.map(({ ageMillis }) => ageMillis),
      [0, 100, 200, 300]
    )
    assert.strictEqual(millisSince(health, 45), 100)
    assert.strictEqual(millisSince(health, 50), 0)
    assert.isUndefined(millisSince(health, 19))
    assert.isUndefined(millisSince(aged(health, maxAgeMillis), 50))
  })

  it("are of the recorded process, while it leads", () => {
    for (const node of [S.restarted(), S.leads({ runId: "other" }), S.followsPod(1), S.silent]) {
      assert.deepStrictEqual(looks(pair(leads, follows), pair(node, follows)).samples.length, 1)
    }
  })

  it("come with the history that it leads by now, which may not be the one on record", () => {
    const health = looks(pair(S.leads({ replid: "newer", replid2: "now", secondOffset: 51 }), follows))
    assert.deepStrictEqual(asLastSeen(primary, health), {
      ...primary,
      replid: "newer",
      parent: { replid: "now", offset: 50 }
    })
    assert.deepStrictEqual(asLastSeen(S.primaryAt(1), health), S.primaryAt(1))
    assert.deepStrictEqual(asLastSeen(primary, unknown), primary)
  })
})

it.prop(
  "a memory has finitely many values, whatever is seen and however much time passes",
  [Schema.Array(Schema.Tuple([Drawn, Schema.Literals([0, 7, 100, 60_000, 1e9])])).check(Schema.isMaxLength(12))],
  ([each]) => {
    let health = unknown
    for (const [drawn, millis] of each) {
      const { pods } = drawnSituation(drawn)
      health = aged(look(health, pods, primary), millis)
      assert.deepStrictEqual(Object.keys(health.pods).toSorted(), pods.map(({ pod }) => pod).toSorted())
      assert.isAtMost(health.samples.length, 4)
      for (const { ageMillis } of health.samples) assert.isAtMost(ageMillis, maxAgeMillis)
      for (const { silentMillis = 0, silentProbes } of Object.values(health.pods)) {
        assert.isAtMost(silentMillis, maxAgeMillis)
        assert.isAtMost(silentProbes, minSilentProbes)
      }
    }
  }
)

describe("evidence against the recorded primary", () => {
  const against = (leader: PodView, ...others: ReadonlyArray<S.Node>) => {
    const views = [leader, ...others.map((node, index) => S.view(index + 1, node))]
    const health = aged(
      [1, 2, 3].reduce((now) => look(now, views, primary), unknown),
      60_000
    )
    return evidenceAgainst(primary, views, health, thresholds)
  }
  const at = (node: S.Node, change: Partial<PodView> = {}) => S.view(0, node, change)

  it("is certain when its process has ended, was replaced, or follows somebody", () => {
    assert.strictEqual(against(at(S.gone), follows), "ProcessEnded")
    assert.strictEqual(against(at(S.restarted()), follows), "ProcessReplaced")
    assert.strictEqual(against(at(S.followsPod(1)), follows), "RoleLost")
    for (const evidence of ["ProcessEnded", "ProcessReplaced", "RoleLost"] as const) assert.isTrue(isCertain(evidence))
  })

  it("is not certain when the API alone says so, or nobody hears it", () => {
    assert.strictEqual(against(at(leads, { uid: "another" }), follows), "PodReplaced")
    assert.strictEqual(against(at(S.gone, { address: undefined }), follows), "PodReplaced")
    assert.strictEqual(against(at(S.silent), follows, follows), "Silence")
    for (const evidence of ["PodReplaced", "Silence"] as const) assert.isFalse(isCertain(evidence))
  })

  it("is none while it answers, in whatever way", () => {
    for (const node of [leads, S.busy, S.foreign, S.leads({ loading: true })])
      assert.isUndefined(against(at(node), follows))
  })

  it("is none when the operator reaches nobody, or a minority", () => {
    assert.isUndefined(against(at(S.silent)))
    assert.isUndefined(against(at(S.silent), S.silent, S.silent))
    assert.isUndefined(against(at(S.silent), S.silent, follows))
    assert.isUndefined(against(at(S.silent), S.gone, S.gone, follows, S.silent))
    assert.strictEqual(against(at(S.silent), follows, follows, S.gone), "Silence")
  })
})

it("every plight of a pod has its words", () => {
  const words = [S.silent, S.gone, S.busy, S.foreign, S.restarted({ loading: true }), leads].map((node) =>
    plightOf(S.view(0, node))
  )
  words.push(
    plightOf(undefined),
    plightOf(S.view(0, S.gone, { address: undefined })),
    plightOf(S.view(0, leads, { isDeleting: true }))
  )
  assert.strictEqual(new Set(words).size, words.length)
})
