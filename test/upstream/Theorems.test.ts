/**
 * The theorems that upstream proves of its main module (`gungnir:8.7`), by
 * their names: the 34 that say something, over all that their variables can be
 * or many of it, and beside them what ours says; and in place of the four that
 * say nothing, what they should have said.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { Command } from "effect/cli"
import * as Flags from "../../src/bin/Flags.ts"
import * as Selector from "../../src/domain/kube/Selector.ts"
import { type Status, statusPatch } from "../../src/domain/valkey/cluster/Status.ts"
import * as Health from "../../src/domain/valkey/Health.ts"
import { contexts, responses, states } from "./Everything.ts"
import * as Bounded from "./Bounded.ts"
import * as Cli from "./port/Cli.ts"
import * as Failover from "./port/Failover.ts"
import * as Fsm from "./port/Fsm.ts"
import * as Loop from "./port/Loop.ts"

/** Our own flags, as the command line reads them; undefined: refused. */
const ours = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    let given: { readonly [name: string]: unknown } | undefined
    const command = Command.make("operator", Flags.operator, (flags) => Effect.sync(() => void (given = flags)))
    yield* Effect.exit(Command.runWith(command, { version: "0" })(args))
    return given
  }).pipe(Effect.provide(NodeServices.layer))

const defaults = ours()

/** Ours with these flags is ours without any, but for one field. */
const changes = (args: ReadonlyArray<string>, field: string, value: unknown) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* ours(...args), { ...(yield* defaults), [field]: value })
  })

/** A word as names are, and no flag. */
const Word = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]{0,20}$/))
const Args = Schema.Array(Schema.Union([Schema.Literals(["-v", "--verbose", "--unknown"]), Word]))

describe("configuration and command line", () => {
  it.effect("default_config_values", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(Cli.parse([]), {
        namespace: "",
        leaseName: "gungnir-operator-lease",
        leaseNamespace: "gungnir-system",
        pingInterval: 1000,
        reconcileInterval: 10_000,
        downAfter: 5000,
        verbosity: 1
      })
      // The times between probes are ours (architecture 9); the rest is as it was.
      const { leaseName, leaseNamespace, namespace, reconcileInterval, verbose } = (yield* defaults)!
      assert.deepStrictEqual(
        { leaseName, leaseNamespace, namespace, reconcileInterval, verbose },
        {
          leaseName: "gungnir-operator-lease",
          leaseNamespace: "gungnir-system",
          namespace: Option.none(),
          reconcileInterval: 10_000,
          verbose: false
        }
      )
    })
  )

  it.prop("parseArgs_empty", [Schema.Record(Schema.Literals(["namespace", "leaseName"]), Word)], ([given]) => {
    const config = { ...Cli.defaults, ...given }
    assert.deepStrictEqual(Cli.parse([], config), config)
  })

  it.effect.prop("parseArg_empty", [Word], ([word]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(Cli.parse([word]), Cli.defaults)
      assert.isUndefined(yield* ours(word), "ours refuses a word that is no flag")
    })
  )

  it.effect.prop("parseArg_namespace", [Word], ([word]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(Cli.parse(["--namespace", word]), { ...Cli.defaults, namespace: word })
      yield* changes(["--namespace", word], "namespace", Option.some(word))
      yield* changes([`--namespace=${word}`], "namespace", Option.some(word))
    })
  )

  it.effect.prop("parseArg_leaseName", [Word], ([word]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(Cli.parse(["--lease-name", word]), { ...Cli.defaults, leaseName: word })
      yield* changes(["--lease-name", word], "leaseName", word)
    })
  )

  it.effect.prop("parseArg_leaseNamespace", [Word], ([word]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(Cli.parse(["--lease-namespace", word]), { ...Cli.defaults, leaseNamespace: word })
      yield* changes(["--lease-namespace", word], "leaseNamespace", word)
    })
  )

  it.effect("parseArg_verbose", () => {
    assert.deepStrictEqual(Cli.parse(["-v"]), { ...Cli.defaults, verbosity: 2 })
    return changes(["-v"], "verbose", true)
  })

  it.effect("parseArg_verbose_long", () => {
    assert.deepStrictEqual(Cli.parse(["--verbose"]), { ...Cli.defaults, verbosity: 2 })
    return changes(["--verbose"], "verbose", true)
  })

  it.effect.prop("parseArg_namespace_preserves_lease", [Word, Word], ([namespace, lease]) =>
    Effect.gen(function* () {
      const config = Cli.parse(["--lease-name", lease, "--namespace", namespace])
      assert.strictEqual(config.leaseName, lease)
      assert.strictEqual(config.leaseNamespace, Cli.defaults.leaseNamespace)
      assert.strictEqual((yield* ours("--lease-name", lease, "--namespace", namespace))?.["leaseName"], lease)
    })
  )

  it.prop("parseArg_verbose_preserves_namespace", [Word, Args], ([namespace, rest]) => {
    const given = ["--namespace", namespace, ...rest]
    assert.strictEqual(Cli.parse([...given, "-v"]).namespace, Cli.parse(given).namespace)
  })
})

