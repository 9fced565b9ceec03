/**
 * What the effects of decisions do to a situation, where that is obvious: for
 * chains of decisions, without programs or servers.
 */
import { decide } from "../../../src/domain/valkey/Decide.ts"
import type { Decision } from "../../../src/domain/valkey/Decision.ts"
import type { Facts } from "../../../src/domain/valkey/Facts.ts"
import type { Failover, Intent } from "../../../src/domain/valkey/Intent.ts"
import { primaryOf } from "../../../src/domain/valkey/Report.ts"
import type { Situation } from "../../../src/domain/valkey/Situation.ts"
import { stragglersOf } from "../../../src/domain/valkey/Stragglers.ts"
import { type Node, nowhere } from "../../../src/domain/valkey/Valkey.ts"

const withFacts = (situation: Situation, pod: string, f: (facts: Facts) => Facts): Situation => ({
  ...situation,
  pods: situation.pods.map((view) =>
    view.pod === pod && view.answer._tag === "Answered"
      ? { ...view, answer: { _tag: "Answered", facts: f(view.answer.facts) } }
      : view
  )
})

const following = (facts: Facts, host: string, port: number, linkUp: boolean): Facts => ({
  ...facts,
  role: "replica",
  following: { host, port, linkUp, syncing: false, linkDownSeconds: linkUp ? -1 : 0 }
})

const promoted = (facts: Facts, epoch: number): Facts =>
  facts.role === "primary"
    ? facts
    : {
        ...facts,
        role: "primary",
        following: undefined,
        replid: `${facts.runId}@${epoch}`,
        replid2: facts.replid,
        secondOffset: facts.offset + 1
      }

const intending = (
  situation: Situation,
  failover: Failover | undefined,
  epoch: number,
  untouched = situation.intent.untouched
): Situation => {
  const { primary } = situation.intent
  const intent: Intent = {
    epoch,
    ...(untouched === undefined ? {} : { untouched }),
    ...(primary === undefined ? {} : { primary }),
    ...(failover === undefined ? {} : { failover })
  }
  return { ...situation, intent, phaseMillis: 0 }
}

/** All that answer follow the primary, with its data, at once. */
const attached = (situation: Situation, primary: Node): Situation => {
  const leader = situation.pods.find(({ pod }) => pod === primary.pod)?.answer
  if (leader?._tag !== "Answered") return situation
  const { keys, offset, replid, replid2, secondOffset } = leader.facts
  return stragglersOf(situation, primary).reduce(
    (now, { node }) =>
      withFacts(now, node.pod, (facts) => ({
        ...following(facts, primary.address, primary.port, true),
        keys,
        offset,
        replid,
        replid2,
        secondOffset
      })),
    situation
  )
}

const targetOf = ({ pod, runId, uid }: Node) => ({ pod, runId, uid })

/** The situation after the effects of a decision; undefined: it has none. */
export const after = (situation: Situation, decision: Decision): Situation | undefined => {
  const { epoch, primary } = situation.intent
  const next = epoch + 1
  switch (decision._tag) {
    case "Settled":
    case "Wait":
    case "Halt":
      return undefined
    case "Bootstrap": {
      const { to, untouched } = decision
      const { untouched: _, ...intent } = situation.intent
      const failover: Failover = { epoch: next, kind: "Bootstrap", phase: "Promoting", to: targetOf(to) }
      return intending({ ...situation, intent }, failover, next, untouched)
    }
    case "Replace":
      return intending(situation, { epoch: next, kind: "Unplanned", phase: "Fencing", from: decision.from }, next)
    case "SwitchOver": {
      const { from, to } = decision
      return intending(situation, { epoch: next, kind: "Planned", phase: "Fencing", from, to: targetOf(to) }, next)
    }
    case "Reconsider":
      return intending(
        situation,
        primary === undefined ? undefined : { epoch: next, kind: "Unplanned", phase: "Fencing", from: primary },
        next
      )
    case "Fence":
      return decision.nodes.reduce(
        (now, node) => withFacts(now, node.pod, (facts) => following(facts, nowhere.host, nowhere.port, false)),
        situation
      )
    case "Choose":
      return intending(
        situation,
        { ...decision.failover, phase: "Promoting", to: targetOf(decision.to.node) },
        decision.failover.epoch
      )
    case "Promote":
      return withFacts(situation, decision.to.pod, (facts) => promoted(facts, epoch))
    case "Adopt": {
      const { failover, facts, node } = decision
      const recorded = intending(situation, { ...failover, phase: "Routing" }, epoch)
      return attached({ ...recorded, intent: { ...recorded.intent, primary: primaryOf(node, facts) } }, node)
    }
    case "Relearn":
      return { ...situation, intent: { ...situation.intent, primary: decision.primary } }
    case "Complete": {
      const { untouched: _, ...intent } = situation.intent
      const led = { ...attached(situation, decision.primary), intent, routedTo: decision.primary.pod }
      return intending(led, undefined, epoch)
    }
    case "Maintain": {
      const led = { ...attached(situation, decision.primary), routedTo: decision.primary.pod, isPublished: true }
      return withFacts(led, decision.primary.pod, (facts) => ({
        ...facts,
        guarded: situation.desire.minReplicas > 0,
        minReplicas: situation.desire.minReplicas
      }))
    }
  }
}

export interface Played {
  readonly decisions: ReadonlyArray<Decision>
  readonly situations: ReadonlyArray<Situation>
}

/** Decides and acts until a decision has no effect; the last situation is the one it was taken in. */
export const play = (first: Situation, most = 30): Played => {
  const decisions: Array<Decision> = []
  const situations: Array<Situation> = [first]
  for (let now: Situation | undefined = first; now !== undefined && decisions.length < most;) {
    const decision = decide(now)
    decisions.push(decision)
    now = after(now, decision)
    if (now !== undefined) situations.push(now)
  }
  return { decisions, situations }
}

/** The names of the decisions, with the pod that each is about. */
export const told = ({ decisions }: Played): ReadonlyArray<string> => decisions.map(brief)

export const brief = (decision: Decision): string => {
  switch (decision._tag) {
    case "Settled":
      return `Settled ${decision.primary.pod}`
    case "Wait":
    case "Halt":
      return decision._tag
    case "Bootstrap":
    case "SwitchOver":
    case "Promote":
      return `${decision._tag} ${decision.to.pod}`
    case "Replace":
      return `Replace ${decision.from.pod}: ${decision.evidence}`
    case "Fence":
      return `Fence ${decision.nodes.map(({ pod }) => pod).join(" ")}`
    case "Choose":
      return `Choose ${decision.to.node.pod}`
    case "Relearn":
      return `Relearn ${decision.primary.replid}`
    case "Adopt":
      return `Adopt ${decision.node.pod}`
    case "Reconsider":
      return "Reconsider"
    case "Complete":
      return `Complete ${decision.primary.pod}: ${decision.stragglers.map(({ node }) => node.pod).join(" ")}`.trim()
    case "Maintain": {
      const { isGuardRight, isPublished, isRouted, primary, stragglers } = decision
      const parts = [
        ...(isRouted ? [] : ["route"]),
        ...(isGuardRight ? [] : ["guard"]),
        ...(isPublished ? [] : ["publish"]),
        ...stragglers.map(({ isRogue, node }) => `${isRogue ? "demote" : "attach"} ${node.pod}`)
      ]
      return `Maintain ${primary.pod}: ${parts.join(", ")}`
    }
  }
}
