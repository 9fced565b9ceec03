/** Of who leads when there are two operators. */
import type { Check, Mutant } from "../Mutant.ts"
import { election, search } from "./Checks.ts"

/** A renewal or two are not sent: both may then claim at the same moment. */
const silent: Check = { model: "Election", budgets: { drop: 2 }, walks: 96 }

const reducer = { test: "test/domain/kube/Lease.test.ts" }

export const lease: ReadonlyArray<Mutant> = [
  {
    id: "lease-is-written-unconditionally",
    what: "a claim names no version of the Lease that it was decided from",
    covers: ["gungnir:W19", "verification:F7", "anvil:Z4"],
    file: "domain/kube/commands/Claims.ts",
    find: `      ...(this.observed === undefined ? { verb: "create", ...collection } : { verb: "update", ...where }),
      body: { ...base, spec },`,
    replace: `      ...(this.observed === undefined
        ? { verb: "create", ...collection }
        : { verb: "patch", ...where, contentType: "application/merge-patch+json" as const }),
      body: { ...base, metadata: { name: this.name, namespace: this.namespace }, spec },`,
    checks: [search({ drop: 2 }, 5000, "Election"), silent]
  },
  {
    id: "held-lease-is-taken",
    what: "a Lease is claimed although its holder has renewed it just now",
    covers: ["gungnir:W19", "verification:F7"],
    file: "domain/kube/Lease.ts",
    find: "state.unchanged >= durationOf(policy, state)",
    replace: "durationOf(policy, state) > 0",
    checks: [election()]
  },
  {
    id: "leads-without-renewal",
    what: "a leader that cannot renew its Lease goes on",
    covers: ["verification:F7"],
    file: "domain/kube/Lease.ts",
    find: "return renewed >= policy.renewDeadline ? stop(next) : [next, []]",
    replace: "return [next, []]",
    checks: [silent, reducer]
  },
  {
    id: "renewed-when-it-was-answered",
    what: "a renewal counts from its answer, not from when it was sent",
    covers: ["verification:F7", "verification:F4"],
    file: "domain/kube/Lease.ts",
    find: "unchanged: 0, renewed: state.tried }",
    replace: "unchanged: 0, renewed: 0 }",
    checks: [search({ slow: 2 }, 5000, "Election"), reducer]
  },
  {
    id: "writes-until-the-others-may",
    what: "writes are authorised beyond the time that this process leads",
    covers: ["verification:F7"],
    file: "domain/kube/Lease.ts",
    find: "policy.renewDeadline - policy.margin - state.renewed",
    replace: "policy.duration - state.renewed",
    checks: [election()]
  },
  {
    id: "a-claim-may-hang",
    what: "a claim that is never answered is waited for until the lease is over",
    covers: ["gungnir:W15", "verification:F7"],
    file: "programs/kube/LeaderElection.ts",
    find: "    Effect.timeoutOption(Math.max(options.retry, options.margin)),\n    Effect.map(Option.getOrUndefined),\n",
    replace: "",
    checks: [{ test: "test/laws/kube/Hanging.test.ts" }]
  },
  {
    id: "a-lost-race-is-won",
    what: "a claim that was refused since another was first counts as accepted",
    covers: ["gungnir:W19", "verification:F5"],
    file: "programs/kube/LeaderElection.ts",
    find: `_tag: "Observed",
        lease
      }))`,
    replace: `_tag: "Accepted",
        lease: lease!
      }))`,
    checks: [election(), election({ slow: 1 })]
  },
  {
    id: "a-pause-prolongs-the-lease",
    what: "a pass that renews nothing says how long it leads as if no time had passed since it was granted",
    covers: ["verification:F7", "verification:F2"],
    file: "programs/kube/LeaderElection.ts",
    find: `  if (grantedAt !== undefined || !state.isLeading) {
    yield* leadership.publish(Lease.standing(options, state), grantedAt ?? 0)
  }
`,
    replace: "  yield* leadership.publish(Lease.standing(options, state), grantedAt ?? (yield* Monotonic.millis))\n",
    checks: [search({ slow: 1 }, 5000, "Election"), { test: "test/regression/PausedElection.test.ts" }]
  }
]