const Ordinal = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))

const status: Status = {
  phase: "Running",
  readyReplicas: 3,
  replicas: 3,
  selector: "a=b",
  observedGeneration: 1,
  epoch: 1,
  hadData: true,
  nodeStatuses: [],
  conditions: []
}

describe("patches", () => {
  it("jsonPatch_empty", () => {
    assert.isUndefined(statusPatch(status, status))
    assert.isUndefined(statusPatch(status, { ...status, nodeStatuses: [] }))
  })

  it.prop("jsonPatch_single", [Schema.String, Ordinal], ([masterPod, epoch]) => {
    assert.deepStrictEqual(statusPatch(status, { ...status, masterPod }), { masterPod })
    // Any text arrives as it is: nothing is glued together.
    const patch = statusPatch(status, { ...status, masterPod, epoch: epoch + 1 })
    assert.deepStrictEqual(JSON.parse(JSON.stringify(patch)), { masterPod, epoch: epoch + 1 })
  })
})

const at = (step: Fsm.Step): ReadonlyArray<Fsm.State> => states.filter((state) => state.step._tag === step._tag)
const done = at({ _tag: "Done" })
const failed = at({ _tag: "Error", message: "" })
const others = states.filter((state) => !done.includes(state) && !failed.includes(state))
const initially = contexts.map((context): Fsm.State => ({ ...Fsm.initial, ...context }))

/** What each state and answer lead to. */
const eachNext = (
  from: ReadonlyArray<Fsm.State>,
  look: (state: Fsm.State, next: ReturnType<typeof Fsm.core>, response: Fsm.Response | undefined) => void
): void => {
  assert.isNotEmpty(from)
  for (const state of from) for (const response of responses) look(state, Fsm.core(state, response), response)
}

describe("steps that are the last", () => {
  it("reconcileCore_done_idempotent", () => eachNext(done, (state, [next]) => assert.strictEqual(next, state)))
  it("reconcileCore_error_idempotent", () => eachNext(failed, (state, [next]) => assert.strictEqual(next, state)))
  it("reconcileCore_terminal_no_request", () =>
    eachNext([...done, ...failed], (_, [, request]) => assert.isUndefined(request)))
})

describe("predicates", () => {
  it("reconcileDone_done", () => assert.isTrue(done.every(Fsm.isDone)))
  it("reconcileDone_init", () => assert.isFalse(at({ _tag: "Init" }).some(Fsm.isDone)))
  it("reconcileDone_error", () => assert.isFalse(failed.some(Fsm.isDone)))
  it("reconcileError_error", () => assert.isTrue(failed.every(Fsm.isError)))
  it("reconcileError_done", () => assert.isFalse(done.some(Fsm.isError)))
  it("reconcileError_init", () => assert.isFalse(at({ _tag: "Init" }).some(Fsm.isError)))
  it("reconcileInitState_is_init", () => {
    assert.deepStrictEqual(Fsm.initial, { step: { _tag: "Init" }, failoverInProgress: false })
    // And it is nowhere come back to.
    eachNext(states, (_, [next]) => assert.isFalse(next.step._tag === "Init"))
  })
  it("init_not_done", () => assert.isFalse([Fsm.initial, ...others].some(Fsm.isDone)))
  it("init_not_error", () => assert.isFalse([Fsm.initial, ...others].some(Fsm.isError)))
})

describe("the first step", () => {
  it("reconcileCore_init_goes_to_get_headless", () =>
    eachNext(initially, (_, [next]) =>
      assert.deepStrictEqual(next.step, { _tag: "Resource", action: "Get", sub: "HeadlessService" })
    ))
  it("reconcileCore_init_issues_request", () =>
    eachNext(initially, (_, [, request]) => assert.deepStrictEqual(request, { _tag: "Get", sub: "HeadlessService" })))
})

describe("who the master is", () => {
  it.prop("isMasterPod_correct", [Word], ([name]) => assert.isTrue(Failover.isMasterPod(name, `${name}-0`)))
  it.prop("isMasterPod_nonmaster", [Word, Ordinal], ([name, ordinal]) =>
    assert.isFalse(Failover.isMasterPod(name, `${name}-${ordinal}`))
  )
})

const checking = at({ _tag: "CheckHealth" })
const selecting = at({ _tag: "SelectReplica" })

