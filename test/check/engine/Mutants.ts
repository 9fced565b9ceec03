/**
 * Breaks the engine in one place at a time, in a copy, and expects its tests to
 * notice: part of `npm run model:deep`. A patch that does not apply is a failure
 * as well; `npm test` looks at that.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { copied, removed, root } from "../../mutants/Trial.ts"
import { type Patch, placesOf, withPatch } from "../Patches.ts"

export interface Mutant extends Patch {
  readonly name: string
  readonly file: string
}

const mutant = (name: string, file: string, from: string, to: string): Mutant => ({ name, file, from, to })

export const mutants: ReadonlyArray<Mutant> = [
  mutant("fairness is ignored", "Cycles", "if (isUnfair) return", "if (isUnfair && members.length < 0) return"),
  mutant(
    "edges that leave a part count as taken",
    "Cycles",
    "target < this.part.length && this.part[target] === part",
    "target < this.part.length"
  ),
  mutant("low links are not handed on", "Cycles", "if (low[core]! < low[parent]!) low[parent] = low[core]!", ""),
  mutant(
    "what no cycle goes through never stops",
    "Cycles",
    "this.isBad(core) && !this.hasFair(core)",
    "this.isBad(core) && core < 0"
  ),
  mutant(
    "a core that any step leads from is on no cycle",
    "Cycles",
    "if (has(alive, to[e]!)) return true",
    "if (has(alive, to[e]!)) return e < 0"
  ),
  mutant("finished parts are still open", "Cycles", "part[target] === -1 && index", "index"),
  mutant(
    "nobody stays where any step leads away",
    "Cycles",
    "return this.hasFair(core)",
    "return begins.data[core]! < begins.data[core + 1]!"
  ),
  mutant("strong fairness is weak", "Compiled", `fairness === "strong")`, "false)"),
  mutant("what strong fairness leaves is not looked at", "Cycles", "left.push(unfair)", "left.length = 0"),
  mutant(
    "all of a part is left after refinement",
    "Cycles",
    "if (never.has(fairOf.data",
    "if (never.has(-2 - fairOf.data"
  ),
  mutant(
    "a refined part is not searched anew",
    "Cycles",
    "this.region[core] = region\n        this.index[core] = 0",
    "this.region[core] = region"
  ),
  mutant("weak actions are unfair if disabled anywhere", "Cycles", "=== members.length)", "> 0)"),
  mutant(
    "dominance is reversed",
    "Nodes",
    "(n - 1) * words, next, 0)\n        : lanes.equals",
    "(n - 1) * words, next, 0) === false\n        : lanes.equals"
  ),
  mutant("guards are forgotten", "Lanes", "& guard) !== guard) return false", "& guard) === 0) return false"),
  mutant("faults cost nothing", "Nodes", "next[lane.word]! -= 1 << lane.shift", "next[lane.word]! -= 0"),
  mutant("faults need no budget", "Nodes", "if (left === 0) return false", "if (left < 0) return false"),
  mutant(
    "a class is asked once for all cores",
    "Edges",
    "const at = core * this.askedWords + (cost >>> 5)",
    "const at = cost >>> 5 || core * 0"
  ),
  mutant("goals end no waiting", "Nodes", "next[lane.word]! &= ~(1 << lane.shift)", "next[lane.word]! &= ~0"),
  mutant(
    "premises start no waiting",
    "Nodes",
    "this.next[lane.word]! |= 1 << lane.shift",
    "this.next[lane.word]! |= 0"
  ),
  mutant(
    "faults close cycles",
    "Explore",
    "this.expand.take(this.costly[cost]!, node, this.costlySteps)",
    "this.expand.take(this.costly[cost]!, node, this.calmSteps)"
  ),
  mutant(
    "a step that changes nothing is a step",
    "Expand",
    "if (!differs && this.compiled.breaks.data[label] === 0) return\n    this.waiting.push(differs ? label : ~label)",
    "if (!differs) this.tuples.reset()\n    this.waiting.push(label)"
  ),
  mutant("eager steps happen once", "Settling", "      i = -1\n", ""),
  mutant(
    "eager steps are skipped by what they read first",
    "Settling",
    "step.reads[slot >>> 5]! |=",
    "step.reads[slot >>> 5]! ="
  ),
  mutant(
    "a function is remembered by its first read",
    "Memo",
    "for (let i = 0; i < path.length; i++) {",
    "for (let i = 0; i < Math.min(1, path.length); i++) {"
  ),
  mutant(
    "what one component forbids is forbidden for its neighbour",
    "Forbids",
    "[this.begins[slot]! + id * words + (action >>> 5)]",
    "[this.begins[slot]! + (action >>> 5)]"
  ),
  mutant("tuples of one hash are one", "Tuples", "if (i === words) break", "break"),
  mutant(
    "packing anew forgets the step",
    "Tuples",
    "this.key = repacked(this.key, 1)",
    "this.key = new Int32Array(this.layout.words)"
  ),
  mutant(
    "packing anew forgets the steps that wait",
    "Tuples",
    "replace(this.keys, repacked(this.keys.data, this.made))",
    "this.keys.data.fill(0)"
  ),
  mutant("deltas outlive packing anew", "Deltas", "this.epoch !== this.tuples.epoch || index", "index"),
  mutant("what was not read has a delta", "Deltas", "=== unread) return false", "=== unread) return true"),
  mutant(
    "tables do not tell apart what their actions look at later",
    "Bundles",
    "for (const slot of this.compiled.touches[action]!) table.slots.add(slot)",
    ""
  ),
  mutant(
    "tables outlive packing anew",
    "Bundles",
    "if (this.epoch !== tuples.epoch) this.clear()\n      const",
    "const"
  ),
  mutant("entries of one hash are one", "Bundles", "=== (tuple[from + i]! & mask[i]!)) i++", "!== undefined) i++"),
  mutant("compiled: entries of one hash are one", "Kernel", "(= index (+ index 1)))", "(= differs 0))"),
  mutant("compiled: tuples of one hash are one", "Kernel", "if (== ${compare(", "if (< ${compare("),
  mutant("compiled: places are taken that others have not left", "Kernel", "(if (< at before)", "(if (< at 0)"),
  mutant("compiled: one that has to wait is forgotten", "Kernel", "(= begin spill)", "(= begin (+ spill 8))"),
  mutant(
    "what had a place is not found when there are more",
    "Tuples",
    "if (this.doubling?.() !== true) this.hashAnew()",
    "this.doubling?.()"
  ),
  mutant(
    "compiled: steps of a core that is left to others are there twice",
    "Kernel",
    "ends.data[at + done - 1]!",
    "this.state.data[0]!"
  ),
  mutant("names are free that are held", "Names", "taken |= this.maskOf", "taken = this.maskOf"),
  mutant(
    "key order matters",
    "Interner",
    "if (at.order.length > 0) this.permute",
    "if (at.order.length < 0) this.permute"
  ),
  mutant("cycles need no fair witness", "Lasso", "if (unmet.length === 0) return", "if (unmet.length >= 0) return"),
  mutant(
    "the bad core need not be bad",
    "Cycles",
    "(first < 0 || core < first) && this.isBad(core)",
    "first < 0 || core < first"
  ),
  mutant("what the premise excludes is inside", "Decide", "watched.premise(index, core) :", "core >= 0 :"),
  mutant(
    "a bound holds",
    "Decide",
    `verdict: "undecided", because: explored.stopped`,
    `verdict: "holds", because: explored.stopped`
  )
]

const folder = "src/interpreters/check/engine"

const pathOf = ({ file }: Mutant, at: string): string => join(at, folder, `${file}.ts`)

/** In how many places of its file the patch fits: one, or it says nothing. */
export const fits = (mutant: Mutant, at = root): number => placesOf(pathOf(mutant, at), mutant)

