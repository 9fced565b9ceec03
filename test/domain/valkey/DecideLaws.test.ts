/** What holds of every decision, in whatever situation. */
import { assert, describe, it } from "@effect/vitest"
import { decide } from "../../../src/domain/valkey/Decide.ts"
import { eligible } from "../../../src/domain/valkey/Election.ts"
import type { PodView } from "../../../src/domain/valkey/Health.ts"
import { isOld, isProcess, present, candidatesOf, type Situation } from "../../../src/domain/valkey/Situation.ts"
import { Drawn, situation as drawnSituation } from "./Drawn.ts"
import { brief, play, type Played } from "./Play.ts"

const runs = { arbitrary: { runs: 2000 } }

/** Each decision of a play with the situation that it was taken in. */
const steps = ({ decisions, situations }: Played) =>
  decisions.map((decision, index) => ({ decision, given: situations[index]!, next: situations[index + 1] }))

const law = (says: string, holds: (first: Situation, played: Played) => void) =>
  it.prop(
    says,
    [Drawn],
    ([drawn]) => {
      const first = drawnSituation(drawn)
      holds(first, play(first))
    },
    runs
  )

const expected = ({ desire, pods }: Situation) => pods.filter(({ ordinal }) => ordinal < desire.replicas)

/** And nobody was led to any of them since; the heard ones are empty still. */
const wereAllEmpty = ({ desire, intent, pods }: Situation): boolean =>
  desire.replicas <= (intent.untouched ?? 0) &&
  !desire.hadData &&
  pods.every(({ answer }) => answer._tag !== "Answered" || answer.facts.keys === 0)

const areAllHeard = (given: Situation): boolean =>
  expected(given).length === given.desire.replicas &&
  expected(given).every(({ answer, isDeleting }) => answer._tag === "Answered" && !answer.facts.loading && !isDeleting)

describe("every decision", () => {
  law("is taken, and leads in a few steps to one without effect", (_, { decisions }) => {
    assert.isBelow(decisions.length, 20, decisions.map(brief).join(" > "))
  })

  law("is the same for the same situation", (first) => {
    assert.deepStrictEqual(decide(first), decide(structuredCloneOf(first)))
  })

  law("lets the epoch grow only, by one at each intent", (_, played) => {
    for (const { decision, given, next } of steps(played)) {
      if (next === undefined) continue
      const opens = ["Bootstrap", "Replace", "SwitchOver", "Reconsider"].includes(decision._tag)
      assert.strictEqual(next.intent.epoch - given.intent.epoch, opens ? 1 : 0)
    }
  })

  law("acts on processes that answered, and on no others", (_, played) => {
    for (const { decision, given } of steps(played)) {
      const known = present(given).map(({ node }) => node.runId)
      const touched =
        decision._tag === "Fence"
          ? decision.nodes
          : decision._tag === "Promote"
            ? [decision.to]
            : decision._tag === "Adopt"
              ? [decision.node]
              : decision._tag === "Complete" || decision._tag === "Maintain"
                ? [decision.primary, ...decision.stragglers.map(({ node }) => node)]
                : []
      for (const { runId } of touched) assert.include(known, runId)
    }
  })
})

