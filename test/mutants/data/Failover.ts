/** Of how a primary is replaced. */
import type { Mutant } from "../Mutant.ts"
import { after, birth, walks } from "./Checks.ts"

const elections = "test/domain/valkey/Election.test.ts"
const decisions = { test: "test/domain/valkey/Decide.test.ts" }

export const failover: ReadonlyArray<Mutant> = [
  {
    id: "chooses-anew-each-pass",
    what: "whom a pass promotes is not whom the record names",
    covers: ["gungnir:W11"],
    file: "domain/valkey/Resume.ts",
    find: "const chosen = present(situation).find(isProcess(to))",
    replace: "const chosen = present(situation).find(({ node }) => node.pod !== to.pod)",
    checks: [birth()]
  },
  {
    id: "promotes-before-it-is-recorded",
    what: "the choice is kept in memory only",
    covers: ["gungnir:W11", "verification:F2"],
    file: "programs/valkey/Failover.ts",
    find: `  intend(scene, {
    epoch: failover.epoch,
    failover: { ...failover, phase: "Promoting", to: targetOf(to.node) }
  })`,
    replace: `  Effect.succeed({
    ...scene,
    situation: {
      ...scene.situation,
      intent: { ...scene.situation.intent, failover: { ...failover, phase: "Promoting", to: targetOf(to.node) } }
    }
  })`,
    checks: [walks({ kill: 1 })]
  },
  {
    id: "records-who-was-not-promoted",
    what: "the answer to the promotion is not looked at",
    covers: ["anvil:Z3", "verification:F4"],
    file: "domain/valkey/Resume.ts",
    find: `return chosen.facts.role === "primary"`,
    replace: "return chosen.facts.offset >= 0",
    checks: [birth()]
  },
  {
    id: "epoch-stays",
    what: "a failover is opened at the epoch of the one before",
    covers: ["verification:F12"],
    file: "programs/valkey/Failover.ts",
    find: "situation.intent.epoch + 1",
    replace: "situation.intent.epoch",
    checks: [birth()]
  },
  {
    id: "master-pod-lags",
    what: "the status names the old primary after a failover",
    covers: ["gungnir:W7", "anvil:D2"],
    file: "programs/valkey/Failover.ts",
    find: "          masterPod: primary.pod,\n",
    replace: "",
    checks: [birth()]
  },
  {
    id: "nobody-is-fenced",
    what: "the old primary and its replicas are not made harmless before another is chosen",
    covers: ["verification:F13", "gungnir:W9"],
    file: "domain/valkey/Resume.ts",
    find: "if (unfenced.length > 0) return",
    replace: "if (unfenced.length > nodes.length) return",
    checks: [after(["cut demo-0 and operator"], { cut: 1, write: 1 }), decisions]
  },
  {
    id: "planned-move-does-not-wait",
    what: "the target of a planned move is promoted before it has all that the fenced primary had",
    covers: ["verification:F13", "gungnir:W16"],
    file: "domain/valkey/Resume.ts",
    find: "target?.facts.replid === old.facts.replid && target.facts.offset === old.facts.offset",
    replace: "target?.facts.replid === old.facts.replid",
    checks: [after(["lag", "write", "scale"], { lag: 1, write: 1, scale: 1 }, "BySecond"), decisions]
  },
  {
    id: "any-history-will-do",
    what: "a node that does not continue the recorded history is elected like the others",
    covers: ["gungnir:W16", "verification:F9", "verification:F13"],
    file: "domain/valkey/Election.ts",
    find: "facts.priority !== 0 && isWhole(facts) && isOfLineage(facts, lineage)",
    replace: "facts.priority !== 0 && isWhole(facts)",
    checks: [{ test: elections }]
  },
  {
    id: "the-last-in-line-is-elected",
    what: "the candidate that is furthest behind is promoted",
    covers: ["gungnir:W16", "verification:F13"],
    file: "domain/valkey/Election.ts",
    find: "return trusted.filter(({ facts }) => offsetIn(lineage, facts) >= best - maxOffsetGap)",
    replace: "return trusted.filter(({ facts }) => offsetIn(lineage, facts) <= best - maxOffsetGap).slice(-1)",
    checks: [{ test: elections }]
  },
  {
    id: "nobody-unseen-is-elected",
    what: "an operator that has just started, and saw nobody in sync, elects nobody",
    covers: ["verification:F11"],
    file: "domain/valkey/Situation.ts",
    find: "isSeen || isLeader ? true : hasLooked ? false : undefined",
    replace: "isSeen || isLeader",
    checks: [after(["strand demo-0", "crash"], { strand: 1, crash: 1 }), decisions]
  },
  {
    id: "salvage-does-not-wait",
    what: "after a total outage the first that returns leads, whatever the others hold",
    covers: ["verification:F10"],
    file: "domain/valkey/Resume.ts",
    find: "if (unheard !== undefined || expected.length < desire.replicas) {",
    replace: "if (unheard !== undefined && nodes.length === 0) {",
    checks: [{ model: "AfterOutage", budgets: { kill: 1 } }, decisions]
  },
  {
    id: "history-is-not-relearned",
    what: "the record keeps a history that the primary does not lead any more",
    covers: ["gungnir:W16"],
    file: "domain/valkey/Resume.ts",
    find: "if (facts.replid === recorded.replid) return undefined",
    replace: 'if (facts.role === "primary") return undefined',
    checks: [decisions]
  },
  {
    id: "reconsiders-at-the-same-epoch",
    what: "another choice is made within the epoch of the first",
    covers: ["verification:F12", "gungnir:W12"],
    file: "programs/valkey/Failover.ts",
    find: 'export const reconsider = (scene: Scene, { because }: Extract<Decision, { _tag: "Reconsider" }>): Step => {\n  const epoch = nextEpoch(scene)',
    replace:
      'export const reconsider = (scene: Scene, { because }: Extract<Decision, { _tag: "Reconsider" }>): Step => {\n  const { epoch } = scene.situation.intent',
    checks: [walks({ kill: 2 }, 96)]
  },
  {
    id: "record-without-a-version",
    what: "the status is written whatever has become of it since",
    covers: ["anvil:Z4", "verification:F1", "verification:F4"],
    file: "domain/kube/commands/Writes.ts",
    find: "metadata: { uid: this.uid, resourceVersion: this.resourceVersion }",
    replace: "metadata: { uid: this.uid }",
    checks: [birth()]
  },
  {
    id: "acts-on-the-cache",
    what: "what is irreversible is decided from the watch cache",
    covers: ["verification:F1"],
    file: "programs/valkey/Sentinel.ts",
    find: "yield* refusable(first, decision, confirm(key, first))",
    replace: 'yield* refusable(first, decision, Effect.succeed(key.name === "" ? undefined : first))',
    checks: [{ test: "test/programs/valkey/Failover.test.ts", name: "is one pass" }]
  },
  {
    id: "unanswered-promotion-is-none",
    what: "when the answer to a promotion is lost another node is chosen",
    covers: ["gungnir:W12", "verification:F4"],
    file: "domain/valkey/Resume.ts",
    find: "return isMute && !isSilentFor(situation.health, to.pod, situation.thresholds.alone)",
    replace: "return isMute && situation.pods.length === 0",
    checks: [decisions]
  },
  {
    id: "bytes-of-ones-own-count",
    what: "a node that was promoted by hand is compared by all that it was told since",
    covers: ["gungnir:W16", "verification:F9"],
    file: "domain/valkey/Election.ts",
    find: "own !== replid && replid2 === replid ? Math.min(offset, secondOffset - 1) : offset",
    replace: "offset",
    checks: [{ test: elections }]
  },
  {
    id: "led-before-it-is-recorded",
    what: "clients are led to the first primary while the record says that nobody was led anywhere",
    covers: ["gungnir:W8", "verification:F2"],
    file: "programs/valkey/Sentinel.ts",
    find: "yield* lead(yield* Failover.touch(scene), decision)",
    replace: "yield* lead(scene, decision)",
    checks: [birth()]
  },
  {
    id: "pods-that-were-never-heard-are-empty",
    what: "a first primary is chosen without a word from pods that may hold data",
    covers: ["gungnir:W8", "verification:F9"],
    file: "domain/valkey/Situation.ts",
    find: "  desire.replicas <= (intent.untouched ?? 0) &&\n",
    replace: "",
    checks: [decisions]
  },
  {
    id: "chosen-by-uid",
    what: "the pod of whom a failover promotes is looked for by its uid, not by its name",
    covers: ["verification:F9"],
    file: "domain/valkey/Resume.ts",
    find: "const view = situation.pods.find(({ pod }) => pod === to.pod)",
    replace: "const view = situation.pods.find(({ uid }) => uid === to.uid)",
    checks: [],
    isEquivalent:
      "the next line asks of a pod found by name whether it has that uid, and takes one that has not for none; a uid is of one pod, and a pod keeps its name"
  },
  {
    id: "leads-clients-before-a-history-begins",
    what: "clients are led to a first primary that needs no replica before its first one has come",
    covers: ["gungnir:W8"],
    file: "domain/valkey/Resume.ts",
    find: "  desire.minReplicas > 0 ||\n  pods.some(\n",
    replace: "  desire.minReplicas > 0 &&\n  pods.some(\n",
    checks: [{ test: "test/domain/valkey/Decide.test.ts" }]
  },
  {
    id: "promotes-beside-what-is-late",
    what: "what another operator has under way to a node is carried out after the node was promoted",
    covers: ["verification:F3"],
    file: "domain/valkey/Valkey.ts",
    find: `[dismissal, ["MULTI"], Info.command, ["REPLICAOF", "NO", "ONE"]`,
    replace: `[["PING"], ["MULTI"], Info.command, ["REPLICAOF", "NO", "ONE"]`,
    checks: [{ test: "test/regression/LateRole.test.ts" }]
  }
]
