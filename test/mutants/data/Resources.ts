/** Of the `Resources` controller and the builders of what it makes. */
import type { Check, Mutant } from "../Mutant.ts"
import { birth, resources as model, search } from "./Checks.ts"

/** Of a cluster that has all it needs. */
const kept = (budgets: Readonly<Record<string, number>>): Check => search(budgets, 5000, "Resources")

export const resources: ReadonlyArray<Mutant> = [
  {
    id: "drain-takes-all-replicas",
    what: "the disruption budget lets all replicas go at once",
    covers: ["gungnir:8.3 10"],
    file: "domain/valkey/resources/PodDisruptionBudget.ts",
    find: "Math.max(1, Math.floor((cluster.spec.replicas - 1) / 2))",
    replace: "Math.max(1, cluster.spec.replicas - 1)",
    checks: [birth()]
  },
  {
    id: "owner-does-not-control",
    what: "sub-resources name the cluster as an owner that does not control them",
    covers: ["gungnir:8.3 2", "anvil:Z7"],
    file: "domain/valkey/resources/Metadata.ts",
    find: "controller: true,",
    replace: "controller: false,",
    checks: [model()]
  },
  {
    id: "two-services-of-one-name",
    what: "the headless Service has the name of the client Service: each apply undoes the other",
    covers: ["anvil:R2"],
    file: "domain/valkey/resources/Metadata.ts",
    find: "headlessService: `${name}-headless`",
    replace: "headlessService: `${name}-client`",
    checks: [model()]
  },
  {
    id: "configuration-is-not-watched",
    what: "the ConfigMaps are no source: what somebody takes away stays away",
    covers: ["verification:F3"],
    file: "programs/valkey/Sources.ts",
    find: `  { _tag: "Objects", resource: Kinds.ConfigMap, labelSelector: ours, keysOf: byInstance },\n`,
    replace: "",
    checks: [model({ delete: 1 })]
  },
  {
    id: "password-is-drawn-anew",
    what: "a deleted Secret is not made from its copy",
    covers: ["verification:F2", "verification:F5"],
    file: "programs/valkey/Password.ts",
    find: "if (kept !== undefined) {\n        return",
    replace: "if (kept === undefined) {\n        return",
    checks: [model({ delete: 1 })]
  },
  {
    id: "copy-needs-no-secret",
    what: "the copy of the password is not made after a crash between the two",
    covers: ["verification:F2"],
    file: "programs/valkey/Password.ts",
    find: "  const copy = yield* keep(copyOfSecret(cluster), cluster, (copy) =>",
    replace:
      "  if (secret.metadata.managedFields !== undefined && secret.metadata.managedFields.length > 1) return\n  const copy = yield* keep(copyOfSecret(cluster), cluster, (copy) =>",
    checks: [model({ crash: 1 })]
  },
  {
    id: "foreign-objects-are-taken",
    what: "an object of another owner is applied to as if it were ours",
    covers: ["anvil:R1", "anvil:Z7", "verification:F5", "verification:F6"],
    file: "programs/valkey/Keep.ts",
    find: "  if (live !== undefined) yield* refuseForeign(live, cluster)\n",
    replace: "",
    checks: [
      kept({ recreate: 1, slowBuiltIn: 1 }),
      { test: "test/programs/valkey/BadWorld.test.ts", name: "is never adopted" }
    ]
  },
  {
    id: "created-is-not-found",
    what: "an object that is there already, since the answer to its creation was lost, is an error for ever",
    covers: ["anvil:Z2", "anvil:Z8", "verification:F4"],
    file: "programs/valkey/Keep.ts",
    find: "(yield* cached(wanted.resource, cluster.metadata, where.name)) ?? (yield* find(new Get(where)))",
    replace: `(cluster.status.conditions.length > 0 ? yield* cached(wanted.resource, cluster.metadata, where.name) : undefined)`,
    checks: [model({ lose: 1 })]
  },
  {
    id: "applies-without-force",
    what: "a field that somebody else has edited is left to them: the apply is refused for ever",
    covers: ["anvil:F1", "verification:F5"],
    file: "domain/kube/commands/Writes.ts",
    find: "String(this.force ?? true)",
    replace: "String(this.force ?? false)",
    checks: [model({ drift: 1 })]
  },
  {
    id: "conflict-is-success",
    what: "an apply that was refused since the object has changed counts as made",
    covers: ["verification:F5"],
    file: "programs/valkey/Keep.ts",
    find: `      object: { ...sub.object, metadata: { ...sub.object.metadata, ...precondition } }
    })
  )`,
    replace: `      object: { ...sub.object, metadata: { ...sub.object.metadata, ...precondition } }
    })
  ).pipe(Effect.orElseSucceed(() => owned))`,
    checks: [kept({ conflict: 1, drift: 1 })]
  },
  {
    id: "never-fewer-pods",
    what: "a spec that asks for more, and then for fewer again, keeps what it had",
    covers: ["verification:F8", "anvil:Z5"],
    file: "programs/valkey/Sizing.ts",
    find: "if (wanted >= replicasOf(live)) return wanted",
    replace: "if (wanted !== replicasOf(live)) return Math.max(wanted, replicasOf(live))",
    checks: [kept({ edit: 2 })]
  },
  {
    id: "sized-by-the-cache",
    what: "pods are taken away by a record that is old already",
    covers: ["verification:F1", "anvil:R1", "anvil:E1"],
    file: "programs/valkey/Sizing.ts",
    find: "if (wanted >= replicasOf(live)) return wanted",
    replace: "if (wanted >= 0 || replicasOf(live) > 0) return wanted",
    checks: [{ model: "Shrunk", budgets: { grow: 1, move: 1, travel: 1 }, cache: "valkeyclusters", from: "whole" }]
  },
  {
    id: "sized-without-a-version",
    what: "the number of pods is applied whatever has become of it since it was looked at",
    covers: ["verification:F1", "verification:F4", "anvil:Z4"],
    file: "programs/valkey/Keep.ts",
    find: "...(isSized(sub) ? { resourceVersion: resourceVersion! } : {})",
    replace: '...(isSized(sub) && resourceVersion === "" ? { resourceVersion } : {})',
    checks: [{ test: "test/programs/valkey/Sizing.test.ts" }]
  },
  {
    id: "applies-to-another-of-its-name",
    what: "an apply names no uid: it makes what is gone, and changes what came after",
    covers: ["verification:F5", "anvil:Z7"],
    file: "programs/valkey/Keep.ts",
    find: "{ uid: uid!, ...(isSized",
    replace: '{ ...(uid === "" ? { uid } : {}), ...(isSized',
    checks: [model({ drift: 1 }), { test: "test/laws/valkey/Invariants.test.ts" }]
  },
  {
    id: "volumes-are-rewritten",
    what: "the StatefulSet is applied with the volumes of the new spec, which the API refuses for ever",
    covers: ["anvil:Z6", "anvil:Z9"],
    file: "programs/valkey/Sizing.ts",
    find: "asRunning(live, cluster)",
    replace: "asRunning(undefined, cluster)",
    checks: [{ model: "Enlarged", budgets: { enlarge: 2 } }]
  },
  {
    id: "replaces-a-lost-password",
    what: "a new password is drawn while pods run with the old one",
    covers: ["verification:F2"],
    file: "programs/valkey/Password.ts",
    find: "      if (failure !== undefined) return yield* failure\n",
    replace: "",
    checks: [{ test: "test/regression/LostSecret.test.ts" }]
  },
  {
    id: "nothing-ever-differs",
    what: "what an object says is not compared with what it should say",
    covers: ["anvil:T4"],
    file: "domain/kube/Drift.ts",
    find: `if (!fieldsAgree("", ownable(live), wanted, false)) return true`,
    replace: `if (!fieldsAgree("", {}, {}, false)) return true`,
    checks: [{ model: "Drifted", budgets: { edit: 1 } }, { test: "test/domain/kube/Drift.test.ts" }]
  },
  {
    id: "quantities-are-texts",
    what: "1000m of a processor and 1 are different: the object is applied for ever",
    covers: ["anvil:T5", "anvil:T3"],
    file: "domain/kube/Drift.ts",
    find: "const quantities = holdsQuantities.has(field)",
    replace: `const quantities = field === "none"`,
    checks: [{ model: "Quantified", budgets: {} }, { test: "test/domain/kube/Drift.test.ts" }]
  },
  {
    id: "status-is-written-each-pass",
    what: "the status is written although it says nothing new",
    covers: ["anvil:T3"],
    file: "programs/valkey/Blame.ts",
    find: "if (news.length === 0) return",
    replace: "if (news.length === 0 && before.length === 0) return",
    checks: [
      { model: "Still", budgets: { wake: 1 } },
      { test: "test/laws/valkey/Controllers.test.ts", name: "asks the API server nothing" }
    ]
  },
  {
    id: "no-pods-are-allowed",
    what: "a cluster may ask for no pods at all",
    covers: ["anvil:Z5"],
    file: "domain/valkey/cluster/Spec.ts",
    find: 'int32(1).annotate(described("Pods in all',
    replace: 'int32(0).annotate(described("Pods in all',
    checks: [{ test: "test/programs/valkey/BadSpec.test.ts", name: "is refused by the API server" }]
  },
  {
    id: "two-nodes-need-each-other",
    what: "a primary with one replica accepts no write without it",
    covers: ["verification:F14"],
    file: "domain/valkey/resources/Config.ts",
    find: "pods >= 3 ? 1 : 0",
    replace: "pods >= 2 ? 1 : 0",
    checks: [search({ kill: 1 }, 1500, "OfTwo"), { test: "test/domain/valkey/Resources.test.ts" }]
  },
  {
    id: "built-once-for-each-name",
    what: "what a cluster consists of is remembered by its name alone, whatever namespace it is in",
    covers: ["gungnir:W17"],
    file: "domain/valkey/resources/SubResources.ts",
    find: "const known = new WeakMap<Cluster, ReadonlyArray<SubResource>>()",
    replace: `const byName = new Map<string, ReadonlyArray<SubResource>>()
const known = {
  get: ({ metadata }: Cluster) => byName.get(metadata.name),
  set: ({ metadata }: Cluster, all: ReadonlyArray<SubResource>) => byName.set(metadata.name, all)
}`,
    checks: [search({ namesake: 1 }, 1500, "Namesake")]
  }
]