describe("a promotion", () => {
  law("is of the process that is on record, in its phase", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Promote") continue
      const { failover } = given.intent
      assert.strictEqual(failover?.phase, "Promoting")
      assert.include(decision.to, failover!.to!)
    }
  })

  law("chooses an eligible node, or one with all its data, or hears everybody first", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Choose") continue
      const { failover, to } = decision
      const from = failover.from!
      const all = present(given)
      const old = all.find((one) => isOld(failover)(one) && !one.facts.loading)
      if (failover.kind === "Planned" && old !== undefined) {
        const isBack = to.node.runId === old.node.runId
        const hasAll = to.facts.replid === old.facts.replid && to.facts.offset === old.facts.offset
        assert.isTrue(isBack || hasAll, brief(decision))
        continue
      }
      const { maxOffsetGap } = given.desire
      const candidates = candidatesOf(given, all, from, from)
      const isEligible = eligible({ candidates, lineage: from, maxOffsetGap }).some(
        ({ node }) => node.runId === to.node.runId
      )
      const hasOwnDisk = to.node.pod === from.pod && to.facts.keys > 0 && given.desire.isPersistent
      assert.isTrue(isEligible || hasOwnDisk || areAllHeard(given) || wereAllEmpty(given), brief(decision))
    }
  })

  law("without a word from everybody begins only where all were empty, and nobody was led anywhere", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Bootstrap") continue
      assert.isTrue(areAllHeard(given) || wereAllEmpty(given))
      if (!areAllHeard(given)) assert.strictEqual(decision.untouched, given.intent.untouched)
      if (decision.untouched !== undefined) assert.isTrue(present(given).every(({ facts }) => facts.keys === 0))
    }
  })

  law("never chooses a pod that is being deleted, but to go back to it, or if nobody else has data", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Choose" && decision._tag !== "Bootstrap") continue
      const node = decision._tag === "Choose" ? decision.to.node : decision.to
      const view = given.pods.find(({ pod }) => pod === node.pod)
      const isBack =
        decision._tag === "Choose" && decision.failover.kind === "Planned" && node.pod === decision.failover.from?.pod
      const isOnlyData = present(given).every(({ facts, view }) => view.isDeleting || facts.loading || facts.keys === 0)
      assert.isTrue(view?.isDeleting === false || isBack || isOnlyData, brief(decision))
    }
  })

  law("never chooses a node in the middle of a synchronisation, nor one that loads", (_, played) => {
    for (const { decision } of steps(played)) {
      if (decision._tag !== "Choose") continue
      assert.isFalse(decision.to.facts.loading)
    }
  })

  law("gives no empty node the place of one with data, where lineage says nothing (inv-I3)", (_, played) => {
    for (const { decision, given } of steps(played)) {
      const all = present(given)
      if (decision._tag === "Bootstrap") {
        const to = all.find(({ node }) => node.runId === decision.to.runId)!
        assert.isTrue(to.facts.keys > 0 || all.every(({ facts }) => facts.keys === 0))
      }
      if (
        decision._tag === "Choose" &&
        decision.to.inSync === undefined &&
        decision.failover.finalOffset === undefined
      ) {
        const from = decision.failover.from!
        const candidates = candidatesOf(given, all, from, from)
        if (eligible({ candidates, lineage: from, maxOffsetGap: given.desire.maxOffsetGap }).length > 0) continue
        assert.isTrue(decision.to.facts.keys > 0 || all.every(({ facts }) => facts.keys === 0), brief(decision))
      }
    }
  })

  law("of an empty node, where there was data, waits for a person (failover:7.2)", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Choose" || decision.to.facts.keys > 0 || decision.to.inSync === true) continue
      const { hadData, isPersistent, isSafe } = given.desire
      const from = decision.failover.from!
      const all = present(given)
      const candidates = candidatesOf(given, all, from, from)
      const isElected = eligible({ candidates, lineage: from, maxOffsetGap: given.desire.maxOffsetGap }).length > 0
      assert.isTrue(isElected || !hadData || !isPersistent || !isSafe, brief(decision))
    }
  })
})

