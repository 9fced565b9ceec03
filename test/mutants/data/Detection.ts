/** Of what is seen of nodes and believed of them. */
import type { Mutant } from "../Mutant.ts"
import { after, birth, search, walks } from "./Checks.ts"

const badNodes = "test/programs/valkey/BadNodes.test.ts"
const badWorld = "test/programs/valkey/BadWorld.test.ts"

export const detection: ReadonlyArray<Mutant> = [
  {
    id: "only-ordinal-0-is-watched",
    what: "the failure of a promoted pod is never detected",
    covers: ["gungnir:W7"],
    file: "domain/valkey/Health.ts",
    find: "  const view = views.find(({ pod }) => pod === primary.pod)\n",
    replace: `  if (!primary.pod.endsWith("-0")) return undefined\n  const view = views.find(({ pod }) => pod === primary.pod)\n`,
    checks: [search({ kill: 1 }, 5000, "BySecond"), walks({ kill: 1 }, 24, "BySecond")]
  },
  {
    id: "gone-pod-is-no-evidence",
    what: "a primary whose pod was deleted is waited for",
    covers: ["gungnir:W8", "verification:F9"],
    file: "domain/valkey/Health.ts",
    find: `if (view === undefined || view.uid !== primary.uid) return "PodReplaced"`,
    replace: "if (view === undefined || view.uid !== primary.uid) return undefined",
    checks: [walks({ deletePod: 1 })]
  },
  {
    id: "restarted-process-is-the-old-one",
    what: "another process in the same pod counts as the primary on record",
    covers: ["verification:F9", "gungnir:W16"],
    file: "domain/valkey/Situation.ts",
    find: "node.pod === target.pod && node.uid === target.uid && node.runId === target.runId",
    replace: "node.pod === target.pod && node.uid === target.uid",
    checks: [walks({ kill: 2 }), { test: "test/domain/valkey/Decide.test.ts" }]
  },
  {
    id: "restart-is-no-evidence",
    what: "a primary that has restarted is not replaced",
    covers: ["verification:F9", "gungnir:W9"],
    file: "domain/valkey/Health.ts",
    find: `      if (view.answer.facts.runId !== primary.runId) return "ProcessReplaced"\n      return view.answer.facts.role === "primary" ? undefined : "RoleLost"`,
    replace: "      return undefined",
    checks: [search({ kill: 1 }, 6000), walks({ kill: 1 })]
  },
  {
    id: "probe-has-no-end",
    what: "a node that never answers holds up the pass for ever",
    covers: ["gungnir:W15"],
    file: "programs/valkey/Observe.ts",
    find: `    Effect.timeoutOption(millis),\n    Effect.map(Option.getOrElse((): Answer => ({ _tag: "Silent" })))\n`,
    replace: "",
    checks: [
      after(["freeze demo-1"], { freeze: 1 }, "Mute"),
      { test: "test/laws/valkey/Detection.test.ts", name: "a node that never answers" }
    ]
  },
  {
    id: "one-missed-probe-is-death",
    what: "a primary is replaced as soon as one probe of it fails",
    covers: ["gungnir:W14", "verification:F15"],
    file: "domain/valkey/Health.ts",
    find: "return seen !== undefined && seen.silentProbes >= minSilentProbes && (seen.silentMillis ?? 0) >= millis",
    replace: "return seen !== undefined && seen.silentProbes > 0",
    checks: [search({ slow: 1 }, 3000, "Untroubled"), { test: "test/domain/valkey/Health.test.ts" }]
  },
  {
    id: "strangers-are-waited-for",
    what: "what speaks no Valkey at the address of a primary that has ended keeps it from being replaced",
    covers: ["gungnir:W8", "verification:F9"],
    file: "domain/valkey/Health.ts",
    find: `? "NotValkey" : undefined`,
    replace: `&& primary.pod === "" ? "NotValkey" : undefined`,
    checks: [{ test: badNodes, name: "is no reason to wait" }]
  },
  {
    id: "hidden-primary-is-replaced",
    what: "a primary that replicas hear is replaced because something else answers the operator",
    covers: ["verification:F13", "gungnir:W14"],
    file: "domain/valkey/Health.ts",
    find: "const isHeard = views.some((other) => isListener(other, primary))",
    replace: "const isHeard = views.length === 0",
    checks: [{ test: badNodes, name: "hides a primary" }]
  },
  {
    id: "loading-is-death",
    what: "a primary that answers that it is loading, or busy, counts as gone",
    covers: ["gungnir:W14", "verification:F15"],
    file: "programs/valkey/Observe.ts",
    find: `      return { _tag: "Alive", reason }`,
    replace: `      return { _tag: "Gone" }`,
    checks: [{ test: badNodes, name: "no failover, nothing lost" }]
  },
  {
    id: "unreadable-pods-are-no-pods",
    what: "a pod list that the API refuses counts as an empty one",
    covers: ["gungnir:W20"],
    file: "programs/valkey/Observe.ts",
    find: "Kubernetes.perform(isFresh ? new List(collection) : new CachedList(collection))",
    replace:
      "Kubernetes.perform(isFresh ? new List(collection) : new CachedList(collection)).pipe(Effect.orElseSucceed(() => ({ items: [] })))",
    checks: [{ model: "Untroubled", budgets: { error: 1 } }]
  },
  {
    id: "pods-by-label-alone",
    what: "a foreign pod that carries our labels is one of ours",
    covers: ["gungnir:W18"],
    file: "domain/valkey/Members.ts",
    find: "    .filter(isOurs)\n",
    replace: "    .filter((pod) => isOurs(pod) || true)\n",
    checks: [after(["foreign"], { foreign: 1 }, "Stranger"), { test: badWorld, name: "is never spoken to" }]
  },
  {
    id: "nobody-looks-again",
    what: "a pass that is done is not followed by another one after the ping interval",
    covers: ["verification:F3", "gungnir:W13"],
    file: "programs/valkey/Sentinel.ts",
    find: "pauseOf(outcome, refusals, pingMillis(cluster, settings), settings.hurryMillis ?? hurryMillis)",
    replace: "Number.POSITIVE_INFINITY * pauseOf(outcome, refusals, 1, 1)",
    checks: [birth({ error: 1 }), { test: "test/laws/valkey/Detection.test.ts" }]
  },
  {
    id: "probes-at-resync",
    what: "nodes are looked at once in each resync interval, and silence is counted in those",
    covers: ["gungnir:W13"],
    file: "programs/valkey/Sentinel.ts",
    find: "pauseOf(outcome, refusals, pingMillis(cluster, settings), settings.hurryMillis ?? hurryMillis)",
    replace: "pauseOf(outcome, refusals, settings.resyncMillis, settings.hurryMillis ?? hurryMillis)",
    checks: [{ test: "test/laws/valkey/Detection.test.ts" }]
  },
  {
    id: "cut-off-operator-replaces",
    what: "an operator that reaches nobody at all believes that the primary is dead",
    covers: ["verification:F13", "verification:F14", "gungnir:W14"],
    file: "domain/valkey/Health.ts",
    find: "if (others.length === 0 || !reachesMajority) return false",
    replace: "if (!reachesMajority) return false",
    checks: [search({ cut: 1 }, 1500, "OfOne"), { test: "test/domain/valkey/Health.test.ts" }]
  }
]
