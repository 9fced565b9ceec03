/** `gungnir:8.7` name by name: each theorem that says something has its test, each that does not has a statement instead. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"

/** The 34, in the order of the document. */
const theorems = [
  "default_config_values",
  "parseArgs_empty",
  "parseArg_empty",
  "parseArg_namespace",
  "parseArg_leaseName",
  "parseArg_leaseNamespace",
  "parseArg_verbose",
  "parseArg_verbose_long",
  "parseArg_namespace_preserves_lease",
  "parseArg_verbose_preserves_namespace",
  "jsonPatch_empty",
  "jsonPatch_single",
  "reconcileCore_done_idempotent",
  "reconcileCore_error_idempotent",
  "reconcileCore_terminal_no_request",
  "reconcileDone_done",
  "reconcileDone_init",
  "reconcileDone_error",
  "reconcileError_error",
  "reconcileError_done",
  "reconcileError_init",
  "reconcileInitState_is_init",
  "init_not_done",
  "init_not_error",
  "reconcileCore_init_goes_to_get_headless",
  "reconcileCore_init_issues_request",
  "isMasterPod_correct",
  "isMasterPod_nonmaster",
  "health_check_healthy_goes_to_status",
  "health_check_failure_goes_to_detect",
  "select_no_replica_goes_to_error",
  "select_replica_goes_to_promote",
  "healthMap_cr_isolation",
  "healthMap_cleanup_removes_inactive"
]

/** What upstream calls so is true of anything. */
const vacuous = ["reconcile_fuel_bound", "failover_bounded", "service_selector_single_pod", "sdown_threshold_correct"]

const text = readFileSync(new URL("Theorems.test.ts", import.meta.url), "utf8")

/** As the tests are called, up to a colon; and whether there is one. */
const tests = [...text.matchAll(/\bit(?:\.\w+)*\(\s*"(\w+)(:?)/g)].map(([, name = "", colon]) => ({
  name,
  isInstead: colon === ":"
}))

const named = (isInstead: boolean): ReadonlyArray<string> =>
  tests.filter((one) => one.isInstead === isInstead).map(({ name }) => name)

describe("theorems of upstream's main module", () => {
  it("34 say something: each is a test of its name", () => {
    assert.strictEqual(theorems.length, 34)
    assert.deepStrictEqual(named(false), theorems)
  })

  it("four say nothing: in place of each is what it should have said", () => {
    assert.deepStrictEqual(named(true).toSorted(), vacuous.toSorted())
  })
})
