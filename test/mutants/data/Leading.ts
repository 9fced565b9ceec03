/** Of how replicas and clients are led. */
import type { Mutant } from "../Mutant.ts"
import { birth, search, walks } from "./Checks.ts"

export const leading: ReadonlyArray<Mutant> = [
  {
    id: "service-selects-every-pod",
    what: "before the first primary is known clients are led to all pods",
    covers: ["gungnir:W6"],
    file: "domain/valkey/resources/Services.ts",
    find: `spec: { type: "ClusterIP", ports: ports(cluster) }`,
    replace: `spec: { type: "ClusterIP", selector: selectorLabels(cluster), ports: ports(cluster) }`,
    checks: [birth()]
  },
  {
    id: "route-names-no-pod",
    what: "clients are led to all pods once there is a primary",
    covers: ["gungnir:W6"],
    file: "domain/valkey/resources/Services.ts",
    find: "  ...selectorLabels(cluster),\n  [label.podName]: pod\n",
    replace: '  ...selectorLabels(cluster),\n  ...(pod === "" ? { [label.podName]: pod } : {})\n',
    checks: [birth()]
  },
  {
    id: "returns-as-a-primary",
    what: "a server that is started again follows nobody and accepts writes",
    covers: ["gungnir:W9", "verification:F9"],
    file: "domain/valkey/resources/Scripts.ts",
    find: `exec valkey-server "$conf" --replicaof 127.0.0.1 1`,
    replace: `exec valkey-server "$conf"`,
    checks: [birth(), search({ kill: 1 }), walks({ kill: 1 })]
  },
  {
    id: "rogue-primary-is-left-alone",
    what: "an old primary that goes on is not demoted",
    covers: ["gungnir:W9", "verification:F13"],
    file: "domain/valkey/Stragglers.ts",
    find: "!facts.loading && !follows(facts, primary)",
    replace: '!facts.loading && facts.role === "replica" && !follows(facts, primary)',
    checks: [walks({ cut: 1, kill: 1 }, 48), { test: "test/laws/valkey/Invariants.test.ts", name: "frozen" }]
  },
  {
    id: "follows-anybody",
    what: "a replica of an old primary counts as attached",
    covers: ["gungnir:W10"],
    file: "domain/valkey/Situation.ts",
    find: `role === "replica" && following?.host === primary.address && following.port === primary.port`,
    replace: `role === "replica" && following?.port === primary.port`,
    checks: [walks({ freeze: 1, kill: 1 }, 48), { test: "test/domain/valkey/Decide.test.ts" }]
  },
  {
    id: "one-straggler-is-enough",
    what: "the first of the nodes to attach is forgotten",
    covers: ["gungnir:W10", "anvil:D2"],
    file: "programs/valkey/Repair.ts",
    find: "Effect.forEach(stragglers, (straggler)",
    replace: "Effect.forEach(stragglers.slice(1), (straggler)",
    checks: [birth()]
  },
  {
    id: "maintains-nothing",
    what: "what has to be put right is decided, and no request is sent",
    covers: ["anvil:T1"],
    file: "programs/valkey/Sentinel.ts",
    find: "return Effect.map(maintain(scene, decision), (after) => ({ scene: after, isOver: true }))",
    replace: "return Effect.succeed({ scene, isOver: decision.primary === undefined || maintain !== undefined })",
    checks: [birth(), search({ kill: 1 }, 6000), walks({ kill: 1 })]
  },
  {
    id: "refused-route-counts-as-done",
    what: "a Service patch that the API refuses is believed to be made",
    covers: ["gungnir:W12"],
    file: "programs/valkey/Routing.ts",
    find: `return attempt(scene, "Route",`,
    replace: `return attempt(led(objects.service!), "Route",`,
    checks: [birth({ error: 1 }), search({ error: 1, kill: 1 })]
  },
  {
    id: "route-names-no-version",
    what: "what a crashed operator left under way leads clients back to a pod that does not lead",
    covers: ["verification:F2", "verification:F4"],
    file: "domain/kube/commands/Particular.ts",
    find: "metadata: { name, namespace, uid, resourceVersion }",
    replace: "metadata: { name, namespace, uid, ...(resourceVersion === uid ? { resourceVersion } : {}) }",
    checks: [birth()]
  },
  {
    id: "refused-once-is-refused-for-ever",
    what: "an errand that the API refused is never tried again",
    covers: ["verification:F15", "gungnir:W12"],
    file: "domain/valkey/Errands.ts",
    find: "(errands[errand]?.millis ?? 0) <= 0",
    replace: "errands[errand] === undefined",
    checks: [birth({ error: 1 }), search({ error: 1, kill: 1 })]
  },
  {
    id: "what-was-written-is-believed",
    what: "a Service that somebody edits afterwards is not looked at again",
    covers: ["anvil:D1", "verification:F8"],
    file: "programs/valkey/Routing.ts",
    find: "route.before === versionOf(service)",
    replace: "route.pod !== service?.kind",
    checks: [search({ reroute: 1 }, 1500, "Rerouted")]
  },
  {
    id: "closes-before-clients-are-led",
    what: "a failover is closed although clients are led elsewhere still",
    covers: ["gungnir:W12"],
    file: "programs/valkey/Sentinel.ts",
    find: "    if (!isLedOn) return { scene: led, isOver: true }\n",
    replace: '    if (!isLedOn && led.cluster.metadata.name === "") return { scene: led, isOver: true }\n',
    checks: [{ test: "test/laws/valkey/Closing.test.ts" }]
  }
]
