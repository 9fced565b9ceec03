import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Candidate, compare, elect, eligible } from "../../../src/domain/valkey/Election.ts"
import type { Facts } from "../../../src/domain/valkey/Facts.ts"

const lineage = { replid: "now", parent: { replid: "before", offset: 5 } }

/** Small domains, so that ties, gaps and foreign lineages come up in every run. */
const Drawn = Schema.Struct({
  offset: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })),
  /** Promoted by hand at `offset`, and written to since: so many bytes that are nobody else's. */
  own: Schema.NullOr(Schema.Literals([0, 5, 90])),
  priority: Schema.Literals([0, 1, 100]),
  replid: Schema.Literals(["now", "now", "before", "foreign"]),
  runId: Schema.Literals(["a", "b", "c"]),
  loading: Schema.Literals([false, false, true]),
  syncing: Schema.Literals([false, false, true]),
  inSync: Schema.Literals([true, true, false])
})

const candidate = (drawn: typeof Drawn.Type, index: number): Candidate => {
  const facts: Facts = {
    runId: drawn.runId,
    version: "8.0.1",
    role: "replica",
    offset: drawn.offset + (drawn.own ?? 0),
    replid: drawn.own === null ? drawn.replid : `hand-${index}`,
    replid2: drawn.own === null ? undefined : drawn.replid,
    secondOffset: drawn.own === null ? -1 : drawn.offset + 1,
    loading: drawn.loading,
    priority: drawn.priority,
    keys: 1,
    hasBacklog: true,
    guarded: false,
    following: { host: "10.0.0.1", port: 6379, linkUp: false, syncing: drawn.syncing, linkDownSeconds: 0 },
    replicas: []
  }
  const pod = `v-${index}`
  return { node: { pod, uid: pod, address: pod, port: 6379, runId: drawn.runId }, facts, inSync: drawn.inSync }
}

/** What it has of the history that is looked for; nothing but this counts. */
const shared = ({ facts }: Candidate): number => (facts.secondOffset < 1 ? facts.offset : facts.secondOffset - 1)

const Electorate = Schema.Struct({
  drawn: Schema.Array(Drawn).check(Schema.isMaxLength(5)),
  maxOffsetGap: Schema.Literals([0, 0, 3, 100])
})

const electorate = ({ drawn, maxOffsetGap }: typeof Electorate.Type) => ({
  candidates: drawn.map(candidate),
  lineage,
  maxOffsetGap
})

/** The eight theorems of `gungnir:8.6` over the eligible set, and what `gungnir:G27` adds. */
describe("election", () => {
  it.prop("chooses one exactly if one is eligible, and an eligible one", [Electorate], ([drawn]) => {
    const all = electorate(drawn)
    const winner = elect(all)
    assert.strictEqual(winner === undefined, eligible(all).length === 0)
    if (winner !== undefined) assert.include(eligible(all), winner)
  })

  it.prop(
    "never chooses priority 0, a foreign lineage, a partial dataset or one never in sync",
    [Electorate],
    ([drawn]) => {
      const facts = elect(electorate(drawn))?.facts
      if (facts === undefined) return
      assert.notStrictEqual(facts.priority, 0)
      assert.isFalse(facts.loading || facts.following?.syncing)
      const isOfNow = facts.replid === "now" || facts.replid2 === "now"
      assert.isTrue(isOfNow || (facts.replid === "before" && facts.offset <= 5))
    }
  )

  it.prop("chooses the best priority, and the best offset within it", [Electorate], ([drawn]) => {
    const all = electorate(drawn)
    const winner = elect(all)
    for (const other of eligible(all)) {
      assert.isTrue(winner!.facts.priority <= other.facts.priority)
      assert.isTrue(shared(winner!) >= shared(other) || winner!.facts.priority < other.facts.priority)
    }
  })

  it.prop("with a gap of 0 never chooses less data than an electable node has", [Electorate], ([drawn]) => {
    const all = { ...electorate(drawn), maxOffsetGap: 0 }
    const winner = elect(all)
    for (const other of eligible({ ...all, maxOffsetGap: 100 })) assert.isTrue(shared(winner!) >= shared(other))
  })

  it.prop("does not depend on the order of the candidates", [Electorate], ([drawn]) => {
    const all = electorate(drawn)
    const reversed = elect({ ...all, candidates: all.candidates.toReversed() })
    assert.strictEqual(reversed?.node.pod, elect(all)?.node.pod)
  })

  it.prop("does not change when a loser leaves, unless the loser held the most data", [Electorate], ([drawn]) => {
    const all = electorate(drawn)
    const winner = elect(all)
    const best = Math.max(...eligible(all).map(shared))
    for (const loser of all.candidates) {
      if (loser === winner || shared(loser) === best) continue
      const rest = elect({ ...all, candidates: all.candidates.filter((one) => one !== loser) })
      assert.strictEqual(rest?.node.pod, winner?.node.pod)
    }
  })

  it.prop("orders candidates totally", [Drawn, Drawn, Drawn], (drawn) => {
    const [a, b, c] = drawn.map(candidate) as [Candidate, Candidate, Candidate]
    const order = compare(lineage)
    assert.strictEqual(Math.sign(order(a, b)), -Math.sign(order(b, a)))
    assert.notStrictEqual(order(a, b), 0)
    if (order(a, b) < 0 && order(b, c) < 0) assert.isBelow(order(a, c), 0)
  })

  it("does not count what a node was told after somebody promoted it by hand", () => {
    const drawn = { priority: 100, replid: "now", loading: false, syncing: false, inSync: true } as const
    const byHand = candidate({ ...drawn, offset: 4, own: 90, runId: "a" }, 0)
    const attached = candidate({ ...drawn, offset: 7, own: null, runId: "b" }, 1)
    const electorate = (maxOffsetGap: number) => ({ candidates: [byHand, attached], lineage, maxOffsetGap })
    assert.strictEqual(elect(electorate(0))?.node.pod, "v-1")
    assert.strictEqual(elect(electorate(3))?.node.pod, "v-1")
    assert.deepStrictEqual(eligible(electorate(2)), [attached])
    assert.deepStrictEqual(eligible(electorate(3)), [byHand, attached])
  })

  it("where nobody was looked at, lineage and a whole dataset must do", () => {
    const drawn = {
      offset: 4,
      own: null,
      priority: 100,
      replid: "now",
      runId: "a",
      loading: false,
      syncing: false
    } as const
    const fresh = candidate({ ...drawn, inSync: true }, 0)
    assert.isDefined(elect({ candidates: [{ ...fresh, inSync: undefined }], lineage, maxOffsetGap: 0 }))
  })
})