/** How long the tests may take: a mutant that goes round for ever is noticed by this. */
const longest = 600_000

/** What the tests in the copy come to. */
const tested = (target: string): "survives" | "killed" | "killed: it does not end" => {
  const { signal, status } = spawnSync(
    process.execPath,
    [
      ...["node_modules/vitest/vitest.mjs", "run", "--bail", "1", "--maxWorkers", "1", "--testTimeout", "300000"],
      // Whether patches fit says nothing of one that is applied.
      ...["--exclude", "**/Mutants.test.ts", "test/check/engine/"]
    ],
    {
      cwd: target,
      env: { ...process.env, CHECK_FUZZ: "400" },
      stdio: "ignore",
      timeout: longest
    }
  )
  if (status === 0) return "survives"
  return signal === null ? "killed" : "killed: it does not end"
}

const verdictOf = (target: string, mutant: Mutant): string =>
  withPatch(pathOf(mutant, target), mutant, () => tested(target))

/** The names of those that are not killed, and the copy itself if its tests fail with nothing broken. */
export const survivors = (
  chosen: ReadonlyArray<Mutant>,
  onVerdict: (name: string, verdict: string) => void
): ReadonlyArray<string> => {
  const target = copied()
  try {
    if (tested(target) !== "survives") return ["nothing is broken, and the tests fail"]
    return chosen.flatMap((mutant) => {
      const verdict = verdictOf(target, mutant)
      onVerdict(mutant.name, verdict)
      return verdict.startsWith("killed") ? [] : [`${mutant.name}: ${verdict}`]
    })
  } finally {
    removed(target)
  }
}
