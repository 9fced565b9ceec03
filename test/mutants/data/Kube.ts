/** Of the reducers that every controller runs on: the work queue and the reflector. */
import type { Mutant } from "../Mutant.ts"
import { resources as model, search } from "./Checks.ts"

export const kube: ReadonlyArray<Mutant> = [
  {
    id: "trigger-while-running-is-lost",
    what: "an event during a pass does not lead to another pass",
    covers: ["verification:F3"],
    file: "domain/kube/WorkQueue.ts",
    find: "return [item.again ? item : { ...item, again: true }, []]",
    replace: "return [item, []]",
    checks: [search({ drift: 1, edit: 1 }, 5000, "Resources"), { test: "test/domain/kube/WorkQueue.test.ts" }]
  },
  {
    id: "failed-pass-is-not-retried",
    what: "a pass that fails is forgotten",
    covers: ["verification:F4"],
    file: "domain/kube/WorkQueue.ts",
    find: "return rest({ ...item, failures }, backoff(failures, policy.backoffBase, policy.backoffCap))",
    replace: "return rest({ ...item, failures }, undefined)",
    checks: [model({ error: 1 })]
  },
  {
    id: "deletions-are-not-delivered",
    what: "a watch drops what is deleted",
    covers: ["verification:F3"],
    file: "domain/kube/Reflector.ts",
    find: 'return [objects.toSpliced(at, 1), { _tag: "Notify", before, after: undefined }]',
    replace: "return [objects, undefined]",
    checks: [model({ delete: 1 })]
  },
  {
    id: "deleted-objects-wake-nobody",
    what: "only what an object is now names the keys to wake",
    covers: ["verification:F3"],
    file: "domain/kube/Sources.ts",
    find: "const named = [before, after].flatMap(",
    replace: "const named = [after].flatMap(",
    checks: [model({ delete: 1 })]
  },
  {
    id: "each-trigger-is-noted-anew",
    what: "a key that is to be looked at again is noted once more",
    covers: ["verification:F3"],
    file: "domain/kube/WorkQueue.ts",
    find: "return [item.again ? item : { ...item, again: true }, []]",
    replace: "return [{ ...item, again: true }, []]",
    checks: [],
    isEquivalent: "an item that has `again` already and its copy with it are the same value, and only values are read"
  }
]
