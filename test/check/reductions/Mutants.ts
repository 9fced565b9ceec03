/**
 * Wrong reductions, one place at a time: the law of each must notice. Run by
 * `npm run model:deep -- reductions`; `npm test` looks whether they still fit.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { copied, removed, root } from "../../mutants/Trial.ts"
import { type Patch, placesOf, withPatch } from "../Patches.ts"

export interface Mutant extends Patch {
  readonly name: string
  /** Of this folder: the law that must fail. */
  readonly law: string
  /** Below `src`. */
  readonly file: string
}

const futile = "models/closed/Futile.ts"
const plain = "models/closed/Plain.ts"
const unread = "models/closed/Unread.ts"
const node = "interpreters/check/step/Node.ts"
const requests = "interpreters/check/step/Requests.ts"
const trie = "interpreters/check/step/Trie.ts"

export const mutants: ReadonlyArray<Mutant> = [
  {
    name: "a late creation is forgotten",
    law: "Futile",
    file: futile,
    from: `if (request.verb === "create" ||`,
    to: `if (request.verb === "create") return true\n  if (`
  },
  {
    name: "a late write is forgotten while its object is there",
    law: "Futile",
    file: futile,
    from: "return !isSame(uid, live?.uid) || !isSame",
    to: "return isSame(uid, live?.uid) || !isSame"
  },
  {
    name: "a late write is forgotten although it names no version that is gone",
    law: "Futile",
    file: futile,
    from: "(uid === undefined && resourceVersion === undefined)) return false",
    to: "(uid === undefined && resourceVersion === undefined)) return true"
  },
  {
    name: "late writes of a kind that is looked at are forgotten",
    law: "Futile",
    file: futile,
    from: `resource === "events"`,
    to: `resource === "events" || resource === "configmaps"`
  },
  {
    name: "a process that is frozen is one that has gone",
    law: "Futile",
    file: futile,
    from: `node.phase === "ended"`,
    to: `node.phase !== "running"`
  },
  {
    name: "what a frozen process was told to set is forgotten",
    law: "Plain",
    file: plain,
    from: `=== "config get"`,
    to: `.startsWith("config")`
  },
  {
    name: "only the first replica is kept",
    law: "Plain",
    file: plain,
    from: "attached: node.attached.toSorted(",
    to: "attached: node.attached.slice(0, 1).toSorted("
  },
  {
    name: "how far a replica has come is not read",
    law: "Unread",
    file: unread,
    from: "slave_read_repl_offset",
    to: "slave_repl_offset"
  },
  {
    name: "whether a replica hears its primary is not read",
    law: "Unread",
    file: unread,
    from: "connected_slaves|",
    to: "connected_slaves|master_link_status|"
  },
  {
    name: "an answer is silent although the program looks into its caches then",
    law: "Commute",
    file: node,
    from: "after.asks.length === 0 &&",
    to: ""
  },
  {
    name: "who can tell early from late is not refused",
    law: "Commute",
    file: trie,
    from: "if (alone.isEarly || this.find(root, last).isEarly) throw new Error(visible(root.name))",
    to: ""
  },
  {
    name: "what follows from an answer that was heard early is run in one order",
    law: "Commute",
    file: trie,
    from: "else if (alone.isEarly && asks.length > 0)",
    to: "else if (alone.isEarly && asks.length < 0)"
  },
  {
    name: "orders that lead elsewhere are one",
    law: "Commute",
    file: trie,
    from: "if (this.looks.of(this.stepper.seen(run)) !== there.look) return false",
    to: ""
  },
  {
    name: "who looks into its caches hears at once",
    law: "AtOnce",
    file: requests,
    from: "draft.looked || (isTimed &&",
    to: "(isTimed &&"
  },
  {
    name: "who can tell how long it waited hears at once",
    law: "AtOnce",
    file: requests,
    from: `draft.looked || (isTimed && "slow" in context.budgets)`,
    to: "draft.looked"
  },
  {
    name: "with several calls open, an answer is heard at once",
    law: "Commute",
    file: requests,
    from: "if (isOnly || !context.isAtOnce) return isOnly",
    to: "if (isOnly || context.isAtOnce) return true"
  },
  {
    name: "an object's second version has the name of its first",
    law: "Names",
    file: "models/closed/Canonical.ts",
    from: "numbers[id] = counts[names[id]!.kind]!++",
    to: "numbers[id] = counts[names[id]!.kind]!"
  },
  {
    name: "an answer is found again whatever has become of what it rests on",
    law: "Answered",
    file: "models/closed/Step.ts",
    from: "if (read(name) !== part) return false",
    to: `if (read(name) !== part && name === "cells") return false`
  },
  {
    name: "to look at a clock leaves no trace",
    law: "Untimed",
    file: "interpreters/check/step/Stepper.ts",
    from: "this.current.isTimed = true",
    to: ""
  },
  {
    name: "what changes a server is said to be a read",
    law: "Reads",
    file: "domain/valkey/Valkey.ts",
    from: `"ReplicaOf")<\n  { readonly node: Node; readonly primary: Node },\n  void,\n  NodeError | NotLeader\n> {\n  get access() {\n    return "write" as const`,
    to: `"ReplicaOf")<\n  { readonly node: Node; readonly primary: Node },\n  void,\n  NodeError | NotLeader\n> {\n  get access() {\n    return "read" as const`
  }
]

const pathOf = ({ file }: Mutant, at: string): string => join(at, "src", file)

/** In how many places of its file the patch fits: one, or it says nothing. */
export const fits = (mutant: Mutant, at = root): number => placesOf(pathOf(mutant, at), mutant)

/** Whether the law fails. */
const isNoticed = (target: string, law: string): boolean => {
  const { status } = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--bail", "1", `test/check/reductions/${law}.test.ts`],
    { cwd: target, stdio: "ignore", timeout: 300_000 }
  )
  return status !== 0
}

const verdictOf = (target: string, mutant: Mutant): string =>
  withPatch(pathOf(mutant, target), mutant, () => (isNoticed(target, mutant.law) ? "killed" : "survives"))

/** The names of those that no law notices, and the laws that fail with nothing broken. */
export const survivors = (
  chosen: ReadonlyArray<Mutant>,
  onVerdict: (name: string, verdict: string) => void
): ReadonlyArray<string> => {
  const target = copied()
  try {
    const failing = [...new Set(chosen.map(({ law }) => law))].filter((law) => isNoticed(target, law))
    if (failing.length > 0) return failing.map((law) => `nothing is broken, and ${law} fails`)
    return chosen.flatMap((mutant) => {
      const verdict = verdictOf(target, mutant)
      onVerdict(mutant.name, verdict)
      return verdict === "killed" ? [] : [`${mutant.name}: ${verdict}`]
    })
  } finally {
    removed(target)
  }
}