describe("a replacement", () => {
  law(
    "on what is no Valkey, or silence alone, needs time, several probes, and a majority that answers",
    (_, played) => {
      for (const { decision, given } of steps(played)) {
        if (decision._tag !== "Replace") continue
        if (decision.evidence !== "Silence" && decision.evidence !== "NotValkey") continue
        const { from } = decision
        const seen = given.health.pods[from.pod]!
        const others = given.pods.filter(({ pod }) => pod !== from.pod)
        const answering = others.filter(({ answer }) => answer._tag === "Answered")
        const hasWitness = answering.some(
          ({ answer }) =>
            answer._tag === "Answered" &&
            answer.facts.following?.host === from.address &&
            !answer.facts.following.linkUp &&
            !answer.facts.following.syncing
        )
        assert.isAtLeast(seen.silentMillis!, hasWitness ? 500 : 2000)
        assert.isAtLeast(seen.silentProbes, 3)
        assert.isTrue(answering.length * 2 > others.length || answering.length === others.length)
      }
    }
  )

  law("never happens to a primary that a replica hears, whatever else listens at its address", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Replace" || decision.evidence !== "NotValkey") continue
      for (const { answer } of given.pods) {
        const following = answer._tag === "Answered" ? answer.facts.following : undefined
        assert.isFalse(following?.host === decision.from.address && following.linkUp)
      }
    }
  })

  law("never happens to a primary that answers as one, is busy, or answers as somebody else", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Replace") continue
      const { from } = decision
      const view = given.pods.find(({ pod, uid }) => pod === from.pod && uid === from.uid)
      if (view === undefined) continue
      assert.isFalse(view.answer._tag === "Alive" || view.answer._tag === "Foreign")
      if (view.answer._tag !== "Answered") continue
      assert.isFalse(view.answer.facts.runId === from.runId && view.answer.facts.role === "primary")
    }
  })

  law("of a primary that may serve waits for it to starve, while a replica may acknowledge", (_, played) => {
    for (const { decision, given } of steps(played)) {
      if (decision._tag !== "Choose" || decision.failover.kind !== "Unplanned") continue
      const { desire, patience, phaseMillis, pods } = given
      const from = decision.failover.from!
      const view = pods.find(({ pod, uid }) => pod === from.pod && uid === from.uid)
      const isWordless = ({ answer: { _tag } }: PodView) => _tag === "Silent" || _tag === "NotValkey"
      const mayServe = view === undefined || isWordless(view) || view.address === undefined
      const isAtLarge = pods.some((other) => other.pod !== from.pod && isWordless(other))
      if (mayServe && isAtLarge && desire.isSafe && desire.minReplicas > 0)
        assert.isAtLeast(phaseMillis, patience.toStarve)
    }
  })
})

describe("a settled world", () => {
  law(
    "has the recorded primary as its only one, everybody attached, and clients led to it",
    (_, { decisions, situations }) => {
      if (decisions.at(-1)?._tag !== "Settled") return
      const last = situations.at(-1)!
      const { primary } = last.intent
      assert.isUndefined(last.intent.failover)
      const all = present(last)
      const leaders = all.filter(
        (one) => one.facts.role === "primary" && (!one.facts.loading || isProcess(primary!)(one))
      )
      assert.isTrue(leaders.length >= 1 && leaders.every(isProcess(primary!)))
      for (const { facts, node } of all) {
        if (node.pod === primary!.pod || facts.loading) continue
        assert.strictEqual(facts.following?.host, primary!.address)
      }
      assert.strictEqual(last.routedTo, primary!.pod)
      assert.isTrue(last.isPublished)
    }
  )

  law("is where everything ends up once all pods answer with whole datasets (inv-I12)", (first) => {
    const calm: Situation = {
      ...first,
      phaseMillis: 10_000,
      pods: first.pods.map((view) => ({
        ...view,
        isDeleting: false,
        answer:
          view.answer._tag === "Answered"
            ? { _tag: "Answered", facts: { ...view.answer.facts, loading: false } }
            : view.answer
      }))
    }
    if (!areAllHeard(calm) || present(calm).length !== calm.pods.length) return
    const { decisions } = play(calm)
    const last = decisions.at(-1)!
    const mayHalt = calm.desire.hadData && calm.desire.isPersistent && calm.desire.isSafe
    assert.isTrue(last._tag === "Settled" || (last._tag === "Halt" && mayHalt), decisions.map(brief).join(" > "))
  })
})

/** The same values in other objects; the password is no plain data and stays. */
const structuredCloneOf = ({ credentials, ...rest }: Situation): Situation => ({
  ...structuredClone(rest),
  credentials
})