describe("branches of a failover", () => {
  it("health_check_healthy_goes_to_status", () =>
    eachNext(
      checking.filter(({ failedMaster }) => failedMaster === undefined),
      (_, [next, request]) => {
        assert.strictEqual(next.step._tag, "UpdateStatus")
        assert.deepStrictEqual(request, { _tag: "UpdateStatus" })
      }
    ))
  it("health_check_failure_goes_to_detect", () =>
    eachNext(
      checking.filter(({ failedMaster }) => failedMaster !== undefined),
      (_, [next, request]) => {
        assert.strictEqual(next.step._tag, "DetectFailure")
        assert.isTrue(next.failoverInProgress)
        assert.isUndefined(request)
      }
    ))
  it("select_no_replica_goes_to_error", () =>
    eachNext(
      selecting.filter(({ selectedReplica }) => selectedReplica === undefined),
      (_, [next]) => assert.deepStrictEqual(next.step, { _tag: "Error", message: "no eligible replica for failover" })
    ))
  it("select_replica_goes_to_promote", () =>
    eachNext(
      selecting.filter(({ selectedReplica }) => selectedReplica !== undefined),
      (state, [next]) => {
        assert.strictEqual(next.step._tag, "PromoteReplica")
        assert.strictEqual(next.selectedReplica, state.selectedReplica)
      }
    ))
})

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
const Memory = Schema.Record(Word, Schema.Record(Word, Count))

describe("counters of failed pings", () => {
  it.prop("healthMap_cr_isolation", [Memory, Word], ([memory, name]) => {
    const kept = Loop.cleaned({ ...memory, [name]: { pod: 1 } }, [name])
    assert.deepStrictEqual(kept, { [name]: { pod: 1 } })
  })
  it.prop("healthMap_cleanup_removes_inactive", [Memory, Schema.Array(Word)], ([memory, names]) => {
    const kept = Loop.cleaned(memory, names)
    assert.deepStrictEqual(
      Object.keys(kept).toSorted(),
      Object.keys(memory)
        .filter((name) => names.includes(name))
        .toSorted()
    )
  })
})

const Answers = Schema.Array(Schema.Literals(responses.map((_, index) => index)))
const Context = Schema.Literals(contexts.map((_, index) => index))
const Misses = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))
const Millis = Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 20_000 }))

describe("in place of four that say nothing", () => {
  it.prop(
    "reconcile_fuel_bound: whatever is answered, 19 steps end a pass",
    [Answers, Context],
    ([answers, context]) => {
      let state: Fsm.State = { ...Fsm.initial, ...contexts[context] }
      let count = 0
      for (; !Fsm.isTerminal(state) && count < 100; count++) state = Fsm.core(state, responses[answers[count] ?? 0])[0]
      assert.isAtMost(count, 19)
    }
  )

  it.effect.prop(
    "failover_bounded: among n pods it is n - 1 questions, one promotion, n - 1 redirections and one switch at most",
    [Count, Count],
    ([pods, deaf]) => Bounded.counted(pods, deaf)
  )

  it.prop(
    "service_selector_single_pod: with the pod's name in it a selector fits one pod of a namespace, without it all",
    [Word, Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 9 })), Count],
    ([name, replicas, chosen]) => {
      const shared = { "app.kubernetes.io/name": "valkey", "app.kubernetes.io/instance": name }
      const podName = "statefulset.kubernetes.io/pod-name"
      const pods = Array.from({ length: replicas }, (_, ordinal) => ({ ...shared, [podName]: `${name}-${ordinal}` }))
      const fitting = (selector: Readonly<Record<string, string>>) =>
        pods.filter(
          Selector.parse(
            Object.entries(selector)
              .map((pair) => pair.join("="))
              .join(",")
          )!
        ).length
      assert.strictEqual(fitting({ ...shared, [podName]: `${name}-${chosen}` }), chosen < replicas ? 1 : 0)
      assert.strictEqual(fitting(shared), replicas)
    }
  )

  it.prop(
    "sdown_threshold_correct: a pod is down from the miss on that the flags ask for, and ours from that very time",
    [Misses, Millis, Millis],
    ([misses, ping, downAfter]) => {
      let counters: Failover.Counters = { "a-0": 3, "a-1": 99 }
      const limit = Failover.threshold(downAfter, ping)
      counters = Failover.counted(counters, [["a-0", true]], limit)
      for (let count = 0; count < misses; count++) counters = Failover.counted(counters, [["a-0", false]], limit)
      const isDown = Failover.failedMaster("a", counters, limit) === "a-0"
      assert.strictEqual(isDown, misses >= limit)
      // Rounded down: it may be too early by less than one ping, and never late.
      if (misses * ping >= downAfter) assert.isTrue(isDown)
      if (isDown) assert.isAbove((misses + 1) * ping, downAfter)
      const seen = (silentMillis: number): Health.Health => ({
        ...Health.unknown,
        pods: { "a-0": { uid: "", runId: "", silentMillis, silentProbes: Health.minSilentProbes, syncedWith: "" } }
      })
      assert.isTrue(Health.isSilentFor(seen(downAfter), "a-0", downAfter))
      assert.isFalse(Health.isSilentFor(seen(downAfter - 1), "a-0", downAfter))
    }
  )
})
